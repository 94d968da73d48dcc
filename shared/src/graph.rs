//! The change graph: all that the relay keeps of a document in memory.
//!
//! A node is a change's hash, what it builds on, whose it is. Nodes are numbered in the order in which they
//! came, and a change comes after what it builds on: so numbers are a topological order.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::hash::{BuildHasher, Hash};

use automerge::{ActorId, ChangeHash};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::change::ChangeMeta;
use crate::columns::MAX_HEADS;
use crate::operations::{Beneath, Fault, Operations};

/// Why a change did not enter the graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// It builds on changes that are not here (yet).
    #[error("{} dependencies are missing", .0.len())]
    MissingDependencies(Vec<ChangeHash>),
    /// Another change of the same actor has this number: every client would fail on the second.
    #[error("the actor already has another change number {seq}")]
    DuplicateSequence {
        /// The number claimed twice.
        seq: u64,
    },
    /// The actor's changes before this one are not here.
    #[error("the actor's change number {expected} is expected, this is {found}")]
    SequenceGap {
        /// The number that would follow.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// There are too many changes already on which nothing builds.
    #[error("the document has {MAX_HEADS} heads already")]
    TooManyHeads,
    /// It names what does not exist, or is of another kind: whoever applied it would fail.
    #[error("the change cannot be applied: {0}")]
    Unfounded(#[from] Fault),
    /// It was taken out of service here, or builds on one that was.
    #[error("the change was taken out of service")]
    Withheld,
}

/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is new and has this number.
    New(u32),
    /// It was here already.
    Known,
}

#[derive(Clone, Copy)]
struct Node {
    hash: ChangeHash,
    /// Where its dependencies start in `ChangeGraph::deps`; they end where the next node's start.
    deps: u32,
}

/// The graph of one document's changes.
#[derive(Default)]
pub struct ChangeGraph {
    nodes: Vec<Node>,
    deps: Vec<u32>,
    by_hash: HashTable<u32>,
    hasher: DefaultHashBuilder,
    operations: Operations,
    heads: Vec<ChangeHash>,
    /// What the last changes that came apart from the heads do not build on, the latest last.
    asides: VecDeque<Aside>,
    /// Numbers in their actors' sequences that changes out of service have: no other may have them.
    taken: BTreeSet<(ActorId, u64)>,
    /// Changes out of service, by hash. They have numbers, since the store counts them, and are not part of the document.
    withheld: BTreeMap<ChangeHash, u32>,
}

/// So many people bring what they wrote apart at once, in turn.
const ASIDES: usize = 8;

/// Who was away for long brings many changes, each on top of the one before: what they do not build on is found once.
struct Aside {
    /// The change that came last.
    top: u32,
    /// The changes that are neither it nor beneath it, ascending, up to the number `until`.
    others: Vec<u32>,
    until: u32,
}

impl std::fmt::Debug for ChangeGraph {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ChangeGraph")
            .field("changes", &self.nodes.len())
            .field("heads", &self.heads)
            .finish_non_exhaustive()
    }
}

