//! Taking changes: what of a sync message enters the graph, what waits, what is refused.

use automerge::ChangeHash;
use automerge::sync::Message as SyncMessage;
use bytes::Bytes;
use huigao_shared::access::Access;
use huigao_shared::authorship::{AuthorRows, Hands};
use huigao_shared::change::{Budget, ChangeMeta, check_within};
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::{DocumentId, member_of};
use huigao_shared::wire::{Refusal, sync};

use super::document::{Open, Taken};
use super::{ConnectionId, Hub, NewChange};

/// How many of one connection's changes may be refused, each of which is remembered.
const MAX_REFUSED: usize = 262_144;

impl Hub {
    pub(super) fn take_sync(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        message: &SyncMessage,
        access: Access,
    ) {
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
        let Some(carrier) = self.connections.get(&connection).map(|state| state.identity.member) else { return };
        let Some(open) = self.open.get_mut(&document) else { return };
        let (held, waited) = (open.bytes(), open.waiting_bytes());
        let room = self.waiting_bytes < self.config.waiting_bytes;
        let peer = open.peers.entry(connection).or_default();
        let mut withheld: Vec<ChangeHash> = Vec::new();
        if !std::mem::replace(&mut peer.told_withheld, true) {
            withheld.extend(open.graph.iter().flat_map(ChangeGraph::withheld));
            withheld.iter().for_each(|hash| peer.refuse(*hash));
        }
        let mut taking = Taking {
            connection,
            access,
            room,
            brought: Vec::new(),
            new: Vec::new(),
            missing: Vec::new(),
            noted: AuthorRows::default(),
        };
        let mut refusals = Vec::new();
        let mut budget = Budget::MESSAGE;
        for chunk in chunks {
            match check_within(chunk, &mut budget) {
                Ok(meta) => {
                    let named = member_of(&meta.actor)
                        .filter(|member| *member == carrier || self.roster.member(*member).is_some());
                    refusals.extend(taking.take(open, meta, chunk, Hands { carrier, named }));
                }
                Err(_) => {
                    // What follows is not worth looking at: no honest client makes one.
                    refusals.push((None, Refusal::Malformed));
                    break;
                }
            }
        }
        let Taking { brought, new, missing, noted, .. } = taking;
        let authors = new.iter().filter_map(|change| open.authors.author(&change.meta.actor)).collect();
        self.graph_bytes += open.bytes().saturating_sub(held);
        self.waiting_bytes = (self.waiting_bytes + open.waiting_bytes()).saturating_sub(waited);
        self.stats.changes += new.len() as u64;
        let before = self.note_heads(connection, document, message, &brought, &new, missing);
        if !new.is_empty() {
            // Whoever does not listen is gone after the first of these.
            let publisher = self.publisher(connection, document);
            self.forward(connection, document, &before, &new);
            self.commits.changes(document, new, self.now);
            if let Some(by) = publisher {
                self.commits.published(document, by);
            }
        }
        if !withheld.is_empty() {
            self.refuse(connection, document, withheld, Refusal::Withheld);
        }
        self.tell_refused(connection, document, refusals);
        self.confirm(connection, document, message);
        self.note_written(document, authors, &noted);
        self.note_authors(document, noted);
        self.answer(connection, document, message);
    }

    /// Works what a message says about the sender's copy into what is known of it.
    /// Returns the frontier that was complete before the new changes came.
    fn note_heads(
        &mut self,
        connection: ConnectionId,
        document: DocumentId,
        message: &SyncMessage,
        brought: &[ChangeHash],
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
            // Whoever starts over may not have heard what it was asked for.
            peer.asked.clear();
        }
        let mut has: Vec<ChangeHash> = message.heads.clone();
        // Not what had waited for that, which others brought.
        has.extend(brought);
        has.extend(message.have.iter().flat_map(|have| have.last_sync.iter().copied()));
        if has.as_slice() != graph.heads() || peer.known != graph.heads() {
            peer.known = graph.join(&peer.known, &has);
        }
        peer.unknown = message.heads.iter().filter(|hash| !graph.contains(hash)).copied().collect();
        // Who has what builds on them has them: asked for before, they were lost sight of, since a later question takes
        // the place of an earlier one.
        for hash in &missing {
            peer.asked.remove(hash);
        }
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
        if let Some(state) = self.connections.get_mut(&connection) {
            state.refused += refusals.len();
            if state.refused > MAX_REFUSED {
                return self.close(connection, "too much of what it sends is refused");
            }
        }
        let mut left = refusals;
        while let Some(&(_, why)) = left.first() {
            let (same, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, other)| *other == why);
            left = rest;
            self.refuse(connection, document, same.into_iter().filter_map(|(hash, _)| hash).collect(), why);
        }
    }
}

/// The changes of one message on their way into the graph.
struct Taking {
    connection: ConnectionId,
    access: Access,
    /// Whether something may still wait for what it builds on.
    room: bool,
    /// What the sender brought that is in the graph now.
    brought: Vec<ChangeHash>,
    /// What entered, with what had waited for it.
    new: Vec<NewChange>,
    /// What others wait for.
    missing: Vec<ChangeHash>,
    /// What is to be remembered of who brought it.
    noted: AuthorRows,
}

impl Taking {
    fn take(
        &mut self,
        open: &mut Open,
        meta: ChangeMeta,
        chunk: &[u8],
        hands: Hands,
    ) -> Option<(Option<ChangeHash>, Refusal)> {
        let hash = meta.hash;
        let peer = open.peers.entry(self.connection).or_default();
        let refusal = if open.graph.as_ref().is_some_and(|graph| graph.contains(&hash)) {
            None
        } else if self.access < Access::Write {
            Some(Refusal::NoWriteAccess)
        } else if meta.deps.iter().any(|dep| peer.refused.contains(dep)) {
            Some(Refusal::BuildsOnRefused)
        } else if !open.authors.has_room(hands) {
            Some(Refusal::Malformed)
        } else {
            let body = Bytes::copy_from_slice(chunk);
            match open.take(self.connection, meta, body, hands, self.room, &mut self.noted) {
                Taken::New(changes) => {
                    self.brought.push(hash);
                    self.new.extend(changes);
                    None
                }
                Taken::Known => None,
                Taken::Waits(hashes) => {
                    self.missing.extend(hashes);
                    None
                }
                Taken::Refused(why) => Some(why),
            }
        };
        let why = refusal?;
        open.peers.entry(self.connection).or_default().refuse(hash);
        Some((Some(hash), why))
    }
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
