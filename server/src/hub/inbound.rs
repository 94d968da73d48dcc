//! What clients send: each frame checked for its sender, and where it goes.

use automerge::ChangeHash;
use automerge::sync::Message as SyncMessage;
use bytes::Bytes;
use huigao_shared::access::Access;
use huigao_shared::catalogue::{Label, MAX_LABEL_BYTES};
use huigao_shared::change::check;
use huigao_shared::columns::MAX_HEADS;
use huigao_shared::graph::{ChangeGraph, InsertError};
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use huigao_shared::wire::{
    EXTENSION_VERSION, Message, PROTOCOL_VERSION, PeerMetadata, Refusal, SyncFrame, TARGET_ALL, sync,
};

use super::connection::{Connection, MAX_CREATING};
use super::document::Open;
use super::quarantine::heads_in;
use super::records::Record;
use super::roster::Standing;
use super::{ConnectionId, Hub, Stored, StoredChange};
use crate::office::limits::Rate;

/// How many frames may wait for one document to be read.
const MAX_WAITING: usize = 1024;

/// What one member may say that is not kept, in bytes and over all connections: cursors as fast as anybody types.
pub(super) const PRESENCE: Rate = Rate { burst: 256e3, per_second: 32e3 };
/// What a message costs besides its length: each goes to everybody in the document.
const PRESENCE_COST: usize = 256;

impl Hub {
    pub(super) fn receive(&mut self, connection: ConnectionId, frame: &Bytes) {
        let Some(state) = self.connections.get(&connection) else { return };
        let message = match Message::decode(frame) {
            Ok(message) => message,
            Err(_) => return self.reject(connection, "a frame could not be read"),
        };
        let joined = state.peer_id.is_some();
        match message {
            Message::Join { sender, versions, metadata } if !joined => {
                self.join(connection, &sender, &versions, &metadata)
            }
            Message::Leave => {
                self.out.push(super::Effect::Close { connection, why: "it left" });
                self.closed(connection);
            }
            _ if !joined => self.reject(connection, "the first message must be a join"),
            Message::Sync(sync) => self.sync_frame(connection, frame, &sync, false),
            Message::Request(sync) => self.sync_frame(connection, frame, &sync, true),
            Message::Ephemeral(ephemeral) => {
                // automerge-repo clients pass on what they hear to all their peers, so back to us in the speaker's
                // name: whoever should hear it has.
                if !self.is_forged(connection, &ephemeral.sender) {
                    self.pass_on(connection, ephemeral.document, frame);
                }
            }
            Message::Create { document, space } => self.create(connection, document, space),
            Message::Catalogue { since, witness, roster, mark } => {
                self.catalogue(connection, &Standing { since, witness, roster, mark: mark.into_owned() });
            }
            Message::Act { id, json } => self.act(connection, id.into_owned(), json.into_owned()),
            Message::Attest { document, json } => self.attest(connection, frame, document, &json),
            Message::Label { document, heads, json } => self.label(connection, frame, document, heads, &json),
            Message::Alive => self.alive(connection),
            // A client that says a document is unavailable to it, or joins twice, or sends what only we send.
            Message::Unavailable { .. }
            | Message::Join { .. }
            | Message::Peer { .. }
            | Message::Error { .. }
            | Message::CataloguePage(_)
            | Message::Roster { .. }
            | Message::RosterSteps { .. }
            | Message::Answer { .. }
            | Message::Gone { .. }
            | Message::Receipt { .. }
            | Message::Refused { .. }
            | Message::Authors { .. }
            | Message::Storing { .. }
            // These are said before the hub hears of the connection.
            | Message::Challenge { .. }
            | Message::Proof { .. }
            | Message::Welcome
            | Message::TurnedAway { .. }
            | Message::Unknown => {}
        }
    }

