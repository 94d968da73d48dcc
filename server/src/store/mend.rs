//! Bodies that are damaged: which, and storing them again when somebody has brought them.

use automerge::ChangeHash;
use bytes::Bytes;
use huigao_shared::change::hash_of;

use super::write::INLINE;
use super::{Store, StoreError};
use crate::hub::Row;

impl Store {
    /// The changes of a document whose bodies are missing, or are not what their hashes say, by number.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn damaged(&self, document: Row) -> Result<Vec<(u32, ChangeHash)>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.number, c.hash, coalesce(c.body, b.body) FROM changes c
             LEFT JOIN bodies b ON c.body IS NULL AND b.document = c.document AND b.number = c.number
             WHERE c.document = ?1 ORDER BY c.number",
        )?;
        let mut rows = statement.query([document])?;
        let mut damaged = Vec::new();
        while let Some(row) = rows.next()? {
            // What fits a hash that is damaged itself nobody could bring.
            let Ok(hash) = row.get::<_, [u8; 32]>(1).map(ChangeHash) else { continue };
            let is_sound = row.get_ref(2)?.as_blob().is_ok_and(|body| hash_of(body) == Some(hash));
            if !is_sound {
                damaged.push((row.get(0)?, hash));
            }
        }
        Ok(damaged)
    }

    /// Puts bodies in the place of damaged ones, durably. Numbers, hashes and all else stay. One that is not what the
    /// hash at its place says is passed over.
    ///
    /// # Errors
    /// If they could not be stored; none is then.
    pub fn mend(&mut self, document: Row, bodies: &[(u32, ChangeHash, Bytes)]) -> Result<(), StoreError> {
        let tx = self.begin()?;
        {
            let mut change =
                tx.prepare_cached("UPDATE changes SET body = ?4 WHERE document = ?1 AND number = ?2 AND hash = ?3")?;
            let mut aside =
                tx.prepare_cached("INSERT OR REPLACE INTO bodies (document, number, body) VALUES (?1, ?2, ?3)")?;
            for (number, hash, body) in bodies.iter().filter(|(_, hash, body)| hash_of(body) == Some(*hash)) {
                let inline = (body.len() <= INLINE).then_some(body.as_ref());
                let changed = change.execute((document, number, hash.0, inline))?;
                if changed == 1 && inline.is_none() {
                    aside.execute((document, number, body.as_ref()))?;
                }
            }
        }
        tx.commit()?;
        self.merge_if_long();
        Ok(())
    }
}
