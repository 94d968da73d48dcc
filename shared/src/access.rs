//! Who may do what: one pure function of (roster, member, space), used by relay and screens alike.

use crate::ids::MemberId;
use crate::roster::{Grant, Member, Role, Roster};
use crate::space::Space;

/// Ordered levels: compared, never listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Access {
    /// The space does not exist for this person.
    None,
    /// May read, and receives every change.
    Read,
    /// May read and write.
    Write,
}

/// What `member` may do in `space` under this version of the roster.
///
/// Someone who is not in the roster may do nothing.
#[must_use]
pub fn access(roster: &Roster, member: MemberId, space: &Space) -> Access {
    roster.member(member).map_or(Access::None, |person| access_of(&roster.grants, person, space))
}

/// The same for a person who has been looked up. It depends on the person and on grants, on nobody else.
///
/// Someone who left may do nothing.
#[must_use]
pub fn access_of(grants: &[Grant], person: &Member, space: &Space) -> Access {
    if person.left {
        return Access::None;
    }
    let level = match space {
        Space::Private(owner) => write_if(*owner == person.id),
        Space::UnitMember(unit, owner) => {
            let in_unit = person.unit.as_ref() == Some(unit);
            let works_here = in_unit && (*owner == person.id || person.has(Role::UnitStaff));
            write_if(works_here || person.has(Role::CampaignOffice)).max(read_if(person.leads()))
        }
        Space::Unit(unit) => write_if(person.unit.as_ref() == Some(unit) || person.has(Role::CampaignOffice))
            .max(read_if(person.leads())),
        Space::Pair(a, b) => write_if(*a == person.id || *b == person.id),
        Space::Opinions(about, author) => {
            // The author's own only while what they are about may be read; its writers answer them.
            let about = access_of(grants, person, about);
            write_if(*author == person.id && about >= Access::Read).max(read_if(about == Access::Write))
        }
        Space::Group => write_if(person.leads() || person.has(Role::CampaignOffice)),
        Space::Campaign => write_if(person.has(Role::CampaignOffice)).max(read_if(is_enrolled(person))),
        Space::Evaluation => write_if(person.has(Role::CampaignOffice)).max(Access::Read),
    };
    level.max(read_if(is_granted(grants, person, space)))
}

/// Evaluators are asked for their view; that alone does not enrol them in the campaign.
pub(crate) fn is_enrolled(person: &Member) -> bool {
    person.unit.is_some() || person.roles.iter().any(|role| *role != Role::Evaluator)
}

fn is_granted(grants: &[Grant], person: &Member, space: &Space) -> bool {
    grants.iter().any(|grant| grant.member == person.id && grant.space == *space)
}

fn write_if(condition: bool) -> Access {
    if condition { Access::Write } else { Access::None }
}

fn read_if(condition: bool) -> Access {
    if condition { Access::Read } else { Access::None }
}

#[cfg(test)]
mod tests {
    use super::Access::{None as No, Read, Write};
    use super::*;
    use crate::ids::UnitId;
    use crate::roster::{Unit, UnitKind};

    fn unit(key: &str) -> UnitId {
        key.parse().expect("a unit key")
    }

    fn person(key: &str, in_unit: Option<&str>, roles: &[Role]) -> Member {
        Member { unit: in_unit.map(unit), roles: roles.into(), ..Member::new(MemberId::from_key(key), key, key) }
    }

    /// Columns of the table below.
    const PEOPLE: [&str; 8] = ["owner", "staff", "peer", "other", "office", "head", "supervisor", "evaluator"];

    fn roster() -> Roster {
        Roster {
            version: 1,
            units: vec![Unit { id: unit("a"), kind: UnitKind::Township, name: String::new(), name_en: String::new() }],
            members: vec![
                person("owner", Some("a"), &[]),
                person("staff", Some("a"), &[Role::UnitStaff]),
                person("peer", Some("a"), &[]),
                person("other", Some("b"), &[Role::UnitStaff]),
                person("office", Some("office"), &[Role::CampaignOffice]),
                person("head", Some("group"), &[Role::Head]),
                person("supervisor", None, &[Role::Supervisor]),
                person("evaluator", None, &[Role::Evaluator]),
            ],
            ..Roster::default()
        }
    }

    #[test]
    fn the_whole_table_of_spaces_and_people() {
        let owner = MemberId::from_key("owner");
        let peer = MemberId::from_key("peer");
        let own = Space::UnitMember(unit("a"), owner);
        let table = [
            (Space::Private(owner), [Write, No, No, No, No, No, No, No]),
            (own.clone(), [Write, Write, No, No, Write, Read, No, No]),
            (Space::Unit(unit("a")), [Write, Write, Write, No, Write, Read, No, No]),
            (Space::pair(owner, peer), [Write, No, Write, No, No, No, No, No]),
            (Space::Opinions(Box::new(Space::Unit(unit("a"))), owner), [Write, Read, Read, No, Read, No, No, No]),
            // `peer` may not read `own`, so has no opinions on it.
            (Space::Opinions(Box::new(own), peer), [Read, Read, No, No, Read, No, No, No]),
            (Space::Group, [No, No, No, No, Write, Write, No, No]),
            (Space::Campaign, [Read, Read, Read, Read, Write, Read, Read, No]),
            (Space::Evaluation, [Read, Read, Read, Read, Write, Read, Read, Read]),
        ];
        let roster = roster();
        for (space, expected) in table {
            let found = PEOPLE.map(|key| access(&roster, MemberId::from_key(key), &space));
            assert_eq!(found, expected, "{space}");
        }
    }

    #[test]
    fn a_grant_reads_one_space_and_writes_none() {
        let mut roster = roster();
        let supervisor = MemberId::from_key("supervisor");
        roster.grants.push(Grant { member: supervisor, space: Space::Unit(unit("a")) });
        assert_eq!(access(&roster, supervisor, &Space::Unit(unit("a"))), Read);
        assert_eq!(access(&roster, supervisor, &Space::Unit(unit("b"))), No);
    }

    #[test]
    fn a_member_who_moved_away_loses_the_work_left_with_the_unit() {
        let mut roster = roster();
        roster.members[0].unit = Some(unit("b"));
        let owner = roster.members[0].id;
        assert_eq!(access(&roster, owner, &Space::UnitMember(unit("a"), owner)), No);
        assert_eq!(access(&roster, owner, &Space::Private(owner)), Write);
    }

    #[test]
    fn someone_who_left_may_do_nothing() {
        let mut roster = roster();
        roster.members[4].left = true;
        let office = roster.members[4].id;
        for space in [Space::Group, Space::Campaign, Space::Evaluation, Space::Private(office)] {
            assert_eq!(access(&roster, office, &space), No, "{space}");
        }
    }

    #[test]
    fn a_stranger_may_do_nothing() {
        assert_eq!(access(&roster(), MemberId::from_key("nobody"), &Space::Evaluation), No);
    }
}
