//! The relay's core: a pure state machine from events to effects.
//!
//! Owns: connections, the change graphs of open documents, who has been sent what, what waits to be
//! committed, the catalogue. May not touch: sockets, SQLite, clocks. The same code runs in the server
//! and, under a virtual clock and a lying network, in the simulator.

mod authors;
mod catalogue;
mod commit;
mod connection;
mod cursor;
mod document;
mod event;
mod inbound;
mod json;
mod outbound;
mod quarantine;
mod records;
pub mod roster;
mod taking;
mod unload;
mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use huigao_shared::access::{Access, access_of};
use huigao_shared::authority::Step;
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::{DeviceId, DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use huigao_shared::wire::Message;

use commit::Commits;
use connection::Connection;
pub use cursor::{Run, Runs};
use document::Open;
pub use event::{Batch, DocumentCommit, Effect, Errand, Event, NewChange, Stored, StoredChange};
use inbound::PRESENCE;
pub use inbound::{read_graph, restore};
use quarantine::Ailing;
pub use records::Record;
use views::Views;

use crate::office::limits::Limits;

/// How much may be queued towards one connection in all, in bytes: answers and one large frame come besides what is
/// produced as it drains.
const MAX_QUEUED: usize = 24 << 20;
/// And towards all connections of one device or token together.
const MAX_QUEUED_EACH: usize = 64 << 20;
/// With fewer a connection is not looked at more closely.
const FEW_QUEUED: usize = 2 << 20;

/// How many connections one device or token may have: tabs of a browser share one. With one more the oldest ends: on a
/// line that drops all the time those before are often dead, and not yet known to be.
const MAX_CONNECTIONS: usize = 32;

/// Milliseconds on the driver's clock; only differences matter.
pub type Millis = u64;
/// A connection, numbered by the driver.
pub type ConnectionId = u64;
/// A document's number in the store.
pub type Row = u32;

/// Who is at the other end of a connection, as the door established it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The member.
    pub member: MemberId,
    /// Where documents go that the client creates without naming a space.
    pub home: Space,
    /// What proved who it is.
    pub proof: Proof,
    /// The only peer id under which it may join, if the door bound one.
    pub peer_id: Option<String>,
}

impl Identity {
    /// Anybody on this machine, in demonstration mode.
    #[must_use]
    pub fn demonstration(member: MemberId) -> Self {
        Self { member, home: Space::Private(member), proof: Proof::Demonstration, peer_id: None }
    }
}

/// What proved who a client is; it can be revoked by that.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Proof {
    /// Nothing: demonstration mode.
    Demonstration,
    /// The key of an enrolled device.
    Device(DeviceId),
    /// A bearer token, by its public name.
    Token(String),
}

/// Limits and paces.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long the first change waits for company before a commit, in milliseconds.
    pub linger: Millis,
    /// A commit of this many bytes does not wait.
    pub batch_bytes: usize,
    /// How much may be queued towards one connection before bulk answers wait, in bytes.
    pub queue_bytes: usize,
    /// About how much of a document's history goes into one message, in bytes.
    pub message_bytes: usize,
    /// How much memory loaded graphs may take, in bytes.
    pub graph_bytes: usize,
    /// How much memory changes may take that wait for what they build on, in bytes.
    pub waiting_bytes: usize,
    /// The shortest time between two rounds of live catalogue pages, in milliseconds.
    pub catalogue_pause: Millis,
    /// How long to wait before a failed commit is tried again, in milliseconds.
    pub retry_pause: Millis,
    /// How much may wait for a commit before writers are turned away, in bytes.
    pub uncommitted_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            // Forwards do not wait for it, only receipts do: fewer commits cost a third less at 100 edits a second.
            linger: 40,
            batch_bytes: 1 << 20,
            queue_bytes: 1 << 20,
            message_bytes: 256 << 10,
            graph_bytes: 64 << 20,
            waiting_bytes: 64 << 20,
            catalogue_pause: 500,
            retry_pause: 1_000,
            uncommitted_bytes: 128 << 20,
        }
    }
}

/// What the hub starts from.
#[derive(Default)]
pub struct Snapshot {
    /// Every document that the store has.
    pub records: Vec<(DocumentId, Record)>,
    /// The runs of the relay so far, this one last.
    pub runs: Runs,
    /// The last steps that led to the roster, in order.
    pub steps: Vec<Step>,
    /// Who has yet to say of which document whether what came in their name is theirs.
    pub awaiting: Vec<(MemberId, DocumentId)>,
    /// How many records could not be read.
    pub unreadable: usize,
    /// The disk takes nothing: the present run is yet to be stored, which the first commit does.
    pub full: bool,
}

/// Counts since the start, for metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Changes taken.
    pub changes: u64,
    /// Changes refused.
    pub refused: u64,
    /// Frames that could not be read, or were not allowed.
    pub bad_frames: u64,
    /// Commits that went through.
    pub commits: u64,
    /// Commits that failed.
    pub failed_commits: u64,
    /// Reads of documents that failed.
    pub quarantined: u64,
}

