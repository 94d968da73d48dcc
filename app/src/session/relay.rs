//! The exchange with the relay: connecting, the catalogue, documents one after another, receipts.

use std::collections::{BTreeSet, HashSet};

use automerge::ChangeHash;
use automerge::sync::{self, SyncDoc};
use huigao_shared::access::{Access, access};
use huigao_shared::catalogue::{Cursor, Entry};
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::DocumentId;
use huigao_shared::roster::Roster;
use huigao_shared::wire::{
    self, CataloguePage, EXTENSION_VERSION, Message, PROTOCOL_VERSION, PeerMetadata, Refusal, SyncFrame,
};

use super::Session;
use super::document::Doc;
use super::event::{Changed, Effect, Heads, Millis, Write};
use super::known;
use super::save::record;
use super::stored::StoredDocument;

/// How many documents that nobody looks at sync at once.
const AT_ONCE: usize = 8;
/// How long remote changes are collected at least and at most before they are applied as one, in milliseconds.
const FRAME: Millis = 16;
const COLLECT_MOST: Millis = 1_000;
/// Someone who typed within this time is typing.
const TYPING: Millis = 2_000;
/// How long a label waits for more changes, in milliseconds.
const LABEL_PAUSE: Millis = 2_000;
/// The longest pause between two tries to connect, in milliseconds.
const BACKOFF_MOST: Millis = 30_000;

/// How the profile stands with the relay.
#[derive(Default)]
pub(super) struct Link {
    /// This tab holds the connection.
    pub leading: bool,
    /// The browser says that there is no network.
    pub offline: bool,
    pub state: LinkState,
    pub failures: u32,
    pub retry_at: Option<Millis>,
    /// What the platform said of the last failure.
    pub reason: Option<String>,
    /// The relay says that it cannot store.
    pub not_storing: bool,
    /// Documents named in a catalogue told from the start.
    pub seen: Option<HashSet<DocumentId>>,
    /// Background documents whose sync is under way.
    pub active: BTreeSet<DocumentId>,
    /// When the relay last confirmed something.
    pub confirmed_at: Option<Millis>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LinkState {
    #[default]
    Down,
    Connecting,
    /// The socket is open; the relay has not answered yet.
    Greeting,
    /// The catalogue is coming.
    CatchingUp,
    Up,
}

impl Session {
    pub(super) fn lead(&mut self, leading: bool) {
        if self.link.leading == leading {
            return;
        }
        self.link.leading = leading;
        // What was known of the connection was the other tab's.
        self.down();
        if leading {
            self.take_over();
            self.connect_now();
        } else {
            self.out.push(Effect::Disconnect);
        }
        self.changed(Changed::Status);
    }

    pub(super) fn online(&mut self, online: bool) {
        self.link.offline = !online;
        if online {
            self.connect_now();
        }
        self.changed(Changed::Status);
    }

    pub(super) fn connect_now(&mut self) {
        if self.link.leading && self.link.state == LinkState::Down {
            self.link.retry_at = None;
            self.link.state = LinkState::Connecting;
            self.out.push(Effect::Connect);
        }
    }

    pub(super) fn reconnect_due(&mut self) {
        if self.link.retry_at.is_some_and(|at| at <= self.now) {
            self.connect_now();
        }
    }

    pub(super) fn connected(&mut self) {
        if self.link.state != LinkState::Connecting {
            return;
        }
        self.link.state = LinkState::Greeting;
        let join = Message::Join {
            sender: self.peer_id.as_str().into(),
            versions: vec![PROTOCOL_VERSION.to_owned()],
            metadata: PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(EXTENSION_VERSION) },
        };
        self.out.push(Effect::Send(join.encode()));
    }

    pub(super) fn disconnected(&mut self, reason: String) {
        if self.link.state == LinkState::Down {
            return;
        }
        self.down();
        self.link.reason = Some(reason);
        // Doubling, and a spread of a quarter by tab, so that a county does not come back all at once.
        let pause = (1_000i64 << self.link.failures.min(5)).min(BACKOFF_MOST);
        let spread = pause * i64::from(self.session[7]) / 1024;
        self.link.failures += 1;
        self.link.retry_at = self.link.leading.then_some(self.now + pause + spread);
        self.changed(Changed::Status);
        self.broadcast_link();
    }

    fn down(&mut self) {
        self.link.state = LinkState::Down;
        self.link.retry_at = None;
        self.link.seen = None;
        self.link.not_storing = false;
        self.link.active.clear();
        self.queue.clear();
        for doc in self.docs.values_mut() {
            doc.start_over();
            doc.starts_over = false;
            doc.barred = false;
        }
    }

