//! What the user does.

use automerge::AutoCommit;
use automerge::ROOT;
use automerge::transaction::Transactable;
use huigao_shared::access::Access;
use huigao_shared::document;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use huigao_shared::text::seen::trimmed;

use super::Session;
use super::document::{Doc, Loaded};
use super::event::{Changed, Command, Effect, OpenError, Splice, Write};
use super::known;
use super::refused;
use super::stored::StoredDocument;

impl Session {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Create { document, kind, space, title, text } => {
                self.create(document, &kind, space, &title, &text, None)
            }
            Command::Open(document) => self.open_document(document),
            Command::Close(document) => self.close_document(document),
            Command::Edit { document, splices } => self.edit(document, &splices),
            Command::Composing { document, active } => self.composing(document, active),
            Command::Rename { document, title } => self.rename(document, &title),
            Command::Share { source, copy, space } => self.share(source, copy, space),
            Command::Move { source, copy, space } => self.move_to(source, copy, space),
            Command::TakeBackMove(document) => self.note_move(document, None),
            Command::PutAwayAgain(document) => self.put_away_again(document),
            Command::TakeUpAgain(document) => self.take_up_again(document, None),
            Command::MarkRead(document) => self.mark_read(document),
            Command::DropSideCopy(id) => {
                if let Some(copy) = self.side_copies.remove(&id) {
                    self.write(vec![Write::DeleteMeta { key: refused::copy_key(&id) }]);
                    self.forget_if_never_was(copy.document);
                    self.changed(Changed::SideCopies);
                }
            }
            Command::Act(edits) => self.act(edits),
            Command::DropAct(id) => self.drop_act(&id),
            Command::Attest { document, via, genuine } => self.attest(document, via, genuine),
            Command::Retry => {
                self.save_again();
                self.connect_now();
            }
        }
    }

    fn create(
        &mut self,
        document: DocumentId,
        kind: &str,
        space: Space,
        title: &str,
        text: &str,
        origin: Option<DocumentId>,
    ) {
        if self.access(&space) < Access::Write || self.docs.contains_key(&document) {
            return;
        }
        let mut auto = AutoCommit::new();
        auto.set_actor(self.actor.clone());
        let made = document::init(&mut auto, kind, trimmed(title)).and_then(|object| {
            if let Some(origin) = origin {
                auto.put(ROOT, document::ORIGIN, origin.to_string())?;
            }
            auto.splice_text(&object, 0, 0, text)
        });
        if made.is_err() {
            return;
        }
        let mut doc = Doc::new(StoredDocument::new(space));
        let mut loaded = Loaded::with_open_edits(auto, Vec::new());
        loaded.first_edit = Some(self.now);
        doc.loaded = Some(loaded);
        self.docs.insert(document, doc);
        self.commit(document);
        self.mark_read(document);
    }

    fn open_document(&mut self, document: DocumentId) {
        let readable = self.docs.get(&document).is_some_and(|doc| self.access(&doc.stored.space) >= Access::Read);
        if !readable {
            self.sought.insert(document);
            self.out.push(Effect::Opened { document, result: Err(OpenError::Unknown) });
            return;
        }
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if doc.is_out_of_reach() {
            return self.opened(document, Err(OpenError::Damaged(String::new())));
        }
        if doc.probed && doc.stored.heads.is_empty() && doc.loaded.as_ref().is_none_or(|loaded| loaded.text.is_none()) {
            doc.wanted = true;
            self.out.push(Effect::Opened { document, result: Err(OpenError::NotHereYet) });
            return self.want_sync_first(document);
        }
        if self.ensure_loaded(document) {
            self.opened(document, Ok(()));
            self.sync_document(document);
        } else if let Some(doc) = self.docs.get_mut(&document) {
            doc.wanted = true;
        }
    }

    /// Opens what was asked for before it had come, or before it might be read again.
    pub(super) fn open_sought(&mut self) {
        let readable = |document: &&DocumentId| {
            self.docs.get(*document).is_some_and(|doc| !doc.left && self.access(&doc.stored.space) >= Access::Read)
        };
        let come: Vec<DocumentId> = self.sought.iter().filter(readable).copied().collect();
        for document in come {
            self.sought.remove(&document);
            self.open_document(document);
        }
    }

    fn close_document(&mut self, document: DocumentId) {
        self.sought.remove(&document);
        self.composing(document, false);
        self.commit(document);
        if let Some(doc) = self.docs.get_mut(&document) {
            doc.opened = doc.opened.saturating_sub(1);
            doc.wanted = false;
        }
        self.compact(document);
        self.keep_first_words_soon(document);
    }

    pub(super) fn edit(&mut self, document: DocumentId, splices: &[Splice]) {
        let now = self.now;
        // Whatever has become of the right to write: an input method tells late what was begun in time. What may not be
        // in the document any more is put aside from it, before it is sent.
        let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) else { return };
        for splice in splices {
            // The editor and the session hold the same text, so offsets always fit. If ever they did not, the words
            // would be kept where the text ends.
            let at = splice.at.min(loaded.len());
            let delete = splice.delete.min(loaded.len() - at);
            loaded.typed.push(Splice { at, delete, insert: splice.insert.clone() });
        }
        loaded.last_edit = now;
        if loaded.first_edit.is_none() {
            loaded.first_edit = Some(now);
            self.changed(Changed::Document(document));
            self.changed(Changed::Status);
        }
    }

    fn composing(&mut self, document: DocumentId, active: bool) {
        let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) else { return };
        loaded.composing = active;
        if !active {
            self.keep_homeless_words(document);
            self.apply_from_tabs(document);
            self.handle_refusals(document);
        }
    }

    fn rename(&mut self, document: DocumentId, title: &str) {
        let title = trimmed(title);
        let Some(doc) = self.docs.get(&document) else { return };
        if title.is_empty() || doc.stored.label.title == title || self.access(&doc.stored.space) < Access::Write {
            return;
        }
        let now = self.now;
        let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) else { return };
        // One whose text has not come has nothing to be called.
        if loaded.text.is_some() && loaded.doc.put(ROOT, document::TITLE, title).is_ok() {
            loaded.first_edit.get_or_insert(now);
            self.commit(document);
        }
    }

    /// A new document with the present text: the source's history, and whatever was deleted from it, stays where it is.
    pub(super) fn share(&mut self, source: DocumentId, copy: DocumentId, space: Space) {
        let Some(doc) = self.docs.get(&source) else { return };
        let Some(loaded) = doc.loaded.as_ref() else { return };
        let (kind, title, text) = (doc.stored.label.kind.clone(), doc.stored.label.title.clone(), loaded.text());
        self.create(copy, &kind, space, &title, &text, Some(source));
    }

    /// A document that the relay refused as a whole is nothing but its side copy.
    fn forget_if_never_was(&mut self, document: DocumentId) {
        let never = |doc: &Doc| {
            doc.stored.heads.is_empty() && !doc.stored.announced && doc.stored.relay_heads.is_empty() && doc.is_idle()
        };
        let kept = self.side_copies.values().any(|copy| copy.document == document);
        if !kept
            && self.docs.get(&document).is_some_and(never)
            && let Some(doc) = self.docs.remove(&document)
        {
            self.write(known::forget(document, doc));
        }
    }

    fn mark_read(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document).filter(|doc| doc.aside.is_none()) else { return };
        if doc.stored.read != doc.stored.heads {
            doc.stored.read.clone_from(&doc.stored.heads);
            self.save_record(document);
            self.changed(Changed::Rows);
            self.changed(Changed::Document(document));
        }
    }
}
