//! Receipts: what the relay says is durable, worked into what is known to be safe.

use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::DocumentId;

use super::Session;
use super::catalogue::LABEL_PAUSE;
use super::event::{Changed, Heads};

impl Session {
    pub(super) fn receipt(&mut self, document: DocumentId, heads: Heads, cursor: Cursor, direct: bool) {
        self.link.confirmed_at = Some(self.calendar);
        self.note_witness(cursor);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.stored.announced = true;
        doc.stored.relay_heads.clone_from(&heads);
        doc.receipt = Some(heads);
        self.work_in_receipt(document);
        if direct {
            // The furthest, not this one: what is repeated of a document that rests comes with an old number.
            self.write(self.remembered(document));
        }
        self.changed(Changed::Status);
    }

    /// The furthest that the relay is known to have come: if it does not know this later, it was put back.
    pub(super) fn note_witness(&mut self, cursor: Cursor) {
        if self.witness.is_none_or(|witness| witness.seq < cursor.seq) {
            self.witness = Some(cursor);
        }
    }

    /// Works committed heads into what is known to be safe; they wait until all of them are here.
    pub(super) fn work_in_receipt(&mut self, document: DocumentId) {
        let now = self.now;
        // Also of one that is set aside: what the relay has lost of it is brought back once it is worked on again.
        let writer = self.docs.get(&document).is_some_and(|doc| self.has_right(doc));
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(heads) = doc.receipt.as_ref() else { return };
        let Some(loaded) = doc.loaded.as_mut() else {
            // The heads of the record may not be all that is stored: another tab may have written an older one. It
            // matters where something made here waits, and where the relay may have lost what it had receipted.
            let settled = doc.stored.unreceipted.is_empty() && !doc.stored.doubtful && doc.from_tabs.is_empty();
            if settled && doc.stored.heads == *heads {
                doc.receipt = None;
                doc.stored.all_receipted();
            }
            return;
        };
        // Edits that are not a change yet would be committed by looking; they keep the document pending anyway.
        if loaded.first_edit.is_some() {
            return;
        }
        let Some(uncovered) = loaded.uncovered(heads) else { return };
        if let Some(state) = doc.sync.as_mut() {
            // The receipt acknowledges what was sent: it need not be described again.
            state.shared_heads.clone_from(heads);
            state.sent_hashes.retain(|hash| uncovered.contains(hash));
            state.in_flight = false;
            if uncovered.is_empty() {
                state.their_heads = Some(heads.clone());
            }
        }
        let news = doc.stored.receipted != *heads;
        doc.stored.receipted.clone_from(heads);
        // What another tab made and did not bring here yet cannot be beneath heads that are all here.
        doc.stored
            .unreceipted
            .retain(|hash| uncovered.contains(hash) || loaded.doc.get_change_meta_by_hash(hash).is_none());
        if std::mem::take(&mut doc.stored.doubtful) && writer {
            let unknown = uncovered.iter().filter(|hash| !doc.stored.unreceipted.contains(hash)).copied();
            let unknown: Vec<_> = unknown.collect();
            doc.stored.unreceipted.extend(unknown);
            // Only what is marked would be remembered, should this tab end before the relay has it again.
            doc.stored.doubtful = uncovered.iter().any(|hash| !doc.marked.contains(hash));
        }
        if uncovered.is_empty() {
            doc.receipt = None;
            if doc.stored.label_heads == doc.stored.heads {
                doc.label_due.get_or_insert(now + LABEL_PAUSE);
            }
        }
        if news && self.link.leading {
            self.write(self.remembered(document));
        }
        self.finish_background(document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Status);
        self.changed(Changed::Rows);
    }
}
