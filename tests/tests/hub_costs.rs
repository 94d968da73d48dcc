//! The hub by itself: what a connection may cost.

mod hubs;

use std::collections::BTreeMap;

use automerge::AutoCommit;
use automerge::transaction::Transactable;
use bytes::Bytes;
use hubs::{Relay, changes, document, member};
use huigao_server::hub::{Config, ConnectionId, Event, Proof};
use huigao_shared::change::check;
use huigao_shared::ids::{DeviceId, actor_of};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, sync};

#[test]
fn what_cannot_be_read_is_unavailable_once_and_harms_nothing_else() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 3);
    for number in [1, 2] {
        let document = document(number);
        relay.frame(1, &Message::Create { document, space: Space::Private(member("a")) });
        relay.sync(1, "tab-1", document, sync::advance(&heads, bytes.clone(), false));
    }
    relay.pass(40);
    relay.damaged.insert((1, 1));
    relay.join(2, "a", "tab-2");
    relay.sent.clear();
    // A client that cannot use what it has starts over, again and again.
    for _ in 0..5 {
        relay.sync(2, "tab-2", document(1), sync::reset(&[], Vec::new(), false));
    }
    relay.sync(2, "tab-2", document(2), sync::reset(&[], Vec::new(), false));
    let (mut unavailable, mut received) = (Vec::new(), BTreeMap::new());
    for (_, frame) in relay.sent.iter().filter(|(to, _)| *to == 2) {
        match Message::decode(frame) {
            Ok(Message::Unavailable { document, .. }) => unavailable.push(document),
            Ok(Message::Sync(frame)) => {
                let sync = sync::decode(&frame.data).expect("a sync message");
                *received.entry(frame.document).or_insert(0) += sync.changes.iter().count();
            }
            _ => {}
        }
    }
    assert_eq!(unavailable, [document(1)]);
    assert_eq!(received, BTreeMap::from([(document(1), 1), (document(2), 3)]));
    assert!(relay.closed.is_empty(), "{:?}", relay.closed);
    assert_eq!((relay.reads, relay.hub.quarantined(), relay.hub.stats().quarantined), (3, 1, 1));
}

#[test]
fn who_waits_for_room_is_served_though_the_document_was_unloaded_meanwhile() {
    let mut relay = Relay::with(Config { graph_bytes: 1, queue_bytes: 200, ..Config::default() });
    relay.join(1, "a", "tab-1");
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 2);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    relay.pass(40);
    relay.join(2, "a", "tab-2");
    relay.drains = false;
    relay.sent.clear();
    // What is told first fills the line.
    relay.frame(2, &Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() });
    let filled: usize = relay.sent.iter().map(|(_, frame)| frame.len()).sum();
    relay.sync(2, "tab-2", document(1), sync::reset(&[], Vec::new(), false));
    relay.pass(1);
    relay.sent.clear();
    relay.drains = true;
    relay.handle(Event::Drained { connection: 2, bytes: filled + 1_000 });
    let has_changes = |(to, frame): &&(ConnectionId, Bytes)| match Message::decode(frame) {
        Ok(Message::Sync(frame)) => *to == 2 && sync::decode(&frame.data).is_ok_and(|sync| !sync.changes.is_empty()),
        _ => false,
    };
    assert_eq!(relay.sent.iter().filter(has_changes).count(), 1);
}

#[test]
fn only_what_is_bad_counts_as_a_bad_frame() {
    let mut relay = Relay::new();
    let token = Proof::Token("t".into());
    relay.join_by(1, "a", "one", token.clone());
    relay.handle(Event::Revoked { proof: token });
    relay.join(2, "nobody", "two");
    relay.join(3, "b", "three");
    relay.frame(3, &Message::Leave);
    assert_eq!(relay.hub.stats().bad_frames, 0);
    relay.join(4, "b", "four");
    relay.handle(Event::Frame { connection: 4, frame: Bytes::from_static(&[0xff; 4]) });
    assert_eq!(relay.hub.stats().bad_frames, 1);
    assert_eq!(relay.closed, [1, 2, 3, 4]);
}

