//! `references`: what it costs to look up all that a change names, beside parsing it, which had to be done before.

use std::time::Instant;

use anyhow::{Result, ensure};
use automerge::Change;
use huigao_shared::change::check;
use huigao_shared::graph::ChangeGraph;

use super::chain::Chain;
use super::report::{Bound, Figure, rounded};

const CHANGES: usize = 20_000;
/// The best of so many rounds: others use the machine too.
const ROUNDS: usize = 5;

pub(super) fn measure() -> Result<Vec<Figure>> {
    let chain = Chain::build(1, 20_000, CHANGES)?;
    let best = |work: &mut dyn FnMut()| {
        let rounds = (0..ROUNDS).map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed().as_secs_f64() * 1e6 / chain.all().len() as f64
        });
        rounds.fold(f64::INFINITY, f64::min)
    };
    let parsed = best(&mut || chain.all().iter().for_each(|edit| drop(Change::try_from(edit.body.as_slice()))));
    let (mut taken, mut bytes) = (0, 0);
    let checked = best(&mut || {
        let mut graph = ChangeGraph::default();
        let entered = |edit: &&super::chain::Edit| check(&edit.body).is_ok_and(|meta| graph.insert(&meta).is_ok());
        taken = chain.all().iter().filter(entered).count();
        bytes = graph.bytes();
    });
    ensure!(taken == chain.all().len(), "honest changes are refused");
    let what = "checking one change of one character, all that it names looked up, in a text of 20,000";
    let per_change = bytes as f64 / taken as f64;
    Ok(vec![
        Figure::new("references", what, checked, "µs", Bound::AtMost(5.0)).with("of_which_parsing_us", rounded(parsed)),
        Figure::new("references-memory", "memory of the graph for each such change", per_change, "B", Bound::None),
    ])
}
