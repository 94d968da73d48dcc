//! `huigao check --deep`: each document applied by Automerge itself, which panics at some changes. `huigao quarantine`
//! takes such changes out of service, and puts them back if they turn out to be well.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{AutoCommit, Change, ChangeHash};
use huigao_shared::change::check;
use huigao_shared::document;
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::DocumentId;
use rusqlite::{OptionalExtension, Transaction};

use super::read::encode_hashes;
use super::{Store, StoreError};
use crate::hub::{Row, StoredChange, read_graph};

/// What taking a change out of service did.
#[derive(Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It and this many that build on it are out of service now.
    Done(usize),
    /// It was out of service already.
    Already,
    /// There is no such change in the document.
    NoChange,
    /// There is no such document.
    NoDocument,
}

/// What putting a change back into service did.
#[derive(Debug, PartialEq, Eq)]
pub enum PutBack {
    /// It and this many that build on it are in service again.
    Done(usize),
    /// It is in service.
    InService,
    /// It is out of service only because it builds on this one.
    BuildsOn(ChangeHash),
    /// It stays out of service: a sentence that says why.
    Unfit(String),
    /// There is no such change in the document.
    NoChange,
    /// There is no such document.
    NoDocument,
}

/// Applies every document once. A sentence for each change that cannot be applied.
///
/// # Errors
/// If the table of documents cannot be read.
pub fn deep(store: &Store) -> Result<Vec<String>, StoreError> {
    let (records, _) = store.records()?;
    let mut faults = Vec::new();
    for (id, record) in records {
        match trial(store, record.row) {
            Ok(found) => faults.extend(found.into_iter().map(|fault| format!("{id}: {fault}"))),
            Err(fault) => faults.push(format!("{id}: {fault}")),
        }
    }
    Ok(faults)
}

fn trial(store: &Store, row: Row) -> Result<Vec<String>, String> {
    let stored = store.changes(row).map_err(|error| error.to_string())?;
    let graph = read_graph(&stored)?;
    let fault = first_fault(store, row, &stored, &graph)?;
    let named = fault.map(|hash| format!("change {hash} cannot be applied: huigao quarantine DOCUMENT {hash}"));
    Ok(named.into_iter().collect())
}

/// The first change on whose account Automerge does not apply the document.
fn first_fault(
    store: &Store,
    row: Row,
    stored: &[StoredChange],
    graph: &ChangeGraph,
) -> Result<Option<ChangeHash>, String> {
    let mut changes = Vec::new();
    for (number, change) in (0u32..).zip(stored) {
        if graph.contains(&change.meta.hash) {
            let (_, body) = store.body(row, number).map_err(|error| error.to_string())?.ok_or("a body is missing")?;
            changes.push(Change::try_from(body.as_slice()).map_err(|error| format!("change {number}: {error}"))?);
        }
    }
    if applies(&changes) {
        return Ok(None);
    }
    // All before it together are well.
    let mut good = 0usize;
    let mut bad = changes.len();
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if applies(&changes[..middle]) { good = middle } else { bad = middle }
    }
    Ok(Some(changes[bad - 1].hash()))
}

/// Whether Automerge applies these, reads the text, and reads again what it would store.
fn applies(changes: &[Change]) -> bool {
    let work = || {
        let mut doc = AutoCommit::new();
        doc.apply_changes(changes.to_vec()).ok()?;
        let again = AutoCommit::load(&doc.save()).ok()?;
        (document::text(&again) == document::text(&doc)).then_some(())
    };
    catch_unwind(AssertUnwindSafe(work)).is_ok_and(|outcome| outcome.is_some())
}

