//! By whose hands words came: noted as changes come, told to readers, settled by their authors.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use huigao_shared::access::Access;
use huigao_shared::authorship::{Attestation, AuthorRows, Verdict};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::wire::{Message, Refusal};

use super::json::json_of;
use super::{ConnectionId, Hub};

/// How many rows go into one message; about 40 KiB.
const PAGE: usize = 200;
/// The largest attestation, in bytes.
const MAX_ATTESTATION: usize = 1_024;
/// Of how many documents an author is reminded when a connection begins.
const MAX_REMINDED: usize = 1_024;

pub(super) fn by_member(awaiting: Vec<(MemberId, DocumentId)>) -> BTreeMap<MemberId, BTreeSet<DocumentId>> {
    let mut by_member: BTreeMap<MemberId, BTreeSet<DocumentId>> = BTreeMap::new();
    for (member, document) in awaiting {
        by_member.entry(member).or_default().insert(document);
    }
    by_member
}

impl Hub {
    /// Tells a client that begins to sync a document all that is known of its authors.
    pub(super) fn tell_authors(&mut self, connection: ConnectionId, document: DocumentId) {
        let Some(open) = self.open.get(&document) else { return };
        if open.authors.is_empty() || self.connections.get(&connection).is_none_or(|state| !state.ours) {
            return;
        }
        let AuthorRows { bound, handed } = open.authors.rows();
        let bound = bound.chunks(PAGE).map(|page| AuthorRows { bound: page.to_vec(), ..AuthorRows::default() });
        let handed = handed.chunks(PAGE).map(|page| AuthorRows { handed: page.to_vec(), ..AuthorRows::default() });
        for (number, page) in bound.chain(handed).enumerate() {
            self.send_frame(connection, frame(document, number == 0, &page));
        }
    }

    /// Remembers by whose hands new changes came, and tells the document's readers and the authors.
    pub(super) fn note_authors(&mut self, document: DocumentId, rows: AuthorRows) {
        if rows.is_empty() {
            return;
        }
        for handover in rows.handed.iter().filter(|handover| handover.verdict == Verdict::Open) {
            self.awaiting.entry(handover.author).or_default().insert(document);
        }
        self.publish(document, rows);
    }

    fn publish(&mut self, document: DocumentId, rows: AuthorRows) {
        let (Some(open), Some(record)) = (self.open.get_mut(&document), self.records.get(&document)) else { return };
        open.authors_uncommitted = true;
        let authors: BTreeSet<MemberId> = rows.handed.iter().map(|handover| handover.author).collect();
        let space = record.space.clone();
        let concerned: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(id, state)| {
                let reads = open.peers.get(id).is_some_and(|peer| peer.greeted);
                let writes = state.catalogue.is_some() && authors.contains(&state.identity.member);
                state.ours && (reads || writes)
            })
            .map(|(id, _)| *id)
            .collect();
        let frame = frame(document, false, &rows);
        for connection in concerned {
            if self.access(connection, &space) >= Access::Read {
                self.send_frame(connection, frame.clone());
            }
        }
        self.commits.authors(document, rows, self.now);
    }

    /// Takes an author's word on what came in the author's name.
    pub(super) fn attest(&mut self, connection: ConnectionId, frame: &Bytes, document: DocumentId, json: &[u8]) {
        let (Some(record), Some(state)) = (self.records.get(&document), self.connections.get(&connection)) else {
            return;
        };
        let author = state.identity.member;
        if self.access(connection, &record.space) < Access::Read || !self.is_open(connection, document, frame) {
            return;
        }
        let word = (json.len() <= MAX_ATTESTATION).then(|| serde_json::from_slice::<Attestation>(json).ok()).flatten();
        let Some(word) = word else {
            return self.refuse(connection, document, Vec::new(), Refusal::Malformed);
        };
        let Some(open) = self.open.get_mut(&document) else { return };
        let Some(rows) = open.authors.attest(author, &word) else {
            // The author knows something else of it than is so by now.
            return self.tell_authors(connection, document);
        };
        if !open.authors.awaits(author)
            && let Some(documents) = self.awaiting.get_mut(&author)
        {
            documents.remove(&document);
        }
        self.publish(document, rows);
    }

    /// Reminds an author whose connection begins of documents in which something came by another's hand.
    pub(super) fn tell_awaiting(&mut self, connection: ConnectionId) {
        let Some(state) = self.connections.get(&connection) else { return };
        let Some(documents) = self.awaiting.get(&state.identity.member) else { return };
        let readable = |document: &&DocumentId| {
            self.records.get(document).is_some_and(|record| self.access(connection, &record.space) >= Access::Read)
        };
        let documents: Vec<DocumentId> = documents.iter().filter(readable).take(MAX_REMINDED).copied().collect();
        for document in documents {
            self.send_frame(connection, frame(document, false, &AuthorRows::default()));
        }
    }
}

fn frame(document: DocumentId, reset: bool, rows: &AuthorRows) -> Bytes {
    Message::Authors { document, reset, json: json_of(rows).into() }.encode().into()
}
