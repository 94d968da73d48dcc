//! Bringing documents into memory, and letting them go.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::AutoCommit;
use huigao_shared::ids::{DocumentId, member_of};
use huigao_shared::wire::Refusal;

use super::Session;
use super::absorb::{Orphans, absorb};
use super::aside::Work;
use super::document::{Doc, Loaded};
use super::event::{Changed, Chunk, Effect, OpenError, StoreError};

/// How many documents stay in memory without being shown.
const KEEP: usize = 24;

impl Session {
    /// Whether the document is in memory. If its text is stored here it is read; one that has no text yet starts empty.
    pub(super) fn ensure_loaded(&mut self, document: DocumentId) -> bool {
        let Some(doc) = self.docs.get_mut(&document) else { return false };
        if doc.loaded.is_some() {
            return true;
        }
        if doc.is_out_of_reach() {
            return false;
        }
        if doc.probed && doc.stored.heads.is_empty() && doc.from_tabs.is_empty() {
            let loaded = self.with_actor(document, AutoCommit::new(), Vec::new());
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.loaded = Some(loaded);
            }
            return true;
        }
        if std::mem::replace(&mut doc.loading, true) {
            return false;
        }
        if self.saves.deletes(document) {
            // What a read would find is on its way out.
            self.chunks(document, Ok(Vec::new()));
            return self.docs.get(&document).is_some_and(|doc| doc.loaded.is_some());
        }
        self.out.push(Effect::LoadChunks(document));
        false
    }

    pub(super) fn chunks(&mut self, document: DocumentId, result: Result<Vec<Chunk>, StoreError>) {
        let me = self.me;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if !doc.loading {
            return;
        }
        doc.loading = false;
        doc.probed = true;
        if doc.is_out_of_reach() {
            // Another tab fell at it meanwhile, and not for the first time.
            return self.opened(document, Err(OpenError::Damaged(String::new())));
        }
        let chunks = match result {
            Ok(chunks) => chunks,
            Err(error) => {
                // What cannot be read cannot be put aside either: it stays, and leaves on another visit.
                doc.left = false;
                return self.opened(document, Err(OpenError::Damaged(error.to_string())));
            }
        };
        let work = Work { document, reading: true, by: None, change: None };
        (self.watch)(Some(&work));
        let read = catch_unwind(AssertUnwindSafe(|| read_chunks(&chunks)));
        (self.watch)(None);
        let Ok((auto, orphans, keys)) = read else {
            self.fell(work);
            return self.opened(document, Err(OpenError::Damaged(String::new())));
        };
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if keys.is_empty() && doc.from_tabs.is_empty() {
            // The record is here and the text is not: another tab has not finished saving it, or it cannot be
            // read. What is marked stays pending; the text comes from that tab, or from the relay.
            let never_came = std::mem::take(&mut doc.stored.heads).is_empty();
            doc.stored.receipted.clear();
            if doc.wanted {
                let error = if never_came { OpenError::NotHereYet } else { OpenError::Damaged(String::new()) };
                self.out.push(Effect::Opened { document, result: Err(error) });
                self.want_sync_first(document);
            }
            return self.sync_document(document);
        }
        let mut loaded = Loaded { orphans, ..self.with_actor(document, auto, keys) };
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let pieces = std::mem::take(&mut doc.from_tabs);
        if !pieces.is_empty() {
            // Another tab wrote these while, or before, the chunks were read. What does not apply is stored all the same.
            loaded.apply(&pieces.concat());
        }
        loaded.relabel(&mut doc.stored, &doc.authors);
        // The chunks are the truth; what the record says of receipts may be older than they are.
        if let Some(uncovered) = loaded.uncovered(&doc.stored.receipted) {
            let mine = uncovered.into_iter().filter(|hash| {
                loaded.doc.get_change_meta_by_hash(hash).is_some_and(|meta| member_of(&meta.actor) == Some(me))
            });
            let mut open: Vec<_> = mine.collect();
            // A marked change that does not load is not safe anywhere: it stays pending.
            open.extend(doc.marked.iter().filter(|hash| loaded.doc.get_change_meta_by_hash(hash).is_none()));
            doc.stored.unreceipted = open;
        }
        let damaged = doc.stored.heads.is_empty();
        doc.loaded = Some(loaded);
        let wanted = std::mem::take(&mut doc.wanted);
        self.save_foreign(document);
        if self.docs.get_mut(&document).is_some_and(|doc| std::mem::take(&mut doc.record_due)) {
            self.save_record(document);
        }
        if self.docs.get(&document).is_some_and(|doc| doc.deleted && !doc.left) {
            self.deleted_elsewhere(document);
        }
        self.forget_accepted(document);
        self.settle_move(document);
        self.put_aside(document, None, Refusal::BuildsOnRefused);
        self.handle_refusals(document);
        self.take_last_words(document);
        if wanted {
            let empty = damaged && self.docs.get(&document).is_none_or(|doc| doc.stored.heads.is_empty());
            let result = if empty { Err(OpenError::Damaged(String::new())) } else { Ok(()) };
            self.opened(document, result);
        }
        self.compact(document);
        if let Some(doc) = self.docs.get_mut(&document) {
            doc.take_relays_word();
        }
        self.work_in_receipt(document);
        self.sync_document(document);
    }

    /// A copy for this session to write in. What it wrote before may not be in it: a document that left this device
    /// comes again without what the relay lost meanwhile. A number in its sequence must not stand for another change
    /// then.
    fn with_actor(&mut self, document: DocumentId, mut doc: AutoCommit, chunk_keys: Vec<String>) -> Loaded {
        if let Some(hash) = self.last_wrote(document)
            && doc.get_change_meta_by_hash(&hash).is_none()
        {
            self.fork_actor();
        }
        Loaded::new(doc, self.actor.clone(), chunk_keys)
    }

    pub(super) fn opened(&mut self, document: DocumentId, result: Result<(), OpenError>) {
        if result.is_ok()
            && let Some(doc) = self.docs.get_mut(&document)
        {
            doc.opened += 1;
        }
        self.out.push(Effect::Opened { document, result });
        self.changed(Changed::Document(document));
    }

    /// Applies what other tabs wrote to a document that is in memory here.
    pub(super) fn apply_from_tabs(&mut self, document: DocumentId) {
        if self.docs.get(&document).is_none_or(|doc| doc.from_tabs.is_empty()) {
            return;
        }
        // Open edits become a change of their own first.
        self.commit(document);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut().filter(|loaded| !loaded.composing) else { return };
        let pieces = std::mem::take(&mut doc.from_tabs);
        if pieces.is_empty() {
            return;
        }
        let shown = doc.opened > 0;
        let applied = loaded.apply(&pieces.concat());
        loaded.relabel(&mut doc.stored, &doc.authors);
        if shown && !applied.splices.is_empty() {
            self.out.push(Effect::Editor { document, splices: applied.splices });
        }
        self.put_aside(document, None, Refusal::BuildsOnRefused);
        self.save_foreign(document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Rows);
    }

    /// The tab with the connection stores what it heard from the others too: it sends it on, and the one who
    /// wrote it may never finish saving.
    fn save_foreign(&mut self, document: DocumentId) {
        let leading = self.link.leading;
        let loaded = self.docs.get(&document).and_then(|doc| doc.loaded.as_ref());
        if leading && loaded.is_some_and(|loaded| !loaded.foreign.is_empty()) {
            self.save_chunk(document, Vec::new(), Vec::new());
        }
    }

    /// What this tab only heard of, the tab before it may not have finished saving.
    pub(super) fn take_over(&mut self) {
        for document in self.docs.keys().copied().collect::<Vec<_>>() {
            self.save_foreign(document);
            let Some(doc) = self.docs.get(&document).filter(|doc| !doc.from_tabs.is_empty()) else { continue };
            if doc.loaded.is_some() {
                // Stored, and still to be applied: a document that composes would lack them otherwise.
                let pieces = doc.from_tabs.concat();
                self.save_chunk(document, pieces, Vec::new());
            } else {
                self.ensure_loaded(document);
            }
        }
    }

    pub(super) fn unload_idle(&mut self) {
        let in_memory = self.docs.values().filter(|doc| doc.loaded.is_some()).count();
        if in_memory <= KEEP || self.saves.error.is_some() {
            return;
        }
        let syncing = |doc: &Doc| doc.sync.is_some() && doc.stored.is_pending();
        let idle: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| doc.loaded.is_some() && doc.is_idle() && !syncing(doc))
            .map(|(document, _)| *document)
            .take(in_memory - KEEP)
            .collect();
        for document in idle {
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.loaded = None;
            }
        }
    }
}

/// Reads all chunks. What cannot be read is left out; it is not deleted, and the relay sends what it held.
fn read_chunks(chunks: &[Chunk]) -> (AutoCommit, Orphans, Vec<String>) {
    let (mut doc, mut orphans) = (AutoCommit::new(), Orphans::new());
    let all: Vec<&[u8]> = chunks.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let readable = absorb(&mut doc, &mut orphans, &all);
    let keys = chunks.iter().zip(readable).filter(|(_, readable)| *readable).map(|((key, _), _)| key.clone());
    (doc, orphans, keys.collect())
}
