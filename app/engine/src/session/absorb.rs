//! Taking stored or told bytes into a document's copy in memory.

use std::collections::{BTreeMap, HashSet};

use automerge::{AutoCommit, Change, ChangeHash};
use huigao_shared::change::split_chunks;

/// Changes that wait for what they build on.
pub(super) type Orphans = BTreeMap<ChangeHash, Change>;

/// Takes all that can be read of stored or told bytes into a document: whole documents one by one, changes in one
/// batch. Returns which of them could be read to the end.
///
/// Not by `load_incremental` on all of it: on an empty document that drops everything if one piece is broken, and
/// what was waiting in it for other changes besides.
pub(super) fn absorb(doc: &mut AutoCommit, orphans: &mut Orphans, all: &[&[u8]]) -> Vec<bool> {
    let (mut seen, mut changes) = (HashSet::new(), Vec::new());
    let mut take = |bytes: &[u8]| {
        let Ok(pieces) = split_chunks(bytes) else { return false };
        let mut readable = true;
        for piece in pieces {
            match Change::try_from(piece) {
                // Tabs may have stored or told the same change twice.
                Ok(change) if !seen.insert(change.hash()) => {}
                Ok(change) => changes.push(change),
                Err(_) => readable &= doc.load_incremental(piece).is_ok(),
            }
        }
        readable
    };
    let readable = all.iter().map(|bytes| take(bytes)).collect();
    changes.extend(std::mem::take(orphans).into_values().filter(|change| seen.insert(change.hash())));
    if doc.apply_changes(changes.clone()).is_err() {
        // One that can never be applied must not keep out the others.
        for change in &changes {
            let _ = doc.apply_changes([change.clone()]);
        }
    }
    for change in changes {
        if doc.get_change_meta_by_hash(&change.hash()).is_none() {
            orphans.insert(change.hash(), change);
        }
    }
    readable
}
