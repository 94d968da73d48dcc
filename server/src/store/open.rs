//! Opening the file: who may, what it must be, and what is refused before anything is touched.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{APPLICATION_ID, FILE, Store, StoreError, log, migrations};
use crate::private;

/// SQLite's way of keeping the log's index in this process instead of in a file. Nobody else can look in then.
const WITHOUT_INDEX_FILE: &str = "unix-excl";

const WRITING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
const READING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

impl Store {
    /// Opens the data folder's database for reading and writing, making or migrating it as needed. No other relay gets
    /// in for as long as what is returned lives: two would each number changes as if the other were not there.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if there is another; if it is foreign, newer, damaged or lacks its log: it is refused,
    /// not touched.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Folder { path: folder.to_owned(), source };
        private::make_folder(folder).map_err(failed)?;
        // First of all: another program's relay may be at work, and an older one could not go on after a migration.
        let alone = lock(folder)?;
        let path = folder.join(FILE);
        if log::length(&path) > 0 && std::fs::metadata(&path).map_or(0, |file| file.len()) == 0 {
            // SQLite would delete a log beside an empty database, and with it what was written last.
            return Err(StoreError::MainMissing(path));
        }
        private::make_file(&path).map_err(failed)?;
        let log = log::length(&path);
        let (db, vfs) = match recognised(&path, None) {
            // On a full disk the index of the log has no room; what is there can be read without.
            Err(StoreError::Sqlite(error)) if cfg!(unix) && takes_nothing(&error) => {
                tracing::error!(%error, "the disk takes nothing: until there is room and the relay has been started again, no other huigao can look into the database");
                (recognised(&path, Some(WITHOUT_INDEX_FILE))?, Some(WITHOUT_INDEX_FILE))
            }
            opened => (opened?, None),
        };
        let mut store = Self { db, path, vfs, alone: Some(alone), merge_at: 0, run: None };
        log::must_be_here(&store, log)?;
        log::leave_if_unsettled(&store)?;
        migrations::refuse_newer(&store.db)?;
        store.keep_private();
        settle(&store.db)?;
        migrations::migrate(&mut store.db)?;
        // Last: what was made before is whole without a log.
        store.db.pragma_update(None, "journal_mode", "WAL").map_err(damaged)?;
        store.quick_check()?;
        Ok(store)
    }

    /// Opens a database that is there, beside a relay or without, and leaves its log as it is.
    ///
    /// # Errors
    /// If there is none, or it is not one of ours, of this version, with its log.
    pub fn existing(folder: &Path) -> Result<Self, StoreError> {
        match Self::as_it_is(folder)? {
            (store, None) => Ok(store),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// The same for copying it, with what speaks against using it: an older version or a database without its log can
    /// be copied.
    ///
    /// # Errors
    /// If there is none, or it is not one of ours, or a newer program's.
    pub fn as_it_is(folder: &Path) -> Result<(Self, Option<StoreError>), StoreError> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        let log = log::length(&path);
        let db = recognised(&path, None)?;
        settle(&db)?;
        let store = Self { db, path, vfs: None, alone: None, merge_at: u64::MAX, run: None };
        log::leave_if_unsettled(&store)?;
        store.keep_private();
        match log::must_be_here(&store, log).and_then(|()| migrations::must_fit(&store.db)) {
            Ok(()) => Ok((store, None)),
            Err(fault @ (StoreError::LogMissing(_) | StoreError::Older { .. })) => Ok((store, Some(fault))),
            Err(fault) => Err(fault),
        }
    }

    /// A second connection to the same file, for reading.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn reader(&self) -> Result<Self, StoreError> {
        let db = connect(&self.path, READING, self.vfs)?;
        Ok(Self { db, path: self.path.clone(), vfs: self.vfs, alone: None, merge_at: u64::MAX, run: None })
    }

    /// A second connection to the same file, for reading and writing.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn beside(&self) -> Result<Self, StoreError> {
        let db = connect(&self.path, WRITING, self.vfs)?;
        settle(&db)?;
        Ok(Self { db, path: self.path.clone(), vfs: self.vfs, alone: None, merge_at: u64::MAX, run: None })
    }

    /// Everybody's words are in them: they are nobody else's on this machine, whoever made them.
    fn keep_private(&self) {
        let beside = |ending: &str| self.path.with_file_name(format!("{FILE}{ending}"));
        for path in [self.path.clone(), beside("-wal"), beside("-shm"), self.path.with_file_name(LOCK)] {
            private::keep(&path);
        }
    }

    fn quick_check(&self) -> Result<(), StoreError> {
        let verdict: String = self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(verdict)) }
    }
}

const LOCK: &str = "huigao.lock";

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let failed = |source| StoreError::Folder { path: path.clone(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn connect(path: &Path, flags: OpenFlags, vfs: Option<&'static str>) -> Result<Connection, rusqlite::Error> {
    let db = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}

/// A connection to a database of ours, or to an empty file.
fn recognised(path: &Path, vfs: Option<&'static str>) -> Result<Connection, StoreError> {
    let db = connect(path, WRITING, vfs).map_err(damaged)?;
    let id: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(damaged)?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(damaged)?;
    if id == APPLICATION_ID || (id == 0 && tables == 0) { Ok(db) } else { Err(StoreError::Foreign(path.to_owned())) }
}

/// How everybody who writes goes about it.
fn settle(db: &Connection) -> Result<(), StoreError> {
    // Commits must be on disk before a receipt goes out.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Merging the log is the relay's writer's (`Store::merge`), and its length says how much is in it.
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "journal_size_limit", 0)?;
    Ok(())
}

/// Whether an error says that the disk takes nothing at the moment: it is full, or its mount may not be written.
pub(super) fn takes_nothing(error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
    matches!(error.sqlite_error_code(), Some(DiskFull | SystemIoFailure | ReadOnly | CannotOpen))
}

/// What SQLite says of a file that is no database, or a broken one, as a sentence that says what to do.
fn damaged(error: rusqlite::Error) -> StoreError {
    use ErrorCode::{DatabaseBusy, DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged(error.to_string()),
        Some(DatabaseBusy) => StoreError::InUse,
        Some(_) | None => StoreError::Sqlite(error),
    }
}
