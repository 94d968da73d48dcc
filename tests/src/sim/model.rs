//! What should hold: the reference the county is measured against.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use huigao_engine::session::event::Write;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::DocumentId;

use super::tab::Tab;

/// A change somebody made, and how far it is promised.
#[derive(Default, Clone)]
struct Made {
    /// When its tab was told that it is saved, in virtual milliseconds.
    saved_at: Option<u64>,
    /// Which life of which tab made it.
    life: u64,
    /// The relay refused it, or what it builds on.
    refused: bool,
    /// The relay had it when its author lost the right to it, and so the copy of it.
    released: bool,
}

/// All changes ever made, by document.
#[derive(Default)]
pub struct Model {
    made: BTreeMap<DocumentId, BTreeMap<ChangeHash, Made>>,
    by_profile: BTreeMap<usize, BTreeSet<(DocumentId, ChangeHash)>>,
}

impl Model {
    /// Notes a change that a tab tells the others of: it may be refused before its transaction has begun.
    pub fn told(&mut self, profile: usize, tab: &Tab, document: DocumentId, changes: &[u8]) {
        for meta in split_chunks(changes).unwrap_or_default().into_iter().filter_map(|chunk| check(chunk).ok()) {
            if tab.actors.contains(&meta.actor) {
                self.made.entry(document).or_default().entry(meta.hash).or_default().life = tab.life;
                self.by_profile.entry(profile).or_default().insert((document, meta.hash));
            }
        }
    }

    /// Notes what a transaction holds that this tab made, under any of the actors it has written as.
    pub fn writes(&mut self, profile: usize, tab: &Tab, writes: &[Write], saved_at: Option<u64>) {
        for write in writes {
            if let Write::PutMeta { key, .. } = write {
                self.put_aside(profile, key);
            }
            let Write::PutChunk { document, bytes, .. } = write else { continue };
            for chunk in split_chunks(bytes).unwrap_or_default() {
                // Snapshots hold no change that was not written before by itself.
                let Ok(meta) = check(chunk) else { continue };
                if !tab.actors.contains(&meta.actor) {
                    continue;
                }
                let made = self.made.entry(*document).or_default().entry(meta.hash).or_default();
                made.life = tab.life;
                made.saved_at = made.saved_at.or(saved_at);
                self.by_profile.entry(profile).or_default().insert((*document, meta.hash));
            }
        }
    }

    /// The relay told a profile that it did not take these; none named: nothing of the document. Only what that
    /// profile made is refused: it may have tried to bring back what others wrote.
    pub fn refused(&mut self, profile: usize, document: DocumentId, hashes: &[ChangeHash]) {
        let mine = self.by_profile.get(&profile).into_iter().flatten();
        let named: Vec<ChangeHash> = mine
            .filter(|(id, hash)| *id == document && (hashes.is_empty() || hashes.contains(hash)))
            .map(|(_, hash)| *hash)
            .collect();
        for hash in named {
            self.made.entry(document).or_default().entry(hash).or_default().refused = true;
        }
    }

    /// A document leaves a profile's device, with or without a side copy. Returns a saved change that nobody would be left with.
    pub fn leaves(
        &mut self,
        profile: usize,
        document: DocumentId,
        has_side_copy: bool,
        durable: impl Fn(&DocumentId, &ChangeHash) -> bool,
    ) -> Option<ChangeHash> {
        let mine: Vec<ChangeHash> =
            self.by_profile.get(&profile)?.iter().filter(|(id, _)| *id == document).map(|(_, hash)| *hash).collect();
        let mut lost = None;
        for hash in mine {
            let made = self.made.entry(document).or_default().entry(hash).or_default();
            made.released |= durable(&document, &hash);
            made.refused |= has_side_copy && !made.released;
            if made.saved_at.is_some() && !made.refused && !made.released {
                lost = Some(hash);
            }
        }
        lost
    }

    /// Whether the relay refused a change, or its author's device put it aside.
    pub fn is_refused(&self, document: &DocumentId, hash: &ChangeHash) -> bool {
        self.made.get(document).and_then(|made| made.get(hash)).is_some_and(|made| made.refused)
    }

    /// Which profile made a change.
    pub fn author(&self, document: &DocumentId, hash: &ChangeHash) -> Option<usize> {
        let made = |(_, mine): &(&usize, &BTreeSet<_>)| mine.contains(&(*document, *hash));
        self.by_profile.iter().find(made).map(|(profile, _)| *profile)
    }

    /// Which profile made a change and was told that it is saved.
    pub fn saved_by(&self, document: &DocumentId, hash: &ChangeHash) -> Option<usize> {
        self.made.get(document)?.get(hash)?.saved_at?;
        self.author(document, hash)
    }

    /// A profile names a change of its own in its database as put aside, with the side copy that keeps its words.
    fn put_aside(&mut self, profile: usize, key: &str) -> Option<()> {
        let (document, hash) = key.strip_prefix("refused/")?.split_once('/')?;
        let (document, hash): (DocumentId, ChangeHash) = (document.parse().ok()?, hash.parse().ok()?);
        self.by_profile.get(&profile)?.get(&(document, hash))?;
        self.made.get_mut(&document)?.get_mut(&hash)?.refused = true;
        Some(())
    }

    /// Whether every saved change of a profile that was not refused is in `durable`; else the first that is not.
    /// `known` says of a change's tab and the time of its saving whether whoever is asked must know of it.
    pub fn missing<'m>(
        &'m self,
        profile: usize,
        known: impl Fn(u64, u64) -> bool + 'm,
        durable: impl Fn(&DocumentId, &ChangeHash) -> bool + 'm,
    ) -> Option<(DocumentId, ChangeHash)> {
        let mine = self.by_profile.get(&profile)?;
        mine.iter()
            .find(|(document, hash)| {
                let made = &self.made[document][hash];
                made.saved_at.is_some_and(|at| known(made.life, at))
                    && !made.refused
                    && !made.released
                    && !durable(document, hash)
            })
            .copied()
    }
}
