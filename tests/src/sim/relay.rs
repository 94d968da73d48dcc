//! The relay's driver under virtual time: a store that commits late, fails, and can be put back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::{Change, ChangeHash};
use bytes::Bytes;
use huigao_server::hub::roster::outcome_json;
use huigao_server::hub::{
    Batch, Config, ConnectionId, Effect, Errand, Event, Hub, Identity, Record, Row, Run, Runs, Snapshot, Stored,
    StoredChange, read_graph,
};
use huigao_shared::access::{Access, access};
use huigao_shared::authority::{Decision, Edit, Outcome, Step, decide};
use huigao_shared::authorship::{Authorship, Verdict};
use huigao_shared::change::{ChangeMeta, check};
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::{DocumentId, MemberId, member_of};
use huigao_shared::roster::{Roster, seen_by};

/// What is on the relay's disk.
#[derive(Clone, Default)]
pub struct RelayDisk {
    records: BTreeMap<DocumentId, Record>,
    changes: BTreeMap<(Row, u32), (ChangeMeta, Bytes)>,
    hashes: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
    runs: Vec<Run>,
    pub roster: Arc<Roster>,
    steps: Vec<Step>,
    authors: BTreeMap<Row, Authorship>,
    /// Changes that were taken out of service by name, and for each document these with all that builds on them.
    named: BTreeSet<(Row, u32)>,
    withheld: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
}

impl RelayDisk {
    pub fn has(&self, document: &DocumentId, hash: &ChangeHash) -> bool {
        self.hashes.get(document).is_some_and(|hashes| hashes.contains(hash))
    }

    pub fn hashes(&self, document: &DocumentId) -> BTreeSet<ChangeHash> {
        self.hashes.get(document).cloned().unwrap_or_default()
    }

    /// Those of a document's changes that are part of it.
    pub fn in_service(&self, document: &DocumentId) -> BTreeSet<ChangeHash> {
        let mut hashes = self.hashes(document);
        hashes.retain(|hash| !self.withheld.get(document).is_some_and(|withheld| withheld.contains(hash)));
        hashes
    }

    /// Whether something of a document was taken out of service.
    pub fn is_withheld_in(&self, document: &DocumentId) -> bool {
        self.withheld.contains_key(document)
    }

    /// All that is out of service.
    pub fn withheld(&self) -> impl Iterator<Item = (&DocumentId, &ChangeHash)> {
        self.withheld.iter().flat_map(|(document, hashes)| hashes.iter().map(move |hash| (document, hash)))
    }

    /// Takes a change, and so what builds on it, out of service, as `huigao quarantine` does beside a relay that is down.
    pub fn withhold(&mut self, document: DocumentId, hash: ChangeHash, secret: [u8; 16]) -> Option<()> {
        let row = self.records.get(&document)?.row;
        let mut changes = self.changes.range((row, 0)..(row + 1, 0));
        let (place, _) = changes.find(|(_, (meta, _))| meta.hash == hash)?;
        self.named.insert(*place);
        let graph = self.graph(row).ok()?;
        // A run of its own hands out the number, so that every client hears of the new heads.
        let first_seq = self.begin_run(secret);
        let record = self.records.get_mut(&document)?;
        record.heads = graph.heads().to_vec();
        record.seq = first_seq + 1;
        self.withheld.insert(document, graph.withheld().copied().collect());
        Some(())
    }

    fn begin_run(&mut self, secret: [u8; 16]) -> u64 {
        let last = self.records.values().map(|record| record.seq).max().unwrap_or(0);
        let first_seq = last.max(self.runs.last().map_or(0, |run| run.first_seq)) + 1;
        self.runs.push(Run { first_seq, secret });
        first_seq
    }

    /// Documents that have changes, in the order of their names.
    pub fn documents(&self) -> Vec<DocumentId> {
        self.hashes.keys().copied().collect()
    }

    /// A document's changes in order, as they came.
    pub fn history(&self, document: &DocumentId) -> Vec<Change> {
        let Some(record) = self.records.get(document) else { return Vec::new() };
        let bodies = self.changes.range((record.row, 0)..(record.row + 1, 0)).map(|(_, (_, body))| body);
        bodies.filter_map(|body| Change::try_from(body.as_ref()).ok()).collect()
    }

    /// By whose hands a document's changes came.
    pub fn authors(&self, document: &DocumentId) -> Option<&Authorship> {
        self.authors.get(&self.records.get(document)?.row)
    }

