//! `memory`: a county's worth of open documents and idle connections, and what one loaded change costs.

use anyhow::{Result, ensure};
use huigao_shared::space::Space;

use super::chain::Chain;
use super::report::{Bound, Figure, rounded};
use super::seed::{self, Seed, Standing};
use super::{Bench, server};
use crate::process::RelayProcess;

const DOCUMENTS: usize = 10_000;
/// Changes of a document, the creation of its text among them.
const CHANGES: usize = 10;
const IDLE: usize = 2_000;
/// Clients that open the documents between them.
const OPENERS: usize = 10;

const LONG_DOCUMENTS: usize = 20;
const LONG_CHANGES: usize = 10_000;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    Ok(vec![county(bench).await?, change(bench).await?])
}

async fn county(bench: &Bench) -> Result<Figure> {
    let (mut relay, _folder) = bench.relay()?;
    let chains: Vec<Chain> = (0..DOCUMENTS).map(|d| Chain::build(d as u64, 0, CHANGES - 1)).collect::<Result<_>>()?;
    put(&relay, chains.iter()).await?;
    let written = server::resident(relay.pid())?;

    // What a relay holds that was started on this, not what it took to write it.
    relay.kill_and_restart()?;
    let mut standing = Standing::default();
    let mut idle = Vec::with_capacity(IDLE);
    for number in 0..IDLE {
        let mut client = seed::connect(relay.port(), &format!("idle-{number}")).await?;
        // The first tells where the catalogue stands; the others are up to date, as clients are that come back.
        seed::catalogue(&mut client, &mut standing).await?;
        idle.push(client);
    }
    let connected = server::resident(relay.pid())?;
    let mut openers = Vec::with_capacity(OPENERS);
    let documents: Vec<_> =
        chains.iter().enumerate().map(|(d, chain)| (seed::document(d), chain.last_head())).collect();
    for (number, lot) in documents.chunks(DOCUMENTS.div_ceil(OPENERS)).enumerate() {
        let mut client = seed::connect(relay.port(), &format!("opener-{number}")).await?;
        seed::open(&mut client, lot).await?;
        openers.push(client);
    }
    server::quiet(relay.pid()).await?;
    let open = server::gauge(relay.port(), "huigao_open_documents")?;
    ensure!(open as usize == DOCUMENTS, "{open} documents are open");
    let what = "10,000 documents of 10 changes open, 2,000 idle connections";
    Ok(Figure::new("memory", what, server::resident(relay.pid())?, "MiB", Bound::AtMost(120.0))
        .with("with_connections_only_mib", rounded(connected))
        .with("after_writing_them_mib", rounded(written))
        .with("graphs_mib", rounded(server::gauge(relay.port(), "huigao_graph_bytes")? / f64::from(1 << 20))))
}

async fn put<'c>(relay: &RelayProcess, chains: impl Iterator<Item = &'c Chain>) -> Result<()> {
    let seed = |(d, chain): (usize, &'c Chain)| Seed {
        document: seed::document(d),
        space: Space::Campaign,
        edits: chain.all(),
        label: None,
    };
    let seeds: Vec<Seed<'_>> = chains.enumerate().map(seed).collect();
    seed::put(relay.port(), &seeds).await
}

async fn change(bench: &Bench) -> Result<Figure> {
    let (mut relay, _folder) = bench.relay()?;
    let chain = Chain::build(1, 0, LONG_CHANGES - 1)?;
    put(&relay, std::iter::repeat_n(&chain, LONG_DOCUMENTS)).await?;
    relay.kill_and_restart()?;
    let mut client = seed::connect(relay.port(), "opener").await?;
    let before = server::resident(relay.pid())?;
    let documents: Vec<_> = (0..LONG_DOCUMENTS).map(|d| (seed::document(d), chain.last_head())).collect();
    seed::open(&mut client, &documents).await?;
    server::quiet(relay.pid()).await?;
    let changes = (LONG_DOCUMENTS * LONG_CHANGES) as f64;
    let bytes = (server::resident(relay.pid())? - before) * f64::from(1 << 20) / changes;
    let what = "resident memory per loaded change, 20 documents of 10,000";
    Ok(Figure::new("memory-change", what, bytes, "B", Bound::None)
        .with("by_its_own_count", rounded(server::gauge(relay.port(), "huigao_graph_bytes")? / changes)))
}
