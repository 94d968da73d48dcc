//! First words: of each document that is read on this device its text and state as they were saved last, beside its
//! chunks. A page shows them before its engine has read the history, so a cold open begins with words.
//!
//! They are never the truth: what the chunks say goes over them. So they are kept only once everything is saved, apart
//! from what must not fail, and nobody waits for them. What may not be seen any more is deleted as all else is.

use huigao_protocol::first_words::FirstWords;
use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;

use super::Session;
use super::document::Doc;
use super::event::{Effect, Heads, Millis, Write};
use super::view::DocumentView;

/// They are kept so long after a document's last change, in milliseconds: each time it is written whole.
const PAUSE: Millis = 1_000;

/// What is known of a document's first words.
#[derive(Default)]
pub(super) struct First {
    /// There are some on this device, or are to be: it has been read here.
    wanted: bool,
    /// The heads and the state of those that were kept last in this life of the tab.
    kept: Option<(Heads, DocumentView)>,
    /// When it is to be looked whether there is something new to keep.
    due: Option<Millis>,
    /// Then they wait for nothing but its being saved.
    soon: bool,
}

impl First {
    /// Another tab has deleted what was kept.
    pub fn lost(&mut self) {
        self.kept = None;
    }

    fn hurry(&mut self, now: Millis) {
        if let Some(due) = self.due.as_mut() {
            (*due, self.soon) = (now.min(*due), true);
        }
    }

    /// What is kept must not be shown any more; what comes is kept again.
    pub fn forget(&mut self, document: DocumentId) -> Option<Write> {
        self.kept = None;
        self.wanted.then_some(Write::DeleteText { document })
    }
}

impl Session {
    /// The database holds first words of these documents. Those that may not be read any more go.
    pub(super) fn restore_first_words(&mut self, texts: Vec<DocumentId>) {
        let mut lost = Vec::new();
        for document in texts {
            let readable = |doc: &Doc| self.access(&doc.stored.space) >= Access::Read;
            let is_readable = self.docs.get(&document).is_some_and(readable);
            match self.docs.get_mut(&document).filter(|_| is_readable) {
                Some(doc) => doc.first.wanted = true,
                None => lost.push(Write::DeleteText { document }),
            }
        }
        if !lost.is_empty() {
            self.write(lost);
        }
    }

    /// Something in a document may have changed.
    pub(super) fn keep_first_words_later(&mut self, document: DocumentId) {
        let now = self.now;
        if let Some(doc) = self.docs.get_mut(&document) {
            doc.first.wanted |= doc.opened > 0;
            let pause = if doc.first.soon { 0 } else { PAUSE };
            doc.first.due = doc.first.wanted.then_some(now + pause);
        }
    }

    /// A document is closed: its first words wait no longer.
    pub(super) fn keep_first_words_soon(&mut self, document: DocumentId) {
        let now = self.now;
        if let Some(doc) = self.docs.get_mut(&document) {
            doc.first.hurry(now);
        }
    }

    /// The page may go: none wait any longer.
    pub(super) fn keep_all_first_words_soon(&mut self) {
        let now = self.now;
        self.docs.values_mut().for_each(|doc| doc.first.hurry(now));
    }

    /// When a document's first words are to be kept; none while something of this profile is not saved: what ends that
    /// is an event.
    pub(super) fn first_words_time(&self, doc: &Doc) -> Option<Millis> {
        let due = doc.first.due?;
        let loaded = doc.loaded.as_ref()?;
        let is_saved = !self.saves.is_busy() && self.saves.error.is_none() && loaded.first_edit.is_none();
        (is_saved && !doc.left).then_some(due)
    }

    /// Keeps those that are due and have changed.
    pub(super) fn first_words_due(&mut self) {
        let is_due = |doc: &Doc| self.first_words_time(doc).is_some_and(|at| at <= self.now);
        let due: Vec<DocumentId> =
            self.docs.iter().filter(|(_, doc)| is_due(doc)).map(|(document, _)| *document).collect();
        for document in due {
            let view = self.document(document);
            let readable = self.docs.get(&document).is_some_and(|doc| self.access(&doc.stored.space) >= Access::Read);
            let Some(doc) = self.docs.get_mut(&document) else { continue };
            (doc.first.due, doc.first.soon) = (None, false);
            let Some((view, loaded)) = view.zip(doc.loaded.as_ref()).filter(|_| readable) else { continue };
            // Of a document whose text has not come there is nothing to show.
            if loaded.text.is_none() {
                continue;
            }
            let now = (doc.stored.heads.clone(), view);
            if doc.first.kept.as_ref() == Some(&now) {
                continue;
            }
            let json = FirstWords { view: now.1.clone(), text: loaded.text() }.encode();
            doc.first.kept = Some(now);
            self.out.push(Effect::KeepText { document, json });
        }
    }
}
