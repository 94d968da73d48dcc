//! The roster as one person sees it: everybody, or as few as the person's screens need.

use std::collections::BTreeSet;

use super::{Grant, Member, Roster};
use crate::access::is_enrolled;
use crate::ids::MemberId;
use crate::space::Space;

/// Whether a person sees the whole roster.
///
/// Whoever is enrolled does: talks are held in pairs with anybody, staff add people and must see who is there, and
/// supervisors read a log that names anybody. Who is asked for an opinion only, and who is nothing yet, does not.
#[must_use]
pub fn sees_everybody(person: &Member) -> bool {
    is_enrolled(person)
}

/// The spaces of others that a person who does not see everybody may read: what is put to evaluation, and what was
/// granted. Spaces that name the person are not among them.
#[must_use]
pub fn spaces_of_others(roster: &Roster, member: MemberId) -> BTreeSet<Space> {
    let granted = roster.grants.iter().filter(|grant| grant.member == member).map(|grant| grant.space.clone());
    granted.chain([Space::Evaluation]).collect()
}

/// The roster as `member` is to have it. `written_by` are those who wrote in documents that the member may read.
///
/// Who sees everybody gets it as it is. Anybody else gets the units, themselves, the grants that are theirs, and by name
/// and unit those with whom they deal: the campaign office and the leading group, who wrote what they read, and whom the
/// granted spaces name. [`access`](crate::access::access) says the same of the member by it as by the whole.
#[must_use]
pub fn seen_by(roster: &Roster, member: MemberId, written_by: &BTreeSet<MemberId>) -> Roster {
    if roster.member(member).is_some_and(sees_everybody) {
        return roster.clone();
    }
    let grants: Vec<Grant> = roster.grants.iter().filter(|grant| grant.member == member).cloned().collect();
    let named: BTreeSet<MemberId> = grants.iter().flat_map(|grant| grant.space.people()).collect();
    let seen = |person: &Member| {
        if person.id == member {
            return Some(person.clone());
        }
        let is_dealt_with = !person.left && person.works_county_wide();
        let is_seen = is_dealt_with || written_by.contains(&person.id) || named.contains(&person.id);
        is_seen.then(|| by_name(person))
    };
    Roster {
        version: roster.version,
        mark: roster.mark.clone(),
        campaign: roster.campaign.clone(),
        campaign_en: roster.campaign_en.clone(),
        units: roster.units.clone(),
        members: roster.members.iter().filter_map(seen).collect(),
        grants,
        partial: true,
    }
}

