//! What clients send.

use automerge::ChangeHash;
use automerge::sync::Message as SyncMessage;
use bytes::Bytes;
use huigao_shared::access::Access;
use huigao_shared::catalogue::{Label, MAX_LABEL_BYTES};
use huigao_shared::change::{ChangeMeta, check};
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use huigao_shared::wire::{
    EXTENSION_VERSION, Message, PROTOCOL_VERSION, PeerMetadata, Refusal, SyncFrame, TARGET_ALL, sync,
};

use super::connection::MAX_CREATING;
use super::document::{Open, Taken};
use super::records::Record;
use super::{ConnectionId, Hub, NewChange};

/// How many frames may wait for one document to be read.
const MAX_WAITING: usize = 1024;

impl Hub {
    pub(super) fn receive(&mut self, connection: ConnectionId, frame: &Bytes) {
        let Some(state) = self.connections.get(&connection) else { return };
        let message = match Message::decode(frame) {
            Ok(message) => message,
            Err(_) => return self.close(connection, "a frame could not be read"),
        };
        let joined = state.peer_id.is_some();
        match message {
            Message::Join { sender, versions, metadata } if !joined => {
                self.join(connection, &sender, &versions, &metadata)
            }
            Message::Leave => self.closed(connection),
            _ if !joined => self.close(connection, "the first message must be a join"),
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
            Message::Catalogue { since, witness, roster } => self.catalogue(connection, since, witness, roster),
            Message::Label { document, heads, json } => self.label(connection, frame, document, heads, &json),
            // A client that says a document is unavailable to it, or joins twice, or sends what only we send.
            Message::Unavailable { .. }
            | Message::Join { .. }
            | Message::Peer { .. }
            | Message::Error { .. }
            | Message::CataloguePage(_)
            | Message::Roster { .. }
            | Message::Gone { .. }
            | Message::Receipt { .. }
            | Message::Refused { .. }
            | Message::Storing { .. }
            | Message::Unknown => {}
        }
    }