    pub(super) fn frame(&mut self, frame: &[u8]) {
        // A frame that cannot be read says nothing; the relay speaks on.
        let Ok(message) = Message::decode(frame) else { return };
        let for_all = matches!(
            message,
            Message::CataloguePage(_) | Message::Roster { .. } | Message::Receipt { .. } | Message::Storing { .. }
        );
        if let Message::CataloguePage(page) = &message
            && page.reset
        {
            self.epoch = self.unique();
        }
        if for_all {
            self.broadcast_frame(frame);
        }
        self.message(message, true);
    }

    /// Takes a message of the relay; `direct` if it came over this tab's own connection.
    pub(super) fn message(&mut self, message: Message<'_>, direct: bool) {
        match message {
            Message::Peer { .. } if direct => self.greeted(),
            Message::Sync(sync) | Message::Request(sync) => self.sync_message(sync.document, &sync.data),
            Message::CataloguePage(page) => self.page(page, direct),
            Message::Roster { json } => self.new_roster(&json, direct),
            Message::Receipt { document, heads, cursor } => self.receipt(document, heads, cursor, direct),
            Message::Refused { document, hashes, why } => self.refused(document, hashes, why, direct),
            Message::Storing { ok } => {
                self.link.not_storing = !ok;
                self.changed(Changed::Status);
            }
            Message::Unavailable { document, .. } => {
                self.link.active.remove(&document);
            }
            Message::Error { message } => self.link.reason = Some(message.into_owned()),
            // Losing a space is told by the catalogue that follows a change of the roster.
            Message::Gone { .. }
            | Message::Peer { .. }
            | Message::Join { .. }
            | Message::Leave
            | Message::Ephemeral(_)
            | Message::Create { .. }
            | Message::Catalogue { .. }
            | Message::Label { .. }
            | Message::Unknown => {}
        }
    }

    fn greeted(&mut self) {
        self.link.state = LinkState::CatchingUp;
        self.link.failures = 0;
        self.link.reason = None;
        let ask = Message::Catalogue { since: self.cursor, witness: self.witness, roster: self.roster.version };
        let ask =
            if self.has_catalogue { ask } else { Message::Catalogue { since: None, witness: self.witness, roster: 0 } };
        self.out.push(Effect::Send(ask.encode()));
        self.changed(Changed::Status);
        self.broadcast_link();
    }

    fn new_roster(&mut self, json: &[u8], direct: bool) {
        let Ok(roster) = serde_json::from_slice::<Roster>(json) else { return };
        self.roster = roster;
        if direct {
            self.write(vec![Write::PutMeta { key: "roster".into(), bytes: json.to_vec() }]);
        }
        self.changed(Changed::Roster);
        self.changed(Changed::Rows);
    }

    fn page(&mut self, page: CataloguePage, direct: bool) {
        let mut writes = Vec::new();
        if page.reset {
            self.link.seen = Some(HashSet::new());
            self.doubt_everything();
            // Until all of it is told there is nothing to go on from.
            for key in ["cursor", "witness"] {
                writes.push(Write::PutMeta { key: key.into(), bytes: Vec::new() });
            }
            writes.push(Write::PutMeta { key: "epoch".into(), bytes: self.epoch.clone().into_bytes() });
        }
        for entry in page.entries {
            let document = entry.document;
            if let Some(seen) = &mut self.link.seen {
                seen.insert(document);
            }
            self.entry(entry);
            if let Some(doc) = self.docs.get(&document) {
                writes.push(known::write(document, doc));
                // One that is here is labelled by its text, and its record written with that.
                if doc.stored.heads.is_empty() {
                    writes.push(record(document, doc));
                }
            }
        }
        self.note_witness(page.cursor);
        // A tab that only listens does not know what it missed before it was opened: its own cursor stays, unless
        // it has heard the whole.
        let told_whole = page.complete && self.link.seen.is_some();
        if told_whole || direct && self.link.seen.is_none() {
            self.cursor = Some(page.cursor);
            writes.push(cursor_write("cursor", page.cursor));
        }
        if page.complete {
            self.has_catalogue = true;
            if let Some(seen) = self.link.seen.take() {
                self.missing_at_relay(&seen, &mut writes);
                writes.extend(
                    self.docs.iter().filter(|(id, _)| !seen.contains(id)).map(|(id, doc)| known::write(*id, doc)),
                );
            }
            self.link.confirmed_at = Some(self.now);
            if direct && self.link.state == LinkState::CatchingUp {
                self.link.state = LinkState::Up;
                self.queue_all();
            }
        }
        if direct {
            self.write(writes);
        }
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
    }

