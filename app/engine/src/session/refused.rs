//! Changes that the relay refused: the document goes back to the relay's version, the words stay beside it.
//!
//! Nothing is deleted: what was refused is remembered by name, one named value for each change, and left out
//! whenever the document is read. So it does not matter which tab stored it, or had not heard yet and built on it.
//! It is named in the transaction that stores the side copy: what is left out of a document always has one.

use std::collections::HashSet;

use automerge::{AutoCommit, Change, ChangeHash};
use huigao_shared::access::Access;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::{DocumentId, member_of};
use huigao_shared::wire::{Message, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Session;
use super::absorb::{Orphans, absorb};
use super::document::{Loaded, replace_all};
use super::event::{Changed, Effect, Millis, Write};
use super::marks;
use super::stored::json;
use super::typed::Typed;
use super::view::SideCopy;

/// Side copies are named values of the profile under this prefix.
const PREFIX: &str = "side/";

const REFUSED: &str = "refused/";

#[derive(Serialize, Deserialize)]
struct StoredCopy {
    document: DocumentId,
    title: String,
    text: String,
    why: String,
    at: Millis,
}

pub(super) fn copy_key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// The side copy that a named value holds.
pub(super) fn parse_copy(key: &str, bytes: &[u8]) -> Option<SideCopy> {
    let id = key.strip_prefix(PREFIX)?.to_owned();
    let StoredCopy { document, title, text, why, at } = serde_json::from_slice(bytes).ok()?;
    Some(SideCopy { id, document, title, text, why: Refusal::from_name(&why)?, at })
}

fn refused_key(document: DocumentId, hash: ChangeHash) -> String {
    format!("{REFUSED}{document}/{hash}")
}

/// The document and change that a named value says were refused.
pub(super) fn parse(key: &str) -> Option<(DocumentId, ChangeHash)> {
    let (document, hash) = key.strip_prefix(REFUSED)?.split_once('/')?;
    Some((document.parse().ok()?, hash.parse().ok()?))
}

impl Session {
    pub(super) fn refused(&mut self, document: DocumentId, hashes: Vec<ChangeHash>, why: Refusal, direct: bool) {
        let writer = self.docs.get(&document).is_some_and(|doc| self.access(&doc.stored.space) == Access::Write);
        if why == Refusal::Withheld {
            self.take_up_again(document, Some(&hashes));
        }
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if why == Refusal::UnknownDocument && writer {
            // The relay forgot it (an older copy was put back): it is made there again.
            doc.stored.announced = false;
            doc.sync = None;
            doc.inbox.clear();
            return self.enqueue(document);
        }
        if direct && why == Refusal::NoWriteAccess {
            doc.barred = true;
        }
        if hashes.is_empty() {
            // No change is named: everything that the relay has not receipted, and there is nothing to refill it with.
            doc.stored.doubtful = false;
            if doc.stored.unreceipted.is_empty() {
                return self.sync_document(document);
            }
        }
        doc.refusals.push((hashes, why));
        if self.ensure_loaded(document) {
            self.handle_refusals(document);
        }
    }

    pub(super) fn handle_refusals(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if doc.refusals.is_empty() || doc.loaded.as_ref().is_none_or(|loaded| loaded.composing) {
            return;
        }
        let refusals = std::mem::take(&mut doc.refusals);
        self.commit(document);
        let why = refusals.last().map_or(Refusal::NoWriteAccess, |(_, why)| *why);
        let taken = refusals.iter().any(|(_, why)| *why == Refusal::DuplicateSequence);
        let all = self.docs.get(&document).map(|doc| doc.words_in_hand()).unwrap_or_default();
        let named = refusals.into_iter().flat_map(|(hashes, _)| if hashes.is_empty() { all.clone() } else { hashes });
        self.put_aside(document, named, why);
        if taken {
            self.take_back_wrote(document);
        }
        self.sync_document(document);
    }

    /// Puts aside what was refused while it waited, once what it builds on has come.
    pub(super) fn put_aside_what_waited(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        let mut unnamed = doc.refused.difference(&doc.named);
        if unnamed.any(|hash| loaded.doc.get_change_meta_by_hash(hash).is_some()) {
            let why = doc.refused_why.unwrap_or(Refusal::BuildsOnRefused);
            self.put_aside(document, None, why);
        }
    }

    /// Takes what was refused, and all that builds on it, out of the document in memory.
    pub(super) fn put_aside(
        &mut self,
        document: DocumentId,
        named: impl IntoIterator<Item = ChangeHash>,
        why: Refusal,
    ) {
        let me = self.me;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        let mut refused: HashSet<ChangeHash> = doc.refused.iter().copied().chain(named).collect();
        if refused.is_empty() {
            return;
        }
        let all = loaded.doc.get_changes(&[]);
        let kept = without(&all, &mut refused);
        let waiting = loaded.orphans.clone();
        without_orphans(&mut loaded.orphans, &mut refused);
        // Words of ours go on waiting: with what they build on they come to hand, and are put aside then.
        for (hash, change) in &waiting {
            let is_mine = member_of(change.actor_id()) == Some(me) && !doc.named.contains(hash);
            if is_mine && loaded.doc.get_change_meta_by_hash(hash).is_none() {
                loaded.orphans.insert(*hash, change.clone());
            }
        }
        // What waits, Automerge holds too, and would take it in as soon as what it builds on has come.
        let is_clean = kept.len() == all.len() && loaded.orphans.len() == waiting.len();
        let mut new: Vec<ChangeHash> = refused.difference(&doc.refused).copied().collect();
        new.sort_unstable();
        let told = std::mem::take(&mut doc.refused_by_tabs);
        let mut writes: Vec<Write> = Vec::new();
        for hash in &new {
            doc.marked.remove(hash);
        }
        // Only with the words in hand, so that what is named in the database always has its side copy: else they are
        // refused again.
        let here = all.iter().map(Change::hash).filter(|hash| refused.contains(hash));
        let unnamed: Vec<ChangeHash> = here.filter(|hash| doc.named.insert(*hash)).collect();
        // Of what waits, others' words only: they lie in the chunks, and nobody here is to be given a copy of them.
        let others = waiting.values().filter(|change| member_of(change.actor_id()) != Some(me)).map(Change::hash);
        let waited: Vec<ChangeHash> = others.filter(|hash| refused.contains(hash) && doc.named.insert(*hash)).collect();
        writes.extend(unnamed.iter().chain(&waited).flat_map(|hash| note_refused(document, *hash)));
        // What the office took out of service the relay keeps: a copy is for those whose words went with it.
        let mine = |change: &&Change| unnamed.contains(&change.hash()) && member_of(change.actor_id()) == Some(me);
        let lost_words = !unnamed.is_empty() && (why != Refusal::Withheld || all.iter().any(|change| mine(&change)));
        if new.is_empty() && !lost_words && is_clean && waited.is_empty() {
            return;
        }
        // What it was to stand for, if nothing is left of it.
        let moved_here = |change: &Change| why != Refusal::Withheld && member_of(change.actor_id()) == Some(me);
        let origin = loaded.whereabouts.origin.filter(|_| kept.is_empty() && all.first().is_some_and(moved_here));
        doc.refused_why = Some(why);
        doc.stored.unreceipted.retain(|hash| !refused.contains(hash));
        doc.refused = refused;
        if lost_words {
            let title = doc.stored.label.title.clone();
            let text = loaded.text();
            writes.push(self.keep_copy(document, title, text, why));
        }
        if !is_clean {
            // What was taken out is not to be seen at first either.
            writes.extend(self.docs.get_mut(&document).and_then(|doc| doc.first.forget(document)));
        }
        if !writes.is_empty() {
            // Before the record without them: a tab that died in between would leave them here, and nobody to look.
            self.write(writes);
        }
        if !is_clean {
            // What is refused stays in the chunks, and a sequence number must never stand for two changes.
            self.fork_actor();
            self.rebuild(document, kept);
            // What the relay has may be all that is left.
            self.work_in_receipt(document);
        }
        if let Some(origin) = origin {
            self.move_refused(origin.document, document);
        }
        // An echo would come after what the relay has sent of them since, and nobody would take that back.
        new.retain(|hash| !told.contains(hash));
        if !new.is_empty() {
            // The other tabs of the profile may hold the same words, or have built on them.
            self.broadcast_frame(&Message::Refused { document, hashes: new, why }.encode());
        }
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
        self.changed(Changed::Document(document));
    }

    pub(super) fn keep_copy(&mut self, document: DocumentId, title: String, text: String, why: Refusal) -> Write {
        let at = self.calendar;
        let digest =
            Sha256::new().chain_update(document.as_bytes()).chain_update(format!("{title}\n{text}")).finalize();
        let id = hex::encode(&digest[..8]);
        let copy = StoredCopy { document, title: title.clone(), text: text.clone(), why: why.name().to_owned(), at };
        let write = Write::PutMeta { key: copy_key(&id), bytes: json(&copy) };
        self.side_copies.insert(id.clone(), SideCopy { id, document, title, text, why, at });
        self.changed(Changed::SideCopies);
        write
    }

    /// Words typed on when the document, refused as a whole, had no text to take them any more: they become a side copy.
    pub(super) fn keep_homeless_words(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let (title, why) = (doc.stored.label.title.clone(), doc.refused_why.unwrap_or(Refusal::NoWriteAccess));
        let Some(loaded) = doc.loaded.as_mut() else { return };
        if loaded.text.is_some() || loaded.typed.is_empty() || loaded.composing {
            return;
        }
        let words = loaded.text();
        loaded.typed = Typed::default();
        if doc.opened > 0 {
            self.out.push(Effect::Editor { document, splices: replace_all(&words, "") });
        }
        let write = self.keep_copy(document, title, words, why);
        self.write(vec![write]);
    }

    /// Puts the document in memory back to the given changes.
    pub(super) fn rebuild(&mut self, document: DocumentId, kept: Vec<Change>) {
        let actor = self.actor.clone();
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(old) = doc.loaded.take() else { return };
        let mut auto = AutoCommit::new();
        // One that waits for others may never apply, and must not keep out those that did.
        let mut orphans = old.orphans.clone();
        orphans.extend(kept.into_iter().map(|change| (change.hash(), change)));
        absorb(&mut auto, &mut orphans, &[]);
        let mut loaded = Loaded::new(auto, actor, Vec::new());
        loaded.relabel(&mut doc.stored, &doc.authors);
        if doc.opened > 0 {
            let splices = replace_all(&old.text(), &loaded.text());
            self.out.push(Effect::Editor { document, splices });
        }
        doc.loaded = Some(Loaded {
            last_edit: old.last_edit,
            typed_mark: old.typed_mark,
            composing: old.composing,
            foreign: old.foreign,
            orphans,
            chunk_keys: old.chunk_keys,
            ..loaded
        });
        doc.start_over();
        self.save_record(document);
        self.enqueue(document);
    }

    /// What the relay sends is in it, whoever it was once refused to.
    pub(super) fn accepted(&mut self, document: DocumentId, changes: &[u8]) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if doc.refused.is_empty() && doc.refusals.is_empty() {
            return;
        }
        // And so is what they build on: this tab may have taken out what another one still had.
        let metas = split_chunks(changes).unwrap_or_default().into_iter().filter_map(|chunk| check(chunk).ok());
        let names: Vec<ChangeHash> = metas.flat_map(|meta| meta.deps.into_iter().chain([meta.hash])).collect();
        // Also where a refusal still waits for the document to be loaded.
        for (hashes, _) in &mut doc.refusals {
            hashes.retain(|hash| !names.contains(hash));
        }
        doc.refusals.retain(|(hashes, _)| !hashes.is_empty());
        let accepted: Vec<ChangeHash> = names.into_iter().filter(|hash| doc.refused.remove(hash)).collect();
        doc.named.retain(|hash| !accepted.contains(hash));
        if !accepted.is_empty() {
            // Each tab takes out what it may itself have put in: its transactions end in order.
            self.write(accepted.into_iter().map(|hash| note_accepted(document, hash)).collect());
        }
    }

    /// What the relay is known to hold is in the document, also if a note that it was refused was left behind: by a
    /// tab that had not heard yet. The relay would never send it again.
    pub(super) fn forget_accepted(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document).filter(|doc| !doc.refused.is_empty()) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        let held = &doc.stored.relay_heads;
        let Some(beyond) = loaded.uncovered(held).filter(|_| !held.is_empty()) else { return };
        let mut is_held =
            |hash: &ChangeHash| !beyond.contains(hash) && loaded.doc.get_change_meta_by_hash(hash).is_some();
        let accepted: Vec<ChangeHash> = doc.refused.extract_if(&mut is_held).collect();
        doc.named.retain(|hash| !accepted.contains(hash));
        if !accepted.is_empty() {
            self.write(accepted.into_iter().map(|hash| note_accepted(document, hash)).collect());
        }
    }

    /// Tells a tab that has just opened: the database may not show it yet.
    pub(super) fn tell_refused(&mut self) {
        for document in self.docs.keys().copied().collect::<Vec<_>>() {
            self.tell_refused_of(document);
        }
    }

    /// The same of one document, for tabs that did not know it when they heard.
    pub(super) fn tell_refused_of(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get(&document).filter(|doc| !doc.refused.is_empty()) else { return };
        // Those that were refused in an earlier life of this tab are in the database, with their side copies.
        let why = doc.refused_why.unwrap_or(Refusal::NoWriteAccess);
        let mut hashes: Vec<ChangeHash> = doc.refused.iter().copied().collect();
        hashes.sort_unstable();
        self.broadcast_frame(&Message::Refused { document, hashes, why }.encode());
    }
}

