//! The roster as the relay tells it, and what this member loses or gains by a new one.

use automerge::ChangeHash;
use huigao_shared::access::Access;
use huigao_shared::authority::Step;
use huigao_shared::ids::{DocumentId, member_of};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use huigao_shared::wire::Refusal;

use super::Session;
use super::document::{Doc, Loaded};
use super::event::{Changed, Write};
use super::known;
use super::link::LinkState;
use super::stored::{StoredDocument, json};

impl Session {
    /// The whole roster.
    pub(super) fn new_roster(&mut self, json: &[u8], direct: bool) {
        let Ok(roster) = serde_json::from_slice::<Roster>(json) else { return };
        self.take_roster(roster, direct);
    }

    /// What leads on from the roster that is here.
    pub(super) fn roster_steps(&mut self, json: &[u8], direct: bool) {
        let Ok(steps) = serde_json::from_slice::<Vec<Step>>(json) else { return };
        if self.roster.partial {
            // A part is told as a whole: what others did to whom this tab does not know would lead nowhere.
            return;
        }
        let mut roster = None;
        for step in &steps {
            // Another tab may have stored a later one already; and one that does not fit is told whole next time.
            roster = roster.as_ref().unwrap_or(&self.roster).after(step).or(roster);
        }
        if let Some(roster) = roster {
            self.take_roster(roster, direct);
        }
    }

    fn take_roster(&mut self, roster: Roster, direct: bool) {
        let before = std::mem::replace(&mut self.roster, roster);
        if direct {
            let mut writes = vec![Write::PutMeta { key: "roster".into(), bytes: json(&self.roster) }];
            let since = self.roster.member(self.me).map_or(u64::MAX, |person| person.since);
            if self.link.state != LinkState::Up && before.version < since {
                // What may be read has changed: the catalogue is told from the start, and if that is cut off it must
                // be next time too. One that is live has been told of what was gained before the roster.
                writes.push(Write::DeleteMeta { key: "cursor".into() });
                self.has_catalogue = false;
            }
            self.write(writes);
        } else if self.saves.may_overwrite(self.now) {
            // An older one waits here for room.
            self.write(vec![Write::PutMeta { key: "roster".into(), bytes: json(&self.roster) }]);
        }
        self.drop_acts_that_stand();
        let documents: Vec<DocumentId> = self.docs.keys().copied().collect();
        for document in documents {
            self.settle_rights(document);
        }
        self.changed(Changed::Roster);
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
    }

    /// A space may not be read any more.
    pub(super) fn gone(&mut self, space: &Space) {
        let there = self.docs.iter().filter(|(_, doc)| doc.stored.space == *space).map(|(document, _)| *document);
        for document in there.collect::<Vec<_>>() {
            self.leave(document);
        }
    }

    /// Does what this member's rights ask for in a document: one that may not be read goes, words where one may not
    /// write are put aside, and open editors learn whether they may go on.
    pub(super) fn settle_rights(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        // The relay's word on this connection was by the former roster.
        doc.barred = false;
        doc.left = false;
        let (opened, pending) = (doc.opened > 0, doc.stored.is_pending());
        match self.docs.get(&document).map(|doc| self.access(&doc.stored.space)) {
            Some(Access::None) => self.leave(document),
            Some(Access::Read | Access::Write) => {
                self.resync_by_rights(document);
                if self.docs.get(&document).is_some_and(|doc| doc.deleted) {
                    self.deleted_elsewhere(document);
                }
                if pending || opened {
                    self.sync_document(document);
                }
                if opened {
                    self.changed(Changed::Document(document));
                }
            }
            None => {}
        }
    }

    /// A sync that began with other rights is begun anew: a reader's says nothing, a writer's all.
    fn resync_by_rights(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get(&document) else { return };
        let writer = self.may_write(doc);
        if doc.sync.as_ref().is_some_and(|state| state.peer_read_only == writer)
            && let Some(doc) = self.docs.get_mut(&document)
        {
            doc.start_over();
            self.enqueue(document);
            // It may be among those under way already, where the queue waits for it.
            self.sync_document(document);
        }
    }

