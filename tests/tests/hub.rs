//! The hub by itself: who hears what.

mod hubs;

use automerge::sync::{BloomFilter, Have};
use bytes::Bytes;
use hubs::{Relay, changes, document, member};
use huigao_server::hub::{Config, ConnectionId, Event, Proof, Run, Runs, Snapshot};
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::{DeviceId, DocumentId, actor_of};
use huigao_shared::space::Space;
use huigao_shared::wire::{EphemeralFrame, Message, PeerMetadata, SyncFrame, sync};

#[test]
fn a_commit_is_told_to_who_has_just_come_too() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    // The other device of the same member comes just before the commit.
    relay.join(2, "a", "tab-2");
    relay.pass(40);
    relay.pass(500);
    assert_eq!(relay.told(2), 1);
}

#[test]
fn on_a_full_disk_what_is_there_is_told_and_the_run_is_not_until_it_is_stored() {
    let stored = Runs(vec![Run { first_seq: 1, secret: [1; 16] }]);
    let runs = Runs(vec![stored.0[0], Run { first_seq: 5, secret: [2; 16] }]);
    let snapshot = Snapshot { runs: runs.clone(), full: true, ..Snapshot::default() };
    let mut relay = Relay::over(Config::default(), snapshot);
    relay.commits = false;
    relay.join(1, "a", "tab-1");
    relay.handle(Event::Committed { result: Err("no room".to_owned()) });
    assert!(!relay.hub.is_storing() && relay.hub.is_committed(), "nothing was taken yet");
    let (mut storing, mut cursors) = (Vec::new(), Vec::new());
    for (_, frame) in &relay.sent {
        match Message::decode(frame) {
            Ok(Message::Storing { ok }) => storing.push(ok),
            Ok(Message::CataloguePage(page)) => cursors.push(page.cursor),
            _ => {}
        }
    }
    assert_eq!(storing, [false]);
    // Had this run never come to be, its client would not be told to start over.
    assert!(!cursors.is_empty() && cursors.iter().all(|cursor| stored.knows(*cursor, 4)), "{cursors:?}");
    relay.sent.clear();
    relay.commits = true;
    relay.pass(1_000);
    assert!(relay.hub.is_storing());
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    relay.pass(40);
    let receipts = relay.sent.iter().filter_map(|(_, frame)| match Message::decode(frame) {
        Ok(Message::Receipt { cursor, .. }) => Some(cursor),
        _ => None,
    });
    assert_eq!(receipts.collect::<Vec<_>>(), [runs.cursor(6)]);
}

#[test]
fn other_programs_hear_of_no_more_than_is_on_disk() {
    let mut relay = Relay::new();
    relay.commits = false;
    relay.connect(1, "a", Proof::Demonstration);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: None };
    relay.frame(1, &Message::Join { sender: "other".into(), versions: vec!["1".into()], metadata });
    let (first, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    let (both, all) = changes(actor_of(member("a"), [1; 8]), 2);
    relay.sync(1, "other", document(1), sync::advance(&first, bytes, false));
    relay.pass(40);
    // This one comes while the first is being committed.
    relay.sync(1, "other", document(1), sync::advance(&both, all[1..].to_vec(), false));
    for heads in [first, both] {
        relay.sent.clear();
        relay.handle(Event::Committed { result: Ok(()) });
        let told = relay.sent.iter().filter_map(|(_, frame)| match Message::decode(frame) {
            Ok(Message::Sync(frame)) => sync::decode(&frame.data).ok().map(|sync| sync.heads),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), [heads]);
        relay.pass(40);
    }
}

#[test]
fn who_brings_what_others_changes_waited_for_gets_those() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    relay.join(2, "a", "tab-2");
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 2);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes[1..].to_vec(), false));
    relay.sent.clear();
    let (first, _) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.sync(2, "tab-2", document(1), sync::advance(&first, bytes[..1].to_vec(), false));
    let told = relay.sent.iter().filter(|(to, _)| *to == 2).filter_map(|(_, frame)| match Message::decode(frame) {
        Ok(Message::Sync(frame)) => sync::decode(&frame.data).ok(),
        _ => None,
    });
    let brought: Vec<Vec<u8>> =
        told.flat_map(|sync| sync.changes.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect();
    assert_eq!(brought, bytes[1..]);
}