    fn join(&mut self, connection: ConnectionId, sender: &str, versions: &[String], metadata: &PeerMetadata) {
        if sender.is_empty() || sender.len() > 128 {
            return self.close(connection, "a peer id has 1 to 128 characters");
        }
        if !versions.is_empty() && !versions.iter().any(|version| version == PROTOCOL_VERSION) {
            return self.close(connection, "only protocol version 1 is spoken here");
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

    fn is_forged(&self, connection: ConnectionId, sender: &str) -> bool {
        self.connections.get(&connection).is_none_or(|state| state.peer_id.as_deref() != Some(sender))
    }

    fn sync_frame(&mut self, connection: ConnectionId, frame: &Bytes, sync: &SyncFrame<'_>, request: bool) {
        if self.is_forged(connection, &sync.sender) {
            return self.close(connection, "another peer's name");
        }
        let document = sync.document;
        let Some(record) = self.records.get(&document) else {
            return self.unknown_document(connection, sync, request);
        };
        let access = self.access(connection, &record.space);
        if access < Access::Read {
            return self.unavailable(connection, document);
        }
        if !self.is_open(connection, document, frame) {
            return;
        }
        let Ok(message) = sync::decode(&sync.data) else {
            return self.close(connection, "a sync message could not be read");
        };
        self.take_sync(connection, document, &message, access);
    }

    /// Whether the document's graph is here; if not, has it read and keeps the frame for then.
    fn is_open(&mut self, connection: ConnectionId, document: DocumentId, frame: &Bytes) -> bool {
        let now = self.now;
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
        if !open.loading
            && let Some(record) = self.records.get(&document)
        {
            open.loading = true;
            self.out.push(super::Effect::Load { document, row: record.row });
        }
        false
    }

    pub(super) fn loaded(&mut self, document: DocumentId, changes: Result<Vec<ChangeMeta>, String>) {
        self.at_work = Some(document);
        let Some(open) = self.open.get_mut(&document) else { return };
        open.loading = false;
        let waiting = std::mem::take(&mut open.waiting);
        let graph = changes.and_then(|changes| {
            let mut graph = ChangeGraph::default();
            changes.iter().try_for_each(|change| graph.insert(change).map(drop)).map_err(|error| error.to_string())?;
            Ok(graph)
        });
        match graph {
            Ok(graph) => {
                self.graph_bytes += graph.bytes();
                open.graph = Some(graph);
                for (connection, frame) in waiting {
                    self.receive(connection, &frame);
                }
            }
            Err(_) => {
                self.stats.quarantined += 1;
                for (connection, _) in waiting {
                    self.unavailable(connection, document);
                }
            }
        }
    }

    fn unavailable(&mut self, connection: ConnectionId, document: DocumentId) {
        let target = self.connections.get(&connection).and_then(|state| state.peer_id.clone()).unwrap_or_default();
        let message = Message::Unavailable { sender: self.peer_id.clone().into(), target: target.into(), document };
        self.send(connection, &message);
    }

    /// A document that is not here. It costs no memory before its first change has come.
    fn unknown_document(&mut self, connection: ConnectionId, sync: &SyncFrame<'_>, request: bool) {
        let document = sync.document;
        let Ok(message) = sync::decode(&sync.data) else {
            return self.close(connection, "a sync message could not be read");
        };
        if request || message.heads.is_empty() {
            if let Some(state) = self.connections.get_mut(&connection) {
                state.seek(document);
            }
            return self.unavailable(connection, document);
        }
        let Some(state) = self.connections.get_mut(&connection) else { return };
        let space = match state.creating.get(&document) {
            Some(space) => space.clone(),
            None if state.ours => return self.refuse(connection, document, Vec::new(), Refusal::UnknownDocument),
            None => state.identity.home.clone(),
        };
        if self.access(connection, &space) < Access::Write {
            return self.unavailable(connection, document);
        }
        if message.changes.is_empty() {
            let data = sync::reset(&[], message.heads, false);
            return self.send_sync(connection, document, data);
        }
        if !sync::chunks(&message).is_ok_and(|chunks| chunks.iter().any(|chunk| check(chunk).is_ok())) {
            return self.refuse(connection, document, Vec::new(), Refusal::Malformed);
        }
        self.records.insert(document, Record::new(self.next_row, space));
        self.next_row += 1;
        self.open.insert(document, Open::empty(self.now));
        self.take_sync(connection, document, &message, Access::Write);
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
                self.pump(connection, document);
            }
        }
    }

