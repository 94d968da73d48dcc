//! Tabs of one profile: they share the database, and tell each other what they wrote and heard.

use automerge::ChangeHash;
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{CataloguePage, Message};

use super::Session;
use super::acts::Act;
use super::event::{Changed, Effect, ShutOut};
use super::link::LinkState;
use super::stored::{StoredDocument, json};

/// A message's first byte.
const CHANGES: u8 = 1;
const FRAME: u8 = 2;
const LINK: u8 = 3;
const HELLO: u8 = 4;
/// Laid out as [`CHANGES`]; what the relay sent, so it is in the document whoever it was refused to before.
const RELAYED: u8 = 5;
/// JSON of an [`Act`].
const ACT: u8 = 6;
/// A document's id.
const DELETED: u8 = 7;
/// A document's id, and JSON of a word on what came in this member's name.
const WORD: u8 = 8;
/// The name of an act that was taken back, or whose end was seen.
const DROPPED: u8 = 9;
/// A document's id, and JSON of why it is set aside.
const ASIDE: u8 = 10;
/// The id of a document that is worked on again.
const TAKEN_UP: u8 = 11;

impl Session {
    /// Tells the other tabs of changes that this one stored. One made here is named, so that the tab with the
    /// connection waits for its receipt.
    pub(super) fn broadcast_changes(&mut self, document: DocumentId, changes: &[u8], made: Option<ChangeHash>) {
        self.broadcast_history(CHANGES, document, changes, made);
    }

    /// Tells the other tabs of changes that came from the relay.
    pub(super) fn broadcast_relayed(&mut self, document: DocumentId, changes: &[u8]) {
        self.broadcast_history(RELAYED, document, changes, None);
    }

    fn broadcast_history(&mut self, kind: u8, document: DocumentId, changes: &[u8], made: Option<ChangeHash>) {
        let Some(doc) = self.docs.get(&document) else { return };
        let record = json(&doc.stored);
        let length = u32::try_from(record.len()).unwrap_or(0).to_be_bytes();
        let made = made.map_or([0; 32], |hash| hash.0);
        let message = [&[kind], document.as_bytes().as_slice(), &made, &length, &record, changes].concat();
        self.out.push(Effect::Broadcast(message));
    }

    /// Asks the other tabs for what they have not finished saving, since the database does not show it yet.
    pub(super) fn hello(&mut self) {
        self.out.push(Effect::Broadcast(vec![HELLO]));
    }

