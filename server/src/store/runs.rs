//! The starts of the relay.

use rusqlite::Connection;

use super::open::takes_nothing;
use super::{Store, StoreError};
use crate::hub::{Run, Runs};

impl Store {
    /// Starts a run: a fresh secret, durably stored before any number of it is handed out. On a disk that takes nothing
    /// that is not yet so: then it goes in with the first commit that gets through, and `false` says so.
    ///
    /// # Errors
    /// If it cannot be stored for another reason.
    pub fn begin_run(&mut self) -> Result<(Runs, bool), StoreError> {
        let last: i64 = self.db.query_row(
            "SELECT max(coalesce((SELECT max(seq) FROM documents), 0), coalesce((SELECT max(first_seq) FROM runs), 0))",
            [],
            |row| row.get(0),
        )?;
        let mut runs = self.runs()?;
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(StoreError::Randomness)?;
        let run = Run { first_seq: (last + 1).cast_unsigned(), secret };
        let stored = match put(&self.db, run) {
            Ok(()) => true,
            Err(error) if takes_nothing(&error) => {
                tracing::error!(%error, "the disk takes nothing: what is there can be read, and nothing is stored until there is room");
                false
            }
            Err(error) => return Err(error.into()),
        };
        if stored {
            self.merge_if_long();
        } else {
            self.run = Some(run);
        }
        runs.push(run);
        Ok((Runs(runs), stored))
    }

    fn runs(&self) -> Result<Vec<Run>, StoreError> {
        let mut statement = self.db.prepare("SELECT first_seq, secret FROM runs ORDER BY first_seq")?;
        let runs = statement
            .query_map([], |row| Ok(Run { first_seq: row.get::<_, i64>(0)?.cast_unsigned(), secret: row.get(1)? }))?;
        Ok(runs.collect::<Result<_, _>>()?)
    }
}

/// Stores a run, by itself or within a commit.
pub(super) fn put(db: &Connection, run: Run) -> Result<(), rusqlite::Error> {
    db.execute("INSERT INTO runs (first_seq, secret) VALUES (?1, ?2)", (run.first_seq.cast_signed(), run.secret))?;
    Ok(())
}