/// What others are told of a person: name and unit, and in which office the person answers for the campaign.
fn by_name(person: &Member) -> Member {
    Member {
        name_en: person.name_en.clone(),
        unit: person.unit.clone(),
        roles: if person.works_county_wide() { person.roles.clone() } else { Vec::new() },
        left: person.left,
        ..Member::new(person.id, "", &person.name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::{Access, access};
    use crate::ids::UnitId;
    use crate::roster::{Role, Unit, UnitKind};

    const PEOPLE: u8 = 6;

    fn id(number: u8) -> MemberId {
        MemberId::from_bytes([number; 16])
    }

    fn unit(key: &str) -> UnitId {
        key.parse().expect("a unit key")
    }

    fn a_member() -> impl Strategy<Value = MemberId> {
        (0..PEOPLE).prop_map(id)
    }

    fn a_unit() -> impl Strategy<Value = UnitId> {
        prop_oneof![Just(unit("a")), Just(unit("b"))]
    }

    fn a_space() -> impl Strategy<Value = Space> {
        let plain = prop_oneof![
            a_member().prop_map(Space::Private),
            (a_unit(), a_member()).prop_map(|(unit, owner)| Space::UnitMember(unit, owner)),
            a_unit().prop_map(Space::Unit),
            (a_member(), a_member()).prop_map(|(a, b)| Space::pair(a, b)),
            Just(Space::Group),
            Just(Space::Campaign),
            Just(Space::Evaluation),
        ];
        (plain, proptest::option::of(a_member())).prop_map(|(space, author)| match author {
            Some(author) => Space::Opinions(Box::new(space), author),
            None => space,
        })
    }

    fn a_person(number: u8) -> impl Strategy<Value = Member> {
        let roles = prop_oneof![
            Just(Vec::new()),
            Just(vec![Role::Evaluator]),
            proptest::sample::subsequence(Role::ALL.to_vec(), 0..=3),
        ];
        (proptest::option::of(a_unit()), roles, any::<bool>()).prop_map(move |(unit, roles, left)| {
            let key = format!("p-{number}");
            Member { unit, roles, left, division: "教育".into(), since: 3, ..Member::new(id(number), &key, &key) }
        })
    }

    fn a_roster() -> impl Strategy<Value = Roster> {
        let people: Vec<_> = (0..PEOPLE).map(a_person).collect();
        let grants = proptest::collection::vec((a_member(), a_space()), 0..6);
        (people, grants).prop_map(|(members, grants)| Roster {
            version: 7,
            mark: "m".into(),
            units: ["a", "b"]
                .map(|key| Unit { id: unit(key), kind: UnitKind::Township, name: key.into(), name_en: key.into() })
                .to_vec(),
            members,
            grants: grants.into_iter().map(|(member, space)| Grant { member, space }).collect(),
            ..Roster::default()
        })
    }

    proptest! {
        #[test]
        fn one_may_do_the_same_by_what_one_sees_as_by_the_whole(
            roster in a_roster(),
            me in a_member(),
            written_by in proptest::collection::btree_set(a_member(), 0..3),
            spaces in proptest::collection::vec(a_space(), 1..20),
        ) {
            let seen = seen_by(&roster, me, &written_by);
            for space in &spaces {
                prop_assert_eq!(access(&seen, me, space), access(&roster, me, space), "{}", space);
            }
            prop_assert_eq!((seen.version, &seen.mark, &seen.units), (roster.version, &roster.mark, &roster.units));
            // Seen once more it is the same: whoever holds it learns nothing by asking on.
            prop_assert_eq!(seen_by(&seen, me, &written_by), seen);
        }

        #[test]
        fn what_else_one_may_read_names_oneself(roster in a_roster(), me in a_member(), space in a_space()) {
            let person = roster.member(me).expect("a person");
            if !sees_everybody(person) && access(&roster, me, &space) >= Access::Read {
                let is_others = spaces_of_others(&roster, me).contains(&space);
                prop_assert!(is_others || space.people().contains(&me), "{}", space);
            }
        }
    }

    #[test]
    fn an_evaluator_sees_whom_they_deal_with_and_nothing_else_of_them() {
        let person = |number: u8, roles: &[Role]| Member {
            unit: Some(unit("a")),
            roles: roles.to_vec(),
            division: "教育".into(),
            linked: vec![unit("b")],
            ..Member::new(id(number), &format!("p-{number}"), &format!("人{number}"))
        };
        let (evaluator, other) = (Member { unit: None, ..person(0, &[Role::Evaluator]) }, person(5, &[]));
        let roster = Roster {
            members: vec![
                evaluator.clone(),
                person(1, &[Role::CampaignOffice]),
                person(2, &[Role::Head]),
                person(3, &[Role::UnitStaff]),
                person(4, &[]),
                other,
            ],
            grants: vec![
                Grant { member: id(0), space: Space::UnitMember(unit("a"), id(4)) },
                Grant { member: id(5), space: Space::Unit(unit("b")) },
            ],
            ..Roster::default()
        };
        let seen = seen_by(&roster, id(0), &BTreeSet::from([id(3)]));
        let names: Vec<&str> = seen.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["人0", "人1", "人2", "人3", "人4"]);
        assert_eq!(seen.members[0], evaluator);
        assert!(seen.members[1..].iter().all(|member| member.key.is_empty() && member.division.is_empty()));
        assert_eq!((seen.members[1].roles.len(), seen.members[3].roles.len()), (1, 0));
        assert_eq!(seen.grants, roster.grants[..1]);
        assert!(seen.partial && !roster.partial);
        // Whoever is enrolled sees all.
        assert_eq!(seen_by(&roster, id(5), &BTreeSet::new()), roster);
    }
}