    fn join(&mut self, connection: ConnectionId, sender: &str, versions: &[String], metadata: &PeerMetadata) {
        if sender.is_empty() || sender.len() > 128 {
            return self.reject(connection, "a peer id has 1 to 128 characters");
        }
        if !versions.is_empty() && !versions.iter().any(|version| version == PROTOCOL_VERSION) {
            return self.reject(connection, "only protocol version 1 is spoken here");
        }
        let Some(state) = self.connections.get(&connection) else { return };
        let me = state.identity.member;
        let is_bound = state.identity.peer_id.as_deref().is_some_and(|bound| bound != sender);
        let others = |state: &Connection| state.peer_id.as_deref() == Some(sender) && state.identity.member != me;
        if is_bound || sender == self.peer_id || self.connections.values().any(others) {
            return self.reject(connection, "another peer's name");
        }
        let Some(state) = self.connections.get_mut(&connection) else { return };
        state.peer_id = Some(sender.to_owned());
        state.ours = metadata.huigao == Some(EXTENSION_VERSION);
        let answer = Message::Peer {
            sender: self.peer_id.clone().into(),
            target: sender.into(),
            metadata: PeerMetadata {
                storage_id: Some(self.storage_id.clone()),
                is_ephemeral: false,
                huigao: Some(EXTENSION_VERSION),
            },
        };
        self.send(connection, &answer);
        if metadata.huigao.is_some() && !self.commits.storing {
            self.send(connection, &Message::Storing { ok: false });
        }
    }

    /// A client wants to know whether the line still carries anything.
    fn alive(&mut self, connection: ConnectionId) {
        if self.connections.get(&connection).is_some_and(|state| state.ours) {
            self.send(connection, &Message::Alive);
        }
    }

    fn is_forged(&self, connection: ConnectionId, sender: &str) -> bool {
        self.connections.get(&connection).is_none_or(|state| state.peer_id.as_deref() != Some(sender))
    }

    fn sync_frame(&mut self, connection: ConnectionId, frame: &Bytes, sync: &SyncFrame<'_>, request: bool) {
        if self.is_forged(connection, &sync.sender) {
            return self.reject(connection, "another peer's name");
        }
        let Ok(message) = sync::decode(&sync.data) else {
            return self.reject(connection, "a sync message could not be read");
        };
        let document = sync.document;
        let access = self.records.get(&document).map(|record| self.access(connection, &record.space));
        let Some(access) = access.filter(|access| *access >= Access::Read) else {
            return self.unknown_document(connection, document, &message, request);
        };
        self.mend(connection, document, &message);
        if self.is_open(connection, document, frame) {
            self.take_sync(connection, document, &message, access);
        }
        self.ask_for_damaged(connection, document);
    }

    /// Whether the document's graph is here; if not, has it read and keeps the frame for then.
    pub(super) fn is_open(&mut self, connection: ConnectionId, document: DocumentId, frame: &Bytes) -> bool {
        let now = self.now;
        let is_here = self.open.get(&document).is_some_and(|open| open.graph.is_some());
        if !is_here && self.is_unreadable(connection, document) {
            // It would be read, in vain, for each message of a client that asks once more.
            return false;
        }
        let open = self.open.entry(document).or_default();
        open.last_used = now;
        if open.graph.is_some() {
            return true;
        }
        if open.waiting.len() >= MAX_WAITING {
            self.close(connection, "too much at once for one document");
            return false;
        }
        open.waiting.push((connection, frame.clone()));
        if let Some(state) = self.connections.get_mut(&connection) {
            state.documents.insert(document);
        }
        self.load(document);
        false
    }

    /// Has the document's graph read.
    pub(super) fn load(&mut self, document: DocumentId) {
        let (Some(open), Some(record)) = (self.open.get_mut(&document), self.records.get(&document)) else { return };
        if !std::mem::replace(&mut open.loading, true) {
            self.out.push(super::Effect::Load { document, row: record.row });
        }
    }

    pub(super) fn loaded(&mut self, document: DocumentId, stored: Result<Stored, String>) {
        self.at_work = Some(document);
        let Some(open) = self.open.get_mut(&document) else { return };
        open.loading = false;
        let waiting = std::mem::take(&mut open.waiting);
        match stored {
            Ok(Stored { graph, authors }) => {
                if let Some(record) = self.records.get_mut(&document)
                    && graph.withheld().next().is_some()
                    && open.uncommitted.is_empty()
                {
                    // What the record names as heads may be out of service.
                    record.heads = graph.heads().to_vec();
                }
                open.graph = Some(*graph);
                open.authors.merge(authors);
                self.graph_bytes += open.bytes();
                let lacking = std::mem::take(&mut open.lacking);
                for (connection, frame) in waiting {
                    self.receive(connection, &frame);
                }
                for connection in lacking {
                    self.pump(connection, document);
                }
                self.serve_again(document);
            }
            Err(_) => {
                open.lacking.clear();
                // Those who had it before the graph was unloaded as well: what they say from now on is not heard.
                let peers = open.peers.iter().map(|(connection, peer)| (*connection, Some(peer.known.clone())));
                let spoke = waiting.into_iter().map(|(connection, frame)| (connection, heads_in(&frame)));
                let concerned: Vec<_> = peers.chain(spoke).collect();
                self.quarantine(document, concerned);
            }
        }
    }

