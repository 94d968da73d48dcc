//! By whose hands changes came, and who wrote what.

use std::collections::BTreeSet;

use automerge::{ActorId, ChangeHash};
use huigao_shared::authorship::{AuthorRows, Binding, Handover, Verdict};
use huigao_shared::ids::{DocumentId, MemberId, member_of};
use huigao_shared::space::Space;
use rusqlite::Transaction;

use super::{Store, StoreError};
use crate::hub::Row;

const VERDICTS: [(Verdict, i64); 3] = [(Verdict::Open, 0), (Verdict::Confirmed, 1), (Verdict::Disowned, 2)];

impl Store {
    /// What is known of a document's authors.
    ///
    /// # Errors
    /// If a row does not hold what it should.
    pub fn authors(&self, document: Row) -> Result<AuthorRows, StoreError> {
        let fault = |what| StoreError::Row { document, row: 0, what };
        let mut rows = AuthorRows::default();
        let mut bindings = self.db.prepare_cached("SELECT actor, member FROM bindings WHERE document = ?1")?;
        let mut found = bindings.query([document])?;
        while let Some(row) = found.next()? {
            let actor = ActorId::from(row.get_ref(0)?.as_blob().map_err(|_| fault("bad actor"))?);
            rows.bound.push(Binding { actor, member: MemberId::from_bytes(row.get(1)?) });
        }
        let mut handovers = self.db.prepare_cached(
            "SELECT actor, first, last, hash, author, via, verdict FROM handovers WHERE document = ?1",
        )?;
        let mut found = handovers.query([document])?;
        while let Some(row) = found.next()? {
            let verdict: i64 = row.get(6)?;
            rows.handed.push(Handover {
                actor: ActorId::from(row.get_ref(0)?.as_blob().map_err(|_| fault("bad actor"))?),
                from: row.get::<_, i64>(1)?.cast_unsigned(),
                to: row.get::<_, i64>(2)?.cast_unsigned(),
                hash: ChangeHash(row.get(3)?),
                author: MemberId::from_bytes(row.get(4)?),
                via: MemberId::from_bytes(row.get(5)?),
                verdict: VERDICTS
                    .iter()
                    .find(|(_, number)| *number == verdict)
                    .map(|(verdict, _)| *verdict)
                    .ok_or_else(|| fault("bad verdict"))?,
            });
        }
        Ok(rows)
    }

    /// Who wrote in these documents, and who brought others' words there.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn writers(&self, documents: &[Row]) -> Result<BTreeSet<MemberId>, StoreError> {
        let mut actors = self.db.prepare_cached(
            "SELECT a.id FROM actors a WHERE a.number IN (SELECT DISTINCT c.actor FROM changes c WHERE c.document = ?1)",
        )?;
        let mut people = self.db.prepare_cached(
            "SELECT member FROM bindings WHERE document = ?1 UNION SELECT author FROM handovers WHERE document = ?1
             UNION SELECT via FROM handovers WHERE document = ?1",
        )?;
        let mut writers = BTreeSet::new();
        for document in documents {
            let mut found = actors.query([document])?;
            while let Some(row) = found.next()? {
                let actor = row.get_ref(0)?.as_blob().ok().map(ActorId::from);
                writers.extend(actor.and_then(|actor| member_of(&actor)));
            }
            let mut found = people.query([document])?;
            while let Some(row) = found.next()? {
                writers.insert(MemberId::from_bytes(row.get(0)?));
            }
        }
        Ok(writers)
    }

    /// Which of these people documents name: as authors, as those who brought others' words, or by where they live.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn named(&self, people: &BTreeSet<MemberId>) -> Result<BTreeSet<MemberId>, StoreError> {
        let mut named = BTreeSet::new();
        if people.is_empty() {
            return Ok(named);
        }
        // Our actors begin with their member, and have eight bytes more.
        let mut actors =
            self.db.prepare_cached("SELECT 1 FROM actors WHERE id BETWEEN ?1 AND ?2 AND length(id) = 24")?;
        for member in people {
            let (first, last) = (member.as_bytes().as_slice(), [member.as_bytes().as_slice(), &[0xff; 8]].concat());
            if actors.exists((first, last))? {
                named.insert(*member);
            }
        }
        let mut others = self.db.prepare_cached(
            "SELECT member FROM bindings UNION SELECT author FROM handovers UNION SELECT via FROM handovers",
        )?;
        let mut found = others.query([])?;
        while let Some(row) = found.next()? {
            let member = MemberId::from_bytes(row.get(0)?);
            named.extend(people.contains(&member).then_some(member));
        }
        let mut spaces = self.db.prepare_cached("SELECT DISTINCT space FROM documents")?;
        let mut found = spaces.query([])?;
        while let Some(row) = found.next()? {
            // A record that cannot be read is counted elsewhere, and names nobody who could be told.
            let space = row.get::<_, String>(0).ok().and_then(|space| space.parse::<Space>().ok());
            let owners = space.iter().flat_map(Space::people);
            named.extend(owners.filter(|owner| people.contains(owner)));
        }
        Ok(named)
    }

    /// Who has yet to say of which document whether what came in their name is theirs.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn awaiting(&self) -> Result<Vec<(MemberId, DocumentId)>, StoreError> {
        let mut statement = self.db.prepare(
            "SELECT DISTINCT h.author, d.id FROM handovers h JOIN documents d ON d.row = h.document WHERE h.verdict = 0",
        )?;
        let found = statement
            .query_map([], |row| Ok((MemberId::from_bytes(row.get(0)?), DocumentId::from_bytes(row.get(1)?))))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

/// Within a commit: rows that are there already under their keys are replaced.
pub(super) fn put(tx: &Transaction<'_>, document: Row, rows: &AuthorRows) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut bind =
        tx.prepare_cached("INSERT OR REPLACE INTO bindings (document, actor, member) VALUES (?1, ?2, ?3)")?;
    for binding in &rows.bound {
        bind.execute((document, binding.actor.to_bytes(), binding.member.as_bytes()))?;
    }
    let mut hand = tx.prepare_cached(
        "INSERT OR REPLACE INTO handovers (document, actor, first, last, hash, author, via, verdict)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for handover in &rows.handed {
        let verdict =
            VERDICTS.iter().find(|(verdict, _)| *verdict == handover.verdict).map_or(0, |(_, number)| *number);
        hand.execute((
            document,
            handover.actor.to_bytes(),
            handover.from.cast_signed(),
            handover.to.cast_signed(),
            handover.hash.0,
            handover.author.as_bytes(),
            handover.via.as_bytes(),
            verdict,
        ))?;
    }
    Ok(())
}
