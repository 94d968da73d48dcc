//! Whatever passes the check can be applied: against Automerge itself, with changes broken by seeds. More rounds:
//! `FUZZ_ROUNDS=1000000`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{AutoCommit, Change, ROOT, ReadDoc};
use fastrand::Rng;
use huigao_shared::change::check;
use huigao_shared::graph::ChangeGraph;
use huigao_tests::broken::{broken, history};

const ROUNDS: u64 = 6_000;

/// Applies a change after those before it, one by one and all together, writes on and stores the outcome.
fn apply(before: &[Change], bytes: &[u8], after: &[Change]) -> Result<(), String> {
    let change = Change::try_from(bytes).map_err(|error| error.to_string())?;
    let mut one_by_one = AutoCommit::new();
    for honest in before {
        one_by_one.apply_changes([honest.clone()]).map_err(|error| error.to_string())?;
    }
    one_by_one.apply_changes([change.clone()]).map_err(|error| error.to_string())?;
    let mut whole = AutoCommit::new();
    whole
        .apply_changes(before.iter().cloned().chain([change.clone()]).rev().collect::<Vec<_>>())
        .map_err(|error| error.to_string())?;
    for doc in [&mut one_by_one, &mut whole] {
        let again = doc.get_change_by_hash(&change.hash()).ok_or("it did not enter")?;
        if again.raw_bytes() != change.raw_bytes() {
            return Err("it comes back as other bytes".to_owned());
        }
        let mut stored = AutoCommit::load(&doc.save()).map_err(|error| format!("what is stored: {error}"))?;
        if stored.get_heads() != doc.get_heads() {
            return Err("what is stored has other heads".to_owned());
        }
        // What else was going on does not stumble over it.
        for other in after {
            doc.apply_changes([other.clone()]).map_err(|error| error.to_string())?;
            stored.apply_changes([other.clone()]).map_err(|error| error.to_string())?;
        }
        if huigao_shared::document::text(doc) != huigao_shared::document::text(&stored) {
            return Err("what is stored reads otherwise".to_owned());
        }
    }
    if one_by_one.hydrate(ROOT, None).ok() != whole.hydrate(ROOT, None).ok() {
        return Err("the order of arrival decides".to_owned());
    }
    Ok(())
}

#[test]
fn what_passes_can_be_applied() {
    std::panic::set_hook(Box::new(|_| {}));
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let from: u64 = std::env::var("FUZZ_FROM").ok().and_then(|from| from.parse().ok()).unwrap_or(0);
    let (mut passed, mut refused, mut panics) = (0u64, 0u64, 0u64);
    let mut faults: Vec<String> = Vec::new();
    for seed in from..from + rounds {
        let mut rng = Rng::with_seed(seed);
        let history = history(&mut rng);
        let place = rng.usize(..history.len());
        let mut graph = ChangeGraph::default();
        for (n, change) in history.iter().enumerate() {
            let meta = check(change.raw_bytes()).unwrap_or_else(|error| panic!("seed {seed}, honest {n}: {error}"));
            if n == place {
                break;
            }
            graph.insert(&meta).unwrap_or_else(|error| panic!("seed {seed}, honest {n}: {error}"));
        }
        let Some(bytes) = broken(&mut rng, &history, place) else { continue };
        let before = &history[..place];
        let is_taken = check(&bytes).is_ok_and(|meta| graph.insert(&meta).is_ok());
        let outcome = catch_unwind(AssertUnwindSafe(|| apply(before, &bytes, &[])));
        match (is_taken, outcome) {
            (true, Ok(Ok(()))) => passed += 1,
            (true, Ok(Err(why))) => faults.push(format!("seed {seed}: {why}")),
            (true, Err(_)) => faults.push(format!("seed {seed}: a panic")),
            (false, Err(_)) => (refused, panics) = (refused + 1, panics + 1),
            (false, Ok(_)) => refused += 1,
        }
        if is_taken {
            continue;
        }
        // An honest one in its place still enters, and all that follow.
        for change in &history[place..] {
            let meta = check(change.raw_bytes()).expect("read before");
            graph.insert(&meta).unwrap_or_else(|error| panic!("seed {seed}, honest after a refusal: {error}"));
        }
    }
    let _ = std::panic::take_hook();
    eprintln!("{passed} passed and were applied, {refused} were refused, {panics} of which panic in Automerge");
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(20)]);
    assert!(passed * 20 > refused && panics * 20 > refused, "too little happened: {passed}, {refused}, {panics}");
}