    /// Who wrote in a document, and who brought others' words.
    fn writers(&self, row: Row) -> BTreeSet<MemberId> {
        let changes = self.changes.range((row, 0)..(row + 1, 0)).map(|(_, (meta, _))| meta);
        let handed = self.authors.get(&row).into_iter().flat_map(Authorship::handed);
        let carriers = handed.flat_map(|handover| [handover.author, handover.via]);
        changes.filter_map(|meta| member_of(&meta.actor)).chain(carriers).collect()
    }

    /// The roster as a member is to have it.
    pub fn seen_by(&self, member: MemberId) -> Roster {
        let readable = |record: &&Record| access(&self.roster, member, &record.space) >= Access::Read;
        let written_by = self.records.values().filter(readable).flat_map(|record| self.writers(record.row)).collect();
        seen_by(&self.roster, member, &written_by)
    }

    fn awaiting(&self) -> Vec<(MemberId, DocumentId)> {
        let open = |(document, authors): (DocumentId, &Authorship)| {
            authors
                .handed()
                .filter(|handover| handover.verdict == Verdict::Open)
                .map(|handover| (handover.author, document))
                .collect::<Vec<_>>()
        };
        let all = self.records.iter().filter_map(|(id, record)| Some((*id, self.authors.get(&record.row)?)));
        all.flat_map(open).collect()
    }

    fn commit(&mut self, batch: &Batch) {
        for commit in &batch.documents {
            let record = Record {
                row: commit.row,
                space: commit.space.clone(),
                seq: commit.seq,
                heads: commit.heads.clone(),
                label: commit.label.as_ref().and_then(|(json, _)| serde_json::from_slice(json).ok()),
                label_heads: commit.label.as_ref().map(|(_, heads)| heads.clone()).unwrap_or_default(),
            };
            self.records.insert(commit.document, record);
            self.authors.entry(commit.row).or_default().merge(commit.authors.clone());
            for change in &commit.changes {
                self.changes.insert((commit.row, change.index), (change.meta.clone(), change.body.clone()));
                self.hashes.entry(commit.document).or_default().insert(change.meta.hash);
            }
        }
    }

    fn graph(&self, row: Row) -> Result<ChangeGraph, String> {
        let read = |(place, (_, body)): (&(Row, u32), &(ChangeMeta, Bytes))| {
            check(body).map(|meta| StoredChange { meta, is_withheld: self.named.contains(place) })
        };
        let stored: Vec<StoredChange> = self
            .changes
            .range((row, 0)..(row + 1, 0))
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        Ok(read_graph(&stored)?)
    }
}

/// The relay process.
pub struct SimRelay {
    pub disk: RelayDisk,
    /// Older copies of the disk, to be put back.
    pub copies: Vec<RelayDisk>,
    pub commits_fail: bool,
    hub: Option<Hub>,
    in_flight: Option<Arc<Batch>>,
    started: u64,
    /// Acts that could not be stored.
    acts: Vec<(ConnectionId, Identity, String, Vec<u8>)>,
    next: ConnectionId,
}

/// What the relay wants of the world.
pub enum Output {
    Send(ConnectionId, Bytes),
    Close(ConnectionId),
    /// An event to be fed back after a delay.
    Later(Event),
    /// An event to be fed back in the order in which these come.
    Next(Event),
}

impl SimRelay {
    pub fn new(roster: Arc<Roster>) -> Self {
        Self {
            disk: RelayDisk { roster, ..RelayDisk::default() },
            copies: Vec::new(),
            commits_fail: false,
            hub: None,
            in_flight: None,
            started: 0,
            acts: Vec::new(),
            next: 1,
        }
    }

    /// How many changes this run has taken.
    pub fn taken(&self) -> u64 {
        self.hub.as_ref().map_or(0, |hub| hub.stats().changes)
    }

    /// By which the hub decides at the moment.
    pub fn roster_in_force(&self) -> Arc<Roster> {
        self.hub.as_ref().map_or_else(|| self.disk.roster.clone(), Hub::roster)
    }

    pub fn is_up(&self) -> bool {
        self.hub.is_some()
    }

    pub fn start(&mut self, now: u64, secret: [u8; 16]) {
        self.disk.begin_run(secret);
        let records = self.disk.records.clone().into_iter().collect();
        let config =
            Config { linger: 5, graph_bytes: 20_000, queue_bytes: 4_000, message_bytes: 2_000, ..Config::default() };
        let (runs, steps) = (Runs(self.disk.runs.clone()), self.disk.steps.clone());
        let snapshot = Snapshot { records, runs, steps, awaiting: self.disk.awaiting(), ..Snapshot::default() };
        self.hub = Some(Hub::new(config, "sim", self.disk.roster.clone(), snapshot));
        self.started = now;
    }

    /// The process dies; what was not committed is gone.
    pub fn crash(&mut self) {
        self.hub = None;
        self.in_flight = None;
        self.acts.clear();
    }

