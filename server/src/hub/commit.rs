//! Group commit: what waits, what is in flight, and the receipts that follow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::ChangeHash;
use huigao_shared::authorship::AuthorRows;
use huigao_shared::catalogue::Label;
use huigao_shared::ids::{DocumentId, MemberId, member_of};
use huigao_shared::wire::{Message, sync};

use super::json::json_of;
use super::{Batch, Config, DocumentCommit, Effect, Hub, Identity, Millis, NewChange};

#[derive(Default)]
struct Waiting {
    changes: Vec<NewChange>,
    label: Option<(Label, Vec<ChangeHash>)>,
    authors: AuthorRows,
    published: Option<Identity>,
}

pub(super) struct Commits {
    waiting: BTreeMap<DocumentId, Waiting>,
    bytes: usize,
    since: Option<Millis>,
    in_flight: Option<Arc<Batch>>,
    retry_at: Option<Millis>,
    /// The last sequence number handed out.
    last_seq: u64,
    /// The last one that is committed.
    pub committed_seq: u64,
    pub storing: bool,
}

impl Commits {
    /// Whom what is not on disk yet names: its authors, and those who brought others' words.
    pub fn named(&self) -> BTreeSet<MemberId> {
        let in_flight = self.in_flight.iter().flat_map(|batch| &batch.documents);
        let waiting = self.waiting.values().map(|waiting| (&waiting.changes, &waiting.authors));
        let all = in_flight.map(|commit| (&commit.changes, &commit.authors)).chain(waiting);
        let mut named = BTreeSet::new();
        for (changes, authors) in all {
            named.extend(changes.iter().filter_map(|change| member_of(&change.meta.actor)));
            named.extend(authors.bound.iter().map(|binding| binding.member));
            named.extend(authors.handed.iter().flat_map(|handover| [handover.author, handover.via]));
        }
        named
    }

    pub fn new(last_seq: u64) -> Self {
        Self {
            waiting: BTreeMap::new(),
            bytes: 0,
            since: None,
            in_flight: None,
            retry_at: None,
            last_seq,
            committed_seq: last_seq,
            storing: true,
        }
    }

    /// Nothing can be stored yet, not even the run: an empty commit is tried until it gets through, which stores that.
    pub fn on_full_disk(last_seq: u64, retry_at: Millis) -> Self {
        // The number that the run starts from is not told before: nobody would know it if this were never stored.
        let committed_seq = last_seq.saturating_sub(1);
        let (in_flight, retry_at) = (Some(Arc::default()), Some(retry_at));
        Self { in_flight, retry_at, committed_seq, storing: false, ..Self::new(last_seq) }
    }

    pub fn changes(&mut self, document: DocumentId, changes: Vec<NewChange>, now: Millis) {
        let size = |change: &NewChange| change.body.len() + 64 + change.meta.deps.len() * size_of::<ChangeHash>();
        self.bytes += changes.iter().map(size).sum::<usize>();
        self.waiting.entry(document).or_default().changes.extend(changes);
        self.since.get_or_insert(now);
    }

    pub fn label(&mut self, document: DocumentId, label: Label, heads: Vec<ChangeHash>, now: Millis) {
        self.bytes += 256;
        self.waiting.entry(document).or_default().label = Some((label, heads));
        self.since.get_or_insert(now);
    }

    pub fn authors(&mut self, document: DocumentId, mut rows: AuthorRows, now: Millis) {
        self.bytes += 128 * rows.len();
        let waiting = &mut self.waiting.entry(document).or_default().authors;
        waiting.bound.append(&mut rows.bound);
        // Later rows take the place of earlier ones where they are stored.
        waiting.handed.append(&mut rows.handed);
        self.since.get_or_insert(now);
    }

    /// Who publishes a document whose first changes wait.
    pub fn published(&mut self, document: DocumentId, by: Identity) {
        if let Some(waiting) = self.waiting.get_mut(&document) {
            waiting.published.get_or_insert(by);
        }
    }

    /// Whether something about a document is yet to be put into a batch.
    pub fn waits(&self, document: DocumentId) -> bool {
        self.waiting.contains_key(&document)
    }

    /// Whether nothing waits for a commit, and none is under way.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.as_ref().is_none_or(|batch| batch.documents.is_empty())
    }

    pub fn waiting(&self) -> usize {
        self.waiting.values().map(|waiting| waiting.changes.len()).sum()
    }

    pub fn waiting_bytes(&self) -> usize {
        self.bytes
    }

    pub fn due(&self, config: &Config) -> Option<Millis> {
        match (&self.in_flight, self.retry_at) {
            (Some(_), retry_at) => retry_at,
            (None, _) => self.since.map(|since| since + config.linger),
        }
    }
}

