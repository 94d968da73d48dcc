//! The relay's SQLite file. Only this module names SQL.
//!
//! Owns: the schema and its migrations, reading graphs and bodies, durable group commits, the roster, devices,
//! invitations, tokens, the audit log.
//! May not: cache, decide who may do what, or delete what it cannot read.

mod audit;
mod authors;
mod check;
mod devices;
mod log;
mod mend;
mod migrations;
mod open;
mod read;
mod roster;
mod runs;
mod tokens;
mod trial;
mod write;

pub use write::ActorNumbers;

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

pub use audit::{Chain, PAGE as AUDIT_PAGE};
pub use check::{Report, check};
pub use devices::{Device, Invitation, NewDevice, NewInvitation};
pub use roster::Author;
pub use tokens::{NewToken, TokenRow};
pub use trial::{PutBack, Withheld, deep};

use crate::hub::Run;

/// The file's name within the data folder.
pub const FILE: &str = "huigao.sqlite";
/// `application_id` of our files ("Huig"): another program's database is not opened by mistake.
const APPLICATION_ID: i32 = 0x4875_6967;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The data folder cannot be made or written.
    #[error("the data folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It was written by a newer relay.
    #[error(
        "the database has schema version {found}, this program knows up to {known}: start a newer huigao, or restore a backup made by this one"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It was written by an older relay.
    #[error(
        "the database has schema version {found}, this program works with {known}: make a backup, then start the relay with this program, which brings it up to date"
    )]
    Older {
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The log in which its latest commits were is not beside it.
    #[error(
        "{0} was copied or moved without the file {0}-wal, in which the latest changes are: put the two from the same place back together, or restore a backup. To go on without those changes, put the copy that `huigao backup` makes of it in its place"
    )]
    LogMissing(PathBuf),
    /// Its log is here, and it is not.
    #[error(
        "{0} is missing or empty, and beside it lies {0}-wal with its latest changes: put the two from the same place back together, or move that file aside and restore a backup"
    )]
    MainMissing(PathBuf),
    /// It is somebody else's.
    #[error("{0} is an SQLite database, but not one of Huigao: choose another data folder")]
    Foreign(PathBuf),
    /// There is none.
    #[error("there is no database of Huigao in {0}: is the data folder right?")]
    Missing(PathBuf),
    /// Its pages do not fit together.
    #[error("the database is damaged ({0}): keep the file, restore the last backup, and run `huigao check` on both")]
    Damaged(String),
    /// Another relay uses the folder.
    #[error("another huigao is using this data folder")]
    InUse,
    /// A row does not hold what it should.
    #[error("row {row} of document {document}: {what}")]
    Row {
        /// The document's number.
        document: u32,
        /// The change's number.
        row: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// The roster is not what this program writes.
    #[error("the roster in the database cannot be read: {0}")]
    Roster(serde_json::Error),
    /// What is to be stored cannot be written.
    #[error("what is to be stored cannot be written as JSON: {0}")]
    Json(serde_json::Error),
    /// The system gives no random bytes.
    #[error("no randomness: {0}")]
    Randomness(getrandom::Error),
}

/// One connection to the file.
pub struct Store {
    db: Connection,
    path: PathBuf,
    /// SQLite's way to the file, if it is not the usual one.
    vfs: Option<&'static str>,
    /// Keeps other relays out.
    alone: Option<File>,
    /// At which length the log is merged.
    merge_at: u64,
    /// The run that began when the disk took nothing.
    run: Option<Run>,
}

impl Store {
    /// Writes a consistent copy to a new file; others may go on writing to this one meanwhile.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let failed = |source| StoreError::Folder { path: to.to_owned(), source };
        // Everybody's words are in it: nobody else on the machine may read it, from its first byte on. SQLite writes
        // into an empty file as it does into none.
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(to).map_err(failed)?;
        self.db.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        file.sync_all().map_err(failed)
    }

    /// A number that is another one once any other connection, of this process or another, has written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.db.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// A transaction that may write from its start: it waits for other writers instead of failing half-way.
    fn begin(&mut self) -> Result<rusqlite::Transaction<'_>, StoreError> {
        Ok(self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?)
    }

    /// The store's random name, drawn when it was made.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn storage_id(&self) -> Result<String, StoreError> {
        Ok(self.meta("storage_id")?.unwrap_or_default())
    }

    /// A named value.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
    }

    /// Sets a named value.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
