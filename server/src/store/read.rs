//! Reading: all records at the start, graphs and bodies when somebody asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use bytes::Bytes;
use huigao_shared::change::{Budget, ChangeError, ChangeMeta, check_within};
use huigao_shared::ids::DocumentId;
use huigao_shared::shape::Shape;
use rusqlite::OptionalExtension;

use super::{Store, StoreError};
use crate::hub::{Record, Row, StoredChange};

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

    /// What the graph needs of every change of a document, in order.
    ///
    /// # Errors
    /// If a row is missing or does not hold what it should.
    pub fn graph(&self, document: Row) -> Result<Vec<StoredChange>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.number, c.hash, c.deps, a.id, c.seq, coalesce(c.body, b.body)
             FROM changes c LEFT JOIN actors a ON a.number = c.actor
             LEFT JOIN bodies b ON c.body IS NULL AND b.document = c.document AND b.number = c.number
             WHERE c.document = ?1 ORDER BY c.number",
        )?;
        let mut rows = statement.query([document])?;
        let withheld = self.withheld(document)?;
        let mut changes: Vec<StoredChange> = Vec::new();
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let fault = |what| StoreError::Row { document, row: number, what };
            if number as usize != changes.len() {
                return Err(fault("a change before it is missing"));
            }
            let deps = decode_numbers(row.get_ref(2)?.as_blob().map_err(|_| fault("bad dependencies"))?)
                .and_then(|numbers| {
                    numbers
                        .iter()
                        .map(|n| changes.get(*n as usize).map(|change| change.meta.hash))
                        .collect::<Option<Vec<_>>>()
                })
                .ok_or_else(|| fault("bad dependencies"))?;
            let actor = row.get_ref(3)?.as_blob().map_err(|_| fault("no such actor"))?;
            let (hash, seq) = (row.get(1).map_err(|_| fault("bad hash"))?, row.get::<_, i64>(4)?.cast_unsigned());
            let body = row.get_ref(5)?.as_blob().map_err(|_| fault("the body is missing"))?;
            let meta = ChangeMeta { hash: ChangeHash(hash), deps, actor: actor.into(), seq, shape: Shape::default() };
            changes.push(match check_within(body, &mut Budget::MESSAGE.clone()) {
                Ok(found) if found.hash == meta.hash => {
                    StoredChange { is_withheld: withheld.contains(&number), meta: found }
                }
                // An earlier version took it: it is no part of the document from now on.
                Err(ChangeError::Layout | ChangeError::Operations) => StoredChange { meta, is_withheld: true },
                Ok(_) | Err(_) => return Err(fault("its body is damaged")),
            });
        }
        Ok(changes)
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
        // What a message may carry was taken, so it is no fault now.
        let found = check_within(&body, &mut Budget::MESSAGE.clone()).map_err(|_| fault("its body is damaged"))?;
        if found.hash == hash { Ok(body) } else { Err(fault("its body is not the one that was stored")) }
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
