//! The hub by itself: who hears what, and what a connection may cost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::ChangeHash;
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit};
use bytes::Bytes;
use huigao_server::hub::{
    Config, ConnectionId, Effect, Errand, Event, Hub, Identity, NewChange, Proof, Record, Row, Run, Runs, Snapshot,
    Stored, StoredChange, read_graph,
};
use huigao_shared::catalogue::Cursor;
use huigao_shared::change::check;
use huigao_shared::ids::{DeviceId, DocumentId, MemberId, actor_of};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{EphemeralFrame, Message, PeerMetadata, SyncFrame, sync};

/// A hub whose commits are done at once, and what it sent.
struct Relay {
    hub: Hub,
    now: u64,
    stored: BTreeMap<(Row, u32), NewChange>,
    /// What of that cannot be read.
    damaged: BTreeSet<(Row, u32)>,
    /// How often something was to be read.
    reads: usize,
    /// Whether what was sent leaves at once.
    drains: bool,
    /// Whether commits are done at once.
    commits: bool,
    sent: Vec<(ConnectionId, Bytes)>,
    closed: Vec<ConnectionId>,
    /// By which proof which document was received.
    delivered: Vec<(Proof, DocumentId)>,
}

fn member(key: &str) -> MemberId {
    MemberId::from_key(key)
}

fn document(number: u16) -> DocumentId {
    let [high, low] = number.to_be_bytes();
    let mut id = [1; 16];
    (id[0], id[1]) = (high, low);
    DocumentId::from_bytes(id)
}

impl Relay {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Self::over(config, Snapshot::default())
    }

    fn over(config: Config, snapshot: Snapshot) -> Self {
        let [mut a, b] = ["a", "b"].map(|key| Member::new(member(key), key, key));
        a.roles = vec![Role::CampaignOffice];
        let roster = Roster { version: 1, members: vec![a, b], ..Roster::default() };
        let hub = Hub::new(config, "test", Arc::new(roster), snapshot);
        let (drains, commits) = (true, true);
        let (sent, closed, delivered) = (Vec::new(), Vec::new(), Vec::new());
        let (stored, damaged) = (BTreeMap::new(), BTreeSet::new());
        Self { hub, now: 1_000, stored, damaged, reads: 0, drains, commits, sent, closed, delivered }
    }

    fn handle(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let mut effects = Vec::new();
            self.hub.handle(self.now, event, &mut effects);
            for effect in effects {
                match effect {
                    Effect::Send { connection, frame } => {
                        if self.drains {
                            events.push(Event::Drained { connection, bytes: frame.len() });
                        }
                        self.sent.push((connection, frame));
                    }
                    Effect::Close { connection, .. } => self.closed.push(connection),
                    Effect::Load { document, row } => {
                        let stored = self.stored.range((row, 0)..(row + 1, 0)).map(|(_, change)| StoredChange {
                            meta: check(&change.body).expect("it was taken"),
                            is_withheld: false,
                        });
                        let graph = Box::new(read_graph(&stored.collect::<Vec<_>>()).expect("it was a graph"));
                        let is_whole = self.damaged.range((row, 0)..(row + 1, 0)).next().is_none();
                        let stored = Stored { graph, ..Stored::default() };
                        let stored = if is_whole { Ok(stored) } else { Err("damaged".to_owned()) };
                        events.push(Event::Loaded { document, stored });
                    }
                    Effect::Commit(_) if !self.commits => {}
                    Effect::Commit(batch) => {
                        for commit in &batch.documents {
                            let changes = commit.changes.iter().cloned();
                            self.stored.extend(changes.map(|change| ((commit.row, change.index), change)));
                        }
                        events.push(Event::Committed { result: Ok(()) });
                    }
                    Effect::ReadBodies { connection, document, row, indices, .. } => {
                        self.reads += 1;
                        let sound = indices.iter().take_while(|index| !self.damaged.contains(&(row, **index)));
                        let bodies: Vec<_> =
                            sound.map(|index| (*index, self.stored[&(row, *index)].body.clone())).collect();
                        let bodies = (!bodies.is_empty()).then_some(bodies);
                        events.push(Event::Bodies { connection, document, bodies });
                    }
                    Effect::Examine { document, row } => events.push(self.examined(document, row)),
                    Effect::Mend { document, row, bodies } => {
                        for (index, hash, body) in bodies {
                            let change = &self.stored[&(row, index)];
                            assert_eq!((change.meta.hash, &change.body), (hash, &body));
                            self.damaged.remove(&(row, index));
                        }
                        events.push(self.examined(document, row));
                    }
                    Effect::Errand(Errand::Delivered { identity, document, .. }) => {
                        self.delivered.push((identity.proof, document));
                    }
                    Effect::Errand(Errand::Act { .. }) => {}
                }
            }
        }
    }

    fn examined(&self, document: DocumentId, row: Row) -> Event {
        let damaged = self.damaged.range((row, 0)..(row + 1, 0));
        let damaged = damaged.map(|place| (place.1, self.stored[place].meta.hash)).collect();
        Event::Examined { document, damaged }
    }

    /// Lets so much time pass, in milliseconds.
    fn pass(&mut self, time: u64) {
        self.now += time;
        self.handle(Event::Tick);
    }

    fn connect(&mut self, connection: ConnectionId, key: &str, proof: Proof) {
        let identity = Identity { proof, ..Identity::demonstration(member(key)) };
        self.handle(Event::Connected { connection, identity });
    }

    fn frame(&mut self, connection: ConnectionId, message: &Message<'_>) {
        self.handle(Event::Frame { connection, frame: message.encode().into() });
    }

    fn join(&mut self, connection: ConnectionId, key: &str, peer: &str) {
        self.join_by(connection, key, peer, Proof::Demonstration);
    }

    fn join_by(&mut self, connection: ConnectionId, key: &str, peer: &str, proof: Proof) {
        self.connect(connection, key, proof);
        let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(1) };
        self.frame(connection, &Message::Join { sender: peer.into(), versions: vec!["1".into()], metadata });
        self.frame(connection, &Message::Catalogue { since: None, witness: None, roster: 1, mark: "".into() });
    }

    fn sync(&mut self, connection: ConnectionId, peer: &str, document: DocumentId, data: Vec<u8>) {
        let frame = SyncFrame { sender: peer.into(), target: "".into(), document, data: data.into() };
        self.frame(connection, &Message::Sync(frame));
    }

    /// Documents of which catalogue pages told a connection.
    fn told(&self, connection: ConnectionId) -> usize {
        let entries = |frame: &Bytes| match Message::decode(frame) {
            Ok(Message::CataloguePage(page)) => page.entries.len(),
            _ => 0,
        };
        self.sent.iter().filter(|(to, _)| *to == connection).map(|(_, frame)| entries(frame)).sum()
    }
}

/// Changes of one actor, each building on the one before.
fn changes(actor: ActorId, count: usize) -> (Vec<ChangeHash>, Vec<Vec<u8>>) {
    let mut doc = AutoCommit::new().with_actor(actor);
    for number in 0..count {
        doc.put(automerge::ROOT, "title", format!("{number}{}", "记".repeat(1_000))).expect("a plain value");
        doc.commit();
    }
    let bytes = doc.get_changes(&[]).into_iter().map(|mut change| change.bytes().into_owned()).collect();
    (doc.get_heads(), bytes)
}

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
