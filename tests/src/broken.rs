//! Changes that parse, carry the right checksum, and cannot be applied: their references are broken on purpose.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, OpId, OpType};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ExpandedChange, ObjType, ROOT, ReadDoc, ScalarValue};
use fastrand::Rng;
use huigao_shared::change::type_and_length;
use sha2::{Digest, Sha256};

/// A history by three people who write apart and merge, with every kind of object and value.
#[must_use]
pub fn history(rng: &mut Rng) -> Vec<Change> {
    let mut first = AutoCommit::new().with_actor(actor(0));
    let text = first.put_object(ROOT, "text", ObjType::Text).expect("a new key");
    first.splice_text(&text, 0, 0, "一、学习调研").expect("room");
    let list = first.put_object(ROOT, "rows", ObjType::List).expect("a new key");
    let map = first.insert_object(&list, 0, ObjType::Map).expect("the start");
    first.put(&map, "hours", ScalarValue::counter(2)).expect("a new key");
    first.commit();
    let mut people = vec![first.clone(), first.clone().with_actor(actor(1)), first.with_actor(actor(2))];
    for _ in 0..rng.usize(4..16) {
        let who = rng.usize(..people.len());
        if rng.u8(..3) == 0 {
            let mut other = people[rng.usize(..people.len())].clone();
            people[who].merge(&mut other).expect("histories of one document");
        }
        for _ in 0..rng.usize(1..4) {
            edit(rng, &mut people[who], &text, &list, &map);
        }
        let options = CommitOptions::default().with_time(rng.i64(-4_000_000_000..4_000_000_000));
        if people[who].commit_with(options).is_none() && rng.bool() {
            people[who].empty_change(CommitOptions::default());
        }
    }
    let mut whole = people.swap_remove(0);
    for mut other in people {
        whole.merge(&mut other).expect("histories of one document");
    }
    whole.get_changes(&[])
}

fn actor(n: u8) -> ActorId {
    ActorId::from([n, 7, n].as_slice())
}

fn edit(rng: &mut Rng, doc: &mut AutoCommit, text: &automerge::ObjId, list: &automerge::ObjId, map: &automerge::ObjId) {
    let (length, rows) = (doc.length(text), doc.length(list));
    // Each of these may be refused, where there is nothing to delete or to count.
    let _ = match rng.u8(..10) {
        0..=3 => {
            let at = rng.usize(..=length);
            doc.splice_text(text, at, rng.isize(0..=3).min((length - at) as isize), "字a😀")
        }
        4 => doc.insert(list, rng.usize(..=rows), i64::from(rng.u8(..))),
        5 if rows > 0 => doc.put(list, rng.usize(..rows), "值"),
        6 if rows > 1 => doc.delete(list, rng.usize(..rows)),
        7 => doc.increment(map, "hours", 3),
        8 => doc.put(map, ["a", "b", "hours"][rng.usize(..3)], ScalarValue::counter(1)),
        _ => doc.put_object(ROOT, ["x", "y"][rng.usize(..2)], [ObjType::Map, ObjType::Text][rng.usize(..2)]).map(drop),
    };
}

/// The change at `place` of a history, broken. None if what came out is no change at all.
#[must_use]
pub fn broken(rng: &mut Rng, history: &[Change], place: usize) -> Option<Vec<u8>> {
    let change = history.get(place)?;
    if rng.u8(..4) == 0 {
        return Some(damaged(rng, change));
    }
    let mut expanded = change.decode();
    for _ in 0..rng.u8(1..3) {
        break_one(rng, history, &mut expanded);
    }
    // The encoder panics at what it cannot write.
    catch_unwind(AssertUnwindSafe(|| Change::from(expanded).raw_bytes().to_vec())).ok()
}

