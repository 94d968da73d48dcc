//! Syncing documents with the relay, one after another: what is said, and what comes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::sync::{self, SyncDoc};
use huigao_shared::access::Access;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::{DocumentId, member_of};
use huigao_shared::wire::{self, Message, Refusal, SyncFrame};

use super::Session;
use super::admission::Unfit;
use super::aside::Work;
use super::document::{Doc, Loaded};
use super::event::{Changed, Effect, Millis};

/// How many documents that nobody looks at sync at once.
const AT_ONCE: usize = 8;
/// How long remote changes are collected at least and at most before they are applied as one, in milliseconds.
const FRAME: Millis = 16;
const COLLECT_MOST: Millis = 1_000;
/// Someone who typed within this time is typing.
const TYPING: Millis = 2_000;

impl Session {
    pub(super) fn enqueue(&mut self, document: DocumentId) {
        if self.link.leading && !self.queue.contains(&document) {
            self.queue.push_back(document);
        }
    }

    /// The user looks at a document whose text has not come: it goes first.
    pub(super) fn want_sync_first(&mut self, document: DocumentId) {
        if !self.link.leading {
            return;
        }
        self.queue.retain(|other| *other != document);
        self.queue.push_front(document);
    }

    pub(super) fn pump_queue(&mut self) {
        if !self.is_up() {
            return;
        }
        let settled =
            |document: &DocumentId| self.docs.get(document).is_none_or(|doc| doc.is_settled(self.may_write(doc)));
        let done: Vec<DocumentId> = self.link.active.iter().filter(|document| settled(document)).copied().collect();
        for document in done {
            self.link.active.remove(&document);
        }
        while self.link.active.len() < AT_ONCE {
            let Some(document) = self.queue.pop_front() else { return };
            self.link.active.insert(document);
            self.sync_document(document);
            self.changed(Changed::Status);
        }
    }

    /// There may be something to say to the relay about a document: it is said when the event has been worked in.
    pub(super) fn sync_document(&mut self, document: DocumentId) {
        self.to_say.insert(document);
    }

    /// Says to the relay all there is to say, and takes on what waits for its turn.
    pub(super) fn say_due(&mut self) {
        self.pump_queue();
        while let Some(document) = self.to_say.pop_first() {
            self.say(document);
            self.pump_queue();
        }
    }

    /// Whether this member has the right to write in a document, as far as the roster and the relay have said.
    pub(super) fn has_right(&self, doc: &Doc) -> bool {
        self.access(&doc.stored.space) == Access::Write && !doc.barred
    }

    /// Whether this member may write in it now.
    pub(super) fn may_write(&self, doc: &Doc) -> bool {
        self.has_right(doc) && doc.aside.is_none()
    }

    fn say(&mut self, document: DocumentId) {
        if self.docs.get(&document).is_some_and(|doc| doc.aside.is_some()) {
            self.link.active.remove(&document);
            return;
        }
        if !self.is_up() || !self.ensure_loaded(document) {
            return;
        }
        if self.docs.get(&document).is_some_and(|doc| self.commit_time(doc).is_some()) {
            // Automerge would make a change of open edits by itself, and nobody would save it.
            return self.commit(document);
        }
        let Some(doc) = self.docs.get(&document) else { return };
        let may_create = self.may_write(doc);
        let words = if may_create || !doc.refusals.is_empty() { Vec::new() } else { doc.words_in_hand() };
        if !words.is_empty() {
            // Words of ours where they are not, or no longer, ours to write: the relay would refuse them.
            return self.refused(document, words, Refusal::NoWriteAccess, false);
        }
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        if doc.sync.is_none() {
            // The relay lacks it: a writer brings it back, a reader has nothing to say.
            if !doc.stored.announced && (doc.stored.heads.is_empty() || !may_create) {
                self.link.active.remove(&document);
                return;
            }
            if !doc.stored.announced {
                let create = Message::Create { document, space: doc.stored.space.clone() };
                self.out.push(Effect::Send(create.encode()));
            }
            // What was receipted is what both sides have for certain.
            let receipted = &doc.stored.receipted;
            let all_here = receipted.iter().all(|head| loaded.doc.get_change_meta_by_hash(head).is_some());
            let shared_heads = if all_here { receipted.clone() } else { Vec::new() };
            // What a reader has beyond the relay is not the reader's to bring.
            let state = sync::State { shared_heads, peer_read_only: !may_create, ..sync::State::new() };
            doc.sync = Some(state);
        }
        let mut messages = Vec::new();
        if std::mem::take(&mut doc.starts_over) {
            messages.push(wire::sync::reset(&loaded.doc.get_heads(), Vec::new(), false));
        }
        let Some(state) = doc.sync.as_mut() else { return };
        messages.extend(loaded.doc.sync().generate_sync_message(state).map(sync::Message::encode));
        for data in messages {
            let (sender, data) = (self.peer_id.as_str().into(), data.into());
            let frame = Message::Sync(SyncFrame { sender, target: "".into(), document, data });
            self.out.push(Effect::Send(frame.encode()));
        }
        self.finish_background(document);
    }

