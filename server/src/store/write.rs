//! Durable group commits.

use std::collections::HashMap;

use huigao_shared::audit::Deed;
use huigao_shared::ids::member_of;
use rusqlite::OptionalExtension;

use super::read::{encode_hashes, encode_numbers};
use super::{Author, Store, StoreError, audit, authors, runs};
use crate::hub::Batch;

/// Bodies up to this many bytes are stored inline.
pub(super) const INLINE: usize = 256;

/// How many are kept.
const MAX_ACTORS: usize = 65_536;

/// Numbers of actors that were looked up before, so that a steady writer costs no query.
#[derive(Default)]
pub struct ActorNumbers(HashMap<Vec<u8>, i64>);

impl Store {
    /// Commits a batch: when this returns, it is on disk. A batch that is already there (a commit whose
    /// outcome was not learnt) goes through without effect. What the log notes with it is dated `at`, in seconds since 1970.
    ///
    /// # Errors
    /// If it could not be committed; nothing of it is stored then.
    pub fn commit(&mut self, batch: &Batch, actors: &mut ActorNumbers, at: i64) -> Result<(), StoreError> {
        let result = self.try_commit(batch, actors, at);
        if result.is_err() {
            // Numbers handed out within the transaction went with it.
            actors.0.clear();
        } else {
            self.run = None;
            self.merge_if_long();
        }
        result
    }

    fn try_commit(&mut self, batch: &Batch, actors: &mut ActorNumbers, at: i64) -> Result<(), StoreError> {
        // It reads before it writes, and the office writes the log, too.
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if let Some(run) = self.run {
            // Before any number of it is told to anybody.
            runs::put(&tx, run)?;
        }
        {
            let mut document = tx.prepare_cached(
                "INSERT INTO documents (row, id, space, seq, heads, label, label_heads) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (row) DO UPDATE SET seq = excluded.seq, heads = excluded.heads,
                 label = excluded.label, label_heads = excluded.label_heads",
            )?;
            let mut known = tx.prepare_cached("SELECT 1 FROM documents WHERE row = ?1")?;
            let mut change = tx.prepare_cached(
                "INSERT INTO changes (document, number, hash, deps, actor, seq, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (document, number) DO UPDATE SET hash = excluded.hash WHERE hash = excluded.hash",
            )?;
            let mut aside =
                tx.prepare_cached("INSERT OR REPLACE INTO bodies (document, number, body) VALUES (?1, ?2, ?3)")?;
            let mut find_actor = tx.prepare_cached("SELECT number FROM actors WHERE id = ?1")?;
            let mut add_actor = tx.prepare_cached("INSERT INTO actors (id) VALUES (?1)")?;
            for commit in &batch.documents {
                if let Some(by) = &commit.published
                    && !known.exists([commit.row])?
                {
                    let author = commit.changes.first().and_then(|change| member_of(&change.meta.actor));
                    let author = author.filter(|author| *author != by.member);
                    let deed = Deed::Published { document: commit.document, author };
                    audit::add(&tx, at, &Author::of(by, at).did(deed))?;
                }
                let (label, label_heads) = match &commit.label {
                    Some((json, heads)) => (Some(json.as_slice()), Some(encode_hashes(heads))),
                    None => (None, None),
                };
                document.execute((
                    commit.row,
                    commit.document.as_bytes(),
                    commit.space.to_string(),
                    commit.seq.cast_signed(),
                    encode_hashes(&commit.heads),
                    label,
                    label_heads,
                ))?;
                for new in &commit.changes {
                    let id = new.meta.actor.to_bytes();
                    let actor = match actors.0.get(id) {
                        Some(number) => *number,
                        None => {
                            let known: Option<i64> = find_actor.query_row([id], |row| row.get(0)).optional()?;
                            let number = match known {
                                Some(number) => number,
                                None => add_actor.insert([id])?,
                            };
                            if actors.0.len() >= MAX_ACTORS {
                                actors.0.clear();
                            }
                            actors.0.insert(id.to_vec(), number);
                            number
                        }
                    };
                    let inline = (new.body.len() <= INLINE).then_some(new.body.as_ref());
                    let changed = change.execute((
                        commit.row,
                        new.index,
                        new.meta.hash.0,
                        encode_numbers(&new.deps),
                        actor,
                        new.meta.seq.cast_signed(),
                        inline,
                    ))?;
                    if changed == 0 {
                        let (document, row) = (commit.row, new.index);
                        return Err(StoreError::Row { document, row, what: "another change is there already" });
                    }
                    if inline.is_none() {
                        aside.execute((commit.row, new.index, new.body.as_ref()))?;
                    }
                }
                authors::put(&tx, commit.row, &commit.authors)?;
            }
        }
        tx.commit()?;
        Ok(())
    }
}
