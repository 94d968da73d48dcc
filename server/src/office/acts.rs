//! Acts: changes of the roster, decided, made durable, and told to everybody.

use std::sync::Arc;

use huigao_shared::audit::Deed;
use huigao_shared::authority::{Decision, Edit, Objection, Outcome, Step, decide};
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;

use super::{Office, OfficeError, Seconds, author};
use crate::hub::{Event, Identity};

impl Office {
    /// Decides on an act as it came over the wire.
    ///
    /// # Errors
    /// If the store fails; nothing was done then, and the act may be tried again.
    pub fn act(&mut self, identity: &Identity, json: &[u8], now: Seconds) -> Result<Outcome, OfficeError> {
        let Ok(edits) = serde_json::from_slice::<Vec<Edit>>(json) else {
            return Ok(Outcome::Refused { objection: Objection::Unreadable });
        };
        if matches!(self.still(identity), Err(OfficeError::Revoked)) {
            return Ok(Outcome::Refused { objection: Objection::NotAllowed { edit: 0 } });
        }
        match decide(&self.roster, identity.member, &edits) {
            Err(objection) => Ok(Outcome::Refused { objection }),
            Ok(Decision::Standing) => Ok(Outcome::Done { version: self.roster.version }),
            Ok(Decision::Changed { roster, edits }) => {
                let step = Step { from: self.roster.version, mark: self.roster.mark.clone(), edits };
                self.store.advance_roster(&author(identity, now), &roster, &step)?;
                self.roster = Arc::new(*roster);
                self.forget_those_who_left(&step);
                (self.tell)(Event::Roster { roster: self.roster.clone(), step });
                Ok(Outcome::Done { version: self.roster.version })
            }
        }
    }

    /// Whoever left the campaign holds nothing any more; the hub ends their connections.
    fn forget_those_who_left(&mut self, step: &Step) {
        for edit in &step.edits {
            if let Edit::Member { after, .. } = edit
                && after.left
            {
                for device in self.store.devices(Some(after.id)).unwrap_or_default() {
                    self.passes.forget(device.id);
                }
            }
        }
    }

    /// Notes that documents came to an office's device for the first time.
    ///
    /// # Errors
    /// If the store fails.
    pub fn delivered(
        &mut self,
        identity: &Identity,
        documents: &[(DocumentId, Arc<Space>)],
        now: Seconds,
    ) -> Result<(), OfficeError> {
        Ok(self.store.deliver(&author(identity, now), documents)?)
    }

    /// Notes that a list was taken out as a file.
    ///
    /// # Errors
    /// If the store fails.
    pub fn exported(&mut self, identity: &Identity, list: &str, rows: usize, now: Seconds) -> Result<(), OfficeError> {
        let entry = author(identity, now).did(Deed::Exported { list: list.to_owned(), rows });
        Ok(self.store.note(now, &entry)?)
    }
}