pub(super) fn note_refused(document: DocumentId, hash: ChangeHash) -> [Write; 2] {
    // The value says nothing.
    [Write::PutMeta { key: refused_key(document, hash), bytes: vec![1] }, marks::unmark(document, hash)]
}

pub(super) fn note_accepted(document: DocumentId, hash: ChangeHash) -> Write {
    Write::DeleteMeta { key: refused_key(document, hash) }
}

/// The changes that are neither refused nor build on a refused one. Changes come in topological order.
fn without(all: &[Change], refused: &mut HashSet<ChangeHash>) -> Vec<Change> {
    let mut kept = Vec::with_capacity(all.len());
    for change in all {
        if refused.contains(&change.hash()) || change.deps().iter().any(|dep| refused.contains(dep)) {
            refused.insert(change.hash());
        } else {
            kept.push(change.clone());
        }
    }
    kept
}

/// The same for changes that wait for others, in no order.
fn without_orphans(orphans: &mut Orphans, refused: &mut HashSet<ChangeHash>) {
    loop {
        let before = orphans.len();
        orphans.retain(|hash, change| {
            let kept = !refused.contains(hash) && !change.deps().iter().any(|dep| refused.contains(dep));
            if !kept {
                refused.insert(*hash);
            }
            kept
        });
        if orphans.len() == before {
            return;
        }
    }
}