impl ChangeGraph {
    /// How many changes have numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The changes on which no other builds, sorted.
    #[must_use]
    pub fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }

    /// The number of a change.
    #[must_use]
    pub fn index(&self, hash: &ChangeHash) -> Option<u32> {
        self.by_hash.find(self.key(hash), |index| self.nodes[*index as usize].hash == *hash).copied()
    }

    /// Whether the change is here.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.index(hash).is_some()
    }

    /// The hash of change number `index`.
    ///
    /// # Panics
    /// If there is no such number.
    #[must_use]
    pub fn hash(&self, index: u32) -> ChangeHash {
        self.nodes[index as usize].hash
    }

    /// The numbers of the changes that change number `index` builds on.
    #[must_use]
    pub fn deps(&self, index: u32) -> &[u32] {
        let start = self.nodes[index as usize].deps as usize;
        let end = self.nodes.get(index as usize + 1).map_or(self.deps.len(), |next| next.deps as usize);
        &self.deps[start..end]
    }

    /// Memory held, in bytes, near enough to bound it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + self.deps.capacity() * size_of::<u32>()
            + self.by_hash.capacity() * 5
            + self.operations.bytes()
            + self.asides.iter().map(|aside| aside.others.capacity() * size_of::<u32>()).sum::<usize>()
            + self.withheld.len() * 256
            + self.heads.capacity() * 32
            + size_of::<Self>()
    }

    /// Adds a change.
    ///
    /// # Errors
    /// If what it builds on is not here, or its actor and number do not fit what is.
    pub fn insert(&mut self, change: &ChangeMeta) -> Result<Inserted, InsertError> {
        self.enter(change, MAX_HEADS)
    }

    /// Adds a change that was taken once: it may be one head more than would be taken now.
    ///
    /// # Errors
    /// As [`Self::insert`], but for the number of heads.
    pub fn restore(&mut self, change: &ChangeMeta) -> Result<Inserted, InsertError> {
        self.enter(change, usize::MAX)
    }

    fn enter(&mut self, change: &ChangeMeta, most_heads: usize) -> Result<Inserted, InsertError> {
        if self.contains(&change.hash) {
            return Ok(Inserted::Known);
        }
        if !self.withheld.is_empty()
            && (self.withheld.contains_key(&change.hash)
                || change.deps.iter().any(|dep| self.withheld.contains_key(dep)))
        {
            return Err(InsertError::Withheld);
        }
        let missing: Vec<_> = change.deps.iter().filter(|dep| !self.contains(dep)).copied().collect();
        if !missing.is_empty() {
            return Err(InsertError::MissingDependencies(missing));
        }
        if self.heads.len() >= most_heads && !change.deps.iter().any(|dep| self.heads.contains(dep)) {
            return Err(InsertError::TooManyHeads);
        }
        let last = self.operations.sequence(&change.actor);
        if change.seq <= last || self.taken.contains(&(change.actor.clone(), change.seq)) {
            return Err(InsertError::DuplicateSequence { seq: change.seq });
        }
        if change.seq != last + 1 {
            return Err(InsertError::SequenceGap { expected: last + 1, found: change.seq });
        }
        if change.deps.is_empty() && !self.heads.is_empty() {
            return Err(Fault::Root.into());
        }
        let mut deps: Vec<u32> = change.deps.iter().filter_map(|dep| self.index(dep)).collect();
        deps.sort_unstable();
        let at_heads = change.deps.len() == self.heads.len() && change.deps.iter().all(|dep| self.heads.contains(dep));
        let others = if at_heads { Vec::new() } else { self.beside(&change.deps, &deps) };
        self.operations.admit(&change.shape, &change.actor, &Beneath { others: &others, deps: &deps })?;
        let index = self.push(change);
        if !at_heads {
            self.asides.push_back(Aside { top: index, others, until: index + 1 });
            if self.asides.len() > ASIDES {
                self.asides.pop_front();
            }
        }
        Ok(Inserted::New(index))
    }

    /// Gives a change its number and keeps it out of service: it is no part of the document, nor is what builds on it.
    pub fn withhold(&mut self, ChangeMeta { hash, actor, seq, .. }: &ChangeMeta) {
        let hash = *hash;
        if self.withheld.contains_key(&hash) {
            return;
        }
        self.taken.insert((actor.clone(), *seq));
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { hash, deps: u32::try_from(self.deps.len()).unwrap_or(u32::MAX) });
        self.operations.pass_over();
        self.withheld.insert(hash, index);
    }

    /// Whether the change is out of service.
    #[must_use]
    pub fn is_withheld(&self, hash: &ChangeHash) -> bool {
        self.withheld.contains_key(hash)
    }

    /// The changes that are out of service, by hash.
    pub fn withheld(&self) -> impl Iterator<Item = &ChangeHash> {
        self.withheld.keys()
    }

    /// The changes that are neither among `deps` nor beneath them, ascending.
    fn beside(&mut self, deps: &[ChangeHash], numbers: &[u32]) -> Vec<u32> {
        let known = self.asides.iter().position(|aside| numbers == [aside.top]);
        let Some(Aside { mut others, until, .. }) = known.and_then(|place| self.asides.remove(place)) else {
            return self.since(deps);
        };
        others.extend(until..self.nodes.len() as u32);
        others
    }

    fn push(&mut self, change: &ChangeMeta) -> u32 {
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let first = u32::try_from(self.deps.len()).unwrap_or(u32::MAX);
        for dep in &change.deps {
            self.deps.extend(self.index(dep));
        }
        self.nodes.push(Node { hash: change.hash, deps: first });
        let Self { nodes, by_hash, hasher, .. } = self;
        by_hash.insert_unique(hash_key(hasher, &change.hash), index, |i| hash_key(hasher, &nodes[*i as usize].hash));
        self.heads.retain(|head| !change.deps.contains(head));
        if let Err(place) = self.heads.binary_search(&change.hash) {
            self.heads.insert(place, change.hash);
        }
        index
    }

    fn is_in_service(&self, number: u32) -> bool {
        !self.withheld.contains_key(&self.nodes[number as usize].hash)
    }

    fn key(&self, hash: &ChangeHash) -> u64 {
        hash_key(&self.hasher, hash)
    }

    /// The numbers of all changes that are neither in `frontier` nor beneath it, ascending (so a change comes
    /// after what it builds on). Hashes in `frontier` that are not here are passed over.
    ///
    /// Costs what lies between the frontier and the heads, not the size of the document.
    #[must_use]
    pub fn since(&self, frontier: &[ChangeHash]) -> Vec<u32> {
        if frontier.is_empty() {
            let all = 0..self.nodes.len() as u32;
            return all.filter(|number| self.withheld.is_empty() || self.is_in_service(*number)).collect();
        }
        // Walk down by number from the heads and the frontier together. A number is popped once all that
        // build on it are: it is beneath the frontier if any of them, or itself, is.
        let mut queue: BinaryHeap<(u32, bool)> = BinaryHeap::new();
        let mut wanted = 0usize;
        for head in &self.heads {
            if let Some(index) = self.index(head) {
                queue.push((index, false));
                wanted += 1;
            }
        }
        queue.extend(frontier.iter().filter_map(|hash| self.index(hash)).map(|index| (index, true)));
        let mut found = Vec::new();
        while wanted > 0 {
            let Some((index, mut covered)) = queue.pop() else { break };
            wanted -= usize::from(!covered);
            while let Some(&(next, also)) = queue.peek() {
                if next != index {
                    break;
                }
                queue.pop();
                wanted -= usize::from(!also);
                covered |= also;
            }
            if !covered {
                found.push(index);
            }
            for dep in self.deps(index) {
                queue.push((*dep, covered));
                wanted += usize::from(!covered);
            }
        }
        found.reverse();
        found
    }

    /// The frontier of what is beneath `a` or beneath `b`: their union without those beneath others. Unknown hashes drop out.
    #[must_use]
    pub fn join(&self, a: &[ChangeHash], b: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut candidates: Vec<ChangeHash> = a.iter().chain(b).filter(|hash| self.contains(hash)).copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        self.frontier_of(candidates)
    }

    /// Those of `candidates` (all here, no duplicates) that are beneath none of the others, sorted.
    fn frontier_of(&self, mut candidates: Vec<ChangeHash>) -> Vec<ChangeHash> {
        if candidates.len() < 2 || candidates == self.heads {
            return candidates;
        }
        let mut indices: BTreeSet<u32> = candidates.iter().filter_map(|hash| self.index(hash)).collect();
        let Some(lowest) = indices.first().copied() else { return Vec::new() };
        let mut queue: BinaryHeap<u32> = indices.iter().flat_map(|index| self.deps(*index)).copied().collect();
        let mut last = None;
        while let Some(index) = queue.pop() {
            if index < lowest {
                break;
            }
            if last == Some(index) {
                continue;
            }
            last = Some(index);
            indices.remove(&index);
            queue.extend(self.deps(index));
        }
        candidates.retain(|hash| self.index(hash).is_some_and(|index| indices.contains(&index)));
        candidates
    }
}

fn hash_key(hasher: &DefaultHashBuilder, hash: &ChangeHash) -> u64 {
    // Not the hash's own first bytes: whoever makes changes could aim them all at one bucket.
    let mut state = hasher.build_hasher();
    hash.0.hash(&mut state);
    std::hash::Hasher::finish(&state)
}

#[cfg(test)]
mod tests;