    fn create(&mut self, connection: ConnectionId, document: DocumentId, space: Space) {
        if self.access(connection, &space) < Access::Write {
            return self.refuse(connection, document, Vec::new(), Refusal::NoWriteAccess);
        }
        if self.records.contains_key(&document) {
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
        let known = heads.iter().all(|head| graph.contains(head));
        let newer = record.label_heads.iter().all(|head| graph.covers(&heads, head));
        if known && newer && !heads.is_empty() && record.label.as_ref() != Some(&label) {
            self.commits.label(document, label, heads, self.now);
        }
    }

    fn take_sync(&mut self, connection: ConnectionId, document: DocumentId, message: &SyncMessage, access: Access) {
        self.at_work = Some(document);
        let Ok(chunks) = sync::chunks(message) else {
            return self.refuse(connection, document, Vec::new(), Refusal::Malformed);
        };
        if self.commits.waiting_bytes() > self.config.uncommitted_bytes {
            return self.close(connection, "the store does not keep up");
        }
        if let Some(state) = self.connections.get_mut(&connection) {
            state.documents.insert(document);
        }
        let Some(open) = self.open.get_mut(&document) else { return };
        open.peers.entry(connection).or_default();
        let (mut new, mut missing, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for chunk in chunks {
            let refusal = match check(chunk) {
                Ok(meta) => take_change(open, connection, access, meta, chunk, &mut new, &mut missing),
                Err(_) => Some((None, Refusal::Malformed)),
            };
            refusals.extend(refusal);
        }
        self.stats.changes += new.len() as u64;
        let before = self.note_heads(connection, document, message, &new, missing);
        if !new.is_empty() {
            self.graph_bytes += new.len() * 100;
            self.forward(connection, document, &before, &new);
            self.commits.changes(document, new, self.now);
        }
        self.tell_refused(connection, document, refusals);
        self.confirm(connection, document, message);
        self.answer(connection, document, message);
    }

    /// Works what a message says about the sender's copy into what is known of it.
    /// Returns the frontier that was complete before the new changes came.
    fn note_heads(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        message: &SyncMessage,
        new: &[NewChange],
        missing: Vec<ChangeHash>,
    ) -> Vec<ChangeHash> {
        let Some(open) = self.open.get_mut(&document) else { return Vec::new() };
        let (Some(graph), Some(peer)) = (open.graph.as_ref(), open.peers.get_mut(&connection)) else {
            return Vec::new();
        };
        let before = heads_before(graph, new);
        if sync::starts_over(message) {
            peer.known.clear();
        }
        let mut has: Vec<ChangeHash> = message.heads.clone();
        has.extend(new.iter().map(|change| change.meta.hash));
        has.extend(message.have.iter().flat_map(|have| have.last_sync.iter().copied()));
        if has.as_slice() != graph.heads() || peer.known != graph.heads() {
            peer.known = graph.join(&peer.known, &has);
        }
        peer.unknown = message.heads.iter().filter(|hash| !graph.contains(hash)).copied().collect();
        peer.unknown.extend(missing);
        peer.unknown.retain(|hash| !peer.refused.contains(hash));
        // Automerge panics when it is asked for one change twice.
        peer.unknown.sort_unstable();
        peer.unknown.dedup();
        peer.need = message.need.iter().filter(|hash| graph.contains(hash)).copied().collect();
        if !new.is_empty() {
            open.owed.insert(connection);
        }
        before
    }

    fn tell_refused(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        refusals: Vec<(Option<ChangeHash>, Refusal)>,
    ) {
        self.stats.refused += refusals.len() as u64;
        let mut left = refusals;
        while let Some(&(_, why)) = left.first() {
            let (same, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, other)| *other == why);
            left = rest;
            self.refuse(connection, document, same.into_iter().filter_map(|(hash, _)| hash).collect(), why);
        }
    }

    fn refuse(&mut self, connection: ConnectionId, document: DocumentId, hashes: Vec<ChangeHash>, why: Refusal) {
        if self.connections.get(&connection).is_some_and(|state| state.ours) {
            self.send(connection, &Message::Refused { document, hashes, why });
        }
    }

    /// Passes an ephemeral message to everyone else in the document.
    fn pass_on(&mut self, connection: ConnectionId, document: DocumentId, frame: &Bytes) {
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

fn take_change(
    open: &mut Open,
    connection: ConnectionId,
    access: Access,
    meta: ChangeMeta,
    chunk: &[u8],
    new: &mut Vec<NewChange>,
    missing: &mut Vec<ChangeHash>,
) -> Option<(Option<ChangeHash>, Refusal)> {
    let hash = meta.hash;
    let peer = open.peers.entry(connection).or_default();
    let refusal = if open.graph.as_ref().is_some_and(|graph| graph.contains(&hash)) {
        None
    } else if access < Access::Write {
        Some(Refusal::NoWriteAccess)
    } else if meta.deps.iter().any(|dep| peer.refused.contains(dep)) {
        Some(Refusal::BuildsOnRefused)
    } else {
        match open.take(meta, Bytes::copy_from_slice(chunk)) {
            Taken::New(changes) => {
                new.extend(changes);
                None
            }
            Taken::Known => None,
            Taken::Waits(hashes) => {
                missing.extend(hashes);
                None
            }
            Taken::Conflict => Some(Refusal::DuplicateSequence),
        }
    };
    let why = refusal?;
    open.peers.entry(connection).or_default().refuse(hash);
    Some((Some(hash), why))
}

/// The heads as they were before `new` (the latest insertions) came.
fn heads_before(graph: &ChangeGraph, new: &[NewChange]) -> Vec<ChangeHash> {
    let Some(first) = new.first() else { return graph.heads().to_vec() };
    // What the new ones build on among the old, and old heads that none of them built on.
    let mut heads: Vec<ChangeHash> =
        graph.heads().iter().filter(|head| graph.index(head).is_some_and(|i| i < first.index)).copied().collect();
    for change in new {
        heads.extend(change.deps.iter().filter(|dep| **dep < first.index).map(|dep| graph.hash(*dep)));
    }
    graph.join(&heads, &[])
}