impl Hub {
    pub(super) fn maybe_commit(&mut self) {
        if let Some(batch) = &self.commits.in_flight {
            if self.commits.retry_at.is_some_and(|at| at <= self.now) {
                self.commits.retry_at = None;
                self.out.push(Effect::Commit(batch.clone()));
            }
            return;
        }
        let Some(since) = self.commits.since else { return };
        if self.now < since + self.config.linger && self.commits.bytes < self.config.batch_bytes {
            return;
        }
        self.commits.since = None;
        self.commits.bytes = 0;
        let mut batch = Batch::default();
        for (document, waiting) in std::mem::take(&mut self.commits.waiting) {
            let Some(record) = self.records.get_mut(&document) else { continue };
            if let Some((label, heads)) = waiting.label {
                record.label = Some(label);
                record.label_heads = heads;
            }
            self.commits.last_seq += 1;
            batch.documents.push(DocumentCommit {
                row: record.row,
                document,
                space: record.space.clone(),
                seq: self.commits.last_seq,
                heads: heads_after(&record.heads, &waiting.changes),
                label: record.label.as_ref().map(|label| (json_of(label), record.label_heads.clone())),
                changes: waiting.changes,
                authors: waiting.authors,
                published: waiting.published,
            });
        }
        let batch = Arc::new(batch);
        self.commits.in_flight = Some(batch.clone());
        self.out.push(Effect::Commit(batch));
    }

    pub(super) fn committed(&mut self, result: Result<(), String>) {
        if let Err(_reason) = result {
            self.stats.failed_commits += 1;
            self.commits.retry_at = Some(self.now + self.config.retry_pause);
            return self.say_storing(false);
        }
        let Some(batch) = self.commits.in_flight.take() else { return };
        self.commits.retry_at = None;
        self.stats.commits += 1;
        self.say_storing(true);
        for commit in &batch.documents {
            self.receipt(commit);
        }
    }

    fn say_storing(&mut self, ok: bool) {
        if self.commits.storing == ok {
            return;
        }
        self.commits.storing = ok;
        let ours: Vec<_> = self.connections.iter().filter(|(_, state)| state.ours).map(|(id, _)| *id).collect();
        for connection in ours {
            self.send(connection, &Message::Storing { ok });
        }
    }

    /// The commit is on disk: the record moves on, and whoever sent something hears of it.
    fn receipt(&mut self, commit: &DocumentCommit) {
        let document = commit.document;
        self.commits.committed_seq = self.commits.committed_seq.max(commit.seq);
        let mut is_new = false;
        if let Some(record) = self.records.get_mut(&document) {
            is_new = record.heads.is_empty();
            self.by_seq.remove(&record.seq);
            self.by_seq.insert(commit.seq, document);
            record.seq = commit.seq;
            record.heads.clone_from(&commit.heads);
        }
        let waits = self.commits.waits(document);
        let Some(open) = self.open.get_mut(&document) else { return };
        for connection in open.peers.keys().filter(|_| is_new) {
            if let Some(state) = self.connections.get_mut(connection) {
                state.creating.remove(&document);
            }
        }
        open.authors_uncommitted &= waits;
        for change in &commit.changes {
            open.uncommitted.remove(&change.index);
        }
        let owed = if open.uncommitted.is_empty() { std::mem::take(&mut open.owed) } else { open.owed.clone() };
        for connection in owed {
            let Some(state) = self.connections.get(&connection) else { continue };
            if state.ours {
                let cursor = self.runs.cursor(commit.seq);
                self.send(connection, &Message::Receipt { document, heads: commit.heads.clone(), cursor });
            } else {
                self.acknowledge(connection, document);
            }
        }
    }

    /// Lets an ordinary client know that its changes are on disk, so that it need not describe them again. What came
    /// since and is not there yet is not named.
    fn acknowledge(&mut self, connection: super::ConnectionId, document: DocumentId) {
        let read_only = self.says_read_only(connection, document);
        let (Some(open), Some(record)) = (self.open.get(&document), self.records.get(&document)) else { return };
        let (Some(graph), Some(peer)) = (open.graph.as_ref(), open.peers.get(&connection)) else { return };
        let has_all = graph.join(&peer.known, &record.heads) == peer.known;
        if has_all && !peer.reading {
            let data = sync::advance(&record.heads, Vec::new(), read_only);
            self.send_sync(connection, document, data);
        }
    }
}

/// Committed heads after more changes are committed, all of whose dependencies are committed by then.
fn heads_after(before: &[ChangeHash], changes: &[NewChange]) -> Vec<ChangeHash> {
    let mut heads = before.to_vec();
    for change in changes {
        heads.retain(|head| !change.meta.deps.contains(head));
        heads.push(change.meta.hash);
    }
    heads.sort_unstable();
    heads
}