    fn entry(&mut self, entry: Entry) {
        let document = entry.document;
        let doc = self.docs.entry(document).or_insert_with(|| Doc::new(StoredDocument::new(entry.space.clone())));
        let stored = &mut doc.stored;
        stored.announced = true;
        stored.relay_heads = entry.heads;
        if stored.heads.is_empty()
            && let Some(label) = entry.label
        {
            stored.label = label;
            stored.label_heads = entry.label_heads;
        } else if stored.heads == stored.relay_heads && entry.label_heads != stored.heads && doc.label_due.is_none() {
            // The relay's label is behind what this writer holds.
            doc.label_due = Some(self.now + LABEL_PAUSE);
        }
        doc.receipt = Some(doc.stored.relay_heads.clone());
        if doc.stored.heads != doc.stored.relay_heads {
            self.enqueue(document);
        }
        self.work_in_receipt(document);
        self.changed(Changed::Document(document));
    }

    /// Documents here that a catalogue told from the start did not name: the relay is refilled with what it
    /// lacks. What may not be read any more leaves this device, unless words of ours would go with it.
    fn missing_at_relay(&mut self, seen: &HashSet<DocumentId>, writes: &mut Vec<Write>) {
        let unseen: Vec<DocumentId> = self.docs.keys().filter(|document| !seen.contains(document)).copied().collect();
        for document in unseen {
            let Some(doc) = self.docs.get_mut(&document) else { continue };
            doc.stored.announced = false;
            let access = self.docs.get(&document).map_or(Access::None, |doc| self.access(&doc.stored.space));
            let Some(doc) = self.docs.get(&document) else { continue };
            let safe_to_drop = doc.stored.unreceipted.is_empty() && doc.is_idle();
            match access {
                Access::None if safe_to_drop => {
                    self.docs.remove(&document);
                    writes.extend(known::forget(document));
                }
                Access::None => {
                    if let Some(doc) = self.docs.get_mut(&document) {
                        doc.stored.doubtful = false;
                    }
                }
                Access::Read | Access::Write
                    if doc.stored.heads.is_empty() && safe_to_drop && doc.marked.is_empty() =>
                {
                    self.docs.remove(&document);
                    writes.extend(known::forget(document));
                }
                // A reader cannot refill it, and has nothing of its own in it.
                Access::Read => {
                    if let Some(doc) = self.docs.get_mut(&document) {
                        doc.stored.doubtful = false;
                    }
                }
                Access::Write => self.enqueue(document),
            }
        }
    }

