//! Saving on this device: changes, records, and what to do when there is no room.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use automerge::transaction::CommitOptions;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::DocumentId;

use super::document::Doc;
use super::event::{Changed, Effect, Millis, StoreError, Ticket, Write};
use super::link::LinkState;
use super::marks;
use super::refused::note_refused;
use super::{COMMIT_MOST, COMMIT_PAUSE, Session};

/// How long to wait before a failed write is tried again by itself, in milliseconds.
const RETRY: Millis = 10_000;
/// How long after such a write what other tabs tell may be older than it, in milliseconds.
const OVERTAKEN: Millis = 10_000;
/// From how many chunks on a document is stored anew as one.
const COMPACT_AT: usize = 64;

/// What is being written, one transaction at a time: so a later change is never on disk without the one before it.
#[derive(Default)]
pub(super) struct Saves {
    next: Ticket,
    pub counter: u64,
    under_way: Option<(Ticket, Vec<Write>)>,
    /// What waits for the transaction under way, or for room.
    waiting: Vec<Write>,
    /// The transaction under way repeats one that failed.
    repeats: bool,
    /// When the last one that repeated a failed one was done.
    repeated: Option<Millis>,
    /// Under which names documents are stored whole behind their own deletion, see [`Session::keep_what_came_back`].
    came_back: BTreeMap<DocumentId, String>,
    pub error: Option<StoreError>,
    pub retry_at: Option<Millis>,
}

impl Saves {
    pub fn add(&mut self, writes: Vec<Write>, out: &mut Vec<Effect>) {
        self.waiting.extend(writes);
        if self.error.is_none() {
            self.begin(out);
        }
    }

    fn begin(&mut self, out: &mut Vec<Effect>) {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return;
        }
        self.next += 1;
        let writes = std::mem::take(&mut self.waiting);
        self.under_way = Some((self.next, writes.clone()));
        out.push(Effect::Persist { ticket: self.next, writes });
    }

    /// Whether a document is still to be deleted.
    pub fn deletes(&self, document: DocumentId) -> bool {
        let is_it = |write: &Write| matches!(write, Write::DeleteDocument { document: other } if *other == document);
        let under_way = self.under_way.iter().flat_map(|(_, writes)| writes);
        under_way.chain(&self.waiting).any(is_it)
    }

    /// The documents whose deletion waits.
    fn deletions(&self) -> BTreeSet<DocumentId> {
        let deleted = |write: &Write| match write {
            Write::DeleteDocument { document } => Some(*document),
            Write::PutChunk { .. }
            | Write::DeleteChunk { .. }
            | Write::PutDocument { .. }
            | Write::PutText { .. }
            | Write::DeleteText { .. }
            | Write::PutMeta { .. }
            | Write::DeleteMeta { .. } => None,
        };
        self.waiting.iter().filter_map(deleted).collect()
    }

    /// Whether what is stored here waited so long that it may go over what another tab has stored since: what that
    /// one tells is written here too, then.
    pub fn may_overwrite(&self, now: Millis) -> bool {
        self.error.is_some() || self.repeats || self.repeated.is_some_and(|at| now < at + OVERTAKEN)
    }

    pub fn is_busy(&self) -> bool {
        self.under_way.is_some() || !self.waiting.is_empty()
    }
}

fn document_of(write: &Write) -> Option<DocumentId> {
    match write {
        Write::PutChunk { document, .. } => Some(*document),
        Write::DeleteChunk { .. }
        | Write::PutDocument { .. }
        | Write::DeleteDocument { .. }
        | Write::PutText { .. }
        | Write::DeleteText { .. }
        | Write::PutMeta { .. }
        | Write::DeleteMeta { .. } => None,
    }
}

impl Session {
    pub(super) fn commit_time(&self, doc: &Doc) -> Option<Millis> {
        let loaded = doc.loaded.as_ref()?;
        let first = loaded.first_edit?;
        if doc.left && loaded.composing {
            // Another tab may have deleted what it would build on. It is put aside once that has ended.
            return None;
        }
        Some((loaded.last_edit + COMMIT_PAUSE).min(first + COMMIT_MOST))
    }

