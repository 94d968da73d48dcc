//! The relay's SQLite file. Only this module names SQL.
//!
//! Owns: the schema and its migrations, reading graphs and bodies, durable group commits, the roster, devices,
//! invitations, tokens, the audit log.
//! May not: cache, decide who may do what, or delete what it cannot read.

mod audit;
mod authors;
mod check;
mod devices;
mod migrations;
mod read;
mod roster;
mod tokens;
mod trial;
mod write;

pub use write::ActorNumbers;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

pub use audit::{Chain, PAGE as AUDIT_PAGE};
pub use check::{Report, check};
pub use devices::{Device, Invitation, NewDevice, NewInvitation};
pub use roster::Author;
pub use tokens::{NewToken, TokenRow};
pub use trial::{Withheld, deep};

use crate::hub::{Run, Runs};

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
    /// The system gives no random bytes.
    #[error("no randomness: {0}")]
    Randomness(getrandom::Error),
}

/// One connection to the file.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the data folder's database for reading and writing, making or migrating it as needed.
    ///
    /// # Errors
    /// If it is foreign, newer, or damaged: it is refused, not touched.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let mut make = std::fs::DirBuilder::new();
        make.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
        make.create(folder).map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(FILE);
        let db = Connection::open(&path).map_err(damaged)?;
        db.busy_timeout(Duration::from_secs(5))?;
        recognise(&db, &path)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(damaged)?;
        // Commits must be on disk before a receipt goes out.
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "wal_autocheckpoint", 4000)?;
        let mut store = Self { db, path };
        migrations::migrate(&mut store.db)?;
        store.quick_check()?;
        Ok(store)
    }

    /// Opens a database that is there, without changing it.
    ///
    /// # Errors
    /// If there is none, or it is not one of ours.
    pub fn existing(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&path, flags).map_err(damaged)?;
        db.busy_timeout(Duration::from_secs(5))?;
        recognise(&db, &path)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self { db, path })
    }

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

    /// Keeps other relays from serving the same folder for as long as what is returned lives: two would each number
    /// changes as if the other were not there.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if one does already.
    pub fn alone(&self) -> Result<std::fs::File, StoreError> {
        let path = self.path.with_file_name("huigao.lock");
        let failed = |source| StoreError::Folder { path: path.clone(), source };
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// A second connection to the same file, for reading.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn reader(&self) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.path, flags)?;
        db.busy_timeout(Duration::from_secs(5))?;
        Ok(Self { db, path: self.path.clone() })
    }

    /// A second connection to the same file, for reading and writing.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn beside(&self) -> Result<Self, StoreError> {
        let db = Connection::open(&self.path)?;
        db.busy_timeout(Duration::from_secs(5))?;
        db.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self { db, path: self.path.clone() })
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

    /// Starts a run: a fresh secret, durably stored before any number of it is handed out.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn begin_run(&mut self) -> Result<Runs, StoreError> {
        let last: i64 = self.db.query_row(
            "SELECT max(coalesce((SELECT max(seq) FROM documents), 0), coalesce((SELECT max(first_seq) FROM runs), 0))",
            [],
            |row| row.get(0),
        )?;
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(StoreError::Randomness)?;
        self.db.execute("INSERT INTO runs (first_seq, secret) VALUES (?1, ?2)", (last + 1, secret))?;
        let mut statement = self.db.prepare("SELECT first_seq, secret FROM runs ORDER BY first_seq")?;
        let runs = statement
            .query_map([], |row| Ok(Run { first_seq: row.get::<_, i64>(0)?.cast_unsigned(), secret: row.get(1)? }))?;
        Ok(Runs(runs.collect::<Result<_, _>>()?))
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

    fn quick_check(&self) -> Result<(), StoreError> {
        let verdict: String = self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(verdict)) }
    }
}

fn recognise(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let id: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(damaged)?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(damaged)?;
    if id == APPLICATION_ID || (id == 0 && tables == 0) { Ok(()) } else { Err(StoreError::Foreign(path.to_owned())) }
}

/// What SQLite says of a file that is no database, or a broken one, as a sentence that says what to do.
fn damaged(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged(error.to_string()),
        Some(DatabaseBusy) => StoreError::InUse,
        Some(_) | None => StoreError::Sqlite(error),
    }
}

#[cfg(test)]
mod tests;
