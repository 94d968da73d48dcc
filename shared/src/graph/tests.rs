use super::*;
use crate::shape::Shape;
use proptest::prelude::*;

fn hash(n: u32) -> ChangeHash {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
    bytes[28..].copy_from_slice(&n.to_be_bytes());
    ChangeHash(bytes)
}

fn change(n: u32, actor: u8, seq: u64, deps: &[u32]) -> ChangeMeta {
    ChangeMeta {
        hash: hash(n),
        deps: deps.iter().map(|d| hash(*d)).collect(),
        actor: ActorId::from([actor].as_slice()),
        seq,
        // Each numbers on, as if it had one operation.
        shape: Shape { start: n + 1, length: 1, ..Shape::default() },
    }
}

#[test]
fn refuses_orphans_and_sequences_that_do_not_fit() {
    let mut graph = ChangeGraph::default();
    assert_eq!(graph.insert(&change(0, 1, 1, &[])), Ok(Inserted::New(0)));
    assert_eq!(graph.insert(&change(0, 1, 1, &[])), Ok(Inserted::Known));
    assert_eq!(graph.insert(&change(9, 1, 2, &[8])), Err(InsertError::MissingDependencies(vec![hash(8)])));
    assert_eq!(graph.insert(&change(1, 1, 1, &[])), Err(InsertError::DuplicateSequence { seq: 1 }));
    assert_eq!(graph.insert(&change(1, 1, 3, &[0])), Err(InsertError::SequenceGap { expected: 2, found: 3 }));
    assert_eq!(graph.heads(), [hash(0)]);
}

/// Random graphs: each change builds on one to three of the last few heads or older changes.
fn arbitrary_graph() -> impl Strategy<Value = Vec<Vec<u32>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u32>(), 1..4), 1..40).prop_map(|raw| {
        raw.into_iter()
            .enumerate()
            .map(|(n, picks)| {
                let deps: BTreeSet<u32> = picks.into_iter().filter(|_| n > 0).map(|p| p % n.max(1) as u32).collect();
                deps.into_iter().collect()
            })
            .collect()
    })
}

fn build(shape: &[Vec<u32>]) -> ChangeGraph {
    let mut graph = ChangeGraph::default();
    for (n, deps) in shape.iter().enumerate() {
        graph.insert(&change(n as u32, n as u8, 1, deps)).expect("dependencies come first");
    }
    graph
}

fn beneath(shape: &[Vec<u32>], from: &[u32]) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut stack = from.to_vec();
    while let Some(n) = stack.pop() {
        if seen.insert(n) {
            stack.extend(&shape[n as usize]);
        }
    }
    seen
}

proptest! {
    #[test]
    fn agrees_with_the_naive_walk(shape in arbitrary_graph(), picks in proptest::collection::vec(any::<u32>(), 0..4)) {
        let graph = build(&shape);
        let n = shape.len() as u32;
        let picks: Vec<u32> = picks.into_iter().map(|p| p % n).collect();
        let frontier: Vec<ChangeHash> = picks.iter().map(|p| hash(*p)).collect();
        let below = beneath(&shape, &picks);
        let expected: Vec<u32> = (0..n).filter(|i| !below.contains(i)).collect();
        prop_assert_eq!(graph.since(&frontier), expected);
        let mut heads: Vec<ChangeHash> =
            (0..n).filter(|i| !shape.iter().any(|deps| deps.contains(i))).map(hash).collect();
        heads.sort_unstable();
        prop_assert_eq!(graph.heads(), heads.as_slice());
        let mut maximal: Vec<ChangeHash> = picks.iter().collect::<BTreeSet<_>>().into_iter()
            .filter(|p| !picks.iter().any(|q| q != *p && beneath(&shape, &[*q]).contains(p))).map(|p| hash(*p)).collect();
        maximal.sort_unstable();
        prop_assert_eq!(graph.join(&frontier, &[]), maximal);
    }
}

#[test]
fn nobody_begins_a_document_that_has_begun_nor_takes_the_number_of_what_is_out_of_service() {
    let mut graph = ChangeGraph::default();
    graph.insert(&change(0, 1, 1, &[])).expect("the first");
    let forged = ChangeMeta { shape: Shape { start: 1, length: 1, ..Shape::default() }, ..change(1, 2, 1, &[]) };
    assert_eq!(graph.insert(&forged), Err(InsertError::Unfounded(Fault::Root)));
    graph.withhold(&change(1, 1, 2, &[0]));
    assert_eq!(graph.insert(&change(2, 1, 2, &[0])), Err(InsertError::DuplicateSequence { seq: 2 }));
    assert_eq!(graph.insert(&change(3, 1, 3, &[1])), Err(InsertError::Withheld));
    assert_eq!((graph.heads(), graph.since(&[])), (&[hash(0)][..], vec![0]));
}

#[test]
fn a_document_with_too_many_heads_is_merged_by_the_next_who_writes() {
    use crate::change::check;
    use automerge::transaction::Transactable;
    use automerge::{AutoCommit, ROOT};

    let mut graph = ChangeGraph::default();
    let mut first = AutoCommit::new();
    first.put(ROOT, "title", "题").expect("room");
    first.commit();
    let mut whole = first.clone();
    let mut outcomes = Vec::new();
    graph.insert(&check(first.get_changes(&[])[0].raw_bytes()).expect("a change")).expect("the first");
    for _ in 0..=MAX_HEADS {
        let mut apart = first.fork();
        apart.put(ROOT, "title", "改").expect("room");
        apart.commit();
        let change = apart.get_last_local_change().expect("a change");
        outcomes.push(graph.insert(&check(change.raw_bytes()).expect("a change")));
        if outcomes.last().is_some_and(Result::is_ok) {
            whole.apply_changes([change]).expect("it applies");
        }
    }
    assert_eq!(outcomes.pop(), Some(Err(InsertError::TooManyHeads)));
    assert!(outcomes.iter().all(Result::is_ok));
    whole.put(ROOT, "title", "合").expect("room");
    whole.commit();
    let merging = check(whole.get_last_local_change().expect("a change").raw_bytes()).expect("so many are named");
    assert!(merging.deps.len() >= MAX_HEADS);
    assert!(graph.insert(&merging).is_ok());
    assert_eq!(graph.heads(), [merging.hash]);
}

#[test]
fn a_node_costs_tens_of_bytes() {
    let mut graph = ChangeGraph::default();
    for n in 0..10_000u32 {
        let deps: Vec<u32> = n.checked_sub(1).into_iter().collect();
        graph.insert(&change(n, 1, u64::from(n) + 1, &deps)).expect("a chain");
    }
    assert!(graph.bytes() / graph.len() < 100, "{} bytes a change", graph.bytes() / graph.len());
}
