//! A document that is put into another place: a new one there with the present text, and a mark in the old one.
//!
//! Documents stay in their space for good, so that nobody reads a history who might not. The mark is made only once the
//! new document is saved: whatever ends the tab in between, nothing is lost, and the old one stands as it did.

use automerge::transaction::Transactable;
use automerge::{ChangeHash, ROOT, ReadDoc};
use huigao_shared::authorship::{Authorship, Verdict};
use huigao_shared::document;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;

use super::Session;
use super::document::{Doc, Loaded};
use super::view::Related;

/// Where a document came from and has gone to.
#[derive(Clone, Copy, Default)]
pub(super) struct Whereabouts {
    /// The document that it was made from.
    pub origin: Option<Related>,
    /// The one that stands for it in another place.
    pub moved_to: Option<Related>,
    /// The change that says so.
    pub moved_by: Option<ChangeHash>,
}

impl Session {
    /// A copy elsewhere, and the old one put away, if this member may write in it.
    pub(super) fn move_to(&mut self, source: DocumentId, copy: DocumentId, space: Space) {
        if self.docs.contains_key(&copy) {
            return;
        }
        // What is typed is a change before the copy is made: it is told by that what the copy holds.
        self.commit(source);
        let heads = self.docs.get(&source).map(|doc| doc.stored.heads.clone()).unwrap_or_default();
        self.share(source, copy, space);
        let may_mark = self.docs.get(&source).is_some_and(|doc| self.may_write(doc));
        if may_mark
            && self.docs.contains_key(&copy)
            && let Some(doc) = self.docs.get_mut(&source)
        {
            doc.moves_to = Some((copy, heads));
        }
    }

    /// Puts away the old documents whose new ones are saved by now.
    pub(super) fn mark_moved(&mut self) {
        // One that was refused meanwhile is empty, and stands for nothing.
        let is_saved =
            |copy: &DocumentId| self.docs.get(copy).is_none_or(|doc| doc.saving == 0 || doc.stored.heads.is_empty());
        let moving = |(source, doc): (&DocumentId, &Doc)| doc.moves_to.as_ref().map(|(copy, _)| (*source, *copy));
        let due: Vec<(DocumentId, DocumentId)> =
            self.docs.iter().filter_map(moving).filter(|(_, copy)| is_saved(copy)).collect();
        for (source, copy) in due {
            self.commit(source);
            let stands = self.docs.get(&copy).is_some_and(|doc| !doc.stored.heads.is_empty());
            let Some(doc) = self.docs.get_mut(&source) else { continue };
            let Some((_, heads)) = doc.moves_to.take() else { continue };
            // Words that came while the copy waited for room are not in it, and nobody looks into what is put away.
            if stands && doc.stored.heads == heads {
                self.note_move(source, Some(copy));
            }
        }
    }

    /// A new document was refused as a whole: the old one, which it was to stand for, is not put away.
    pub(super) fn move_refused(&mut self, source: DocumentId, copy: DocumentId) {
        let Some(doc) = self.docs.get_mut(&source) else { return };
        doc.moves_to.take_if(|(to, _)| *to == copy);
        doc.stays = Some(copy);
        if self.ensure_loaded(source) {
            self.settle_move(source);
        }
    }

    /// Takes back the mark of a move that came to nothing, once the document is in memory.
    pub(super) fn settle_move(&mut self, source: DocumentId) {
        let Some(doc) = self.docs.get_mut(&source) else { return };
        let Some(loaded) = doc.loaded.as_ref() else { return };
        let moved_to = loaded.whereabouts.moved_to.map(|moved| moved.document);
        if doc.stays.take().is_some_and(|copy| moved_to == Some(copy)) {
            self.note_move(source, None);
        }
    }

    /// What somebody wrote since the move is where it belongs: the document is put away once more.
    pub(super) fn put_away_again(&mut self, source: DocumentId) {
        let loaded = self.docs.get(&source).and_then(|doc| doc.loaded.as_ref());
        if let Some(moved) = loaded.and_then(|loaded| loaded.whereabouts.moved_to) {
            self.note_move(source, Some(moved.document));
        }
    }

    /// Writes into a document where it has gone, or that it has not.
    pub(super) fn note_move(&mut self, source: DocumentId, to: Option<DocumentId>) {
        let now = self.now;
        if !self.docs.get(&source).is_some_and(|doc| self.may_write(doc)) {
            return;
        }
        let Some(doc) = self.docs.get_mut(&source) else { return };
        // What somebody wrote since took it out from what is put away: it may be put away once more.
        let is_put_away = doc.stored.label.moved_to.is_some();
        let Some(loaded) = doc.loaded.as_mut() else { return };
        let is_so = loaded.whereabouts.moved_to.map(|moved| moved.document) == to && is_put_away == to.is_some();
        // One whose text has not come is not this tab's to put away.
        if loaded.text.is_none() || is_so {
            return;
        }
        let noted = match to {
            // To put what stands there already changes nothing, and this is to be the newest change.
            Some(copy) => loaded
                .doc
                .delete(ROOT, document::MOVED_TO)
                .and_then(|()| loaded.doc.put(ROOT, document::MOVED_TO, copy.to_string())),
            None => loaded.doc.delete(ROOT, document::MOVED_TO),
        };
        if noted.is_ok() {
            loaded.first_edit.get_or_insert(now);
            self.commit(source);
        }
    }
}

impl Loaded {
    /// Reads it from the document. There must be no edits that are no change yet.
    pub(super) fn read_whereabouts(&mut self, authors: &Authorship) -> Whereabouts {
        let (moved_to, moved_by) = self.related(document::MOVED_TO, authors).unzip();
        let origin = self.related(document::ORIGIN, authors).map(|(origin, _)| origin);
        Whereabouts { origin, moved_to, moved_by }
    }

    /// The document that this one names under a key, who wrote that when, and in which change.
    fn related(&mut self, key: &str, authors: &Authorship) -> Option<(Related, ChangeHash)> {
        let document = document::named(&self.doc, key)?;
        let (_, put) = self.doc.get(ROOT, key).ok().flatten()?;
        let hash = self.doc.hash_for_opid(&put)?;
        let meta = self.doc.get_change_meta_by_hash(&hash)?;
        // Nobody is named whose name others used and who has not said that it is so.
        let is_open = authors.handover(&meta.actor, meta.seq).is_some_and(|h| h.verdict != Verdict::Confirmed);
        let by = authors.author(&meta.actor).filter(|_| !is_open);
        Some((Related { document, by, at: meta.timestamp.saturating_mul(1_000) }, hash))
    }
}
