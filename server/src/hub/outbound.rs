//! What goes out to clients: live forwards, answers, bulk history as the socket drains.

use automerge::ChangeHash;
use automerge::sync::{BloomFilter, Have, Message as SyncMessage};
use bytes::Bytes;
use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{Message, SyncFrame, TARGET_ALL, sync};

use super::{ConnectionId, Effect, Hub, NewChange};

/// How many changes that it named a peer is asked for, in one document.
const MAX_ASKED: usize = 16_384;
/// How many bodies are asked of the store at once.
const MAX_READ: usize = 2048;

impl Hub {
    /// Forwards new changes to everyone who has all that was before them: the same bytes for all.
    /// Others get what they lack by [`Hub::pump`].
    pub(super) fn forward(
        &mut self,
        from: ConnectionId,
        document: DocumentId,
        before: &[ChangeHash],
        new: &[NewChange],
    ) {
        let (Some(open), Some(record)) = (self.open.get(&document), self.records.get(&document)) else { return };
        let Some(graph) = open.graph.as_ref() else { return };
        let heads = graph.heads().to_vec();
        let space = record.space.clone();
        let peers: Vec<(ConnectionId, bool)> = open
            .peers
            .iter()
            .filter(|(connection, peer)| **connection != from && peer.greeted)
            .map(|(connection, peer)| (*connection, peer.known == before && !peer.reading))
            .collect();
        let mut frames: [Option<Bytes>; 2] = [None, None];
        for (connection, up_to_date) in peers {
            let access = self.access(connection, &space);
            if access < Access::Read {
                continue;
            }
            if !up_to_date || self.is_full(connection) {
                self.pump(connection, document);
                continue;
            }
            let read_only = self.is_read_only(connection, access);
            let frame = frames[usize::from(read_only)].get_or_insert_with(|| {
                let changes = new.iter().map(|change| change.body.to_vec()).collect();
                let data = sync::advance(&heads, changes, read_only);
                let sender = self.peer_id.as_str().into();
                Bytes::from(
                    Message::Sync(SyncFrame { sender, target: TARGET_ALL.into(), document, data: data.into() })
                        .encode(),
                )
            });
            let frame = frame.clone();
            self.note_delivery(connection, document);
            self.send_frame(connection, frame);
            if let Some(peer) = self.open.get_mut(&document).and_then(|open| open.peers.get_mut(&connection)) {
                peer.known.clone_from(&heads);
            }
        }
    }

    /// Tells a client of ours what is committed when it first speaks of a document and goes by something else: a
    /// receipt may have been on its way when the last connection broke.
    pub(super) fn confirm(&mut self, connection: ConnectionId, document: DocumentId, message: &SyncMessage) {
        let first = self.open.get(&document).and_then(|open| open.peers.get(&connection)).is_some_and(|p| !p.greeted);
        let ours = self.connections.get(&connection).is_some_and(|state| state.ours);
        if first && ours {
            self.tell_authors(connection, document);
        }
        let Some(record) = self.records.get(&document).filter(|record| first && ours && !record.heads.is_empty())
        else {
            return;
        };
        if message.have.first().is_none_or(|have| have.last_sync != record.heads) {
            let (heads, cursor) = (record.heads.clone(), self.runs.cursor(record.seq));
            self.send(connection, &Message::Receipt { document, heads, cursor });
        }
    }

    /// Answers a sync message: asks for what is missing here, sends what is missing there, or says nothing.
    pub(super) fn answer(&mut self, connection: ConnectionId, document: DocumentId, message: &SyncMessage) {
        let read_only = self.says_read_only(connection, document);
        let Some(open) = self.open.get_mut(&document) else { return };
        let (Some(graph), Some(peer)) = (open.graph.as_ref(), open.peers.get_mut(&connection)) else { return };
        let lost = message.have.first().is_some_and(|have| !have.last_sync.iter().all(|hash| graph.contains(hash)));
        let asks: Vec<ChangeHash> = if read_only {
            Vec::new()
        } else {
            let room = MAX_ASKED.saturating_sub(peer.asked.len());
            peer.unknown.iter().filter(|hash| !peer.asked.contains(*hash)).take(room).copied().collect()
        };
        if lost && !peer.was_reset && !read_only {
            // It remembers a sync with changes that are not here (any more): it starts over and refills us.
            peer.was_reset = true;
            peer.greeted = true;
            peer.asked.extend(asks.iter().copied());
            let data = sync::reset(graph.heads(), asks, read_only);
            return self.send_sync(connection, document, data);
        }
        if !asks.is_empty() {
            peer.greeted = true;
            peer.asked.extend(asks.iter().copied());
            let have = Have { last_sync: peer.known.clone(), bloom: bloom_since(graph, &peer.known) };
            let data = sync::encode(graph.heads().to_vec(), asks, vec![have], Vec::new(), read_only);
            return self.send_sync(connection, document, data);
        }
        let first = !std::mem::replace(&mut peer.greeted, true);
        let up_to_date = peer.known == graph.heads();
        if up_to_date && peer.need.is_empty() {
            if first {
                let data = sync::advance(graph.heads(), Vec::new(), read_only);
                self.send_sync(connection, document, data);
            }
            return;
        }
        self.pump(connection, document);
    }

