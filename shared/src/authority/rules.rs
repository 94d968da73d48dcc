//! Who may edit what, and what a roster must hold to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Edit, removed};
use crate::ids::{MemberId, UnitId};
use crate::roster::{Member, Role, Roster, Unit};
use crate::space::Space;
use crate::text::seen::is_blank;

/// The most characters of a name.
const MAX_NAME: usize = 60;
/// The most characters of a division of work.
const MAX_DIVISION: usize = 200;

/// The most people of a roster, those who left included.
const MAX_MEMBERS: usize = 20_000;
/// The most people of one unit, those who left included, to which its own staff bring it: all share the roster.
pub(super) const MAX_OF_UNIT: usize = 500;
/// The most units that one person looks after.
const MAX_LINKED: usize = 200;

/// What does not fit about an edit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A name is empty.
    NoName,
    /// A name or a description has more characters than fit.
    TooLong,
    /// A key has other characters than lower-case letters, digits and hyphens, or none, or over 40.
    Key,
    /// Another person or unit has the same key.
    KeyTaken,
    /// Another unit has the same name.
    NameTaken,
    /// There is no such unit.
    NoUnit {
        /// Its key.
        unit: UnitId,
    },
    /// The unit has people.
    UnitHasPeople,
    /// Somebody else would be meant than before.
    OtherSubject,
    /// Nobody of the campaign office would be left.
    NoOffice,
    /// There is no such person.
    NoMember,
    /// Nobody may be let into this space.
    ClosedSpace,
    /// There are too many of them.
    TooMany,
    /// Documents name these: as authors, or by where they live. Such people leave, and stay on the roster.
    Named {
        /// All of the act of whom that is so.
        members: Vec<MemberId>,
    },
    /// The person is of the campaign office.
    OfOffice,
}

/// Whether the person edits the whole roster.
#[must_use]
pub fn manages(person: &Member) -> bool {
    !person.left && person.has(Role::CampaignOffice)
}

/// Whether the person reads the log of acts of authority.
#[must_use]
pub fn reads_audit(person: &Member) -> bool {
    !person.left && (person.has(Role::CampaignOffice) || person.has(Role::Supervisor))
}

/// Whether the person may make this edit: the campaign office any; staff of a unit those of its plain members, whose
/// roles they can neither give nor take.
#[must_use]
pub fn may_edit(by: &Member, edit: &Edit) -> bool {
    if by.left {
        return false;
    }
    if manages(by) {
        return true;
    }
    match edit {
        Edit::Member { before, after } => {
            let own = |member: &Member| member.unit.is_some() && member.unit == by.unit;
            let same_roles = before.as_ref().map_or(after.roles.is_empty(), |before| before.roles == after.roles);
            let plain = after.roles.iter().all(|role| *role == Role::UnitStaff);
            // Whom the office has sent away stays away, and colleagues of the same standing are not theirs to send.
            let same_standing = before
                .as_ref()
                .map_or(!after.left, |before| before.left == after.left || !before.left && before.roles.is_empty());
            by.has(Role::UnitStaff)
                && same_roles
                && same_standing
                && plain
                && own(after)
                && before.as_deref().is_none_or(own)
        }
        Edit::Title { .. } | Edit::Unit { .. } | Edit::Remove { .. } | Edit::Grant { .. } => false,
    }
}

/// What is wrong with an edit against the roster as it stands before it.
pub(super) fn fault_of(roster: &Roster, edit: &Edit) -> Option<Fault> {
    match edit {
        Edit::Title { after, .. } => name_fault(&after.zh).or_else(|| length_fault(&after.en)),
        Edit::Unit { before, after: Some(after) } => unit_fault(roster, before.as_ref(), after),
        Edit::Unit { before: Some(before), after: None } => {
            let has_people = roster
                .members
                .iter()
                .any(|member| member.unit.as_ref() == Some(&before.id) || member.linked.contains(&before.id));
            has_people.then_some(Fault::UnitHasPeople)
        }
        Edit::Unit { before: None, after: None } => Some(Fault::OtherSubject),
        Edit::Member { before, after } => member_fault(roster, before.as_deref(), after),
        Edit::Remove { before } => before.has(Role::CampaignOffice).then_some(Fault::OfOffice),
        Edit::Grant { grant, given: true } if is_closed(&grant.space) => Some(Fault::ClosedSpace),
        Edit::Grant { grant, .. } => roster.member(grant.member).is_none().then_some(Fault::NoMember),
    }
}

