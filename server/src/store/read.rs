//! Reading: all records at the start, graphs and bodies when somebody asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use bytes::Bytes;
use huigao_shared::change::{Budget, ChangeMeta, check_within, hash_of};
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::DocumentId;
use huigao_shared::shape::Shape;
use rusqlite::OptionalExtension;

use super::{Store, StoreError};
use crate::hub::{Record, Row, StoredChange, restore};

impl Store {
    /// Every document's record. Rows that cannot be read are left out and counted.
    ///
    /// # Errors
    /// If the table cannot be read at all.
    pub fn records(&self) -> Result<(Vec<(DocumentId, Record)>, usize), StoreError> {
        let mut statement = self.db.prepare("SELECT row, id, space, seq, heads, label, label_heads FROM documents")?;
        let mut rows = statement.query([])?;
        let (mut records, mut unreadable) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            match record(row) {
                Ok(Some(record)) => records.push(record),
                Ok(None) | Err(_) => unreadable += 1,
            }
        }
        Ok((records, unreadable))
    }

    /// A document's graph. What is out of service has its number in it and no more.
    ///
    /// # Errors
    /// If a row is missing or does not hold what it should.
    pub fn graph(&self, document: Row) -> Result<ChangeGraph, StoreError> {
        let mut graph = ChangeGraph::default();
        // One after another: what a change does takes memory for as long as it is looked at only.
        self.each_change(document, |number, change| {
            // What builds on one that is out of service is no news.
            let follows = change.is_withheld || change.meta.deps.iter().any(|dep| graph.is_withheld(dep));
            restore(&mut graph, &change).map_err(|what| StoreError::Row { document, row: number, what })?;
            if !follows && graph.is_withheld(&change.meta.hash) {
                tracing::error!(document, change = %change.meta.hash, "a change cannot be applied and is no part of its document any more: run `huigao check --deep`");
            }
            Ok(())
        })?;
        Ok(graph)
    }

    /// Every change of a document, in order, read whole.
    ///
    /// # Errors
    /// As [`Self::graph`].
    pub fn changes(&self, document: Row) -> Result<Vec<StoredChange>, StoreError> {
        let mut changes = Vec::new();
        self.each_change(document, |_, change| {
            changes.push(change);
            Ok(())
        })?;
        Ok(changes)
    }

    fn each_change(
        &self,
        document: Row,
        mut take: impl FnMut(u32, StoredChange) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.number, c.hash, c.deps, a.id, c.seq, coalesce(c.body, b.body)
             FROM changes c LEFT JOIN actors a ON a.number = c.actor
             LEFT JOIN bodies b ON c.body IS NULL AND b.document = c.document AND b.number = c.number
             WHERE c.document = ?1 ORDER BY c.number",
        )?;
        let withheld = self.withheld(document)?;
        let mut rows = statement.query([document])?;
        let mut hashes: Vec<ChangeHash> = Vec::new();
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let fault = |what| StoreError::Row { document, row: number, what };
            if number as usize != hashes.len() {
                return Err(fault("a change before it is missing"));
            }
            let hash = ChangeHash(row.get(1).map_err(|_| fault("bad hash"))?);
            let deps = decode_numbers(row.get_ref(2)?.as_blob().map_err(|_| fault("bad dependencies"))?)
                .and_then(|numbers| {
                    numbers.iter().map(|n| hashes.get(*n as usize).copied()).collect::<Option<Vec<_>>>()
                })
                .ok_or_else(|| fault("bad dependencies"))?;
            let actor = row.get_ref(3)?.as_blob().map_err(|_| fault("no such actor"))?;
            let seq = row.get::<_, i64>(4)?.cast_unsigned();
            let body = row.get_ref(5)?.as_blob().map_err(|_| fault("the body is missing"))?;
            if hash_of(body) != Some(hash) {
                return Err(fault("its body is damaged"));
            }
            let is_withheld = withheld.contains(&number);
            let change = match check_within(body, &mut Budget::MESSAGE.clone()) {
                Ok(meta) => StoredChange { meta, is_withheld },
                // It is what an earlier version took, and would not be taken now.
                Err(_) => {
                    let meta = ChangeMeta { hash, deps, actor: actor.into(), seq, shape: Shape::default() };
                    StoredChange { meta, is_withheld: true }
                }
            };
            take(number, change)?;
            hashes.push(hash);
        }
        Ok(())
    }

    /// The numbers of a document's changes that are out of service.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn withheld(&self, document: Row) -> Result<BTreeSet<u32>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT number FROM withheld WHERE document = ?1")?;
        let numbers = statement.query_map([document], |row| row.get(0))?;
        Ok(numbers.collect::<Result<_, _>>()?)
    }

    /// Change bodies from the start of `numbers`, about `most` bytes of them, at least one. Each is what was stored
    /// under its hash: those before one that is damaged or missing come without it.
    ///
    /// # Errors
    /// If the first one is not there, or is not what was stored.
    pub fn bodies(&self, document: Row, numbers: &[u32], most: usize) -> Result<Vec<(u32, Bytes)>, StoreError> {
        let mut found = Vec::with_capacity(numbers.len().min(1024));
        let mut size = 0;
        for number in numbers {
            let body = match self.sound_body(document, *number) {
                Ok(body) => body,
                // The next read begins with it, and says so.
                Err(_) if !found.is_empty() => break,
                Err(error) => return Err(error),
            };
            size += body.len();
            if size > most && !found.is_empty() {
                break;
            }
            found.push((*number, Bytes::from(body)));
        }
        Ok(found)
    }

    /// A body that is what it was: disks rot, and what a client cannot use it would ask for again and again.
    fn sound_body(&self, document: Row, number: u32) -> Result<Vec<u8>, StoreError> {
        let fault = |what| StoreError::Row { document, row: number, what };
        let (hash, body) = self.body(document, number)?.ok_or_else(|| fault("its body is missing"))?;
        // By its bytes alone: what it stands for may be long to look through.
        if hash_of(&body) == Some(hash) { Ok(body) } else { Err(fault("its body is damaged")) }
    }

    /// A change's hash and body, as they are.
    pub(super) fn body(&self, document: Row, number: u32) -> Result<Option<(ChangeHash, Vec<u8>)>, StoreError> {
        let mut inline =
            self.db.prepare_cached("SELECT hash, body FROM changes WHERE document = ?1 AND number = ?2")?;
        let found: Option<([u8; 32], Option<Vec<u8>>)> =
            inline.query_row((document, number), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((hash, inline)) = found else { return Ok(None) };
        let body = match inline {
            Some(body) => Some(body),
            None => {
                let mut aside =
                    self.db.prepare_cached("SELECT body FROM bodies WHERE document = ?1 AND number = ?2")?;
                aside.query_row((document, number), |row| row.get(0)).optional()?
            }
        };
        Ok(body.map(|body| (ChangeHash(hash), body)))
    }
}

