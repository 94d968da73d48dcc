//! Changes that the relay refused: the document goes back to the relay's version, the words stay beside it.

use std::collections::HashSet;

use automerge::{AutoCommit, Change, ChangeHash};
use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{Message, Refusal};
use serde::{Deserialize, Serialize};

use super::Session;
use super::known;
use super::document::{Loaded, replace_all};
use super::event::{Changed, Effect, Millis, Write};
use super::view::SideCopy;

/// Side copies are named values of the profile under this prefix.
pub(super) const PREFIX: &str = "side/";

#[derive(Serialize, Deserialize)]
pub(super) struct StoredCopy {
    document: DocumentId,
    title: String,
    text: String,
    why: String,
    at: Millis,
}

pub(super) fn key(document: DocumentId) -> String {
    format!("{PREFIX}{document}")
}

pub(super) fn from_stored(copy: StoredCopy) -> Option<SideCopy> {
    let StoredCopy { document, title, text, why, at } = copy;
    Some(SideCopy { document, title, text, why: Refusal::from_name(&why)?, at })
}

impl Session {
    pub(super) fn refused(&mut self, document: DocumentId, hashes: Vec<ChangeHash>, why: Refusal) {
        let writer = self.docs.get(&document).is_some_and(|doc| self.access(&doc.stored.space) == Access::Write);
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if why == Refusal::UnknownDocument && writer {
            // The relay forgot it (an older copy was put back): it is made there again.
            doc.stored.announced = false;
            doc.sync = None;
            return self.enqueue(document);
        }
        if self.link.leading {
            // The other tabs of the profile hold the same words.
            let frame = Message::Refused { document, hashes: hashes.clone(), why }.encode();
            self.broadcast_frame(&frame);
        }
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.refusals.push((hashes, why));
        if self.ensure_loaded(document) {
            self.handle_refusals(document);
        }
    }

    pub(super) fn handle_refusals(&mut self, document: DocumentId) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let refusals = std::mem::take(&mut doc.refusals);
        let Some(&(_, why)) = refusals.first() else { return };
        self.commit(document);
        let now = self.now;
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        // A refusal that names no change means everything that the relay has not receipted.
        let mut refused: HashSet<ChangeHash> = refusals.iter().flat_map(|(hashes, _)| hashes.iter().copied()).collect();
        if refusals.iter().any(|(hashes, _)| hashes.is_empty()) {
            refused.extend(doc.stored.unreceipted.iter().copied());
        }
        let all = loaded.doc.get_changes(&[]);
        let kept = without(&all, &mut refused);
        if kept.len() == all.len() {
            // Another tab's words: it puts them aside itself.
            doc.stored.unreceipted.retain(|hash| !refused.contains(hash));
            return;
        }
        let old_text = loaded.text();
        let title = doc.stored.label.title.clone();
        let copy = StoredCopy { document, title, text: old_text.clone(), why: why.name().to_owned(), at: now };
        let mut writes = vec![Write::PutMeta { key: key(document), bytes: serde_json::to_vec(&copy).unwrap_or_default() }];
        if let Some(copy) = from_stored(copy) {
            self.side_copies.insert(document, copy);
        }
        if why == Refusal::DuplicateSequence {
            self.fork_actor();
        }
        self.rebuild(document, kept, &old_text, &mut writes);
        self.write(writes);
        self.changed(Changed::SideCopies);
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
        self.changed(Changed::Document(document));
    }

    /// Puts the document back to the given changes, in memory and on this device.
    fn rebuild(&mut self, document: DocumentId, kept: Vec<Change>, old_text: &str, writes: &mut Vec<Write>) {
        let (actor, key) = (self.actor.clone(), self.unique());
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let old_keys = doc.loaded.as_mut().map(|loaded| std::mem::take(&mut loaded.chunk_keys)).unwrap_or_default();
        let mut auto = AutoCommit::new();
        // They applied together before, so they do again.
        if auto.apply_changes(kept).is_err() {
            return;
        }
        let bytes = auto.save();
        let mut loaded = Loaded::new(auto, actor, vec![key.clone()]);
        doc.stored.unreceipted.clear();
        doc.stored.doubtful = false;
        if loaded.doc.get_heads().is_empty() && !doc.stored.announced && doc.opened == 0 {
            self.docs.remove(&document);
            writes.extend(known::forget(document));
            return;
        }
        loaded.relabel(&mut doc.stored);
        if doc.opened > 0 {
            let splices = replace_all(old_text, &loaded.text());
            self.out.push(Effect::Editor { document, splices });
        }
        doc.loaded = Some(loaded);
        doc.sync = None;
        doc.inbox.clear();
        doc.saving += 1;
        writes.push(Write::PutChunk { document, key, bytes });
        writes.extend(old_keys.into_iter().map(|key| Write::DeleteChunk { document, key }));
        writes.push(super::save::record(document, doc));
        self.enqueue(document);
    }
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
