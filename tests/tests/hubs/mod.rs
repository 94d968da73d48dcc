//! The hub by itself: one whose commits are done at once, people who connect to it, and changes that they send.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ChangeHash};
use bytes::Bytes;
use huigao_server::hub::{
    Config, ConnectionId, Effect, Errand, Event, Hub, Identity, NewChange, Proof, Row, Snapshot, Stored, StoredChange,
    read_graph,
};
use huigao_shared::change::check;
use huigao_shared::ids::{DocumentId, MemberId, member_of};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::wire::{Message, PeerMetadata, SyncFrame};

/// A hub whose commits are done at once, and what it sent.
pub struct Relay {
    pub hub: Hub,
    pub now: u64,
    pub stored: BTreeMap<(Row, u32), NewChange>,
    /// What of that cannot be read.
    pub damaged: BTreeSet<(Row, u32)>,
    /// How often something was to be read.
    pub reads: usize,
    /// Whether what was sent leaves at once.
    pub drains: bool,
    /// Whether commits are done at once.
    pub commits: bool,
    pub sent: Vec<(ConnectionId, Bytes)>,
    pub closed: Vec<ConnectionId>,
    /// By which proof which document was received.
    pub delivered: Vec<(Proof, DocumentId)>,
    /// Why connections were closed, in order.
    pub reasons: Vec<&'static str>,
    /// How often the store was asked who wrote in a space.
    pub asked_for_writers: usize,
}

pub fn member(key: &str) -> MemberId {
    MemberId::from_key(key)
}

pub fn document(number: u16) -> DocumentId {
    let [high, low] = number.to_be_bytes();
    let mut id = [1; 16];
    (id[0], id[1]) = (high, low);
    DocumentId::from_bytes(id)
}

impl Relay {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        Self::over(config, Snapshot::default())
    }

    pub fn over(config: Config, snapshot: Snapshot) -> Self {
        let [mut a, b] = ["a", "b"].map(|key| Member::new(member(key), key, key));
        a.roles = vec![Role::CampaignOffice];
        Self::among(config, Roster { version: 1, members: vec![a, b], ..Roster::default() }, snapshot)
    }

    pub fn among(config: Config, roster: Roster, snapshot: Snapshot) -> Self {
        let hub = Hub::new(config, "test", Arc::new(roster), snapshot);
        let (drains, commits) = (true, true);
        let (sent, closed, delivered) = (Vec::new(), Vec::new(), Vec::new());
        let (stored, damaged) = (BTreeMap::new(), BTreeSet::new());
        let (reasons, asked_for_writers) = (Vec::new(), 0);
        Self {
            hub,
            now: 1_000,
            stored,
            damaged,
            reads: 0,
            drains,
            commits,
            sent,
            closed,
            delivered,
            reasons,
            asked_for_writers,
        }
    }

    pub fn handle(&mut self, event: Event) {
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
                    Effect::Close { connection, why } => {
                        self.closed.push(connection);
                        self.reasons.push(why);
                    }
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
                    Effect::ReadWriters { space, rows } => {
                        self.asked_for_writers += 1;
                        let there = self.stored.iter().filter(|((row, _), _)| rows.contains(row));
                        let people = there.filter_map(|(_, change)| member_of(&change.meta.actor)).collect();
                        events.push(Event::Writers { space, people: Some(people) });
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
        Event::Examined { document, damaged: Some(damaged) }
    }

    /// Lets so much time pass, in milliseconds.
    pub fn pass(&mut self, time: u64) {
        self.now += time;
        self.handle(Event::Tick);
    }

    pub fn connect(&mut self, connection: ConnectionId, key: &str, proof: Proof) {
        let identity = Identity { proof, ..Identity::demonstration(member(key)) };
        self.handle(Event::Connected { connection, identity });
    }

    pub fn frame(&mut self, connection: ConnectionId, message: &Message<'_>) {
        self.handle(Event::Frame { connection, frame: message.encode().into() });
    }

    pub fn join(&mut self, connection: ConnectionId, key: &str, peer: &str) {
        self.join_by(connection, key, peer, Proof::Demonstration);
    }

    pub fn join_by(&mut self, connection: ConnectionId, key: &str, peer: &str, proof: Proof) {
        self.connect(connection, key, proof);
        let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(1) };
        self.frame(connection, &Message::Join { sender: peer.into(), versions: vec!["1".into()], metadata });
        self.frame(connection, &Message::Catalogue { since: None, witness: None, roster: 1, mark: "".into() });
    }

    pub fn sync(&mut self, connection: ConnectionId, peer: &str, document: DocumentId, data: Vec<u8>) {
        let frame = SyncFrame { sender: peer.into(), target: "".into(), document, data: data.into() };
        self.frame(connection, &Message::Sync(frame));
    }

    /// Documents of which catalogue pages told a connection.
    pub fn told(&self, connection: ConnectionId) -> usize {
        let entries = |frame: &Bytes| match Message::decode(frame) {
            Ok(Message::CataloguePage(page)) => page.entries.len(),
            _ => 0,
        };
        self.sent.iter().filter(|(to, _)| *to == connection).map(|(_, frame)| entries(frame)).sum()
    }
}

/// Changes of one actor, each building on the one before.
pub fn changes(actor: ActorId, count: usize) -> (Vec<ChangeHash>, Vec<Vec<u8>>) {
    let mut doc = AutoCommit::new().with_actor(actor);
    for number in 0..count {
        doc.put(automerge::ROOT, "title", format!("{number}{}", "记".repeat(1_000))).expect("a plain value");
        doc.commit();
    }
    let bytes = doc.get_changes(&[]).into_iter().map(|mut change| change.bytes().into_owned()).collect();
    (doc.get_heads(), bytes)
}
