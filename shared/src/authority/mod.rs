//! Changes to who is who and who may do what: decided here, by relay and screens alike.
//!
//! An edit names the state that it was made from. When that is gone, the edit is stale and says what stands there now,
//! so that edits made offline never overwrite somebody else's.

mod decide;
mod rules;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::MemberId;
use crate::roster::{Grant, Member, Roster, Unit};

pub use decide::{Decision, decide};
pub use rules::{Fault, manages, may_edit, reads_audit};

/// How many edits one act may hold: an import of everybody, with room.
pub const MAX_EDITS: usize = 10_000;

/// The campaign's titles.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Title {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// One change to the roster.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// The campaign is called otherwise.
    Title {
        /// As its maker saw it.
        before: Title,
        /// As it is to be.
        after: Title,
    },
    /// A unit is added, changed, or removed.
    Unit {
        /// As its maker saw it; none for a new one.
        before: Option<Unit>,
        /// As it is to be; none to remove it.
        after: Option<Unit>,
    },
    /// A person is added or changed. Whom documents name is never removed: one leaves.
    Member {
        /// As its maker saw it; none for a new one.
        before: Option<Box<Member>>,
        /// As it is to be.
        after: Box<Member>,
    },
    /// A person whom no document names is taken off the roster, with their grants.
    Remove {
        /// As its maker saw the person.
        before: Box<Member>,
    },
    /// A person may read a space besides what the roles give, or no longer.
    Grant {
        /// Who and what.
        grant: Grant,
        /// Given, or taken back.
        given: bool,
    },
}

/// What an edit is about, as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The campaign's titles.
    Title(Title),
    /// A unit.
    Unit(Unit),
    /// A person.
    Member(Box<Member>),
    /// There is none (any more).
    Nothing,
}

/// Why an act was not carried out. Nothing of it was, then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objection {
    /// Its maker may not do this.
    NotAllowed {
        /// Which of the edits, from 0.
        edit: usize,
    },
    /// The state it was made from is gone.
    Stale {
        /// Which of the edits, from 0.
        edit: usize,
        /// What stands there now.
        now: Subject,
    },
    /// It would make a roster that does not fit together.
    Invalid {
        /// Which of the edits, from 0.
        edit: usize,
        /// What does not fit.
        fault: Fault,
    },
    /// It cannot be read, or has too many edits.
    Unreadable,
}

/// What became of an act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It stands, durably, as of this version.
    Done {
        /// Of the roster.
        version: u64,
    },
    /// It was not carried out.
    Refused {
        /// Why.
        objection: Objection,
    },
}

/// Edits that lead from one version of the roster to the next, for those who hold the one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The version that it leads from.
    pub from: u64,
    /// That version's mark.
    pub mark: String,
    /// What was done.
    pub edits: Vec<Edit>,
}

impl Edit {
    /// An edit of a person.
    #[must_use]
    pub fn member(before: Option<Member>, after: Member) -> Self {
        Self::Member { before: before.map(Box::new), after: Box::new(after) }
    }

    /// The same change made to what stands now: what its maker changed, and nothing else, so that what others changed
    /// meanwhile stays. None if there is nothing left to change.
    #[must_use]
    pub fn over(&self, roster: &Roster) -> Option<Self> {
        let edit = match self {
            Self::Title { before, after } => {
                let now = Title { zh: roster.campaign.clone(), en: roster.campaign_en.clone() };
                let next =
                    Title { zh: merged(&before.zh, &after.zh, &now.zh), en: merged(&before.en, &after.en, &now.en) };
                (now != next).then_some(Self::Title { before: now, after: next })?
            }
            Self::Unit { before: Some(before), after } => {
                let now = roster.unit(&before.id)?.clone();
                let next = after.as_ref().map(|after| Unit {
                    id: now.id.clone(),
                    kind: merged(&before.kind, &after.kind, &now.kind),
                    name: merged(&before.name, &after.name, &now.name),
                    name_en: merged(&before.name_en, &after.name_en, &now.name_en),
                });
                (next.as_ref() != Some(&now)).then_some(Self::Unit { before: Some(now), after: next })?
            }
            Self::Member { before: Some(before), after } => {
                let now = roster.member(after.id)?.clone();
                let next = Member {
                    id: now.id,
                    key: now.key.clone(),
                    name: merged(&before.name, &after.name, &now.name),
                    name_en: merged(&before.name_en, &after.name_en, &now.name_en),
                    unit: merged(&before.unit, &after.unit, &now.unit),
                    roles: merged(&before.roles, &after.roles, &now.roles),
                    division: merged(&before.division, &after.division, &now.division),
                    linked: merged(&before.linked, &after.linked, &now.linked),
                    left: merged(&before.left, &after.left, &now.left),
                    since: now.since,
                };
                (now != next).then(|| Self::member(Some(now), next))?
            }
            Self::Remove { before } => Self::Remove { before: Box::new(roster.member(before.id)?.clone()) },
            Self::Unit { before: None, .. } | Self::Member { before: None, .. } | Self::Grant { .. } => self.clone(),
        };
        Some(edit)
    }
}

