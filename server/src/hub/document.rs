//! An open document: its graph, and what each peer is known to have.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use automerge::ChangeHash;
use bytes::Bytes;
use huigao_shared::authorship::{AuthorRows, Authorship, Hands};
use huigao_shared::change::ChangeMeta;
use huigao_shared::graph::{ChangeGraph, InsertError, Inserted};
use huigao_shared::shape::Shape;
use huigao_shared::wire::Refusal;

use super::{ConnectionId, Millis, NewChange};

/// How many changes may wait in one document for what they build on, and how many bytes.
const MAX_ORPHANS: usize = 4096;
const MAX_ORPHAN_BYTES: usize = 8 << 20;
/// How many refused hashes are remembered for a peer.
const MAX_REFUSED: usize = 16_384;

/// A document that somebody is connected to.
#[derive(Default)]
pub(super) struct Open {
    /// None while it is being read, or was unloaded.
    pub graph: Option<ChangeGraph>,
    /// A read is under way.
    pub loading: bool,
    /// Frames that wait for the graph.
    pub waiting: Vec<(ConnectionId, Bytes)>,
    /// Who is to be sent what they lack once the graph is here.
    pub lacking: BTreeSet<ConnectionId>,
    /// Everyone who syncs it.
    pub peers: BTreeMap<ConnectionId, Peer>,
    /// Bodies that the store does not have yet, by number.
    pub uncommitted: BTreeMap<u32, Bytes>,
    /// Who sent something since the last commit, and is owed a receipt.
    pub owed: BTreeSet<ConnectionId>,
    /// Changes that came before what they build on.
    orphans: HashMap<ChangeHash, Orphan>,
    /// Those that wait for each change that is not here; each waits for one of them at a time.
    awaited: HashMap<ChangeHash, Vec<ChangeHash>>,
    orphan_bytes: usize,
    pub last_used: Millis,
    /// By whose hands changes came, where it was not their author's. Loaded and unloaded with the graph.
    pub authors: Authorship,
    /// Some of that is not in the store yet.
    pub authors_uncommitted: bool,
}

struct Orphan {
    meta: ChangeMeta,
    body: Bytes,
    hands: Hands,
    /// Who sent it: it goes with the last of them.
    from: BTreeSet<ConnectionId>,
    /// The place in `meta.deps` of what it waits for. All before that are here.
    at: usize,
}

impl Orphan {
    fn bytes(&self) -> usize {
        let meta =
            self.meta.deps.len() * size_of::<ChangeHash>() + self.meta.actor.to_bytes().len() + self.meta.shape.bytes();
        self.body.len() + meta + 2 * size_of::<(ChangeHash, Self)>()
    }

    /// Moves on to the next of what it builds on that is not here.
    fn next(&mut self, graph: &ChangeGraph) -> Option<ChangeHash> {
        while let Some(dep) = self.meta.deps.get(self.at) {
            if !graph.contains(dep) {
                return Some(*dep);
            }
            self.at += 1;
        }
        None
    }
}

/// What is known of one peer's copy.
#[derive(Default)]
pub(super) struct Peer {
    /// It has all at or beneath these, for certain: it said so, or the connection will have brought it.
    pub known: Vec<ChangeHash>,
    /// Heads it named that are not here.
    pub unknown: Vec<ChangeHash>,
    /// Those that it has been asked for already.
    pub asked: HashSet<ChangeHash>,
    /// Changes it asked for by name.
    pub need: Vec<ChangeHash>,
    /// Hashes it was refused: never asked for again.
    pub refused: HashSet<ChangeHash>,
    /// It has heard from us about this document.
    pub greeted: bool,
    /// It has been told what is out of service.
    pub told_withheld: bool,
    /// It has been told to start over; once is enough.
    pub was_reset: bool,
    /// Bodies for it are being read.
    pub reading: bool,
}

impl Peer {
    pub fn refuse(&mut self, hash: ChangeHash) {
        if self.refused.len() < MAX_REFUSED {
            self.refused.insert(hash);
        }
    }
}

/// What became of a change that came in.
pub(super) enum Taken {
    /// These entered the graph (the change, and orphans that waited for it).
    New(Vec<NewChange>),
    /// It was here.
    Known,
    /// It waits for these.
    Waits(Vec<ChangeHash>),
    /// It cannot enter.
    Refused(Refusal),
}

impl Open {
    /// A new document, with nothing in it yet.
    pub fn empty(now: Millis) -> Self {
        Self { graph: Some(ChangeGraph::default()), last_used: now, ..Self::default() }
    }

    /// Whether the store has all that is known here.
    pub fn is_committed(&self) -> bool {
        self.uncommitted.is_empty() && !self.authors_uncommitted
    }

