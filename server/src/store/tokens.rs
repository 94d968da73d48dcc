//! Bearer tokens for other automerge-repo clients: only their digests are kept.

use huigao_shared::audit::Deed;
use huigao_shared::ids::MemberId;
use huigao_shared::space::Space;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::roster::Author;
use super::{Store, StoreError, audit};
use crate::hub::{Identity, Proof};

/// A token to be made.
pub struct NewToken {
    /// For whom.
    pub member: MemberId,
    /// Where the client's new documents go.
    pub home: Space,
    /// What its owner calls it.
    pub name: String,
    /// Seconds since 1970, now.
    pub now: i64,
    /// Seconds since 1970 at which it ends.
    pub expires: i64,
}

/// A token as it is listed; the secret itself cannot be shown again.
#[derive(Debug)]
pub struct TokenRow {
    /// Its public name, to revoke it by.
    pub id: String,
    /// Whose it is.
    pub member: MemberId,
    /// What its owner calls it.
    pub name: String,
    /// Seconds since 1970 at which it ends.
    pub expires: i64,
    /// Seconds since 1970 at which it was revoked.
    pub revoked: Option<i64>,
}

/// Revokes every token of a person.
pub(super) fn end_all(db: &Connection, by: &Author, member: MemberId) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached("SELECT id FROM tokens WHERE member = ?1 AND revoked IS NULL")?;
    let tokens = statement.query_map([member.as_bytes()], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for token in tokens {
        db.execute("UPDATE tokens SET revoked = ?2 WHERE id = ?1", (&token, by.at))?;
        audit::add(db, by.at, &by.did(Deed::TokenRevoked { token }))?;
    }
    Ok(())
}

impl Store {
    /// Makes a token and returns its secret, which is stored nowhere.
    ///
    /// # Errors
    /// If there is no randomness or it cannot be stored.
    pub fn add_token(&mut self, new: &NewToken) -> Result<String, StoreError> {
        let mut random = [0; 36];
        getrandom::fill(&mut random).map_err(StoreError::Randomness)?;
        let (id, secret) = random.split_at(4);
        let (id, secret) = (hex::encode(id), hex::encode(secret));
        let digest: [u8; 32] = Sha256::digest(&secret).into();
        let tx = self.begin()?;
        tx.execute(
            "INSERT INTO tokens (id, digest, member, home, name, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (&id, digest, new.member.as_bytes(), new.home.to_string(), &new.name, new.now, new.expires),
        )?;
        let deed = Deed::TokenMade { member: new.member, token: id };
        audit::add(&tx, new.now, &Author::console(new.now).did(deed))?;
        tx.commit()?;
        Ok(secret)
    }

    /// Who a token stands for, if it is good at `now` (seconds since 1970).
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn identify(&self, secret: &str, now: i64) -> Result<Option<Identity>, StoreError> {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let found: Option<(String, [u8; 16], String)> = self
            .db
            .query_row(
                "SELECT id, member, home FROM tokens WHERE digest = ?1 AND revoked IS NULL AND expires > ?2",
                (digest, now),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        Ok(found.and_then(|(id, member, home)| {
            let member = MemberId::from_bytes(member);
            Some(Identity { member, home: home.parse().ok()?, proof: Proof::Token(id), peer_id: None })
        }))
    }

    /// Which of these tokens are good no more at `now` (seconds since 1970).
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn ended_tokens(&self, ids: &[String], now: i64) -> Result<Vec<String>, StoreError> {
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM tokens WHERE id = ?1 AND revoked IS NULL AND expires > ?2")?;
        let mut ended = Vec::new();
        for id in ids {
            if !statement.exists((id, now))? {
                ended.push(id.clone());
            }
        }
        Ok(ended)
    }

    /// All tokens, the newest first.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let mut statement =
            self.db.prepare("SELECT id, member, name, expires, revoked FROM tokens ORDER BY created DESC, id")?;
        let rows = statement.query_map([], |row| {
            Ok(TokenRow {
                id: row.get(0)?,
                member: MemberId::from_bytes(row.get(1)?),
                name: row.get(2)?,
                expires: row.get(3)?,
                revoked: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Revokes a token; false if there is none of this name that still stood.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn revoke_token(&mut self, id: &str, now: i64) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let done = tx.execute("UPDATE tokens SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL", (id, now))? > 0;
        if done {
            let deed = Deed::TokenRevoked { token: id.to_owned() };
            audit::add(&tx, now, &Author::console(now).did(deed))?;
        }
        tx.commit()?;
        Ok(done)
    }
}
