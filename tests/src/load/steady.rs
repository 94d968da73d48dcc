//! `p99`: delivery while the relay is hardly busy, which is how most days are.

use std::sync::Arc;

use anyhow::Result;

use super::Bench;
use super::chain::Chain;
use super::report::{Bound, Figure, rounded};
use super::traffic::{self, Pace, Plan};

const DOCUMENTS: usize = 40;
const EDITS: usize = 50;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let chains =
        (0..DOCUMENTS).map(|d| Chain::build(d as u64, 1_000, EDITS).map(Arc::new)).collect::<Result<Vec<_>>>()?;
    let (relay, _folder) = bench.relay()?;
    let plan = Plan { clients: 4, sockets: 16, pace: Pace::Rate(100.0), acks: true };
    let outcome = traffic::run(&relay, &plan, &chains).await?;
    let delivery = Figure::new(
        "p99",
        "p99 delivery, 40 documents × 4 Rust clients, 100 edits/s, durable",
        outcome.percentile_ms(0.99),
        "ms",
        Bound::AtMost(10.0),
    );
    let cost = Figure::new("p99-cpu", "relay CPU per edit in the same run", outcome.cpu_ms(), "ms", Bound::None);
    Ok(vec![
        delivery
            .with("edits", outcome.edits)
            .with("deliveries", outcome.latencies.len())
            .with("starved_ms_per_edit", rounded(outcome.starved.as_secs_f64() * 1000.0 / outcome.edits as f64))
            .with("p50_ms", rounded(outcome.percentile_ms(0.5)))
            .with("p90_ms", rounded(outcome.percentile_ms(0.9)))
            .with("max_ms", rounded(outcome.percentile_ms(1.0))),
        cost.with("own_cpu_s", rounded(outcome.own_cpu.as_secs_f64())),
    ])
}