/// The state machine.
pub struct Hub {
    config: Config,
    peer_id: String,
    storage_id: String,
    roster: Arc<Roster>,
    /// The roster as it is sent, encoded once.
    roster_frame: Bytes,
    steps: VecDeque<Step>,
    views: Views,
    /// Proofs that were revoked since the start.
    ended: HashSet<Proof>,
    runs: Runs,
    records: HashMap<DocumentId, Record>,
    by_seq: BTreeMap<u64, DocumentId>,
    next_row: Row,
    /// Documents with something that came in a member's name by another's hand, until the member has spoken.
    awaiting: BTreeMap<MemberId, BTreeSet<DocumentId>>,
    open: HashMap<DocumentId, Open>,
    /// Documents of which something cannot be read, as far as was seen, and how many records.
    quarantined: BTreeMap<DocumentId, Ailing>,
    unreadable: usize,
    graph_bytes: usize,
    /// Memory of changes that wait for what they build on, in bytes.
    waiting_bytes: usize,
    connections: BTreeMap<ConnectionId, Connection>,
    /// What each member may still say that is not kept.
    presence: Limits<MemberId>,
    commits: Commits,
    last_catalogue: Millis,
    last_catalogue_seq: u64,
    now: Millis,
    at_work: Option<DocumentId>,
    stats: Stats,
    out: Vec<Effect>,
}

impl Hub {
    /// A hub over what the store holds. `storage_id` names the store towards automerge-repo clients.
    #[must_use]
    pub fn new(config: Config, storage_id: &str, roster: Arc<Roster>, snapshot: Snapshot) -> Self {
        let by_seq = snapshot.records.iter().map(|(id, record)| (record.seq, *id)).collect();
        let next_row = snapshot.records.iter().map(|(_, record)| record.row + 1).max().unwrap_or(1);
        let roster_frame = roster::frame(&roster);
        let views = Views::of(snapshot.records.iter().map(|(_, record)| record.space.as_ref()));
        let last = snapshot.records.iter().map(|(_, record)| record.seq).max().unwrap_or(0);
        let last = last.max(snapshot.runs.start());
        let commits = if snapshot.full { Commits::on_full_disk(last, config.retry_pause) } else { Commits::new(last) };
        Self {
            config,
            peer_id: format!("huigao-{storage_id}"),
            storage_id: storage_id.to_owned(),
            roster,
            roster_frame,
            steps: roster::latest(snapshot.steps),
            views,
            ended: HashSet::new(),
            last_catalogue: 0,
            last_catalogue_seq: commits.committed_seq,
            commits,
            runs: snapshot.runs,
            records: snapshot.records.into_iter().collect(),
            by_seq,
            next_row,
            awaiting: authors::by_member(snapshot.awaiting),
            open: HashMap::new(),
            quarantined: BTreeMap::new(),
            unreadable: snapshot.unreadable,
            graph_bytes: 0,
            waiting_bytes: 0,
            connections: BTreeMap::new(),
            presence: Limits::new(PRESENCE),
            now: 0,
            at_work: None,
            stats: Stats::default(),
            out: Vec::new(),
        }
    }

    /// Takes one event and appends what is to be done to `effects`.
    pub fn handle(&mut self, now: Millis, event: Event, effects: &mut Vec<Effect>) {
        self.now = now;
        match event {
            Event::Connected { connection, identity } => {
                let person = self.roster.member(identity.member).cloned().map(Arc::new);
                let is_revoked = self.ended.contains(&identity.proof);
                let is_out = if is_revoked { Some("revoked") } else { roster::out_of(person.as_deref()) };
                let oldest = self.one_too_many(&identity.proof);
                self.connections.insert(connection, Connection::new(identity, person));
                if let Some(why) = is_out {
                    // It came through the door just before that was closed to it.
                    self.close(connection, why);
                } else if let Some(oldest) = oldest {
                    self.close(oldest, "too many connections of one device");
                }
            }
            Event::Frame { connection, frame } => self.receive(connection, &frame),
            Event::Drained { connection, bytes } => self.drained(connection, bytes),
            Event::Closed { connection } => self.closed(connection),
            Event::Loaded { document, stored } => self.loaded(document, stored),
            Event::Bodies { connection, document, bodies } => self.bodies(connection, document, bodies),
            Event::Examined { document, damaged } => self.examined(document, damaged),
            Event::Writers { space, people } => self.writers_read(&space, people),
            Event::Committed { result } => self.committed(result),
            Event::Founded { roster } => self.set_roster(roster),
            Event::Roster { roster, step } => self.new_roster(roster, step),
            Event::Answered { connection, id, json } => self.answered(connection, id, json),
            Event::Revoked { proof } => self.revoked(&proof),
            Event::Tick => {}
        }
        self.at_work = None;
        self.maybe_commit();
        self.live_catalogue();
        self.tell_views();
        self.unload_beyond_budget();
        effects.append(&mut self.out);
    }

