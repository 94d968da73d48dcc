//! What the store has and cannot give: it is left as it is, counted and not served. Other documents go on. Devices that
//! hold what is damaged bring it again: its hash says that it is the very same, whoever brings it.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use automerge::sync::{BloomFilter, Have, Message as SyncMessage};
use bytes::Bytes;
use huigao_shared::access::Access;
use huigao_shared::change::{Budget, check_within};
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{Message, SyncFrame, sync};

use super::{ConnectionId, Effect, Hub};

/// How many damaged changes a device is asked for at once.
const MAX_NEED: usize = 1_024;
/// How often one connection is asked: a question is lost where the next message comes with it.
const MAX_TIMES: u8 = 3;

/// A document of which something cannot be read.
#[derive(Default)]
pub(super) struct Ailing {
    /// The changes whose bodies are damaged, and their numbers. None: that is not known yet, or something else is wrong.
    damaged: BTreeMap<ChangeHash, u32>,
    /// How often who was asked for these.
    asked: BTreeMap<ConnectionId, u8>,
    /// Some are on their way into the store.
    storing: bool,
}

impl Hub {
    /// Notes that something of a document could not be read, and tells those who wait for it, once. Their connections
    /// stay open. With each comes what it last said that it has, unless it only waits for bytes.
    pub(super) fn quarantine(
        &mut self,
        document: DocumentId,
        waiting: impl IntoIterator<Item = (ConnectionId, Option<Vec<ChangeHash>>)>,
    ) {
        self.stats.quarantined += 1;
        for (connection, said) in waiting {
            let Some(state) = self.connections.get_mut(&connection) else { continue };
            let is_new = !state.unreadable.contains_key(&document);
            let held = state.unreadable.entry(document).or_default();
            if said.is_some() {
                *held = said;
            }
            if is_new {
                self.unavailable(connection, document);
            }
        }
        let is_known = !self.quarantined.entry(document).or_default().damaged.is_empty();
        if is_known {
            self.ask_all_for_damaged(document);
        } else if let Some(record) = self.records.get(&document) {
            self.out.push(Effect::Examine { document, row: record.row });
        }
    }

    /// Whether this connection has been told that it cannot have what it lacks of a document. It is not read for it
    /// again: a client that asks once more would ask for ever.
    pub(super) fn is_unreadable(&self, connection: ConnectionId, document: DocumentId) -> bool {
        self.connections.get(&connection).is_some_and(|state| state.unreadable.contains_key(&document))
    }

    /// How many documents and records could not be read, and cannot yet.
    #[must_use]
    pub fn quarantined(&self) -> usize {
        self.quarantined.len() + self.unreadable
    }

    /// The store has looked through a document: the bodies of these changes are damaged.
    pub(super) fn examined(&mut self, document: DocumentId, damaged: Option<Vec<(u32, ChangeHash)>>) {
        self.at_work = Some(document);
        let Some(ailing) = self.quarantined.get_mut(&document) else { return };
        let before = ailing.damaged.len();
        ailing.storing = false;
        let Some(damaged) = damaged else { return };
        ailing.damaged = damaged.into_iter().map(|(number, hash)| (hash, number)).collect();
        let left = ailing.damaged.len();
        if left < before {
            // Whoever brought some may have more.
            ailing.asked.clear();
        }
        if left > 0 {
            self.ask_all_for_damaged(document);
        } else if before > 0 {
            if self.is_here(document) {
                self.serve_again(document);
            } else {
                self.open.entry(document).or_default();
                self.load(document);
            }
        }
    }

    /// Somebody speaks of a document of which something is damaged: what they bring of that is stored in its place.
    pub(super) fn mend(&mut self, connection: ConnectionId, document: DocumentId, message: &SyncMessage) {
        let is_here = self.is_here(document);
        let Some(ailing) = self.quarantined.get_mut(&document) else { return };
        self.at_work = Some(document);
        let told = self.connections.get_mut(&connection).and_then(|state| state.unreadable.get_mut(&document));
        if let Some(held) = told.filter(|_| !is_here) {
            *held = Some(message.heads.clone());
        }
        if ailing.storing || ailing.damaged.is_empty() {
            return;
        }
        let mut budget = Budget::MESSAGE;
        let chunks = sync::chunks(message).unwrap_or_default();
        let sound = chunks.into_iter().map_while(|chunk| Some((check_within(chunk, &mut budget).ok()?.hash, chunk)));
        let brought = sound.filter_map(|(hash, chunk)| {
            let number = ailing.damaged.get(&hash)?;
            Some((*number, hash, Bytes::copy_from_slice(chunk)))
        });
        let bodies: Vec<(u32, ChangeHash, Bytes)> = brought.collect();
        if let Some(record) = self.records.get(&document).filter(|_| !bodies.is_empty()) {
            ailing.storing = true;
            self.out.push(Effect::Mend { document, row: record.row, bodies });
        }
    }