    /// Sends a peer the next piece of what it lacks, if there is room; what is not in memory is read first.
    pub(super) fn pump(&mut self, connection: ConnectionId, document: DocumentId) {
        if self.is_unreadable(connection, document) {
            return;
        }
        if self.is_full(connection) {
            if let Some(state) = self.connections.get_mut(&connection)
                && !state.blocked.contains(&document)
            {
                state.blocked.push(document);
            }
            return;
        }
        let (Some(open), Some(record)) = (self.open.get_mut(&document), self.records.get(&document)) else { return };
        let Some(peer) = open.peers.get_mut(&connection) else { return };
        let Some(graph) = open.graph.as_ref() else {
            // It was unloaded while this waited for room.
            open.lacking.insert(connection);
            return self.load(document);
        };
        if peer.reading || !peer.greeted {
            return;
        }
        let mut indices = graph.since(&peer.known);
        // Asked for by name although its heads say that it has them: believe the need.
        indices.extend(peer.need.iter().filter_map(|hash| graph.index(hash)));
        indices.sort_unstable();
        indices.dedup();
        indices.truncate(MAX_READ);
        if indices.is_empty() {
            return;
        }
        let in_memory: Option<Vec<(u32, Bytes)>> =
            indices.iter().map(|index| open.uncommitted.get(index).map(|body| (*index, body.clone()))).collect();
        if let Some(mut bodies) = in_memory {
            // As much at once as the store reads at once; the rest as there is room.
            let mut bytes = 0;
            let most = self.config.message_bytes;
            let fits = bodies.iter().take_while(|(_, body)| {
                bytes += body.len();
                bytes <= most
            });
            let count = fits.count().max(1);
            bodies.truncate(count);
            self.send_bodies(connection, document, bodies);
            return self.pump(connection, document);
        }
        // The store reads committed ones; what follows from memory comes in the next round.
        indices.retain(|index| !open.uncommitted.contains_key(index));
        peer.reading = true;
        let row = record.row;
        self.out.push(Effect::ReadBodies { connection, document, row, indices, most: self.config.message_bytes });
    }

    pub(super) fn bodies(&mut self, connection: ConnectionId, document: DocumentId, bodies: Option<Vec<(u32, Bytes)>>) {
        self.at_work = Some(document);
        let peer = self.open.get_mut(&document).and_then(|open| open.peers.get_mut(&connection));
        let Some(peer) = peer else { return };
        peer.reading = false;
        match bodies {
            Some(bodies) if !bodies.is_empty() => {
                self.send_bodies(connection, document, bodies);
                self.pump(connection, document);
            }
            Some(_) | None => self.quarantine(document, [(connection, None)]),
        }
    }

    fn send_bodies(&mut self, connection: ConnectionId, document: DocumentId, bodies: Vec<(u32, Bytes)>) {
        let read_only = self.says_read_only(connection, document);
        self.note_delivery(connection, document);
        let Some(open) = self.open.get_mut(&document) else { return };
        let (Some(graph), Some(peer)) = (open.graph.as_ref(), open.peers.get_mut(&connection)) else { return };
        // Take only what the peer can apply: a change whose dependencies it would lack waits for its turn.
        let hashes: Vec<ChangeHash> = bodies.iter().map(|(index, _)| graph.hash(*index)).collect();
        peer.need.retain(|hash| !hashes.contains(hash));
        // We speak as if we stood at the end of this piece: so the peer asks for nothing that is on its way.
        peer.known = graph.join(&peer.known, &hashes);
        let data = sync::advance(&peer.known, bodies.into_iter().map(|(_, body)| body.to_vec()).collect(), read_only);
        self.send_sync(connection, document, data);
    }

    pub(super) fn drained(&mut self, connection: ConnectionId, bytes: usize) {
        let Some(state) = self.connections.get_mut(&connection) else { return };
        state.queued = state.queued.saturating_sub(bytes);
        if state.queued < self.config.queue_bytes {
            for document in std::mem::take(&mut state.blocked) {
                self.pump(connection, document);
            }
            self.catalogue_page(connection);
        }
    }

    pub(super) fn is_full(&self, connection: ConnectionId) -> bool {
        self.connections.get(&connection).is_none_or(|state| state.queued >= self.config.queue_bytes)
    }

    fn is_read_only(&self, connection: ConnectionId, access: Access) -> bool {
        access < Access::Write && self.connections.get(&connection).is_some_and(|state| !state.ours)
    }

    pub(super) fn says_read_only(&self, connection: ConnectionId, document: DocumentId) -> bool {
        let Some(record) = self.records.get(&document) else { return false };
        self.is_read_only(connection, self.access(connection, &record.space))
    }
}

fn bloom_since(graph: &huigao_shared::graph::ChangeGraph, known: &[ChangeHash]) -> BloomFilter {
    let hashes: Vec<ChangeHash> = graph.since(known).into_iter().map(|index| graph.hash(index)).collect();
    BloomFilter::from_hashes(hashes.iter())
}