#[test]
fn nobody_speaks_in_the_name_of_anothers_peer() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    relay.join(2, "b", "tab-1");
    assert_eq!(relay.closed, [2]);
    // What is passed on to readers of a document is passed on in one's own name only.
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Campaign });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    relay.join(5, "a", "tab-5");
    relay.sync(5, "tab-5", document(1), sync::advance(&heads, Vec::new(), false));
    let ephemeral = |sender: &'static str, count| {
        let (target, session, data) = ("".into(), "s".into(), [1].as_slice().into());
        Message::Ephemeral(EphemeralFrame {
            sender: sender.into(),
            target,
            count,
            session,
            document: document(1),
            data,
        })
    };
    for (sender, count, heard) in [("tab-1", 1, 0), ("tab-5", u64::MAX, 1)] {
        relay.sent.clear();
        relay.frame(5, &ephemeral(sender, count));
        let is_heard = |(to, frame): &&(ConnectionId, Bytes)| {
            *to == 1 && matches!(Message::decode(frame), Ok(Message::Ephemeral(_)))
        };
        assert_eq!(relay.sent.iter().filter(is_heard).count(), heard, "{sender}");
    }
    // So much, and then no more until some time has passed.
    relay.sent.clear();
    for count in 0..10_000 {
        relay.frame(5, &ephemeral("tab-5", count));
    }
    let heard = relay.sent.iter().filter(|(to, _)| *to == 1).count();
    assert!((500..1_000).contains(&heard), "{heard} of 10,000");
    // Another tab of the same member says no more.
    relay.join(6, "a", "tab-6");
    relay.sync(6, "tab-6", document(1), sync::advance(&heads, Vec::new(), false));
    relay.sent.clear();
    for count in 0..100 {
        relay.frame(6, &ephemeral("tab-6", count));
    }
    assert_eq!(relay.sent.len(), 0);
    // Nobody speaks in the name of the relay.
    relay.join(7, "a", "huigao-test");
    assert_eq!(std::mem::replace(&mut relay.closed, vec![2]), [2, 7]);
    // The same member's tab that comes again before the relay has noticed that its line dropped.
    relay.join(3, "a", "tab-1");
    relay.join(4, "b", "tab-4");
    assert_eq!(relay.closed, [2]);
    let (heads, _) = changes(actor_of(member("b"), [1; 8]), 1);
    relay.sync(4, "tab-1", document(1), sync::advance(&heads, Vec::new(), false));
    assert_eq!(relay.closed, [2, 4]);
}

#[test]
fn what_comes_to_a_device_or_program_of_the_office_is_noted_once_for_each_connection() {
    let mut relay = Relay::new();
    let office = [Proof::Device(DeviceId::from_bytes([1; 16])), Proof::Token("reports".to_owned())];
    relay.join_by(1, "a", "tab-1", Proof::Device(DeviceId::from_bytes([9; 16])));
    let spaces = [Space::Campaign, Space::Unit("town".parse().expect("a key")), Space::Private(member("a"))];
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 2);
    for (number, space) in (1..).zip(spaces) {
        relay.frame(1, &Message::Create { document: document(number), space });
        relay.sync(1, "tab-1", document(number), sync::advance(&heads, bytes.clone(), false));
    }
    relay.pass(40);
    relay.delivered.clear();
    for (connection, proof) in (2..).zip(office.clone()) {
        let peer = format!("tab-{connection}");
        relay.join_by(connection, "a", &peer, proof);
        for number in 1..=3 {
            relay.sync(connection, &peer, document(number), sync::reset(&[], Vec::new(), false));
            relay.sync(connection, &peer, document(number), sync::reset(&[], Vec::new(), false));
        }
    }
    // What belongs to a unit or its people; not what everybody reads, nor one's own.
    assert_eq!(relay.delivered, office.map(|proof| (proof, document(2))));
}

#[test]
fn a_document_that_may_not_be_read_looks_like_one_that_is_not_there() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.frame(1, &Message::Create { document: document(1), space: Space::Private(member("a")) });
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    relay.pass(40);
    relay.join(2, "b", "ours");
    relay.connect(3, "b", Proof::Demonstration);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: None };
    relay.frame(3, &Message::Join { sender: "theirs".into(), versions: vec!["1".into()], metadata });
    let mut ask = |document: DocumentId| {
        relay.sent.clear();
        relay.closed.clear();
        for (connection, peer) in [(2, "ours"), (3, "theirs")] {
            for data in [sync::reset(&[], Vec::new(), false), sync::reset(&heads, Vec::new(), false)] {
                relay.sync(connection, peer, document, data.clone());
                let frame = SyncFrame { sender: peer.into(), target: "".into(), document, data: data.into() };
                relay.frame(connection, &Message::Request(frame));
            }
            relay.frame(connection, &Message::Create { document, space: Space::Private(member("a")) });
            relay.frame(connection, &Message::Create { document, space: Space::Private(member("b")) });
            relay.sync(connection, peer, document, sync::reset(&heads, Vec::new(), false));
            let json = b"{}".as_slice().into();
            relay.frame(connection, &Message::Label { document, heads: heads.clone(), json });
        }
        let sent: Vec<(ConnectionId, Vec<u8>)> =
            relay.sent.iter().map(|(to, frame)| (*to, without(frame, document))).collect();
        (sent, relay.closed.clone())
    };
    let (there, missing) = (ask(document(1)), ask(document(2)));
    assert!(there.0.len() > 8 && there.1.is_empty(), "{} answers", there.0.len());
    assert!(there == missing);
}

