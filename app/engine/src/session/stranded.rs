//! Words made here that wait for what they build on, when nobody has that any more: the tab that held it died while it
//! could not be saved, or the document left this device in between. They lie in the database and can never be read as
//! part of their document. So they are put beside it, and the document waits for nothing.

use std::collections::BTreeMap;

use automerge::legacy::OpId;
use automerge::{Change, ChangeHash, ScalarValue};
use huigao_shared::ids::{DocumentId, member_of};
use huigao_shared::wire::{Message, Refusal};

use super::Session;
use super::absorb::Orphans;
use super::document::Doc;
use super::event::{Changed, Millis};
use super::refused::note_refused;
use super::view::SideCopy;

/// So long after the relay has told all it has, other tabs may still tell what they have, in milliseconds.
const PATIENCE: Millis = 10_000;

impl Doc {
    /// When words that wait in it are given up.
    pub fn stranded_time(&self) -> Option<Millis> {
        self.stranded_since.map(|since| since + PATIENCE)
    }
}

impl Session {
    /// Words of this device that wait, where nothing that could end it is known to be on its way.
    fn stranded(&self, doc: &Doc) -> Vec<ChangeHash> {
        let Some(loaded) = doc.loaded.as_ref().filter(|loaded| !loaded.orphans.is_empty()) else { return Vec::new() };
        let is_quiet = doc.inbox.is_empty() && doc.from_tabs.is_empty() && doc.refusals.is_empty() && doc.saving == 0;
        let is_open = loaded.composing || loaded.first_edit.is_some() || doc.aside.is_some();
        let stored = &doc.stored;
        let is_told = if doc.left {
            // It may not be read any more: nothing of it comes, and it waits for these words to be put aside.
            true
        } else if stored.announced {
            !stored.doubtful && stored.receipted == stored.relay_heads
        } else {
            // The relay does not know it, and here is nothing to make it there anew of.
            stored.heads.is_empty() || !self.may_write(doc)
        };
        if !self.is_up() || !is_quiet || is_open || !is_told {
            return Vec::new();
        }
        let waits = |(hash, change): (&ChangeHash, &Change)| {
            let is_mine = member_of(change.actor_id()) == Some(self.me);
            let is_from_here = stored.unreceipted.contains(hash) || self.hand.owns(change.actor_id());
            // What another tab put aside is in its copy, which this tab learns of when it is opened anew.
            is_mine && is_from_here && !doc.refused.contains(hash)
        };
        loaded.orphans.iter().filter(|change| waits(*change)).map(|(hash, _)| *hash).collect()
    }

    /// Gives up words whose time has come.
    pub(super) fn strand_due(&mut self) {
        let waiting: BTreeMap<DocumentId, Vec<ChangeHash>> = self
            .docs
            .iter()
            .filter(|(_, doc)| {
                doc.stranded_since.is_some() || doc.loaded.as_ref().is_some_and(|l| !l.orphans.is_empty())
            })
            .map(|(document, doc)| (*document, self.stranded(doc)))
            .collect();
        for (document, stranded) in waiting {
            let Some(doc) = self.docs.get_mut(&document) else { continue };
            if stranded.is_empty() {
                doc.stranded_since = None;
            } else if self.now >= *doc.stranded_since.get_or_insert(self.now) + PATIENCE {
                doc.stranded_since = None;
                self.put_beside(document, &stranded);
            }
        }
    }

    /// Names them as left out, with what was typed in them as a side copy, unless one of the document has it.
    fn put_beside(&mut self, document: DocumentId, stranded: &[ChangeHash]) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let Some(loaded) = doc.loaded.as_mut() else { return };
        let (gone, orphans): (Orphans, _) =
            std::mem::take(&mut loaded.orphans).into_iter().partition(|(hash, _)| stranded.contains(hash));
        loaded.orphans = orphans;
        // Automerge takes in by itself what waited in it.
        let gone: Vec<(ChangeHash, Change)> =
            gone.into_iter().filter(|(hash, _)| loaded.doc.get_change_meta_by_hash(hash).is_none()).collect();
        if gone.is_empty() {
            return;
        }
        let hashes: Vec<ChangeHash> = gone.iter().map(|(hash, _)| *hash).collect();
        let kept = loaded.doc.get_changes(&[]);
        for hash in &hashes {
            doc.refused.insert(*hash);
            doc.named.insert(*hash);
            doc.marked.remove(hash);
        }
        doc.stored.unreceipted.retain(|hash| !hashes.contains(hash));
        let title = doc.stored.label.title.clone();
        let mut changes: Vec<Change> = gone.into_iter().map(|(_, change)| change).collect();
        changes.sort_by_key(|change| (change.actor_id().clone(), change.seq()));
        let copies: Vec<&SideCopy> = self.side_copies.values().filter(|copy| copy.document == document).collect();
        let is_new =
            |run: &String| !run.trim().is_empty() && !copies.iter().any(|copy| copy.text.contains(run.as_str()));
        let words: Vec<String> = typed(&changes).into_iter().filter(is_new).collect();
        let mut writes: Vec<_> = hashes.iter().flat_map(|hash| note_refused(document, *hash)).collect();
        if !words.is_empty() {
            writes.push(self.keep_copy(document, title, words.join("\n"), Refusal::BuildsOnRefused));
        }
        self.write(writes);
        // Automerge would take them in should what they build on come all the same.
        self.rebuild(document, kept);
        self.broadcast_frame(&Message::Refused { document, hashes, why: Refusal::BuildsOnRefused }.encode());
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
        self.changed(Changed::Document(document));
    }
}

/// What changes put into texts: each run of characters that follow each other.
fn typed(changes: &[Change]) -> Vec<String> {
    let (mut runs, mut last) = (Vec::<String>::new(), None);
    for change in changes {
        for (number, operation) in (change.start_op().get()..).zip(change.decode().operations) {
            let Some(ScalarValue::Str(words)) = operation.primitive_value().filter(|_| operation.insert) else {
                continue;
            };
            match runs.last_mut().filter(|_| last.is_some() && operation.key.to_opid() == last) {
                Some(run) => run.push_str(&words),
                None => runs.push(words.to_string()),
            }
            last = Some(OpId::new(number, change.actor_id()));
        }
    }
    runs
}
