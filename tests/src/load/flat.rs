//! `flat`: the relay never builds a document, so a long one must not cost more for each edit.

use std::sync::Arc;

use anyhow::Result;

use super::Bench;
use super::chain::Chain;
use super::report::{Bound, Figure, rounded};
use super::traffic::{self, Pace, Plan};

const DOCUMENTS: usize = 40;
const EDITS: usize = 1_500;
const SHORT: usize = 1_000;
const LONG: usize = 100_000;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    // The same changes in every document: the relay shares nothing between documents.
    let short = Arc::new(Chain::build(1, SHORT, EDITS)?);
    let long = Arc::new(Chain::build(2, LONG, EDITS)?);
    let (mut at_short, mut at_long) = (0.0, 0.0);
    // In turns, so that whatever else the machine does meets both alike.
    for _ in 0..2 {
        at_short += run(bench, &short).await?;
        at_long += run(bench, &long).await?;
    }
    let what = "CPU per edit at 100,000 characters over at 1,000";
    let figure = Figure::new("flat", what, at_long / at_short, "×", Bound::AtMost(1.5));
    Ok(vec![figure.with("short_ms", rounded(at_short / 2.0)).with("long_ms", rounded(at_long / 2.0))])
}

async fn run(bench: &Bench, chain: &Arc<Chain>) -> Result<f64> {
    let (relay, _folder) = bench.relay()?;
    let plan = Plan { clients: 4, sockets: 16, pace: Pace::Window(2_000), acks: false };
    let outcome = traffic::run(&relay, &plan, &vec![chain.clone(); DOCUMENTS]).await?;
    Ok(outcome.cpu_ms())
}