    /// Memory that unloading would free, in bytes.
    pub fn bytes(&self) -> usize {
        self.graph.as_ref().map_or(0, |graph| graph.bytes() + self.authors.bytes())
    }

    /// Memory of changes that wait for what they build on, in bytes. They are nowhere else.
    pub fn waiting_bytes(&self) -> usize {
        self.orphan_bytes
    }

    /// Drops what waits and only this connection sent: it has no receipt for that, and sends it again.
    pub fn forget_orphans_of(&mut self, connection: ConnectionId) {
        let before = self.orphans.len();
        self.orphans.retain(|_, orphan| {
            orphan.from.remove(&connection);
            !orphan.from.is_empty()
        });
        if self.orphans.len() < before {
            self.orphan_bytes = self.orphans.values().map(Orphan::bytes).sum();
            self.awaited.clear();
            for (hash, orphan) in &self.orphans {
                self.awaited.entry(orphan.meta.deps[orphan.at]).or_default().push(*hash);
            }
        }
    }

    /// Puts a checked change into the graph. The graph must be loaded.
    /// Adds to `noted` what is to be remembered of who brought it.
    /// Without `room`, one that would have to wait is not kept.
    pub fn take(
        &mut self,
        from: ConnectionId,
        meta: ChangeMeta,
        body: Bytes,
        hands: Hands,
        room: bool,
        noted: &mut AuthorRows,
    ) -> Taken {
        let Some(graph) = self.graph.as_mut() else { return Taken::Known };
        match graph.insert(&meta) {
            Ok(Inserted::Known) => Taken::Known,
            Ok(Inserted::New(index)) => {
                self.authors.note(&meta.actor, meta.seq, meta.hash, hands, noted);
                let mut new = vec![describe(graph, index, meta, body)];
                self.adopt_orphans(&mut new, noted);
                for change in &new {
                    self.uncommitted.insert(change.index, change.body.clone());
                }
                Taken::New(new)
            }
            Err(InsertError::MissingDependencies(missing)) => {
                let hash = meta.hash;
                let mut orphan = Orphan { meta, body, hands, from: BTreeSet::from([from]), at: 0 };
                let bytes = orphan.bytes();
                let room = room && self.orphans.len() < MAX_ORPHANS && self.orphan_bytes + bytes <= MAX_ORPHAN_BYTES;
                if let Some(known) = self.orphans.get_mut(&hash) {
                    known.from.insert(from);
                } else if room && let Some(awaited) = orphan.next(graph) {
                    self.orphan_bytes += bytes;
                    self.awaited.entry(awaited).or_default().push(hash);
                    self.orphans.insert(hash, orphan);
                }
                Taken::Waits(missing.into_iter().filter(|hash| !self.orphans.contains_key(hash)).collect())
            }
            Err(InsertError::DuplicateSequence { .. } | InsertError::SequenceGap { .. }) => {
                Taken::Refused(Refusal::DuplicateSequence)
            }
            Err(InsertError::TooManyHeads) => Taken::Refused(Refusal::TooManyHeads),
            Err(InsertError::Unfounded(_)) => Taken::Refused(Refusal::Malformed),
            Err(InsertError::Withheld) => Taken::Refused(Refusal::Withheld),
        }
    }

    /// Puts in what waited for the changes in `new`, and for those that follow.
    fn adopt_orphans(&mut self, new: &mut Vec<NewChange>, noted: &mut AuthorRows) {
        let Some(graph) = self.graph.as_mut() else { return };
        let mut place = 0;
        while let Some(here) = new.get(place).map(|change| change.meta.hash) {
            place += 1;
            for hash in self.awaited.remove(&here).unwrap_or_default() {
                let Some(orphan) = self.orphans.get_mut(&hash) else { continue };
                if let Some(awaited) = orphan.next(graph) {
                    self.awaited.entry(awaited).or_default().push(hash);
                    continue;
                }
                let Some(orphan) = self.orphans.remove(&hash) else { continue };
                self.orphan_bytes -= orphan.bytes();
                let Orphan { meta, body, hands, .. } = orphan;
                // One whose place in its actor's sequence was taken meanwhile is dropped: its sender hears of it when it sends it again.
                if let Ok(Inserted::New(index)) = graph.insert(&meta) {
                    self.authors.note(&meta.actor, meta.seq, meta.hash, hands, noted);
                    new.push(describe(graph, index, meta, body));
                }
            }
        }
    }
}

fn describe(graph: &ChangeGraph, index: u32, mut meta: ChangeMeta, body: Bytes) -> NewChange {
    // The graph has it: until the commit it would only take memory.
    meta.shape = Shape::default();
    NewChange { index, deps: graph.deps(index).to_vec(), meta, body }
}