    /// When the next [`Event::Tick`] is due, if any.
    #[must_use]
    pub fn next_wake(&self) -> Option<Millis> {
        [self.commits.due(&self.config), self.catalogue_due(), self.views.due()].into_iter().flatten().min()
    }

    /// After a panic in [`Hub::handle`]: closes the document it was about and everyone connected to it.
    /// What had been accepted before is in the commit queue and goes on from there.
    pub fn recover(&mut self, effects: &mut Vec<Effect>) {
        let Some(document) = self.at_work.take() else { return effects.append(&mut self.out) };
        let peers: Vec<ConnectionId> =
            self.open.get(&document).map(|open| open.peers.keys().copied().collect()).unwrap_or_default();
        for connection in peers {
            self.close(connection, "fault in a document");
        }
        // What waits for its commit is nowhere else: numbers given out from the store's copy would collide with it.
        if self.open.get(&document).is_some_and(Open::is_committed)
            && let Some(open) = self.open.remove(&document)
        {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(open.waiting_bytes());
        }
        effects.append(&mut self.out);
    }

    /// By which it is decided who may do what.
    #[must_use]
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.clone()
    }

    /// Counts since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// (connections, open documents, bytes of graphs and of what waits, changes waiting for a commit)
    #[must_use]
    pub fn gauges(&self) -> (usize, usize, usize, usize) {
        (self.connections.len(), self.open.len(), self.graph_bytes + self.waiting_bytes, self.commits.waiting())
    }

    /// Whether all that was taken is on disk.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.commits.is_done()
    }

    /// Whether the last commit went through.
    #[must_use]
    pub fn is_storing(&self) -> bool {
        self.commits.storing
    }

    /// How many documents there are.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.records.len()
    }

    fn access(&self, connection: ConnectionId, space: &Space) -> Access {
        let person = self.connections.get(&connection).and_then(|state| state.person.as_deref());
        person.map_or(Access::None, |person| access_of(&self.roster.grants, person, space))
    }

    /// The oldest connection of a device that has as many as one may have.
    fn one_too_many(&self, proof: &Proof) -> Option<ConnectionId> {
        let mut same = self.connections.iter().filter(|(_, state)| state.identity.proof == *proof).map(|(id, _)| *id);
        let oldest = same.next().filter(|_| *proof != Proof::Demonstration);
        oldest.filter(|_| same.count() + 1 >= MAX_CONNECTIONS)
    }

    fn send(&mut self, connection: ConnectionId, message: &Message<'_>) {
        self.send_frame(connection, Bytes::from(message.encode()));
    }

    fn send_frame(&mut self, connection: ConnectionId, frame: Bytes) {
        if let Some(state) = self.connections.get_mut(&connection) {
            state.queued += frame.len();
            let (queued, proof) = (state.queued, &state.identity.proof);
            let is_deaf = queued > MAX_QUEUED + frame.len()
                || queued > FEW_QUEUED && *proof != Proof::Demonstration && {
                    let proof = proof.clone();
                    let same = self.connections.values().filter(|state| state.identity.proof == proof);
                    same.map(|state| state.queued).sum::<usize>() > MAX_QUEUED_EACH + frame.len()
                };
            if is_deaf {
                // It asks faster than it listens.
                self.out.push(Effect::Close { connection, why: "it does not listen" });
                return self.closed(connection);
            }
            self.out.push(Effect::Send { connection, frame });
        }
    }

    /// Closes a connection for what it sent.
    fn reject(&mut self, connection: ConnectionId, why: &'static str) {
        self.stats.bad_frames += 1;
        self.close(connection, why);
    }

    fn close(&mut self, connection: ConnectionId, why: &'static str) {
        self.send(connection, &Message::Error { message: why.into() });
        self.out.push(Effect::Close { connection, why });
        self.closed(connection);
    }

    fn closed(&mut self, connection: ConnectionId) {
        let Some(state) = self.connections.remove(&connection) else { return };
        self.forget_asked(connection);
        for document in state.documents {
            let Some(open) = self.open.get_mut(&document) else { continue };
            open.peers.remove(&connection);
            open.waiting.retain(|(from, _)| *from != connection);
            let waited = open.waiting_bytes();
            open.forget_orphans_of(connection);
            self.waiting_bytes = (self.waiting_bytes + open.waiting_bytes()).saturating_sub(waited);
            let is_empty = open.graph.as_ref().is_none_or(ChangeGraph::is_empty);
            let is_stored = self.records.get(&document).is_some_and(|record| record.seq > 0);
            if open.peers.is_empty() && open.waiting.is_empty() && is_empty && !is_stored {
                // Nothing of it has entered, and whoever could bring what that waits for is gone.
                self.graph_bytes = self.graph_bytes.saturating_sub(open.bytes());
                self.waiting_bytes = self.waiting_bytes.saturating_sub(open.waiting_bytes());
                self.open.remove(&document);
                self.records.remove(&document);
            }
        }
    }
}
