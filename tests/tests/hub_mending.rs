//! The hub by itself: a damaged change is brought again by whoever has it.

mod hubs;

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use hubs::{Relay, changes, document, member};
use huigao_server::hub::{Config, ConnectionId, Record, Snapshot};
use huigao_shared::change::check;
use huigao_shared::ids::actor_of;
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, sync};

/// What a connection was told of documents since it was last asked: how many changes came, what it is asked for, and
/// what was receipted.
fn told(relay: &mut Relay, connection: ConnectionId) -> (usize, Vec<ChangeHash>, Vec<Vec<ChangeHash>>) {
    let (mut came, mut need, mut receipts) = (0, Vec::new(), Vec::new());
    for (_, frame) in relay.sent.iter().filter(|(to, _)| *to == connection) {
        match Message::decode(frame) {
            Ok(Message::Sync(frame)) => {
                let sync = sync::decode(&frame.data).expect("a sync message");
                came += sync.changes.iter().count();
                need.extend(sync.need);
            }
            Ok(Message::Receipt { heads, .. }) => receipts.push(heads),
            _ => {}
        }
    }
    relay.sent.retain(|(to, _)| *to != connection);
    (came, need, receipts)
}

#[test]
fn whoever_holds_what_is_damaged_brings_it_again_and_who_waits_gets_it() {
    let mut before = Relay::new();
    before.join(1, "a", "tab-1");
    let (latest, bytes) = changes(actor_of(member("a"), [1; 8]), 4);
    let hashes: Vec<ChangeHash> = bytes.iter().map(|body| check(body).expect("a change").hash).collect();
    let space = Space::Private(member("a"));
    before.frame(1, &Message::Create { document: document(1), space: space.clone() });
    before.sync(1, "tab-1", document(1), sync::advance(&hashes[2..3], bytes[..3].to_vec(), false));
    before.pass(40);
    let record = Record {
        row: 1,
        space: Arc::new(space),
        seq: 1,
        heads: hashes[2..3].to_vec(),
        label: None,
        label_heads: Vec::new(),
    };
    let snapshot = Snapshot { records: vec![(document(1), record)], ..Snapshot::default() };
    let over = Relay::over(Config::default(), snapshot);
    let mut relay = Relay { stored: before.stored, damaged: BTreeSet::from([(1, 0), (1, 1)]), ..over };
    relay.join(2, "a", "tab-2");
    relay.sync(2, "tab-2", document(1), sync::reset(&[], Vec::new(), false));
    // It has written on meanwhile.
    relay.join(3, "a", "tab-3");
    relay.sync(3, "tab-3", document(1), sync::advance(&latest, vec![bytes[3].clone()], false));
    let mut damaged = hashes[..2].to_vec();
    damaged.sort_unstable();
    assert_eq!(told(&mut relay, 3), (0, damaged, Vec::new()), "asked, and nothing is receipted");
    assert_eq!(told(&mut relay, 2), (0, Vec::new(), Vec::new()), "who has nothing is asked for nothing");
    // One of two, with what was not asked for.
    let some = |which: &[usize]| which.iter().map(|at| bytes[*at].clone()).collect::<Vec<_>>();
    relay.sync(3, "tab-3", document(1), sync::encode(latest.clone(), vec![], vec![], some(&[3, 1]), false));
    assert_eq!((relay.damaged.len(), relay.hub.quarantined()), (1, 1));
    assert_eq!(told(&mut relay, 3).1, [hashes[0]], "asked for the rest");
    relay.sync(3, "tab-3", document(1), sync::encode(latest.clone(), vec![], vec![], some(&[0]), false));
    assert_eq!((relay.damaged.len(), relay.hub.quarantined()), (0, 0));
    assert_eq!(told(&mut relay, 2).0, 3, "who waits gets it by itself");
    let (_, need, receipts) = told(&mut relay, 3);
    assert_eq!((need, receipts), (latest.clone(), vec![hashes[2..3].to_vec()]), "what was not heard is asked for");
    relay.sync(3, "tab-3", document(1), sync::encode(latest.clone(), vec![], vec![], some(&[3]), false));
    relay.pass(40);
    assert_eq!(told(&mut relay, 3).2, [latest]);
    assert_eq!(told(&mut relay, 2).0, 1);
    assert!(relay.closed.is_empty(), "{:?}", relay.closed);
}

#[test]
fn a_document_that_is_open_stays_so_while_what_is_damaged_is_brought() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 3);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes.clone(), false));
    relay.pass(40);
    told(&mut relay, 1);
    relay.damaged.insert((1, 1));
    relay.join(2, "a", "tab-2");
    relay.sync(2, "tab-2", document(1), sync::reset(&[], Vec::new(), false));
    let hash = check(&bytes[1]).expect("a change").hash;
    assert_eq!(told(&mut relay, 1), (0, vec![hash], Vec::new()));
    assert_eq!((told(&mut relay, 2).0, relay.hub.quarantined()), (1, 1));
    relay.sync(1, "tab-1", document(1), sync::encode(heads, vec![], vec![], vec![bytes[1].clone()], false));
    assert_eq!((told(&mut relay, 2).0, relay.hub.quarantined()), (2, 0));
}
