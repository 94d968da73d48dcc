//! What is known of the relay's copy of each document: one named value, written by the tab with the connection.
//!
//! Not in the document's record, which every tab writes: a tab that has not heard of a catalogue page yet would
//! put older heads beside a cursor that is past that page, and the relay would never name the document again.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use huigao_shared::ids::DocumentId;
use serde::{Deserialize, Serialize};

use super::Session;
use super::aside;
use super::authors::told_key;
use super::catalogue::cursor_write;
use super::document::Doc;
use super::event::{Heads, Write};
use super::marks;
use super::refused::note_accepted;
use super::stored::{StoredDocument, hashes, json};

const PREFIX: &str = "relay/";

/// The part of a document's state that only the relay can change.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Known {
    #[serde(default, with = "hashes")]
    receipted: Heads,
    #[serde(default, with = "hashes")]
    relay_heads: Heads,
    #[serde(default)]
    announced: bool,
    #[serde(default)]
    doubtful: bool,
}

fn key(document: DocumentId) -> String {
    format!("{PREFIX}{document}")
}

/// The document that a named value speaks of.
pub(super) fn parse(key: &str) -> Option<DocumentId> {
    key.strip_prefix(PREFIX)?.parse().ok()
}

pub(super) fn write(document: DocumentId, doc: &Doc) -> Write {
    let StoredDocument { receipted, relay_heads, announced, doubtful, .. } = &doc.stored;
    let known = Known {
        receipted: receipted.clone(),
        relay_heads: relay_heads.clone(),
        announced: *announced,
        doubtful: *doubtful,
    };
    Write::PutMeta { key: key(document), bytes: json(&known) }
}

/// Everything that is remembered of a document goes: with the history gone there is nothing to leave out of it any more,
/// and nothing of it waits.
pub(super) fn forget(document: DocumentId, doc: Doc) -> Vec<Write> {
    let named = |key| Write::DeleteMeta { key };
    let refused: BTreeSet<ChangeHash> = doc.refused.into_iter().collect();
    let mut writes: Vec<Write> = refused.iter().map(|hash| note_accepted(document, *hash)).collect();
    // The tab that made one of these may have marked it when this one had put it aside already.
    writes.extend(refused.into_iter().map(|hash| marks::unmark(document, hash)));
    writes.extend(doc.marked.into_iter().map(|hash| marks::unmark(document, hash)));
    writes.extend([Write::DeleteDocument { document }, named(key(document)), named(told_key(document))]);
    writes.push(aside::forget(document));
    writes
}

impl Session {
    /// What the relay said of a document, with how far it had come by that: never without what it rests on, since a relay
    /// that was put back is told by that.
    pub(super) fn remembered(&self, document: DocumentId) -> Vec<Write> {
        let witness = self.witness.map(|witness| cursor_write("witness", witness));
        witness.into_iter().chain(self.docs.get(&document).map(|doc| write(document, doc))).collect()
    }

    /// Works what was stored of the relay's copy into its document.
    pub(super) fn restore_known(&mut self, document: DocumentId, known: Known) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.stored.receipted = known.receipted;
        doc.stored.relay_heads = known.relay_heads;
        doc.stored.announced = known.announced;
        doc.stored.doubtful = known.doubtful;
    }

    /// The relay starts over, or did so unnoticed here: whatever was receipted before is compared again.
    pub(super) fn doubt_everything(&mut self) {
        self.cursor = None;
        self.witness = None;
        for doc in self.docs.values_mut() {
            doc.stored.receipted.clear();
            doc.stored.relay_heads.clear();
            doc.receipt = None;
            doc.stored.doubtful = true;
        }
        self.forget_authors();
    }
}