/// Whom edits take off the roster.
pub fn removed(edits: &[Edit]) -> impl Iterator<Item = MemberId> {
    edits.iter().filter_map(|edit| match edit {
        Edit::Remove { before } => Some(before.id),
        Edit::Title { .. } | Edit::Unit { .. } | Edit::Member { .. } | Edit::Grant { .. } => None,
    })
}

/// What was changed, or what stands.
fn merged<T: Clone + PartialEq>(before: &T, after: &T, now: &T) -> T {
    if before == after { now.clone() } else { after.clone() }
}

impl Roster {
    /// The next version, with the edits done. They are not checked: [`decide`] is for that.
    #[must_use]
    pub fn with(&self, edits: &[Edit]) -> Self {
        let mut next = self.clone();
        next.version += 1;
        next.mark = mark_after(&self.mark, edits);
        for edit in edits {
            next.take(edit);
        }
        next
    }

    /// The version that a step leads to; none if it does not lead from this one.
    #[must_use]
    pub fn after(&self, step: &Step) -> Option<Self> {
        (self.version == step.from && self.mark == step.mark).then(|| self.with(&step.edits))
    }

    fn take(&mut self, edit: &Edit) {
        let version = self.version;
        match edit {
            Edit::Title { after, .. } => {
                self.campaign.clone_from(&after.zh);
                self.campaign_en.clone_from(&after.en);
            }
            Edit::Unit { before, after } => {
                let at = before.as_ref().and_then(|unit| self.units.iter().position(|other| other.id == unit.id));
                match (at, after) {
                    (Some(at), Some(after)) => self.units[at] = after.clone(),
                    (Some(at), None) => drop(self.units.remove(at)),
                    (None, Some(after)) => self.units.push(after.clone()),
                    (None, None) => {}
                }
            }
            Edit::Member { after, .. } => match self.members.iter_mut().find(|member| member.id == after.id) {
                Some(member) => {
                    let same_rights =
                        member.unit == after.unit && member.roles == after.roles && member.left == after.left;
                    let since = if same_rights { member.since } else { version };
                    *member = Member { since, ..after.as_ref().clone() };
                }
                None => self.members.push(Member { since: version, ..after.as_ref().clone() }),
            },
            Edit::Remove { before } => {
                self.members.retain(|member| member.id != before.id);
                self.grants.retain(|grant| grant.member != before.id);
            }
            Edit::Grant { grant, given } => {
                self.grants.retain(|other| other != grant);
                if *given {
                    self.grants.push(grant.clone());
                }
                self.touch(grant.member);
            }
        }
    }

    fn touch(&mut self, id: MemberId) {
        let version = self.version;
        if let Some(member) = self.members.iter_mut().find(|member| member.id == id) {
            member.since = version;
        }
    }
}

fn mark_after(mark: &str, edits: &[Edit]) -> String {
    // Edits are plain strings and numbers, which JSON always can write.
    let edits = serde_json::to_vec(edits).unwrap_or_default();
    let digest = Sha256::new().chain_update(mark).chain_update([0]).chain_update(edits).finalize();
    hex::encode(&digest[..8])
}