/// A frame without the document that it is about.
fn without(frame: &Bytes, document: DocumentId) -> Vec<u8> {
    let text = document.to_string();
    let mut rest = frame.to_vec();
    for id in [text.as_bytes(), document.as_bytes()] {
        while let Some(at) = rest.windows(id.len()).position(|window| window == id) {
            rest.drain(at..at + id.len());
        }
    }
    rest
}

#[test]
fn what_others_build_on_is_asked_for_again_when_they_come_without_it() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    relay.frame(1, &Message::Create { document: document(1), space: Space::Campaign });
    let (heads, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.sync(1, "tab-1", document(1), sync::advance(&heads, bytes, false));
    // Two changes one after another, announced in two messages; the second question is the one that is answered.
    let actor = actor_of(member("a"), [2; 8]);
    let ((first, _), (second, bytes)) = (changes(actor.clone(), 1), changes(actor, 2));
    relay.sync(1, "tab-1", document(1), sync::advance(&first, Vec::new(), false));
    relay.sync(1, "tab-1", document(1), sync::advance(&second, Vec::new(), false));
    relay.sent.clear();
    relay.sync(1, "tab-1", document(1), sync::advance(&second, bytes[1..].to_vec(), false));
    let needs = relay.sent.iter().filter_map(|(_, frame)| match Message::decode(frame) {
        Ok(Message::Sync(frame)) => sync::decode(&frame.data).ok().map(|sync| sync.need),
        _ => None,
    });
    assert_eq!(needs.flatten().collect::<Vec<_>>(), first);
}

#[test]
fn whoever_starts_over_is_asked_again_and_whoever_repeats_is_not() {
    let mut relay = Relay::new();
    relay.join(1, "a", "tab-1");
    relay.frame(1, &Message::Create { document: document(1), space: Space::Campaign });
    let (known, bytes) = changes(actor_of(member("a"), [1; 8]), 1);
    relay.sync(1, "tab-1", document(1), sync::advance(&known, bytes, false));
    let (heads, _) = changes(actor_of(member("a"), [2; 8]), 1);
    let names = || {
        let have = Have { last_sync: known.clone(), bloom: BloomFilter::default() };
        sync::encode(heads.clone(), Vec::new(), vec![have], Vec::new(), false)
    };
    let mut needs_after = |data: Vec<u8>| {
        relay.sent.clear();
        relay.sync(1, "tab-1", document(1), data);
        let needs = relay.sent.iter().filter_map(|(_, frame)| match Message::decode(frame) {
            Ok(Message::Sync(frame)) => sync::decode(&frame.data).ok().map(|sync| sync.need),
            _ => None,
        });
        needs.flatten().collect::<Vec<_>>()
    };
    assert_eq!(needs_after(names()), heads);
    assert_eq!(needs_after(names()), []);
    // Its document rested when the question came, and it dropped that.
    assert_eq!(needs_after(sync::reset(&heads, Vec::new(), false)), heads);
}

#[test]
fn a_sign_of_life_is_given_at_once_to_those_who_know_it() {
    let mut relay = Relay::new();
    relay.join(1, "a", "ours");
    relay.connect(2, "b", Proof::Demonstration);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: true, huigao: None };
    relay.frame(2, &Message::Join { sender: "theirs".into(), versions: vec!["1".into()], metadata });
    relay.frame(1, &Message::Alive);
    relay.frame(2, &Message::Alive);
    let signs = relay.sent.iter().filter(|(_, frame)| matches!(Message::decode(frame), Ok(Message::Alive)));
    assert_eq!(signs.map(|(to, _)| *to).collect::<Vec<_>>(), [1]);
    assert_eq!(relay.closed, Vec::<u64>::new());
}

#[test]
fn who_is_told_everything_anew_hears_whether_the_receipts_still_hold() {
    let mut relay = Relay::new();
    let pages = |relay: &Relay| -> Vec<(bool, Option<Cursor>, Cursor)> {
        let page = |frame: &Bytes| match Message::decode(frame) {
            Ok(Message::CataloguePage(page)) => Some((page.reset, page.witness, page.cursor)),
            _ => None,
        };
        relay.sent.iter().filter_map(|(_, frame)| page(frame)).collect()
    };
    relay.join(1, "a", "one");
    let (_, witness, known) = pages(&relay)[0];
    assert_eq!(witness, None);
    for (asked, told) in [(known, Some(known)), (Cursor { seq: 9, tag: 9 }, None)] {
        relay.sent.clear();
        relay.frame(1, &Message::Catalogue { since: None, witness: Some(asked), roster: 1, mark: "".into() });
        assert_eq!(pages(&relay), [(true, told, known)]);
    }
}
