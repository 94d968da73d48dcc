//! `reconnect`: coming back costs what changed, not what exists.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use automerge::ChangeHash;
use huigao_shared::catalogue::Label;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, sync};
use tokio::net::TcpStream;

use super::chain::Chain;
use super::counted::{Count, Counted};
use super::report::{Bound, Figure, rounded};
use super::seed::{self, Seed, Standing};
use super::{Bench, member};
use crate::process::Client;

const DOCUMENTS: usize = 5_000;
const CHANGED: usize = 10;
const CHARACTERS: usize = 1_000;
/// How many times the client comes back; the median counts.
const TIMES: usize = 5;

struct Visit {
    bytes: u64,
    took: Duration,
    entries: usize,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (relay, _folder) = bench.relay()?;
    let port = relay.port();
    let chain = Chain::build(1, CHARACTERS, 1)?;
    let all: Vec<usize> = (0..DOCUMENTS).collect();
    put(port, &all, &chain, false).await?;

    let mut standing = Standing::default();
    let first = visit(port, &mut standing, chain.base_head(), None).await?;
    // The demonstration county has some of its own.
    ensure!(first.entries >= DOCUMENTS, "the catalogue has {} entries", first.entries);
    let mut visits = Vec::new();
    for round in 0..TIMES {
        let changed: Vec<usize> = (0..CHANGED).map(|n| n * (DOCUMENTS / CHANGED) + round).collect();
        // Each round changes other documents, by the first edit after their first text.
        put(port, &changed, &chain, true).await?;
        let visit = visit(port, &mut standing, chain.base_head(), Some(chain.last_head())).await?;
        ensure!(visit.entries == CHANGED, "{} entries changed", visit.entries);
        visits.push(visit);
    }
    visits.sort_by_key(|visit| visit.took);
    let typical = visits.get(TIMES / 2).context("no visits")?;
    let slowest = visits.last().map_or(0.0, |visit| visit.took.as_secs_f64() * 1000.0);
    let bytes = visits.iter().map(|visit| visit.bytes).max().unwrap_or(0);
    let (weight, time) = (
        "on the wire: coming back to 5,000 documents of which 10 changed",
        "the same, from connecting to the whole catalogue and the 10",
    );
    Ok(vec![
        Figure::new("reconnect", weight, bytes as f64 / 1024.0, "KiB", Bound::AtMost(64.0))
            .with("first_visit_kib", rounded(first.bytes as f64 / 1024.0)),
        Figure::new("reconnect-ms", time, typical.took.as_secs_f64() * 1000.0, "ms", Bound::AtMost(300.0))
            .with("slowest_ms", rounded(slowest))
            .with("first_visit_ms", rounded(first.took.as_secs_f64() * 1000.0)),
    ])
}

/// Writes documents with their labels: the first text, or the edit on top of it.
async fn put(port: u16, documents: &[usize], chain: &Chain, edit: bool) -> Result<()> {
    let edits = if edit { chain.edits() } else { chain.base() };
    let seeds: Vec<Seed<'_>> = documents
        .iter()
        .map(|d| Seed { document: seed::document(*d), space: Space::Campaign, edits, label: Some(label(*d, edit)) })
        .collect();
    seed::put(port, &seeds).await?;
    // A label may be committed after the receipt of what it is about.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(())
}

fn label(d: usize, edit: bool) -> Label {
    Label {
        kind: "opinion".into(),
        title: format!("关于优化营商环境若干措施的意见（第{d}稿）"),
        characters: (CHARACTERS + usize::from(edit)) as u32,
        characters_bare: 900,
        changed_at: 1_760_000_000_000,
        changed_by: Some(member()),
        moved_to: None,
    }
}

/// Connects, reads the catalogue and, if there is an `after`, syncs all that the catalogue named from `before` to it.
async fn visit(port: u16, standing: &mut Standing, before: ChangeHash, after: Option<ChangeHash>) -> Result<Visit> {
    let count = Count::default();
    let start = Instant::now();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut client = Client::over(Counted::new(stream, count.clone()), port, member(), "visitor", 4 << 10).await?;
    let entries = seed::catalogue(&mut client, standing).await?;
    if let Some(after) = after {
        let mut waiting: BTreeSet<DocumentId> = BTreeSet::new();
        for entry in &entries {
            ensure!(entry.heads == [after], "the catalogue names other heads");
            ensure!(entry.label_is_current(), "the label came late");
            let data = sync::advance(&[before], Vec::new(), false);
            client.send(&seed::sync_frame("visitor", entry.document, data)).await?;
            waiting.insert(entry.document);
        }
        while !waiting.is_empty() {
            let frame = client.next().await?;
            if let Message::Sync(message) = Message::decode(&frame)? {
                let document = message.document;
                let message = sync::decode(&message.data)?;
                if message.heads == [after] && !sync::chunks(&message)?.is_empty() {
                    waiting.remove(&document);
                    // As a client does that has applied it.
                    let data = sync::advance(&[after], Vec::new(), false);
                    client.send(&seed::sync_frame("visitor", document, data)).await?;
                }
            }
        }
    }
    Ok(Visit { bytes: count.bytes(), took: start.elapsed(), entries: entries.len() })
}
