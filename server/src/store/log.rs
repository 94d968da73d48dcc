//! The log beside the database (SQLite's `-wal`), in which the latest commits are until they are merged.
//!
//! A database without its log is a whole database, only an older one: nothing in it says that something is missing. So
//! we write that into it. Merging is done in three steps: "the rest is in the log" is written, all is merged, and "all
//! is here" is written, which stands in the log from then on. Whoever opens the two together reads the latter, and
//! whoever opens the database alone the former. A copy that was made whole, or merged by another program, reads the
//! latter again.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError};

/// The name of that value.
const LOG: &str = "log";
const APART: &str = "apart";
const HERE: &str = "here";

/// From which length on the log is merged, in bytes, and how much is to come before it is tried again.
const LONG: u64 = 16 << 20;
const LONGER: u64 = 4 << 20;

impl Store {
    /// Merges the log if it has become long. What was committed is safe either way.
    pub(super) fn merge_if_long(&mut self) {
        if length(&self.path) < self.merge_at {
            return;
        }
        if let Err(error) = self.merge() {
            tracing::warn!(%error, "the log could not be merged into the database; it grows until it can");
        }
        self.merge_at = LONG.max(length(&self.path) + LONGER);
    }

    fn merge(&self) -> Result<(), StoreError> {
        self.set_meta(LOG, APART)?;
        // As far as nobody is reading what was before; no one waits.
        checkpoint(&self.db, "PASSIVE")?;
        self.set_meta(LOG, HERE)
    }

    /// Ends: all that is in the log goes into the database, which is whole by itself then.
    pub fn finish(self) {
        let ended = self.set_meta(LOG, HERE).and_then(|()| checkpoint(&self.db, "TRUNCATE"));
        // Else it might be merged with the word that something is missing as the last one.
        leave(&self.db, ended.is_err());
        if let Err(error) = ended {
            tracing::warn!(%error, "the log stays beside the database: keep the two together");
        }
        // The lock goes last.
        let Self { db, alone, .. } = self;
        drop(db);
        drop(alone);
    }
}

/// The log's length, in bytes; nothing if there is none.
pub(super) fn length(database: &Path) -> u64 {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).map_or(0, |metadata| metadata.len())
}

/// Refuses a database whose log, `log` bytes long when nobody had opened it yet, was left behind.
pub(super) fn must_be_here(store: &Store, log: u64) -> Result<(), StoreError> {
    let mode: String = store.db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if log > 0 || mode != "wal" {
        return Ok(());
    }
    // With no table in it, all that was ever written was in the log.
    if is_empty(&store.db)? || state(&store.db)?.as_deref() == Some(APART) {
        return Err(StoreError::LogMissing(store.path.clone()));
    }
    Ok(())
}

/// Has a log left alone in which "the rest is in the log" came last, since the relay died just then: SQLite would merge it
/// when the last connection closes. The relay goes on from there.
pub(super) fn leave_if_unsettled(store: &Store) -> Result<(), StoreError> {
    if !is_empty(&store.db)? && state(&store.db)?.as_deref() == Some(APART) {
        leave(&store.db, true);
    }
    Ok(())
}

/// Whether SQLite is to leave the log alone when the last connection closes, instead of merging it.
fn leave(db: &Connection, alone: bool) {
    if let Err(error) = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, alone) {
        tracing::warn!(%error, "SQLite cannot be told what to do with the log");
    }
}

fn state(db: &Connection) -> Result<Option<String>, StoreError> {
    let found = db.query_row("SELECT value FROM meta WHERE key = ?1", [LOG], |row| row.get(0)).optional();
    Ok(found?)
}

fn is_empty(db: &Connection) -> Result<bool, StoreError> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
}

fn checkpoint(db: &Connection, mode: &str) -> Result<(), StoreError> {
    db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))?;
    Ok(())
}
