//! The roster as it stands, and the steps that led to it.

use std::sync::Arc;

use huigao_shared::audit::{Deed, Entry};
use huigao_shared::authority::{Edit, Step, manages};
use huigao_shared::ids::{DeviceId, DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;

use super::devices::take_back;
use super::{Store, StoreError, audit, devices, tokens};
use crate::hub::{Identity, Proof};

/// Names the roster among the named values.
const ROSTER: &str = "roster";

/// Who does something, and when.
#[derive(Clone, Debug)]
pub struct Author {
    /// The person; none for the command line.
    pub member: Option<MemberId>,
    /// The device, if it is an enrolled one.
    pub device: Option<DeviceId>,
    /// The bearer token, by its public name, if it is another program.
    pub token: Option<String>,
    /// Seconds since 1970.
    pub at: i64,
}

impl Author {
    /// The relay's own command line, or its first-run page.
    #[must_use]
    pub fn console(at: i64) -> Self {
        Self { member: None, device: None, token: None, at }
    }

    /// Under whose name an identity acts.
    #[must_use]
    pub fn of(identity: &Identity, at: i64) -> Self {
        let (device, token) = match &identity.proof {
            Proof::Device(device) => (Some(*device), None),
            Proof::Token(token) => (None, Some(token.clone())),
            Proof::Demonstration => (None, None),
        };
        Self { member: Some(identity.member), device, token, at }
    }

    /// An entry for the audit log by this author.
    #[must_use]
    pub fn did(&self, deed: Deed) -> Entry {
        Entry { by: self.member, device: self.device, token: self.token.clone(), deed }
    }
}

impl Store {
    /// The roster, if there is one.
    ///
    /// # Errors
    /// If what is stored cannot be read.
    pub fn roster(&self) -> Result<Option<Roster>, StoreError> {
        let json = self.meta(ROSTER)?;
        json.map(|json| serde_json::from_str(&json).map_err(StoreError::Roster)).transpose()
    }

    /// Sets the first roster.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn set_first_roster(&mut self, by: &Author, roster: &Roster) -> Result<(), StoreError> {
        let tx = self.begin()?;
        put(&tx, roster)?;
        audit::add(&tx, by.at, &by.did(Deed::CampaignMade { title: roster.campaign.clone() }))?;
        Ok(tx.commit()?)
    }

    /// Stores the next roster and the step that led to it.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn advance_roster(&mut self, by: &Author, roster: &Roster, step: &Step) -> Result<(), StoreError> {
        let tx = self.begin()?;
        put(&tx, roster)?;
        let json = serde_json::to_string(step).map_err(StoreError::Json)?;
        tx.execute("INSERT INTO roster_steps (version, step) VALUES (?1, ?2)", (step.from.cast_signed(), json))?;
        for edit in &step.edits {
            let deed = Deed::RosterChanged { version: roster.version, edit: Box::new(edit.clone()) };
            audit::add(&tx, by.at, &by.did(deed))?;
            if let Edit::Member { before: Some(before), after } = edit
                && manages(before)
                && !manages(after)
            {
                // Whoever may invite others no more does not come back as one of them.
                take_back(&tx, by, after.id)?;
            }
            if let Edit::Remove { before } = edit {
                devices::end_all(&tx, by, before.id)?;
                tokens::end_all(&tx, by, before.id)?;
            }
        }
        Ok(tx.commit()?)
    }

    /// The last steps, in order, up to `most`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn steps(&self, most: usize) -> Result<Vec<Step>, StoreError> {
        let mut statement = self.db.prepare("SELECT step FROM roster_steps ORDER BY version DESC LIMIT ?1")?;
        let rows = statement.query_map([most as i64], |row| row.get::<_, String>(0))?;
        let mut steps = Vec::new();
        for json in rows {
            // One that cannot be read ends the way back: whoever lacks it gets the whole roster.
            let Ok(step) = serde_json::from_str(&json?) else { break };
            steps.push(step);
        }
        steps.reverse();
        Ok(steps)
    }

    /// Notes first deliveries to a device, or to the program that has a token.
    ///
    /// # Errors
    /// If they cannot be stored.
    pub fn deliver(&mut self, by: &Author, documents: &[(DocumentId, Arc<Space>)]) -> Result<(), StoreError> {
        let to = match (by.device, &by.token) {
            (Some(device), _) => device.as_bytes().to_vec(),
            (None, Some(token)) => token.clone().into_bytes(),
            (None, None) => return Ok(()),
        };
        let tx = self.begin()?;
        for (document, space) in documents {
            let new = tx.execute(
                "INSERT OR IGNORE INTO deliveries (device, document) VALUES (?1, ?2)",
                (&to, document.as_bytes()),
            )?;
            if new == 1 {
                let deed = Deed::Delivered { document: *document, space: space.as_ref().clone() };
                audit::add(&tx, by.at, &by.did(deed))?;
            }
        }
        Ok(tx.commit()?)
    }
}

fn put(db: &rusqlite::Connection, roster: &Roster) -> Result<(), StoreError> {
    let json = serde_json::to_string(roster).map_err(StoreError::Json)?;
    db.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (ROSTER, json),
    )?;
    Ok(())
}