    /// A background document is done once both sides have the same.
    pub(super) fn finish_background(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get(&document) else { return };
        if doc.is_settled(self.may_write(doc)) && self.link.active.remove(&document) {
            self.changed(Changed::Status);
        }
    }

    pub(super) fn sync_message(&mut self, document: DocumentId, data: &[u8]) {
        let Ok(mut message) = wire::sync::decode(data) else { return };
        // Automerge panics when it is asked for one change twice.
        message.need.sort_unstable();
        message.need.dedup();
        let now = self.now;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if doc.sync.is_none() || doc.aside.is_some() {
            // The relay takes it for sent, and sends it again only to who starts over.
            doc.starts_over = true;
            if doc.aside.is_none() {
                self.enqueue(document);
            }
            return;
        }
        if doc.inbox.is_empty() {
            doc.inbox_since = now;
        }
        doc.inbox.push(message);
        self.ensure_loaded(document);
    }

    pub(super) fn apply_time(&self, doc: &Doc) -> Option<Millis> {
        let loaded = doc.loaded.as_ref()?;
        if doc.inbox.is_empty() || loaded.composing {
            return None;
        }
        // Applying costs the document's size, not the changes': the more it costs, the more are taken together.
        let typing = doc.opened > 0 && self.now - loaded.last_edit < TYPING;
        let collect = if typing { (8 * loaded.apply_cost()).clamp(FRAME, COLLECT_MOST) } else { FRAME };
        Some(doc.inbox_since + collect)
    }

    pub(super) fn apply_due(&mut self) {
        let due: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| self.apply_time(doc).is_some_and(|at| at <= self.now))
            .map(|(document, _)| *document)
            .collect();
        for document in due {
            self.apply_inbox(document);
        }
    }

    fn apply_inbox(&mut self, document: DocumentId) {
        // Local edits become a change of their own first.
        self.commit(document);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let (Some(loaded), Some(state)) = (doc.loaded.as_mut(), doc.sync.as_mut()) else { return };
        let messages = std::mem::take(&mut doc.inbox);
        let pieces: Vec<Vec<u8>> =
            messages.iter().flat_map(|message| message.changes.iter()).map(<[u8]>::to_vec).collect();
        if let Err(unfit) = admitted(loaded, &pieces) {
            return self.unfit(document, unfit);
        }
        let changes = pieces.concat();
        let work = work_of(document, &pieces);
        (self.watch)(Some(&work));
        let mut failed = false;
        let received = catch_unwind(AssertUnwindSafe(|| {
            loaded.receive(state, messages).or_else(|_| {
                // One change that can never be applied must not keep out the others.
                failed = true;
                Ok::<_, automerge::AutomergeError>(loaded.apply(&changes))
            })
        }));
        (self.watch)(None);
        if failed {
            // Nor is it asked for again: a new connection starts this document over.
            doc.sync = None;
        }
        let Ok(Ok(applied)) = received else {
            // Half applied, it is of no use: what is stored is read again.
            doc.loaded = None;
            doc.wanted |= doc.opened > 0;
            self.fell(work);
            self.ensure_loaded(document);
            return;
        };
        if applied.moved {
            loaded.relabel(&mut doc.stored, &doc.authors);
        }
        self.accepted(document, &changes);
        // Also those that still wait for what they build on: they are in memory, and count once that comes.
        if !changes.is_empty() {
            self.save_chunk(document, changes.clone(), Vec::new());
            self.broadcast_relayed(document, &changes);
        }
        if applied.moved
            && let Some(doc) = self.docs.get_mut(&document)
        {
            let shown = doc.opened > 0;
            let arrived = std::mem::take(&mut doc.wanted);
            if shown && !applied.splices.is_empty() {
                self.out.push(Effect::Editor { document, splices: applied.splices });
            }
            if arrived {
                self.opened(document, Ok(()));
            }
            self.changed(Changed::Rows);
            self.changed(Changed::Document(document));
            self.put_aside_what_waited(document);
        }
        self.settle_soon(document);
        self.work_in_receipt(document);
        self.sync_document(document);
    }
}

/// Whether all of these can be applied.
fn admitted(loaded: &mut Loaded, pieces: &[Vec<u8>]) -> Result<(), Unfit> {
    let mut changes: Vec<Vec<u8>> = Vec::new();
    for piece in pieces {
        // Several may come in one piece.
        let chunks = split_chunks(piece).map_err(|_| Unfit { hash: None, by: None })?;
        changes.extend(chunks.into_iter().map(<[u8]>::to_vec));
    }
    loaded.admit(&changes)
}

/// What is about to be done, for who finds the app fallen in the middle of it.
fn work_of(document: DocumentId, pieces: &[Vec<u8>]) -> Work {
    let metas: Vec<_> = pieces.iter().filter_map(|piece| check(piece).ok()).collect();
    let first = metas.first().and_then(|meta| member_of(&meta.actor));
    // Of several, nobody is named who may have done nothing.
    let by = first.filter(|first| metas.iter().all(|meta| member_of(&meta.actor) == Some(*first)));
    let change = if let [one] = metas.as_slice() { Some(one.hash.to_string()) } else { None };
    Work { document, reading: false, by, change }
}