    pub fn connect(&mut self, now: u64, identity: Identity) -> Option<(ConnectionId, Vec<Output>)> {
        let connection = self.next;
        self.next += 1;
        self.hub.is_some().then(|| (connection, self.feed(now, Event::Connected { connection, identity })))
    }

    pub fn feed(&mut self, now: u64, event: Event) -> Vec<Output> {
        let event = match event {
            // The commit happens when its outcome is reported.
            Event::Committed { .. } => {
                let Some(batch) = self.in_flight.take() else { return Vec::new() };
                let result = if self.commits_fail { Err("no room".to_owned()) } else { Ok(()) };
                if result.is_ok() {
                    self.disk.commit(&batch);
                }
                Event::Committed { result }
            }
            event => event,
        };
        let Some(hub) = self.hub.as_mut() else { return Vec::new() };
        let mut effects = Vec::new();
        hub.handle(now - self.started, event, &mut effects);
        let mut outputs: Vec<Output> = effects.into_iter().flat_map(|effect| self.perform(effect)).collect();
        if !self.commits_fail {
            // The office tries again what it could not store.
            for (connection, identity, id, json) in std::mem::take(&mut self.acts) {
                outputs.extend(self.act(connection, &identity, id, &json));
            }
        }
        outputs
    }

    fn perform(&mut self, effect: Effect) -> Vec<Output> {
        match effect {
            Effect::Send { connection, frame } => {
                let bytes = frame.len();
                vec![Output::Send(connection, frame), Output::Later(Event::Drained { connection, bytes })]
            }
            Effect::Close { connection, .. } => vec![Output::Close(connection)],
            Effect::Load { document, row } => {
                let authors = self.disk.authors.get(&row).map(Authorship::rows).unwrap_or_default();
                let stored = self.disk.graph(row).map(|graph| Stored { graph: Box::new(graph), authors });
                vec![Output::Later(Event::Loaded { document, stored })]
            }
            Effect::ReadBodies { connection, document, row, indices, most } => {
                let mut size = 0;
                let bodies = indices
                    .iter()
                    .filter_map(|index| self.disk.changes.get(&(row, *index)).map(|(_, body)| (*index, body.clone())))
                    .take_while(|(_, body)| {
                        let first = size == 0;
                        size += body.len();
                        first || size <= most
                    });
                vec![Output::Later(Event::Bodies { connection, document, bodies: Some(bodies.collect()) })]
            }
            // This disk does not rot.
            Effect::Examine { .. } | Effect::Mend { .. } => Vec::new(),
            Effect::ReadWriters { space, rows } => {
                let people = Some(rows.iter().flat_map(|row| self.disk.writers(*row)).collect());
                vec![Output::Later(Event::Writers { space, people })]
            }
            Effect::Errand(Errand::Act { connection, identity, id, json, .. }) => {
                self.act(connection, &identity, id, &json)
            }
            Effect::Errand(Errand::Delivered { .. }) => Vec::new(),
            Effect::Commit(batch) => {
                self.in_flight = Some(batch);
                vec![Output::Later(Event::Committed { result: Ok(()) })]
            }
        }
    }

    /// As the office does: decided by what is on disk, durable, and then told.
    fn act(&mut self, connection: ConnectionId, identity: &Identity, id: String, json: &[u8]) -> Vec<Output> {
        if self.commits_fail {
            self.acts.push((connection, identity.clone(), id, json.to_vec()));
            return Vec::new();
        }
        let edits: Vec<Edit> = serde_json::from_slice(json).unwrap_or_default();
        let (outcome, mut outputs) = match decide(&self.disk.roster, identity.member, &edits, &BTreeSet::new()) {
            Err(objection) => (Outcome::Refused { objection }, Vec::new()),
            Ok(Decision::Standing) => (Outcome::Done { version: self.disk.roster.version }, Vec::new()),
            Ok(Decision::Changed { roster, edits }) => {
                let step = Step { from: self.disk.roster.version, mark: self.disk.roster.mark.clone(), edits };
                self.disk.roster = Arc::new(*roster);
                self.disk.steps.push(step.clone());
                let told = Event::Roster { roster: self.disk.roster.clone(), step };
                (Outcome::Done { version: self.disk.roster.version }, vec![Output::Next(told)])
            }
        };
        outputs.push(Output::Next(Event::Answered { connection, id, json: outcome_json(&outcome) }));
        outputs
    }

    pub fn next_wake(&self) -> Option<u64> {
        self.hub.as_ref().and_then(Hub::next_wake).map(|at| at + self.started)
    }

    /// How many changes are committed.
    pub fn committed(&self) -> usize {
        self.disk.changes.len()
    }
}