    /// Asks a device for what is damaged of a document, if it has some of the document and may write in it.
    pub(super) fn ask_for_damaged(&mut self, connection: ConnectionId, document: DocumentId) {
        let (Some(ailing), Some(record)) = (self.quarantined.get(&document), self.records.get(&document)) else {
            return;
        };
        let times = ailing.asked.get(&connection).copied().unwrap_or(0);
        let may_bring = self.access(connection, &record.space) >= Access::Write;
        if ailing.storing || ailing.damaged.is_empty() || times >= MAX_TIMES || !may_bring {
            return;
        }
        let mut need: Vec<ChangeHash> = ailing.damaged.keys().take(MAX_NEED).copied().collect();
        let open = self.open.get(&document).filter(|open| open.graph.is_some());
        let data = if let Some(open) = open {
            let Some(peer) = open.peers.get(&connection).filter(|peer| !peer.known.is_empty()) else { return };
            // Of messages that come together only the last is heeded: it asks for all.
            need.extend(peer.unknown.iter().copied());
            need.sort_unstable();
            need.dedup();
            let have = Have { last_sync: peer.known.clone(), bloom: BloomFilter::default() };
            sync::encode(peer.known.clone(), need, vec![have], Vec::new(), false)
        } else {
            let held = self.connections.get(&connection).and_then(|state| state.unreadable.get(&document)?.as_ref());
            if held.is_none_or(Vec::is_empty) {
                return;
            }
            sync::only(need)
        };
        if let Some(ailing) = self.quarantined.get_mut(&document) {
            ailing.asked.insert(connection, times + 1);
        }
        self.send_sync(connection, document, data);
    }

    fn ask_all_for_damaged(&mut self, document: DocumentId) {
        let asked = |connection: &ConnectionId| {
            self.quarantined.get(&document).is_some_and(|ailing| ailing.asked.contains_key(connection))
        };
        let all: Vec<ConnectionId> = self.connections.keys().copied().filter(|connection| !asked(connection)).collect();
        for connection in all {
            self.ask_for_damaged(connection, document);
        }
    }

    /// Forgets that a connection was asked: it is gone.
    pub(super) fn forget_asked(&mut self, connection: ConnectionId) {
        for ailing in self.quarantined.values_mut() {
            ailing.asked.remove(&connection);
        }
    }

    /// All of a document can be read (again): whoever was told otherwise gets what it lacks now.
    pub(super) fn serve_again(&mut self, document: DocumentId) {
        if self.quarantined.remove(&document).is_none() {
            return;
        }
        let Some(space) = self.records.get(&document).map(|record| record.space.clone()) else { return };
        let was_told = self.connections.iter().filter(|(_, state)| state.unreadable.contains_key(&document));
        for connection in was_told.map(|(connection, _)| *connection).collect::<Vec<_>>() {
            let Some(state) = self.connections.get_mut(&connection) else { continue };
            let held = state.unreadable.remove(&document).flatten();
            let sender = state.peer_id.clone();
            if self.access(connection, &space) < Access::Read {
                continue;
            }
            let (Some(heads), Some(sender)) = (held, sender) else {
                self.pump(connection, document);
                continue;
            };
            // What it said meanwhile was not heard: it is as if it had just come, with what it has.
            if let Some(open) = self.open.get_mut(&document) {
                open.peers.remove(&connection);
            }
            let data = sync::reset(&heads, Vec::new(), false).into();
            let frame = SyncFrame { sender: sender.into(), target: "".into(), document, data };
            self.receive(connection, &Bytes::from(Message::Sync(frame).encode()));
        }
    }

    fn is_here(&self, document: DocumentId) -> bool {
        self.open.get(&document).is_some_and(|open| open.graph.is_some())
    }
}

/// What the sender of a frame says that it has of the document that it is about.
pub(super) fn heads_in(frame: &[u8]) -> Option<Vec<ChangeHash>> {
    let (Message::Sync(sync) | Message::Request(sync)) = Message::decode(frame).ok()? else { return None };
    Some(sync::decode(&sync.data).ok()?.heads)
}