/// What is too much for whoever does not manage the whole roster.
pub(super) fn quota_fault(roster: &Roster, by: &Member, edit: &Edit) -> Option<Fault> {
    let Edit::Member { before: None, after } = edit else { return None };
    let of_unit = || roster.members.iter().filter(|member| member.unit == after.unit).count();
    (!manages(by) && of_unit() >= MAX_OF_UNIT).then_some(Fault::TooMany)
}

/// Who of those whom an act removes is named by documents, if this edit removes one of them.
pub(super) fn named_fault(edits: &[Edit], edit: &Edit, named: &BTreeSet<MemberId>) -> Option<Fault> {
    let Edit::Remove { before } = edit else { return None };
    let all = || removed(edits).filter(|member| named.contains(member)).collect();
    named.contains(&before.id).then(|| Fault::Named { members: all() })
}

/// Spaces that nobody but their owners ever reads.
fn is_closed(space: &Space) -> bool {
    match space {
        Space::Private(_) | Space::Pair(..) => true,
        Space::Opinions(about, _) => is_closed(about),
        Space::UnitMember(..) | Space::Unit(_) | Space::Group | Space::Campaign | Space::Evaluation => false,
    }
}

fn unit_fault(roster: &Roster, before: Option<&Unit>, after: &Unit) -> Option<Fault> {
    if before.is_some_and(|before| before.id != after.id) {
        return Some(Fault::OtherSubject);
    }
    let same_name = |unit: &Unit| unit.id != after.id && unit.name.trim() == after.name.trim();
    if roster.units.iter().any(same_name) {
        return Some(Fault::NameTaken);
    }
    if before.is_none() && roster.unit(&after.id).is_some() {
        return Some(Fault::KeyTaken);
    }
    name_fault(&after.name).or_else(|| length_fault(&after.name_en))
}

fn member_fault(roster: &Roster, before: Option<&Member>, after: &Member) -> Option<Fault> {
    if before.is_some_and(|before| before.id != after.id) {
        return Some(Fault::OtherSubject);
    }
    // Keys are of the same alphabet as units'.
    if after.key.parse::<UnitId>().is_err() {
        return Some(Fault::Key);
    }
    if roster.members.iter().any(|member| member.id != after.id && member.key == after.key) {
        return Some(Fault::KeyTaken);
    }
    if before.is_none() && roster.members.len() >= MAX_MEMBERS || after.linked.len() > MAX_LINKED {
        return Some(Fault::TooMany);
    }
    let units = after.unit.iter().chain(&after.linked);
    if let Some(unit) = units.into_iter().find(|unit| roster.unit(unit).is_none()) {
        return Some(Fault::NoUnit { unit: unit.clone() });
    }
    if after.division.chars().count() > MAX_DIVISION {
        return Some(Fault::TooLong);
    }
    name_fault(&after.name).or_else(|| length_fault(&after.name_en))
}

fn name_fault(name: &str) -> Option<Fault> {
    if is_blank(name) { Some(Fault::NoName) } else { length_fault(name) }
}

fn length_fault(text: &str) -> Option<Fault> {
    (text.chars().count() > MAX_NAME).then_some(Fault::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MemberId;

    #[test]
    fn the_office_and_supervisors_read_the_log_while_they_are_in_the_campaign() {
        let person = |role: Role, left: bool| {
            let id = MemberId::from_key("p");
            Member { roles: vec![role], left, ..Member::new(id, "p", "p") }
        };
        let reads = [Role::CampaignOffice, Role::Supervisor, Role::UnitStaff, Role::Head, Role::Evaluator]
            .map(|role| reads_audit(&person(role, false)));
        assert_eq!(reads, [true, true, false, false, false]);
        assert!(!reads_audit(&person(Role::CampaignOffice, true)));
    }
}
