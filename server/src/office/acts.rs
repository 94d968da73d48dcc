//! Acts: changes of the roster, decided, made durable, and told to everybody.

use std::collections::BTreeSet;
use std::sync::Arc;

use huigao_shared::audit::Deed;
use huigao_shared::authority::{Decision, Edit, Objection, Outcome, Step, decide, manages, removed};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;

use super::{Office, OfficeError, Seconds};
use crate::hub::{Event, Identity};
use crate::store::Author;

impl Office {
    /// Decides on an act as it came over the wire. Those whom what is not on disk yet names are not taken off.
    ///
    /// # Errors
    /// If the store fails; nothing was done then, and the act may be tried again.
    pub fn act(
        &mut self,
        identity: &Identity,
        json: &[u8],
        unstored: &BTreeSet<MemberId>,
        now: Seconds,
    ) -> Result<Outcome, OfficeError> {
        let Ok(edits) = serde_json::from_slice::<Vec<Edit>>(json) else {
            return Ok(Outcome::Refused { objection: Objection::Unreadable });
        };
        if matches!(self.still(identity), Err(OfficeError::Revoked)) {
            return Ok(Outcome::Refused { objection: Objection::NotAllowed { edit: 0 } });
        }
        // Asked for those only who may have their answer: it is looked for in all documents.
        let manages = self.roster.member(identity.member).is_some_and(manages);
        let mut named = self.store.named(&removed(&edits).filter(|_| manages).collect())?;
        named.extend(unstored);
        match decide(&self.roster, identity.member, &edits, &named) {
            Err(objection) => Ok(Outcome::Refused { objection }),
            Ok(Decision::Standing) => Ok(Outcome::Done { version: self.roster.version }),
            Ok(Decision::Changed { roster, edits }) => {
                let step = Step { from: self.roster.version, mark: self.roster.mark.clone(), edits };
                self.store.advance_roster(&Author::of(identity, now), &roster, &step)?;
                self.roster = Arc::new(*roster);
                self.forget_those_who_went(&step);
                (self.tell)(Event::Roster { roster: self.roster.clone(), step });
                Ok(Outcome::Done { version: self.roster.version })
            }
        }
    }

    /// Whoever left the campaign, or is on the roster no more, holds nothing any more; the hub ends their connections.
    fn forget_those_who_went(&mut self, step: &Step) {
        let left = step.edits.iter().filter_map(|edit| match edit {
            Edit::Member { after, .. } if after.left => Some(after.id),
            Edit::Title { .. } | Edit::Unit { .. } | Edit::Member { .. } | Edit::Remove { .. } | Edit::Grant { .. } => {
                None
            }
        });
        if removed(&step.edits).next().is_some() {
            self.learn_devices();
        }
        for member in left.chain(removed(&step.edits)) {
            for device in self.store.devices(Some(member)).unwrap_or_default() {
                self.passes.forget(device.id);
            }
        }
    }

    /// Whom no document names: they can be taken off the roster. With each, whether a device is enrolled, on which words
    /// may wait that nobody else has. For the campaign office.
    ///
    /// # Errors
    /// If somebody else asks, or the store fails.
    pub fn unnamed(&self, by: &Identity) -> Result<Vec<(MemberId, bool)>, OfficeError> {
        self.still(by)?;
        if !manages(self.person(by.member)?) {
            return Err(OfficeError::NotAllowed);
        }
        let named = self.store.named(&self.roster.members.iter().map(|member| member.id).collect())?;
        let enrolled = self.store.enrolled()?;
        let unnamed = self.roster.members.iter().map(|member| member.id).filter(|member| !named.contains(member));
        Ok(unnamed.map(|member| (member, enrolled.contains(&member))).collect())
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
        Ok(self.store.deliver(&Author::of(identity, now), documents)?)
    }

    /// Notes that a list was taken out as a file.
    ///
    /// # Errors
    /// If the store fails.
    pub fn exported(&mut self, identity: &Identity, list: &str, rows: usize, now: Seconds) -> Result<(), OfficeError> {
        let entry = Author::of(identity, now).did(Deed::Exported { list: list.to_owned(), rows });
        Ok(self.store.note(now, &entry)?)
    }
}