#[test]
fn what_waits_for_what_never_comes_is_counted_and_goes_with_its_sender() {
    let mut relay = Relay::new();
    relay.join(1, "a", "hostile");
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 40);
    let size: usize = bytes.iter().skip(1).map(Vec::len).sum();
    for number in 0..10 {
        let document = document(number);
        relay.frame(1, &Message::Create { document, space: Space::Private(member("a")) });
        relay.sync(1, "hostile", document, sync::advance(&heads, bytes[1..].to_vec(), false));
    }
    let (_, open, held, _) = relay.hub.gauges();
    assert!(open == 10 && held > 10 * size, "{open} documents, {held} bytes for {size} in each");
    let most = held / 2;
    relay.handle(Event::Closed { connection: 1 });
    let (_, open, held, _) = relay.hub.gauges();
    assert_eq!((relay.hub.documents(), open, held), (0, 0, 0));
    // Over all documents there is a bound; one message may pass it.
    let mut relay = Relay::with(Config { waiting_bytes: size, ..Config::default() });
    relay.join(1, "a", "hostile");
    let (_, _, empty, _) = relay.hub.gauges();
    for number in 0..10 {
        let document = document(number);
        relay.frame(1, &Message::Create { document, space: Space::Private(member("a")) });
        relay.sync(1, "hostile", document, sync::advance(&heads, bytes[1..].to_vec(), false));
    }
    let (_, _, held_by_bound, _) = relay.hub.gauges();
    assert!(held_by_bound < empty + most, "{held_by_bound} bytes");
}

#[test]
fn a_device_has_so_many_connections_and_the_oldest_goes() {
    let mut relay = Relay::new();
    let proof = Proof::Device(DeviceId::from_bytes([1; 16]));
    for connection in 0..40 {
        relay.connect(connection, "a", proof.clone());
    }
    relay.connect(100, "a", Proof::Device(DeviceId::from_bytes([2; 16])));
    // The oldest went: on a line that drops all the time they are the dead ones.
    assert_eq!(relay.closed, (0..8).collect::<Vec<_>>());
}

#[test]
fn all_is_on_disk_only_when_the_last_commit_is_through() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    assert!(relay.hub.is_committed());
    relay.commits = false;
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    assert!(!relay.hub.is_committed(), "it waits for company");
    relay.pass(40);
    assert!(!relay.hub.is_committed(), "it is on its way");
    relay.handle(Event::Committed { result: Ok(()) });
    assert!(relay.hub.is_committed());
}

#[test]
fn what_waits_in_a_stored_document_goes_with_the_last_who_sent_it() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    relay.frame(1, &Message::Create { document: document(1), space: Space::Campaign });
    let mut doc = AutoCommit::new().with_actor(actor_of(member("a"), [1; 8]));
    let mut bytes = Vec::new();
    for number in 0..4 {
        doc.put(automerge::ROOT, "title", format!("{number}{}", "记".repeat(1_000))).expect("a plain value");
        doc.commit();
        bytes.push(doc.get_last_local_change().expect("a change").bytes().into_owned());
        // What follows is another session's.
        doc.set_actor(actor_of(member("a"), [2; 8]));
    }
    let (later, waiting) = (doc.get_heads(), bytes.split_off(1));
    let first = check(&bytes[0]).expect("a change").hash;
    relay.sync(1, "tab-1", document(1), sync::advance(&[first], bytes, false));
    relay.pass(40);
    let held = |relay: &Relay| relay.hub.gauges().2;
    let before = held(&relay);
    for (connection, peer) in [(2, "tab-2"), (3, "tab-3")] {
        relay.join(connection, "a", peer);
        relay.sync(connection, peer, document(1), sync::advance(&later, waiting[1..].to_vec(), false));
    }
    assert!(held(&relay) > before);
    relay.handle(Event::Closed { connection: 2 });
    assert!(held(&relay) > before, "the other one sent it too");
    relay.handle(Event::Closed { connection: 3 });
    assert_eq!(held(&relay), before);
    // Whoever comes with all of it is taken at their word.
    relay.join(4, "a", "tab-4");
    relay.sync(4, "tab-4", document(1), sync::advance(&later, waiting, false));
    relay.pass(40);
    assert_eq!(relay.stored.len(), 4);
}