/// A change after an element that no document has, by a program that has written nothing else. None if there is nothing
/// in `honest` to make it of.
#[must_use]
pub fn unfounded(honest: &Change, actor: ActorId) -> Option<Vec<u8>> {
    let mut expanded = honest.decode();
    let missing = OpId::new(1 << 20, &actor);
    expanded.operations.first_mut()?.key = Key::Seq(ElementId::Id(missing));
    (expanded.actor_id, expanded.seq) = (actor, 1);
    catch_unwind(AssertUnwindSafe(|| Change::from(expanded).raw_bytes().to_vec())).ok()
}

/// Bytes changed anywhere, and the checksum made to fit.
fn damaged(rng: &mut Rng, change: &Change) -> Vec<u8> {
    let raw = change.raw_bytes();
    let length = raw.iter().skip(9).take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let mut body = raw[9 + length..].to_vec();
    for _ in 0..rng.u8(1..3) {
        let at = rng.usize(..body.len());
        body[at] = if rng.bool() { body[at].wrapping_add(rng.u8(1..4)) } else { rng.u8(..) };
    }
    let mut sized = type_and_length(1, body.len());
    sized.extend(body);
    let checksum = Sha256::digest(&sized);
    [&raw[..4], &checksum[..4], &sized].concat()
}

fn any_id(rng: &mut Rng, history: &[Change], own: &ExpandedChange) -> OpId {
    let other = &history[rng.usize(..history.len())];
    match rng.u8(..4) {
        // Of the change itself, or one after.
        0 => OpId::new(own.start_op.get() + rng.u64(..=own.operations.len() as u64), &own.actor_id),
        1 => OpId::new(rng.u64(1..60), other.actor_id()),
        2 => OpId::new(other.start_op().get() + rng.u64(..=other.len() as u64), &actor(rng.u8(..4))),
        _ => OpId::new(other.start_op().get() + rng.u64(..=other.len() as u64), other.actor_id()),
    }
}

fn break_one(rng: &mut Rng, history: &[Change], change: &mut ExpandedChange) {
    let id = any_id(rng, history, change);
    let hash = history[rng.usize(..history.len())].hash();
    let start = change.start_op.get();
    match rng.u8(..8) {
        0 => {
            let far = [start + 1, start.saturating_sub(1), start + 1_000, u64::from(u32::MAX) - 2, 1 << 31, 1 << 40];
            change.start_op = far[rng.usize(..far.len())].try_into().unwrap_or(change.start_op);
        }
        1 => change.deps = if rng.bool() { vec![hash] } else { change.deps.iter().copied().chain([hash]).collect() },
        3 => change.time = [i64::MIN, i64::MAX, -1, 1 << 52, 1 << 60][rng.usize(..5)],
        2 => change.seq = change.seq.wrapping_add(rng.u64(..3)).saturating_sub(1),
        _ => {}
    }
    if change.operations.is_empty() {
        return;
    }
    let count = change.operations.len();
    let (a, b) = (rng.usize(..count), rng.usize(..count));
    let op = &mut change.operations[a];
    match rng.u8(..10) {
        0 => op.obj = ObjectId::Id(id),
        1 => op.obj = ObjectId::Root,
        2 => op.key = Key::Seq(ElementId::Id(id)),
        3 => op.key = if rng.bool() { Key::head() } else { Key::Map(["text", "rows", "x"][rng.usize(..3)].into()) },
        4 => op.pred = [id].into_iter().collect(),
        5 => op.pred = op.pred.iter().cloned().chain([id]).collect(),
        6 => op.pred = std::iter::empty().collect(),
        7 => op.insert = !op.insert,
        8 => {
            let deeds = [
                OpType::Put(7.into()),
                OpType::Put("多个字".into()),
                OpType::Put(ScalarValue::counter(1)),
                OpType::Make(ObjType::Map),
                OpType::Make(ObjType::Text),
                OpType::Make(ObjType::List),
                OpType::Make(ObjType::Table),
                OpType::Delete,
                OpType::Increment(2),
                OpType::MarkEnd(false),
            ];
            op.action = deeds[rng.usize(..deeds.len())].clone();
        }
        _ if rng.bool() => change.operations.swap(a, b),
        _ => drop(change.operations.remove(a)),
    }
}