    pub(super) fn unavailable(&mut self, connection: ConnectionId, document: DocumentId) {
        let target = self.connections.get(&connection).and_then(|state| state.peer_id.clone()).unwrap_or_default();
        let message = Message::Unavailable { sender: self.peer_id.clone().into(), target: target.into(), document };
        self.send(connection, &message);
    }

    /// A document that is not here, or not to be read: one looks like the other, short of making it. It costs no memory
    /// before its first change has come.
    fn unknown_document(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        message: &SyncMessage,
        request: bool,
    ) {
        if request || message.heads.is_empty() {
            if let Some(state) = self.connections.get_mut(&connection) {
                state.seek(document);
            }
            return self.unavailable(connection, document);
        }
        let Some(state) = self.connections.get(&connection) else { return };
        let space = match state.creating.get(&document) {
            Some(space) => space.clone(),
            None if state.ours => return self.refuse(connection, document, Vec::new(), Refusal::UnknownDocument),
            None => state.identity.home.clone(),
        };
        if self.access(connection, &space) < Access::Write {
            return self.unavailable(connection, document);
        }
        if message.changes.is_empty() {
            let data = sync::reset(&[], message.heads.clone(), false);
            return self.send_sync(connection, document, data);
        }
        if self.records.contains_key(&document) {
            return self.unavailable(connection, document);
        }
        // The first tells: what follows a bad one is not looked at either way.
        let can_begin = |chunk: &&[u8]| {
            let enters = |meta| !matches!(ChangeGraph::default().insert(&meta), Err(InsertError::Unfounded(_)));
            check(chunk).is_ok_and(enters)
        };
        if !sync::chunks(message).is_ok_and(|chunks| chunks.first().is_some_and(can_begin)) {
            return self.refuse(connection, document, Vec::new(), Refusal::Malformed);
        }
        if let Some(state) = self.connections.get_mut(&connection) {
            if state.creating.len() >= MAX_CREATING && !state.creating.contains_key(&document) {
                return self.close(connection, "too many new documents at once");
            }
            state.creating.insert(document, space.clone());
        }
        self.views.note_space(&space);
        self.records.insert(document, Record::new(self.next_row, space));
        self.next_row += 1;
        self.open.insert(document, Open::empty(self.now));
        self.take_sync(connection, document, message, Access::Write);
        self.tell_seekers(document);
    }

    /// Who looked for a document before it came gets it now, if it is theirs to read.
    fn tell_seekers(&mut self, document: DocumentId) {
        let Some(space) = self.records.get(&document).map(|record| record.space.clone()) else { return };
        let seekers: Vec<ConnectionId> =
            self.connections.iter().filter(|(_, state)| state.sought.contains(&document)).map(|(id, _)| *id).collect();
        for connection in seekers {
            let may_read = self.access(connection, &space) >= Access::Read;
            if let Some(state) = self.connections.get_mut(&connection) {
                state.sought.retain(|other| *other != document);
                if may_read {
                    state.documents.insert(document);
                }
            }
            if may_read && let Some(open) = self.open.get_mut(&document) {
                open.peers.entry(connection).or_default().greeted = true;
                self.tell_authors(connection, document);
                self.pump(connection, document);
            }
        }
    }

    fn create(&mut self, connection: ConnectionId, document: DocumentId, space: Space) {
        if self.access(connection, &space) < Access::Write {
            return self.refuse(connection, document, Vec::new(), Refusal::NoWriteAccess);
        }
        let known = self.records.get(&document).map(|record| self.access(connection, &record.space));
        if known.is_some_and(|access| access >= Access::Read) {
            return;
        }
        let Some(state) = self.connections.get_mut(&connection) else { return };
        if state.creating.len() < MAX_CREATING {
            state.creating.insert(document, space);
        } else {
            self.close(connection, "too many new documents at once");
        }
    }