    fn answer_hello(&mut self) {
        let edited: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| self.commit_time(doc).is_some())
            .map(|(document, _)| *document)
            .collect();
        for document in edited {
            self.commit(document);
        }
        let mut found = Vec::new();
        for (document, doc) in &mut self.docs {
            let Some(loaded) = doc.loaded.as_mut() else { continue };
            for hash in &doc.stored.unreceipted {
                if let Some(mut change) = loaded.doc.get_change_by_hash(hash) {
                    found.push((*document, change.bytes().into_owned(), *hash));
                }
            }
        }
        for (document, bytes, hash) in found {
            self.broadcast_changes(document, &bytes, Some(hash));
        }
        // Also by who only listens: the one with the connection may have fallen, and asks as who begins again.
        self.broadcast_witness();
        if self.link.leading {
            self.broadcast_link();
            self.tell_refused();
            self.tell_aside();
        }
    }

    /// Tells how far the relay is known to have come: whoever leads next must find out by it if the relay is put back,
    /// and the database may have been too full to hold it.
    fn broadcast_witness(&mut self) {
        let Some(cursor) = self.witness else { return };
        let page = CataloguePage { reset: false, witness: None, entries: Vec::new(), cursor, complete: false };
        self.broadcast_frame(&Message::CataloguePage(page).encode());
    }

    /// Passes on what the relay told everyone of the profile.
    pub(super) fn broadcast_frame(&mut self, frame: &[u8]) {
        let length = u8::try_from(self.epoch.len()).unwrap_or(0);
        self.out.push(Effect::Broadcast([&[FRAME, length], self.epoch.as_bytes(), frame].concat()));
    }

    /// Takes a message of the relay that the tab with the connection passed on.
    fn tab_frame(&mut self, rest: &[u8]) -> Option<()> {
        let (length, rest) = rest.split_first()?;
        let (epoch, frame) = rest.split_at_checked(usize::from(*length))?;
        let epoch = std::str::from_utf8(epoch).ok()?;
        let message = Message::decode(frame).ok()?;
        // Only the tab with the connection hears the relay; but words are put aside by whoever has them in hand, and how
        // far the relay had come another tab may know better than the database.
        if self.link.leading && !matches!(message, Message::Refused { .. }) {
            if let Message::CataloguePage(page) = message {
                self.hear_witness(page.cursor);
            }
            return None;
        }
        if epoch != self.epoch && !self.link.leading {
            // The relay started over while this tab was opening.
            self.epoch = epoch.to_owned();
            self.doubt_everything();
        }
        if let Message::Refused { document, hashes, .. } = &message
            && let Some(doc) = self.docs.get_mut(document)
        {
            doc.refused_by_tabs.extend(hashes);
        }
        self.message(message, false);
        Some(())
    }

    /// Tells of an act made here: the tab with the connection sends it.
    pub(super) fn broadcast_act(&mut self, act: &Act) {
        let json = json(&Act { sent: false, ..act.clone() });
        self.out.push(Effect::Broadcast([&[ACT], json.as_slice()].concat()));
    }

    /// Tells that an act is not to be sent, or needs no attention any more.
    pub(super) fn broadcast_dropped(&mut self, act: &str) {
        self.out.push(Effect::Broadcast([&[DROPPED], act.as_bytes()].concat()));
    }

    /// Tells of a word said here: the tab with the connection passes it on.
    pub(super) fn broadcast_word(&mut self, document: DocumentId, json: &[u8]) {
        self.out.push(Effect::Broadcast([&[WORD], document.as_bytes().as_slice(), json].concat()));
    }

    /// Tells that a document is set aside.
    pub(super) fn broadcast_aside(&mut self, document: DocumentId, json: &[u8]) {
        self.out.push(Effect::Broadcast([&[ASIDE], document.as_bytes().as_slice(), json].concat()));
    }

    /// Tells that a document is worked on again.
    pub(super) fn broadcast_taken_up(&mut self, document: DocumentId) {
        self.out.push(Effect::Broadcast([&[TAKEN_UP], document.as_bytes().as_slice()].concat()));
    }

    /// Tells that a document is not in the database any more.
    pub(super) fn broadcast_deleted(&mut self, document: DocumentId) {
        self.out.push(Effect::Broadcast([&[DELETED], document.as_bytes().as_slice()].concat()));
    }

    /// Tells how the connection stands.
    pub(super) fn broadcast_link(&mut self) {
        let shut_out = match self.link.shut_out {
            None => 0,
            Some(ShutOut::Revoked) => 1,
            Some(ShutOut::Left) => 2,
            Some(ShutOut::NoKey) => 3,
        };
        self.out.push(Effect::Broadcast(vec![LINK, u8::from(self.link.state == LinkState::Up), shut_out]));
    }

    pub(super) fn tab(&mut self, message: &[u8]) {
        match message.split_first() {
            Some((&kind @ (CHANGES | RELAYED), rest)) => {
                self.tab_changes(rest, kind == RELAYED);
            }
            Some((&FRAME, frame)) => {
                self.tab_frame(frame);
            }
            Some((&ACT, json)) => {
                if let Ok(act) = serde_json::from_slice(json) {
                    self.take_act(act);
                }
            }
            Some((&DROPPED, id)) => {
                if let Ok(id) = std::str::from_utf8(id) {
                    self.dropped(id);
                }
            }
            Some((&DELETED, id)) => {
                if let Ok(id) = id.try_into() {
                    self.deleted_elsewhere(DocumentId::from_bytes(id));
                }
            }
            Some((&WORD, rest)) => {
                if let Some((id, json)) = rest.split_first_chunk() {
                    self.take_word(DocumentId::from_bytes(*id), json);
                }
            }
            Some((&ASIDE, rest)) => {
                if let Some((id, json)) = rest.split_first_chunk() {
                    self.aside_elsewhere(DocumentId::from_bytes(*id), json);
                }
            }
            Some((&TAKEN_UP, id)) => {
                if let Ok(id) = id.try_into() {
                    self.taken_up_elsewhere(DocumentId::from_bytes(id));
                }
            }
            Some((&HELLO, [])) => self.answer_hello(),
            Some((&LINK, [up, shut_out])) if !self.link.leading => {
                self.link.state = if *up == 1 { LinkState::Up } else { LinkState::Down };
                if *up == 1 {
                    self.link.confirmed_at = Some(self.calendar);
                }
                self.link.shut_out = match shut_out {
                    1 => Some(ShutOut::Revoked),
                    2 => Some(ShutOut::Left),
                    3 => Some(ShutOut::NoKey),
                    _ => None,
                };
                self.changed(Changed::Status);
            }
            _ => {}
        }
    }

    fn tab_changes(&mut self, rest: &[u8], relayed: bool) -> Option<()> {
        let (document, rest) = rest.split_first_chunk::<16>()?;
        let (made, rest) = rest.split_first_chunk::<32>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (record, changes) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let document = DocumentId::from_bytes(*document);
        let theirs: StoredDocument = serde_json::from_slice(record).ok()?;
        let new = self.new_doc(document, theirs.space.clone());
        self.docs.entry(document).or_insert(new);
        if relayed {
            self.accepted(document, changes);
        }
        let doc = self.docs.get_mut(&document)?;
        if *made != [0; 32] {
            if !doc.stored.unreceipted.contains(&ChangeHash(*made)) && !doc.refused.contains(&ChangeHash(*made)) {
                doc.stored.unreceipted.push(ChangeHash(*made));
            }
            doc.marked.insert(ChangeHash(*made));
            self.note_tab_wrote(document, ChangeHash(*made), changes);
        }
        let doc = self.docs.get_mut(&document)?;
        let is_out_of_reach = doc.is_out_of_reach();
        if !is_out_of_reach {
            // Also while it is not in memory: the other tab's transaction may complete after a read from here.
            doc.from_tabs.push(changes.to_vec());
        }
        if doc.loaded.is_some() {
            self.apply_from_tabs(document);
        } else {
            doc.stored.heads.clone_from(&theirs.heads);
            doc.stored.label = theirs.label;
            doc.stored.label_heads = theirs.label_heads;
            doc.stored.met = theirs.met;
            if is_out_of_reach {
                // It would wait in memory for a document that is not read.
                self.save_chunk(document, changes.to_vec(), Vec::new());
            } else if self.link.leading || doc.is_told_much() {
                // Whoever wrote it may not finish saving it: this tab stores it once it is read.
                self.ensure_loaded(document);
            }
        }
        if let Some(doc) = self.docs.get_mut(&document) {
            // It may be told late, after its receipt.
            doc.take_relays_word();
        }
        if self.saves.may_overwrite(self.now) {
            self.save_record(document);
        }
        self.work_in_receipt(document);
        self.sync_document(document);
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
        Some(())
    }
}