    /// The document leaves this device. Words that nobody else is known to have become a side copy first.
    pub(super) fn leave(&mut self, document: DocumentId) {
        let up = self.link.state == LinkState::Up;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let is_news = !std::mem::replace(&mut doc.left, true);
        // Until the whole catalogue has come the relay may be an older copy that lacks what it once receipted. And
        // what is being composed is let end.
        if !up || doc.loaded.as_ref().is_some_and(|loaded| loaded.composing) {
            // It waits here, and is not to be seen meanwhile.
            if let Some(write) = doc.first.forget(document).filter(|_| is_news) {
                self.write(vec![write]);
            }
            return;
        }
        self.commit(document);
        let Some(doc) = self.docs.get(&document).filter(|doc| !has_unread_words(doc)) else { return };
        if doc.stored.is_pending() && !doc.is_out_of_reach() {
            if !self.ensure_loaded(document) {
                return;
            }
            let words = self.words_at_stake(document);
            self.put_aside(document, words, Refusal::NoWriteAccess);
        }
        if self.docs.get(&document).is_some_and(has_orphaned_words) {
            // Words of ours that this tab cannot read: whichever tab made them puts them aside.
            return;
        }
        let Some(doc) = self.docs.remove(&document) else { return };
        self.forgotten.insert(document);
        if doc.opened > 0 {
            self.sought.insert(document);
        }
        let typed = doc.loaded.as_ref().and_then(|loaded| loaded.typed_mark.clone());
        let mut writes = known::forget(document, doc);
        writes.extend(typed.map(|mark| self.typing.note(document, mark, self.calendar)));
        // The database may hold a roster by which it may be read, and should the right come back before it holds a
        // newer one, the relay would not name the document again to who has been told of it.
        writes.push(Write::DeleteMeta { key: "cursor".into() });
        self.write(writes);
        self.queue.retain(|other| *other != document);
        self.to_say.remove(&document);
        self.link.active.remove(&document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
    }

    /// Changes made here that the relay is not known to have.
    fn words_at_stake(&mut self, document: DocumentId) -> Vec<ChangeHash> {
        let me = self.me;
        let Some(doc) = self.docs.get_mut(&document) else { return Vec::new() };
        let mut words = doc.words_in_hand();
        if let Some(loaded) = doc.loaded.as_mut().filter(|_| doc.stored.doubtful) {
            let uncovered = loaded.uncovered(&[]).unwrap_or_default();
            let mine = |hash: &ChangeHash| {
                loaded.doc.get_change_meta_by_hash(hash).is_some_and(|meta| member_of(&meta.actor) == Some(me))
            };
            words.extend(uncovered.into_iter().filter(mine));
        }
        words
    }

    /// A document that is new to this tab.
    pub(super) fn new_doc(&self, document: DocumentId, space: Space) -> Doc {
        // One that has left in this life and comes again has nothing stored: what a read would still find is on its
        // way out, and what other tabs store from now on they tell.
        Doc { probed: self.forgotten.contains(&document), ..Doc::new(StoredDocument::new(space)) }
    }

    /// Another tab has deleted a document. It is stored again if the right to it has come back meanwhile.
    pub(super) fn deleted_elsewhere(&mut self, document: DocumentId) {
        // There was room for that.
        self.save_again();
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.deleted = doc.left;
        if doc.deleted {
            if self.link.state != LinkState::Up && doc.loaded.is_some() && !doc.stored.unreceipted.is_empty() {
                // Words from here were saved just then, and what they build on is gone. They are put aside with the line.
                self.save_chunk(document, Vec::new(), Vec::new());
            }
            return;
        }
        self.commit(document);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.first.lost();
        // The names of what was refused went with the deletion, and whoever reads from now on what is stored takes that
        // in: so does this tab, or each would put aside what the other one builds on.
        doc.refused.clear();
        doc.named.clear();
        if let Some(loaded) = doc.loaded.as_mut()
            && !loaded.foreign.is_empty()
        {
            doc.from_tabs.push(std::mem::take(&mut loaded.foreign));
        }
        self.apply_from_tabs(document);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let whole = doc.loaded.as_mut().map(Loaded::save);
        match whole {
            Some(bytes) => {
                // The tab that deleted it has it anew from the relay, which may hold less than this one.
                self.broadcast_changes(document, &bytes, None);
                self.save_chunk(document, bytes, Vec::new());
            }
            // It may have been read before it was deleted.
            None if doc.loading => doc.deleted = true,
            None => {
                // The relay sends it again.
                doc.stored.heads.clear();
                doc.stored.receipted.clear();
                self.save_record(document);
                self.enqueue(document);
            }
        }
        if self.link.leading {
            self.write(self.remembered(document));
        }
    }

    /// The whole catalogue has come: whatever may not be read leaves, also what was here from an earlier visit.
    pub(super) fn leave_unreadable(&mut self) {
        let lost = self.docs.iter().filter(|(_, doc)| self.access(&doc.stored.space) == Access::None);
        for document in lost.map(|(document, _)| *document).collect::<Vec<_>>() {
            self.leave(document);
        }
    }

    /// Goes on with documents that were to leave and could not yet: their words were not in memory, or a user was
    /// composing.
    pub(super) fn leave_due(&mut self) {
        let due = |doc: &Doc| doc.left && !doc.loading && !has_unread_words(doc);
        let waiting: Vec<DocumentId> = self.docs.iter().filter(|(_, doc)| due(doc)).map(|(id, _)| *id).collect();
        for document in waiting {
            self.leave(document);
        }
    }
}

/// Whether something made here and not receipted lies in a document at which the app falls. It cannot be put aside: the
/// document stays where it is until it is worked on again, or until another tab, which has it in memory, has deleted it.
fn has_unread_words(doc: &Doc) -> bool {
    doc.is_out_of_reach() && doc.stored.is_pending() && !doc.deleted
}

/// Whether something made here and not receipted waits for what it builds on.
fn has_orphaned_words(doc: &Doc) -> bool {
    let orphaned = |hash| doc.loaded.as_ref().is_some_and(|loaded| loaded.orphans.contains_key(hash));
    doc.stored.unreceipted.iter().any(orphaned)
}