    fn label(
        &mut self,
        connection: ConnectionId,
        frame: &Bytes,
        document: DocumentId,
        heads: Vec<ChangeHash>,
        json: &[u8],
    ) {
        let Some(record) = self.records.get(&document) else { return };
        if self.access(connection, &record.space) < Access::Write || !self.is_open(connection, document, frame) {
            return;
        }
        let label = (json.len() <= MAX_LABEL_BYTES).then(|| serde_json::from_slice::<Label>(json).ok()).flatten();
        let (Some(label), Some(open)) = (label, self.open.get(&document)) else {
            return self.refuse(connection, document, Vec::new(), Refusal::Malformed);
        };
        let (Some(graph), Some(record)) = (open.graph.as_ref(), self.records.get(&document)) else { return };
        if heads.len() > MAX_HEADS || !heads.is_sorted_by(|a, b| a < b) {
            return self.refuse(connection, document, Vec::new(), Refusal::Malformed);
        }
        let known = heads.iter().all(|head| graph.contains(head));
        // Those before are beneath these: together they come to nothing that these are not.
        let newer = graph.join(&heads, &record.label_heads).iter().all(|head| heads.contains(head));
        if known && newer && !heads.is_empty() && record.label.as_ref() != Some(&label) {
            self.commits.label(document, label, heads, self.now);
        }
    }

    pub(super) fn refuse(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        hashes: Vec<ChangeHash>,
        why: Refusal,
    ) {
        if self.connections.get(&connection).is_some_and(|state| state.ours) {
            self.send(connection, &Message::Refused { document, hashes, why });
        }
    }

    /// Passes an ephemeral message to everyone else in the document, unless there are too many or it is too large.
    fn pass_on(&mut self, connection: ConnectionId, document: DocumentId, frame: &Bytes) {
        let Some(state) = self.connections.get(&connection) else { return };
        if !self.presence.take(state.identity.member, (frame.len() + PRESENCE_COST) as f64, self.now) {
            return;
        }
        let (Some(record), Some(open)) = (self.records.get(&document), self.open.get(&document)) else { return };
        if self.access(connection, &record.space) < Access::Read {
            return;
        }
        let space = record.space.clone();
        let others: Vec<ConnectionId> = open.peers.keys().copied().filter(|other| *other != connection).collect();
        for other in others {
            let queued = self.connections.get(&other).map_or(0, |state| state.queued);
            // Presence is worth nothing late.
            if queued < self.config.queue_bytes && self.access(other, &space) >= Access::Read {
                self.send_frame(other, frame.clone());
            }
        }
    }

    pub(super) fn send_sync(&mut self, connection: ConnectionId, document: DocumentId, data: Vec<u8>) {
        let message = Message::Sync(SyncFrame {
            sender: self.peer_id.clone().into(),
            target: TARGET_ALL.into(),
            document,
            data: data.into(),
        });
        self.send(connection, &message);
    }
}

/// Puts a stored change into its document's graph. What is out of service, or cannot be applied, keeps its number and is no
/// part of it, nor is what builds on that.
///
/// # Errors
/// If it does not fit what was stored before it.
pub fn restore(graph: &mut ChangeGraph, change: &StoredChange) -> Result<(), &'static str> {
    let entered = if change.is_withheld { Err(InsertError::Withheld) } else { graph.restore(&change.meta).map(drop) };
    match entered {
        Ok(()) => {}
        // Another after one that is out of service stands alone in its actor's sequence.
        Err(InsertError::Withheld | InsertError::Unfounded(_) | InsertError::SequenceGap { .. }) => {
            graph.withhold(&change.meta);
        }
        Err(InsertError::MissingDependencies(_)) => return Err("what it builds on is missing"),
        Err(InsertError::DuplicateSequence { .. }) => return Err("its actor has another change of its number"),
        Err(InsertError::TooManyHeads) => return Err("the document has too many heads"),
    }
    Ok(())
}

/// The graph of these changes, see [`restore`].
///
/// # Errors
/// As there.
pub fn read_graph(changes: &[StoredChange]) -> Result<ChangeGraph, &'static str> {
    let mut graph = ChangeGraph::default();
    changes.iter().try_for_each(|change| restore(&mut graph, change))?;
    Ok(graph)
}
