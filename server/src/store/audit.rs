//! The audit log: entries are added in the transaction of what they tell of, and never touched again.

use huigao_shared::audit::{Entry, Placed, chain};
use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError};

/// How many entries one page has at most.
pub const PAGE: usize = 200;

/// What a check of the chain found.
#[derive(Debug)]
pub struct Chain {
    /// Entries that follow from the ones before them.
    pub entries: u64,
    /// The last hash, in hexadecimal: whoever noted an earlier one can tell whether the log was cut or rewritten.
    pub head: String,
    /// What does not fit, a sentence each.
    pub faults: Vec<String>,
}

/// Adds an entry at `at` (seconds since 1970) within a transaction.
pub(super) fn add(db: &Connection, at: i64, entry: &Entry) -> Result<(), StoreError> {
    let last: Option<(i64, [u8; 32])> = db
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, before) = last.map_or((1, [0; 32]), |(number, hash)| (number + 1, hash));
    let json = serde_json::to_string(entry).map_err(StoreError::Json)?;
    let hash = chain(&before, number.cast_unsigned(), at, json.as_bytes());
    db.prepare_cached("INSERT INTO audit (number, at, entry, hash) VALUES (?1, ?2, ?3, ?4)")?
        .execute((number, at, json, hash))?;
    Ok(())
}

impl Store {
    /// Adds an entry that stands for itself.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn note(&mut self, at: i64, entry: &Entry) -> Result<(), StoreError> {
        let tx = self.begin()?;
        add(&tx, at, entry)?;
        Ok(tx.commit()?)
    }

    /// Entries before a number, the newest first, those that `wanted` takes, up to [`PAGE`].
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn audit(&self, before: Option<u64>, wanted: impl Fn(&Placed) -> bool) -> Result<Vec<Placed>, StoreError> {
        let mut statement = self
            .db
            .prepare_cached("SELECT number, at, entry, hash FROM audit WHERE number < ?1 ORDER BY number DESC")?;
        let before = before.and_then(|number| i64::try_from(number).ok()).unwrap_or(i64::MAX);
        let mut rows = statement.query([before])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(placed) = placed(row)? else { continue };
            if wanted(&placed) {
                found.push(placed);
            }
            if found.len() == PAGE {
                break;
            }
        }
        Ok(found)
    }

    /// Verifies the whole chain.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn check_audit(&self) -> Result<Chain, StoreError> {
        let mut statement = self.db.prepare("SELECT number, at, entry, hash FROM audit ORDER BY number")?;
        let mut rows = statement.query([])?;
        let (mut before, mut expected) = ([0; 32], 1);
        let mut chained = Chain { entries: 0, head: String::new(), faults: Vec::new() };
        while let Some(row) = rows.next()? {
            let (number, at, json): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let stored: [u8; 32] = row.get(3)?;
            if number != expected {
                chained.faults.push(format!("the audit log lacks entries {expected} to {}", number - 1));
            }
            if chain(&before, number.cast_unsigned(), at, json.as_bytes()) == stored {
                chained.entries += 1;
            } else {
                chained.faults.push(format!("entry {number} of the audit log is not what was written"));
            }
            (before, expected) = (stored, number + 1);
        }
        chained.head = hex::encode(before);
        Ok(chained)
    }
}

fn placed(row: &rusqlite::Row<'_>) -> Result<Option<Placed>, StoreError> {
    let (number, json): (i64, String) = (row.get(0)?, row.get(2)?);
    let (at, hash): (i64, [u8; 32]) = (row.get(1)?, row.get(3)?);
    let Ok(entry) = serde_json::from_str(&json) else { return Ok(None) };
    Ok(Some(Placed { number: number.cast_unsigned(), at, entry, hash: hex::encode(hash) }))
}