    fn queue_all(&mut self) {
        let waiting: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| doc.opened > 0 || doc.stored.is_pending() || doc.stored.heads != doc.stored.relay_heads)
            .map(|(document, _)| *document)
            .collect();
        for document in waiting {
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.take_relays_word();
            }
            self.work_in_receipt(document);
            self.enqueue(document);
        }
    }

    pub(super) fn enqueue(&mut self, document: DocumentId) {
        if self.link.leading && !self.queue.contains(&document) {
            self.queue.push_back(document);
        }
    }

    /// The user looks at a document whose text has not come: it goes first.
    pub(super) fn want_sync_first(&mut self, document: DocumentId) {
        self.queue.retain(|other| *other != document);
        self.queue.push_front(document);
    }

    pub(super) fn pump_queue(&mut self) {
        if !self.is_up() {
            return;
        }
        let Self { docs, link, roster, me, .. } = self;
        let is_writer = |doc: &Doc| access(roster, *me, &doc.stored.space) == Access::Write && !doc.barred;
        link.active.retain(|document| docs.get(document).is_some_and(|doc| !doc.is_settled(is_writer(doc))));
        while self.link.active.len() < AT_ONCE {
            let Some(document) = self.queue.pop_front() else { return };
            self.link.active.insert(document);
            self.sync_document(document);
            self.changed(Changed::Status);
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.link.leading && self.link.state == LinkState::Up
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

    /// Whether this member may write in a document, as far as the roster and the relay have said.
    pub(super) fn may_write(&self, doc: &Doc) -> bool {
        self.access(&doc.stored.space) == Access::Write && !doc.barred
    }

    fn say(&mut self, document: DocumentId) {
        if !self.is_up() || !self.ensure_loaded(document) {
            return;
        }
        if self.docs.get(&document).is_some_and(|doc| self.commit_time(doc).is_some()) {
            // Automerge would make a change of open edits by itself, and nobody would save it.
            return self.commit(document);
        }
        let Some(doc) = self.docs.get(&document) else { return };
        let may_create = self.may_write(doc);
        if !may_create && !doc.stored.unreceipted.is_empty() && doc.refusals.is_empty() {
            // Words of ours where they are not, or no longer, ours to write: the relay would refuse them.
            return self.refused(document, doc.stored.unreceipted.clone(), Refusal::NoWriteAccess, false);
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
    fn finish_background(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get(&document) else { return };
        if doc.is_settled(self.may_write(doc)) && self.link.active.remove(&document) {
            self.changed(Changed::Status);
        }
    }

    fn sync_message(&mut self, document: DocumentId, data: &[u8]) {
        let Ok(mut message) = wire::sync::decode(data) else { return };
        // Automerge panics when it is asked for one change twice.
        message.need.sort_unstable();
        message.need.dedup();
        let now = self.now;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if doc.sync.is_none() {
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
        let changes: Vec<u8> = messages.iter().flat_map(|message| message.changes.iter()).flatten().copied().collect();
        let received = loaded.receive(state, messages);
        match received {
            Ok(applied) => {
                if applied.moved {
                    loaded.relabel(&mut doc.stored);
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
                }
            }
            // What does not apply would not apply a second time; a new connection starts this document over.
            Err(_) => doc.start_over(),
        }
        self.work_in_receipt(document);
        self.sync_document(document);
    }

    fn receipt(&mut self, document: DocumentId, heads: Heads, cursor: Cursor, direct: bool) {
        self.link.confirmed_at = Some(self.now);
        self.note_witness(cursor);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.stored.announced = true;
        doc.stored.relay_heads.clone_from(&heads);
        doc.receipt = Some(heads);
        self.work_in_receipt(document);
        if direct {
            let mut writes = vec![cursor_write("witness", cursor)];
            writes.extend(self.docs.get(&document).map(|doc| known::write(document, doc)));
            self.write(writes);
        }
        self.changed(Changed::Status);
    }

    /// The furthest that the relay is known to have come: if it does not know this later, it was put back.
    fn note_witness(&mut self, cursor: Cursor) {
        if self.witness.is_none_or(|witness| witness.seq < cursor.seq) {
            self.witness = Some(cursor);
        }
    }

    /// Works committed heads into what is known to be safe; they wait until all of them are here.
    pub(super) fn work_in_receipt(&mut self, document: DocumentId) {
        let now = self.now;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(heads) = doc.receipt.as_ref() else { return };
        let Some(loaded) = doc.loaded.as_mut() else {
            if doc.stored.heads == *heads && doc.from_tabs.is_empty() {
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
        let writer = access(&self.roster, self.me, &doc.stored.space) == Access::Write;
        if std::mem::take(&mut doc.stored.doubtful) && writer {
            let unknown = uncovered.iter().filter(|hash| !doc.stored.unreceipted.contains(hash)).copied();
            let unknown: Vec<_> = unknown.collect();
            doc.stored.unreceipted.extend(unknown);
        }
        if uncovered.is_empty() {
            doc.receipt = None;
            if doc.stored.label_heads == doc.stored.heads {
                doc.label_due.get_or_insert(now + LABEL_PAUSE);
            }
        }
        if news && self.link.leading {
            let write = known::write(document, doc);
            self.write(vec![write]);
        }
        self.finish_background(document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Status);
        self.changed(Changed::Rows);
    }

    pub(super) fn label_time(&self, doc: &Doc) -> Option<Millis> {
        if self.is_up() { doc.label_due } else { None }
    }

    /// Tells the relay what lists show, once the document has settled.
    pub(super) fn label_due(&mut self) {
        let due: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| self.label_time(doc).is_some_and(|at| at <= self.now))
            .map(|(document, _)| *document)
            .collect();
        for document in due {
            let Some(doc) = self.docs.get_mut(&document) else { continue };
            doc.label_due = None;
            let stored = &doc.stored;
            let settled = stored.label_heads == stored.heads && stored.heads == stored.relay_heads;
            if !settled || stored.label.kind.is_empty() && stored.label.title.is_empty() {
                continue;
            }
            let (heads, label) = (stored.heads.clone(), stored.label.clone());
            if !self.docs.get(&document).is_some_and(|doc| self.may_write(doc)) {
                continue;
            }
            let json = serde_json::to_vec(&label).unwrap_or_default();
            self.out.push(Effect::Send(Message::Label { document, heads, json: json.into() }.encode()));
        }
    }
}

fn cursor_write(key: &str, cursor: Cursor) -> Write {
    Write::PutMeta { key: key.to_owned(), bytes: serde_json::to_vec(&cursor).unwrap_or_default() }
}

/// The changes of a piece of history by name.
pub(super) fn names(changes: &[u8]) -> Vec<ChangeHash> {
    let chunks = split_chunks(changes).unwrap_or_default();
    chunks.into_iter().filter_map(|chunk| check(chunk).ok()).map(|meta| meta.hash).collect()
}
