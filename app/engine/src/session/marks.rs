//! Markers: one named value for each change made here that the relay has not receipted.
//!
//! The document's record is written by every tab, so what one tab knows could be overwritten by another that
//! does not know it yet. A marker is written with its change and removed by whoever saw the receipt: keys never
//! collide, and a change that was saved is never forgotten.

use automerge::ChangeHash;
use huigao_shared::ids::DocumentId;

use super::Session;
use super::document::Doc;
use super::event::Write;
use super::stored::StoredDocument;

const PREFIX: &str = "pending/";

pub(super) fn mark(document: DocumentId, doc: &mut Doc, hash: ChangeHash) -> Write {
    doc.marked.insert(hash);
    // The value says nothing.
    Write::PutMeta { key: key(document, hash), bytes: vec![1] }
}

pub(super) fn unmark(document: DocumentId, hash: ChangeHash) -> Write {
    Write::DeleteMeta { key: key(document, hash) }
}

fn key(document: DocumentId, hash: ChangeHash) -> String {
    format!("{PREFIX}{document}/{hash}")
}

/// The document and change that a named value marks.
pub(super) fn parse(key: &str) -> Option<(DocumentId, ChangeHash)> {
    let (document, hash) = key.strip_prefix(PREFIX)?.split_once('/')?;
    Some((document.parse().ok()?, hash.parse().ok()?))
}

impl Session {
    /// Works a marker that was found in the database into its document.
    pub(super) fn restore_mark(&mut self, document: DocumentId, hash: ChangeHash) {
        // The record is written in the same transaction, so it is there.
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.marked.insert(hash);
        if !doc.refused.contains(&hash) {
            doc.stored.unreceipted.push(hash);
        }
    }

    /// Removes the markers of changes that are receipted by now. One tab does it: the one that hears receipts.
    pub(super) fn remove_marks(&mut self) {
        if !self.link.leading {
            return;
        }
        let mut writes = Vec::new();
        for (document, doc) in &mut self.docs {
            let StoredDocument { unreceipted, doubtful, .. } = &doc.stored;
            if *doubtful || doc.marked.len() == unreceipted.len() {
                continue;
            }
            let settled: Vec<ChangeHash> =
                doc.marked.iter().filter(|hash| !unreceipted.contains(hash)).copied().collect();
            for hash in settled {
                doc.marked.remove(&hash);
                writes.push(unmark(*document, hash));
            }
        }
        if !writes.is_empty() {
            self.write(writes);
        }
    }
}