impl Store {
    /// Takes a change, and so what builds on it, out of service. Nothing is deleted.
    ///
    /// # Errors
    /// If the document cannot be read, or the outcome not be written.
    pub fn withhold(&mut self, id: DocumentId, hash: ChangeHash, now: i64) -> Result<Withheld, StoreError> {
        let Some(row) = self.row_of(id)? else { return Ok(Withheld::NoDocument) };
        let mut stored = self.changes(row)?;
        let before = graph_of(row, &stored)?;
        let Some(number) = stored.iter().position(|change| change.meta.hash == hash) else {
            return Ok(Withheld::NoChange);
        };
        if !before.contains(&hash) {
            return Ok(Withheld::Already);
        }
        stored[number].is_withheld = true;
        let after = graph_of(row, &stored)?;
        self.change_heads(row, after.heads(), |tx| {
            tx.execute(
                "INSERT OR IGNORE INTO withheld (document, number, at) VALUES (?1, ?2, ?3)",
                (row, number as u32, now),
            )
        })?;
        Ok(Withheld::Done(after.withheld().count() - before.withheld().count() - 1))
    }

    /// Puts a change that was taken out of service back, and so what builds on it, if Automerge applies the document
    /// with them.
    ///
    /// # Errors
    /// As [`Self::withhold`].
    pub fn put_back(&mut self, id: DocumentId, hash: ChangeHash) -> Result<PutBack, StoreError> {
        let Some(row) = self.row_of(id)? else { return Ok(PutBack::NoDocument) };
        let mut stored = self.changes(row)?;
        let before = graph_of(row, &stored)?;
        let Some(number) = stored.iter().position(|change| change.meta.hash == hash) else {
            return Ok(PutBack::NoChange);
        };
        if before.contains(&hash) {
            return Ok(PutBack::InService);
        }
        let unfit = |why: &str| Ok(PutBack::Unfit(why.to_owned()));
        let would_be_taken = self.body(row, number as u32)?.is_some_and(|(_, body)| check(&body).is_ok());
        if !would_be_taken {
            return unfit("no relay of this version would take it");
        }
        stored[number].is_withheld = false;
        let after = graph_of(row, &stored)?;
        if let Some(dep) = stored[number].meta.deps.iter().find(|dep| after.is_withheld(dep)) {
            return Ok(PutBack::BuildsOn(*dep));
        }
        if !after.contains(&hash) {
            return unfit("it names what is not in the document");
        }
        if !before.heads().iter().all(|head| after.contains(head)) {
            return unfit("others that are in service would not fit it");
        }
        match first_fault(self, row, &stored, &after) {
            Ok(None) => {}
            Ok(Some(fault)) => return Ok(PutBack::Unfit(format!("with it, change {fault} could not be applied"))),
            Err(why) => return Ok(PutBack::Unfit(why)),
        }
        self.change_heads(row, after.heads(), |tx| {
            tx.execute("DELETE FROM withheld WHERE document = ?1 AND number = ?2", (row, number as u32))
        })?;
        Ok(PutBack::Done(before.withheld().count() - after.withheld().count() - 1))
    }

    fn row_of(&self, id: DocumentId) -> Result<Option<Row>, StoreError> {
        let found = self.db.query_row("SELECT row FROM documents WHERE id = ?1", [id.as_bytes()], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// Does something by which a document gets these heads.
    fn change_heads(
        &mut self,
        row: Row,
        heads: &[ChangeHash],
        work: impl FnOnce(&Transaction<'_>) -> Result<usize, rusqlite::Error>,
    ) -> Result<(), StoreError> {
        // A run of its own hands out the number, so that every client hears of the new heads.
        let (runs, _) = self.begin_run()?;
        let seq = runs.0.last().map_or(1, |run| run.first_seq + 1);
        let tx = self.begin()?;
        work(&tx)?;
        tx.execute(
            "UPDATE documents SET heads = ?2, seq = ?3 WHERE row = ?1",
            (row, encode_hashes(heads), seq.cast_signed()),
        )?;
        tx.commit()?;
        Ok(())
    }
}

fn graph_of(row: Row, stored: &[StoredChange]) -> Result<ChangeGraph, StoreError> {
    read_graph(stored).map_err(|what| StoreError::Row { document: row, row: 0, what })
}
