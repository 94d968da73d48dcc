//! `saturated`: as many durable edits as one core of the relay carries, each to three others.

use std::sync::Arc;

use anyhow::Result;

use super::Bench;
use super::chain::Chain;
use super::report::{Bound, Figure, rounded};
use super::traffic::{self, Outcome, Pace, Plan};

const DOCUMENTS: usize = 40;
/// Enough that the relay never waits, little enough that no socket's queue fills.
const WINDOW: usize = 2_000;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let each = (bench.edits / DOCUMENTS).max(1);
    let chains =
        (0..DOCUMENTS).map(|d| Chain::build(d as u64, 1_000, each).map(Arc::new)).collect::<Result<Vec<_>>>()?;
    let silent = run(bench, &chains, false).await?;
    let answering = run(bench, &chains, true).await?;
    Ok(vec![
        figure("saturated", "durable edits/s per relay core, each to 3 others", &silent, Bound::AtLeast(30_000.0)),
        figure("saturated-acks", "the same with readers that answer what they receive", &answering, Bound::None),
    ])
}

async fn run(bench: &Bench, chains: &[Arc<Chain>], acks: bool) -> Result<Outcome> {
    let (relay, _folder) = bench.relay()?;
    let plan = Plan { clients: 4, sockets: 16, pace: Pace::Window(WINDOW), acks };
    traffic::run(&relay, &plan, chains).await
}

fn figure(name: &'static str, what: &'static str, outcome: &Outcome, target: Bound) -> Figure {
    let edits = outcome.edits as f64;
    Figure::new(name, what, edits / outcome.cpu.as_secs_f64(), "edits/s", target)
        .with("edits", outcome.edits)
        .with("cpu_ms_per_edit", rounded(outcome.cpu_ms()))
        .with("wall_edits_per_s", (edits / outcome.wall.as_secs_f64()).round())
        .with("relay_cores", rounded(outcome.cpu.as_secs_f64() / outcome.wall.as_secs_f64()))
        .with("generator_cores", rounded(outcome.own_cpu.as_secs_f64() / outcome.wall.as_secs_f64()))
        .with("starved_cores", rounded(outcome.starved.as_secs_f64() / outcome.wall.as_secs_f64()))
        .with("p50_ms", rounded(outcome.percentile_ms(0.5)))
        .with("p99_ms", rounded(outcome.percentile_ms(0.99)))
}