fn record(row: &rusqlite::Row<'_>) -> Result<Option<(DocumentId, Record)>, rusqlite::Error> {
    let Ok(space) = row.get::<_, String>(2)?.parse() else { return Ok(None) };
    let Some(heads) = decode_hashes(row.get_ref(4)?.as_blob()?) else { return Ok(None) };
    let label: Option<Vec<u8>> = row.get(5)?;
    let label_heads: Option<Vec<u8>> = row.get(6)?;
    let record = Record {
        row: row.get(0)?,
        space: Arc::new(space),
        seq: row.get::<_, i64>(3)?.cast_unsigned(),
        heads,
        label: label.and_then(|json| serde_json::from_slice(&json).ok()),
        label_heads: label_heads.and_then(|bytes| decode_hashes(&bytes)).unwrap_or_default(),
    };
    Ok(Some((DocumentId::from_bytes(row.get(1)?), record)))
}

pub(super) fn encode_hashes(hashes: &[ChangeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

pub(super) fn decode_hashes(bytes: &[u8]) -> Option<Vec<ChangeHash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().map(|hash| ChangeHash(*hash)).collect())
}

pub(super) fn encode_numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

pub(super) fn decode_numbers(bytes: &[u8]) -> Option<Vec<u32>> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| numbers.iter().map(|number| u32::from_le_bytes(*number)).collect())
}