    pub(super) fn commit_due(&mut self) {
        let due: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| self.commit_time(doc).is_some_and(|at| at <= self.now))
            .map(|(document, _)| *document)
            .collect();
        for document in due {
            self.commit(document);
        }
    }

    /// Makes changes of all edits, without waiting for more.
    pub(super) fn commit_all(&mut self) {
        for doc in self.docs.values_mut().filter(|doc| doc.left) {
            if let Some(loaded) = doc.loaded.as_mut() {
                // It was to leave once its last words are known: there will be no later ones.
                loaded.composing = false;
            }
        }
        let edited = |doc: &Doc| doc.loaded.as_ref().is_some_and(|loaded| loaded.first_edit.is_some());
        let edited: Vec<DocumentId> =
            self.docs.iter().filter(|(_, doc)| edited(doc)).map(|(document, _)| *document).collect();
        for document in edited {
            self.commit(document);
        }
    }

    /// Makes one change of the edits since the last, saves it, and sends it if there is a line.
    pub(super) fn commit(&mut self, document: DocumentId) {
        let (calendar, up) = (self.calendar, self.link.state == LinkState::Up);
        if self.docs.get(&document).is_some_and(|doc| self.commit_time(doc).is_none() && doc.left) {
            return;
        }
        self.sync_document(document);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        let leaving = doc.left && up;
        loaded.settle();
        let edited = loaded.first_edit.take().is_some();
        let typed = loaded.typed_mark.take();
        let options = CommitOptions::default().with_time(calendar.div_euclid(1000));
        let Some(hash) = loaded.doc.commit_with(options) else {
            self.keep_homeless_words(document);
            let note = typed.map(|mark| self.typing.note(document, mark, calendar));
            if let Some(note) = note {
                self.write(vec![note]);
            }
            if edited {
                // What was typed was taken back: nothing is left to save, and a receipt may have waited meanwhile.
                self.work_in_receipt(document);
                self.changed(Changed::Status);
                self.changed(Changed::Document(document));
            }
            return;
        };
        let Some(mut change) = loaded.doc.get_change_by_hash(&hash) else { return };
        let (bytes, actor, seq) = (change.bytes().into_owned(), change.actor_id().clone(), change.seq());
        loaded.relabel(&mut doc.stored, &doc.authors);
        // The author has read what the author wrote.
        if doc.opened > 0 {
            doc.stored.read.clone_from(&doc.stored.heads);
        }
        doc.stored.unreceipted.push(hash);
        if leaving {
            // It goes into the side copy, and with the document; that it is saved is noted then.
            loaded.typed_mark = typed;
            return;
        }
        let mark = marks::mark(document, doc, hash);
        let wrote = self.note_wrote(document, &actor, seq, hash);
        let typed = typed.map(|mark| self.typing.note(document, mark, calendar));
        self.save_chunk(document, bytes.clone(), [mark, wrote].into_iter().chain(typed).collect());
        self.broadcast_changes(document, &bytes, Some(hash));
        self.changed(Changed::Status);
        self.changed(Changed::Rows);
        self.changed(Changed::Document(document));
    }

    /// Stores a piece of history together with the document's record.
    pub(super) fn save_chunk(&mut self, document: DocumentId, bytes: Vec<u8>, besides: Vec<Write>) {
        let key = self.unique();
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let (mut bytes, mut besides) = (bytes, besides);
        let mut whole = None;
        if let Some(loaded) = doc.loaded.as_mut() {
            if !doc.named.is_empty() && (doc.deleted || !loaded.foreign.is_empty()) {
                // What is refused may be among it, and its names went with a deletion by another tab.
                let told = hashes_of(&loaded.foreign).filter(|_| !doc.deleted);
                let is_in = |hash: &&ChangeHash| told.as_ref().is_none_or(|told| told.contains(hash));
                besides.extend(doc.named.iter().filter(is_in).flat_map(|hash| note_refused(document, *hash)));
            }
            if std::mem::take(&mut doc.deleted) {
                // Another tab has deleted what it would build on: words that nobody can read are not saved.
                loaded.chunk_keys.clear();
                whole = Some(loaded.save());
            }
            loaded.chunk_keys.push(key.clone());
            // The record names heads: what only another tab was to store goes with it.
            bytes = [whole.clone().unwrap_or_default(), std::mem::take(&mut loaded.foreign), bytes].concat();
        }
        if let Some(whole) = whole {
            self.broadcast_changes(document, &whole, None);
        }
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.saving += 1;
        doc.stored.note_date(self.calendar);
        let record = record(document, doc);
        self.write([Write::PutChunk { document, key, bytes }, record].into_iter().chain(besides).collect());
    }

    pub(super) fn save_record(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        // A record must not name heads that are not stored: nobody would look for what is missing then.
        if doc.loaded.is_none() && !doc.from_tabs.is_empty() {
            doc.record_due = true;
            self.ensure_loaded(document);
            return;
        }
        if doc.deleted && doc.left {
            // Nothing of it is stored, and it is to leave here too.
            return;
        }
        if doc.loaded.as_ref().is_some_and(|loaded| !loaded.foreign.is_empty()) {
            return self.save_chunk(document, Vec::new(), Vec::new());
        }
        doc.stored.note_date(self.calendar);
        let write = record(document, doc);
        self.write(vec![write]);
    }

    pub(super) fn persisted(&mut self, ticket: Ticket, result: Result<(), StoreError>) {
        let Some((_, writes)) = self.saves.under_way.take_if(|(expected, _)| *expected == ticket) else { return };
        match result {
            Ok(()) => {
                self.saves.error = None;
                self.saves.came_back.clear();
                if std::mem::take(&mut self.saves.repeats) {
                    self.saves.repeated = Some(self.now);
                    self.tell_tabs_again(&writes);
                }
                self.tell_deleted(&writes);
                self.tell_kept(&writes);
                for document in writes.iter().filter_map(document_of) {
                    if let Some(doc) = self.docs.get_mut(&document) {
                        doc.saving = doc.saving.saturating_sub(1);
                    }
                    self.changed(Changed::Document(document));
                }
                self.saves.begin(&mut self.out);
                self.mark_moved();
            }
            Err(error) => {
                // Nothing is given up: the writes wait in memory, in order, for room or a retry.
                let later = std::mem::replace(&mut self.saves.waiting, writes);
                self.saves.waiting.extend(later);
                self.saves.error = Some(error);
                self.saves.retry_at = Some(self.now + RETRY);
                let open: Vec<DocumentId> =
                    self.docs.iter().filter(|(_, doc)| doc.opened > 0).map(|(id, _)| *id).collect();
                for document in open {
                    self.changed(Changed::Document(document));
                }
            }
        }
        self.changed(Changed::Status);
    }

    pub(super) fn retry_saves(&mut self) {
        if self.saves.retry_at.is_some_and(|at| at <= self.now) {
            self.save_again();
        }
    }

    pub(super) fn save_again(&mut self) {
        self.saves.retry_at = None;
        if self.saves.error.is_some() && self.saves.under_way.is_none() {
            self.keep_what_came_back();
            self.saves.repeats = true;
            self.saves.begin(&mut self.out);
        }
    }

    /// A deletion that waited for room may be of a document that came back meanwhile, and other tabs may have stored
    /// words of it since: they would go too. So the whole of it is stored behind its deletion, in one transaction.
    fn keep_what_came_back(&mut self) {
        for document in self.saves.deletions() {
            let Some(doc) = self.docs.get_mut(&document).filter(|doc| !doc.left) else { continue };
            let pieces = doc.from_tabs.concat();
            let (history, is_loaded) = match doc.loaded.as_mut() {
                Some(loaded) => ([loaded.save(), loaded.foreign.clone(), pieces].concat(), true),
                None => (pieces, false),
            };
            if history.is_empty() {
                continue;
            }
            let mut writes: Vec<Write> =
                doc.marked.clone().into_iter().map(|hash| marks::mark(document, doc, hash)).collect();
            // What has no record is never looked at again. It names only heads that are stored.
            let heads = if is_loaded { doc.stored.heads.clone() } else { Vec::new() };
            let held = std::mem::replace(&mut doc.stored.heads, heads);
            writes.push(record(document, doc));
            doc.stored.heads = held;
            writes.extend(doc.named.iter().flat_map(|hash| note_refused(document, *hash)));
            // An earlier try stored it under this name, and would grow what waits by a whole document each time.
            let key = match self.saves.came_back.get(&document) {
                Some(key) => key.clone(),
                None => {
                    doc.saving += 1;
                    self.unique()
                }
            };
            self.saves.came_back.insert(document, key.clone());
            self.saves.waiting.retain(|write| !matches!(write, Write::PutChunk { key: other, .. } if *other == key));
            if let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut())
                && !loaded.chunk_keys.contains(&key)
            {
                loaded.chunk_keys.push(key.clone());
            }
            writes.push(Write::PutChunk { document, key, bytes: history });
            // An earlier try put the same there.
            let is_older = |write: &Write| matches!(write, Write::PutDocument { document: of, .. } if *of == document);
            self.saves.waiting.retain(|write| !is_older(write) && !writes.contains(write));
            self.saves.waiting.extend(writes);
        }
    }

    /// The other tabs may have the right to a document again that has left the database.
    fn tell_deleted(&mut self, writes: &[Write]) {
        for write in writes {
            if let Write::DeleteDocument { document } = write {
                self.broadcast_deleted(*document);
            }
        }
    }

    /// Tabs that opened while a write failed have not seen what it held in the database.
    fn tell_tabs_again(&mut self, writes: &[Write]) {
        for write in writes {
            if let Write::PutChunk { document, bytes, .. } = write {
                if self.is_relays(*document, bytes) {
                    // They may have read from the database that it had been refused.
                    self.broadcast_relayed(*document, bytes);
                } else {
                    let unreceipted = self.docs.get(document).map(|doc| doc.stored.unreceipted.as_slice());
                    let is_open = |hash: &ChangeHash| unreceipted.is_some_and(|open| open.contains(hash));
                    let made = hashes_of(bytes).unwrap_or_default().into_iter().rfind(is_open);
                    self.broadcast_changes(*document, bytes, made);
                }
                self.tell_refused_of(*document);
            }
        }
    }

    /// Whether the relay has all of these changes, as far as is known.
    fn is_relays(&mut self, document: DocumentId, changes: &[u8]) -> bool {
        let Some(doc) = self.docs.get_mut(&document) else { return false };
        let Some(loaded) = doc.loaded.as_mut() else { return false };
        let Some(beyond) = loaded.uncovered(&doc.stored.receipted) else { return false };
        let mut is_held =
            |hash: &ChangeHash| !beyond.contains(hash) && loaded.doc.get_change_meta_by_hash(hash).is_some();
        hashes_of(changes).is_some_and(|hashes| !hashes.is_empty() && hashes.iter().all(&mut is_held))
    }

    /// Stores a document that came in many pieces anew as one. Only the pieces it was read from go.
    pub(super) fn compact(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let deleted = doc.deleted;
        let Some(loaded) = doc.loaded.as_mut() else { return };
        if deleted || loaded.chunk_keys.len() < COMPACT_AT || loaded.first_edit.is_some() || self.saves.error.is_some()
        {
            return;
        }
        let bytes = loaded.save();
        let old = std::mem::take(&mut loaded.chunk_keys);
        let key = self.unique();
        if let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) {
            loaded.chunk_keys.push(key.clone());
        }
        if let Some(doc) = self.docs.get_mut(&document) {
            doc.saving += 1;
        }
        let deletes = old.into_iter().map(|key| Write::DeleteChunk { document, key });
        self.write(std::iter::once(Write::PutChunk { document, key, bytes }).chain(deletes).collect());
    }
}

/// The changes in these bytes, in order; none if a whole document is among them, which does not say.
fn hashes_of(changes: &[u8]) -> Option<Vec<ChangeHash>> {
    split_chunks(changes).ok()?.into_iter().map(|chunk| check(chunk).ok().map(|meta| meta.hash)).collect()
}

pub(super) fn record(document: DocumentId, doc: &Doc) -> Write {
    let json = serde_json::to_string(&doc.stored).expect("a record is strings, numbers and hashes");
    Write::PutDocument { document, json }
}
