//! `huigao check --deep`: each document applied by Automerge itself, which panics at some changes. `huigao quarantine`
//! takes such changes out of service.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{AutoCommit, Change, ChangeHash};
use huigao_shared::document;
use huigao_shared::ids::DocumentId;
use rusqlite::OptionalExtension;

use super::read::encode_hashes;
use super::{Store, StoreError};
use crate::hub::{Row, read_graph};

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
    let mut faults: Vec<String> = Vec::new();
    let mut changes = Vec::new();
    for (number, change) in (0u32..).zip(&stored) {
        if graph.contains(&change.meta.hash) {
            let (_, body) = store.body(row, number).map_err(|error| error.to_string())?.ok_or("a body is missing")?;
            changes.push(Change::try_from(body.as_slice()).map_err(|error| format!("change {number}: {error}"))?);
        }
    }
    if !applies(&changes) {
        // The first on whose account it does not: all before it together are well.
        let mut good = 0usize;
        let mut bad = changes.len();
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            if applies(&changes[..middle]) { good = middle } else { bad = middle }
        }
        let hash = changes[bad - 1].hash();
        faults.push(format!("change {hash} cannot be applied: huigao quarantine DOCUMENT {hash}"));
    }
    Ok(faults)
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
        let row: Option<Row> = self
            .db
            .query_row("SELECT row FROM documents WHERE id = ?1", [id.as_bytes()], |row| row.get(0))
            .optional()?;
        let Some(row) = row else { return Ok(Withheld::NoDocument) };
        let mut stored = self.changes(row)?;
        let before = read_graph(&stored).map_err(|_| StoreError::Row { document: row, row: 0, what: "no graph" })?;
        let Some(number) = stored.iter().position(|change| change.meta.hash == hash) else {
            return Ok(Withheld::NoChange);
        };
        if !before.contains(&hash) {
            return Ok(Withheld::Already);
        }
        stored[number].is_withheld = true;
        let after = read_graph(&stored).map_err(|_| StoreError::Row { document: row, row: 0, what: "no graph" })?;
        // A run of its own hands out the number, so that every client hears of the new heads.
        let (runs, _) = self.begin_run()?;
        let seq = runs.0.last().map_or(1, |run| run.first_seq + 1);
        let tx = self.begin()?;
        tx.execute(
            "INSERT OR IGNORE INTO withheld (document, number, at) VALUES (?1, ?2, ?3)",
            (row, number as u32, now),
        )?;
        tx.execute(
            "UPDATE documents SET heads = ?2, seq = ?3 WHERE row = ?1",
            (row, encode_hashes(after.heads()), seq.cast_signed()),
        )?;
        tx.commit()?;
        Ok(Withheld::Done(after.withheld().count() - before.withheld().count() - 1))
    }
}
