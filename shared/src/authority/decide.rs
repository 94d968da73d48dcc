//! The one decision on edits: allowed, still true, fitting, or not.

use std::collections::BTreeSet;

use super::rules::{fault_of, manages, may_edit, named_fault, quota_fault};
use super::{Edit, Fault, MAX_EDITS, Objection, Subject, Title};
use crate::ids::MemberId;
use crate::roster::{Member, Roster};

/// What edits come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// All of it stands already: they were done before, by whomever.
    Standing,
    /// The roster with all of them done, and those that were not standing already.
    Changed {
        /// The next version.
        roster: Box<Roster>,
        /// What leads to it.
        edits: Vec<Edit>,
    },
}

/// Decides on edits, all or nothing. `named` are those of the people to be removed whom documents name, as far as is
/// known here: only the relay knows.
///
/// # Errors
/// If the person may not make one of them, the state that one was made from is gone, or one does not fit.
pub fn decide(
    roster: &Roster,
    by: MemberId,
    edits: &[Edit],
    named: &BTreeSet<MemberId>,
) -> Result<Decision, Objection> {
    if edits.len() > MAX_EDITS {
        return Err(Objection::Unreadable);
    }
    let mut scratch = roster.clone();
    let mut done = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        // Who they are follows from the roster before the act: nobody gives themselves a role and then uses it.
        let Some(person) = roster.member(by).filter(|person| may_edit(person, edit)) else {
            return Err(Objection::NotAllowed { edit: index });
        };
        match state_of(&scratch, edit) {
            State::Standing => continue,
            State::Gone(now) => return Err(Objection::Stale { edit: index, now }),
            State::AsSeen => {}
        }
        let fault = fault_of(&scratch, edit)
            .or_else(|| quota_fault(&scratch, person, edit))
            .or_else(|| named_fault(edits, edit, named));
        if let Some(fault) = fault {
            return Err(Objection::Invalid { edit: index, fault });
        }
        scratch.take(edit);
        done.push(edit.clone());
    }
    if done.is_empty() {
        return Ok(Decision::Standing);
    }
    // Else nobody could ever edit the roster again.
    if roster.members.iter().any(manages) && !scratch.members.iter().any(manages) {
        let edit = edits.len() - 1;
        return Err(Objection::Invalid { edit, fault: Fault::NoOffice });
    }
    Ok(Decision::Changed { roster: Box::new(roster.with(&done)), edits: done })
}

enum State {
    /// What the edit is to bring about is so.
    Standing,
    /// What it was made from is so.
    AsSeen,
    Gone(Subject),
}

fn state_of(roster: &Roster, edit: &Edit) -> State {
    match edit {
        Edit::Title { before, after } => {
            let now = Title { zh: roster.campaign.clone(), en: roster.campaign_en.clone() };
            if now == *after {
                State::Standing
            } else if now == *before {
                State::AsSeen
            } else {
                State::Gone(Subject::Title(now))
            }
        }
        Edit::Unit { before, after } => {
            let id = after.as_ref().or(before.as_ref()).map(|unit| &unit.id);
            let now = id.and_then(|id| roster.unit(id));
            if now == after.as_ref() {
                State::Standing
            } else if now == before.as_ref() {
                State::AsSeen
            } else {
                State::Gone(now.map_or(Subject::Nothing, |unit| Subject::Unit(unit.clone())))
            }
        }
        Edit::Member { before, after } => {
            let now = roster.member(after.id);
            let same = |other: &Member| now.is_some_and(|now| same_person(now, other));
            if same(after) {
                State::Standing
            } else if before.as_deref().map_or(now.is_none(), same) {
                State::AsSeen
            } else {
                State::Gone(now.map_or(Subject::Nothing, |member| Subject::Member(Box::new(member.clone()))))
            }
        }
        Edit::Remove { before } => match roster.member(before.id) {
            None => State::Standing,
            Some(now) if same_person(now, before) => State::AsSeen,
            Some(now) => State::Gone(Subject::Member(Box::new(now.clone()))),
        },
        Edit::Grant { grant, given } => {
            if roster.grants.contains(grant) == *given {
                State::Standing
            } else {
                State::AsSeen
            }
        }
    }
}

/// What people edit of a person is the same; `since` is the relay's.
fn same_person(a: &Member, b: &Member) -> bool {
    Member { since: 0, ..a.clone() } == Member { since: 0, ..b.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UnitId;
    use crate::roster::{Grant, Role, Unit, UnitKind};
    use crate::space::Space;

    /// Where no document names anybody.
    fn decide(roster: &Roster, by: MemberId, edits: &[Edit]) -> Result<Decision, Objection> {
        super::decide(roster, by, edits, &BTreeSet::new())
    }

    fn unit(key: &str) -> Unit {
        Unit {
            id: key.parse().expect("a key"),
            kind: UnitKind::Township,
            name: format!("{key}镇"),
            name_en: String::new(),
        }
    }

    fn person(key: &str, at: &str, roles: &[Role]) -> Member {
        let unit: UnitId = at.parse().expect("a key");
        Member { unit: Some(unit), roles: roles.to_vec(), ..Member::new(MemberId::from_key(key), key, key) }
    }

    fn roster() -> Roster {
        Roster {
            version: 3,
            units: vec![unit("a"), unit("b"), unit("office")],
            members: vec![
                person("office", "office", &[Role::CampaignOffice]),
                person("staff", "a", &[Role::UnitStaff]),
                person("clerk", "a", &[]),
                person("other", "b", &[]),
            ],
            ..Roster::default()
        }
    }

    fn id(key: &str) -> MemberId {
        MemberId::from_key(key)
    }

    fn renamed(roster: &Roster, key: &str, name: &str) -> Edit {
        let before = roster.member(id(key)).expect("a person").clone();
        Edit::member(Some(before.clone()), Member { name: name.to_owned(), ..before })
    }

    fn changed(decision: Result<Decision, Objection>) -> Roster {
        match decision {
            Ok(Decision::Changed { roster, .. }) => *roster,
            other => panic!("not changed: {other:?}"),
        }
    }

    #[test]
    fn an_edit_from_a_state_that_is_gone_is_stale_and_says_what_stands_there() {
        let old = roster();
        let now = changed(decide(&old, id("office"), &[renamed(&old, "clerk", "周敏")]));
        let late = decide(&now, id("office"), &[renamed(&old, "clerk", "周敏敏")]);
        let Err(Objection::Stale { edit: 0, now: Subject::Member(member) }) = late else { panic!("{late:?}") };
        assert_eq!(member.name, "周敏");
        // The same edit twice is no conflict: an answer may have been lost.
        let again = decide(&now, id("office"), &[renamed(&old, "clerk", "周敏")]);
        assert_eq!(again, Ok(Decision::Standing));
    }

    #[test]
    fn acts_are_done_whole_or_not_at_all() {
        let old = roster();
        let mut stranger = person("new", "a", &[]);
        stranger.unit = Some("nowhere".parse().expect("a key"));
        let edits = [renamed(&old, "clerk", "周敏"), Edit::member(None, stranger)];
        let refused = decide(&old, id("office"), &edits);
        assert!(matches!(refused, Err(Objection::Invalid { edit: 1, fault: Fault::NoUnit { .. } })), "{refused:?}");
    }

    #[test]
    fn staff_fill_their_own_unit_and_not_the_roster() {
        use crate::authority::rules::MAX_OF_UNIT;

        let roster = roster();
        let of_unit = roster.members.iter().filter(|member| member.unit == "a".parse::<UnitId>().ok()).count();
        let new = |count: usize| -> Vec<Edit> {
            (0..count).map(|number| Edit::member(None, person(&format!("n-{number}"), "a", &[]))).collect()
        };
        let room = MAX_OF_UNIT - of_unit;
        changed(decide(&roster, id("staff"), &new(room)));
        let too_many = Objection::Invalid { edit: room, fault: Fault::TooMany };
        assert_eq!(decide(&roster, id("staff"), &new(room + 1)), Err(too_many));
        changed(decide(&roster, id("office"), &new(room + 1)));
    }

    fn removal(roster: &Roster, key: &str) -> Edit {
        Edit::Remove { before: Box::new(roster.member(id(key)).expect("a person").clone()) }
    }

    #[test]
    fn whom_the_office_takes_off_the_roster_takes_up_no_place_of_the_unit() {
        use crate::authority::rules::MAX_OF_UNIT;

        let roster = roster();
        let of_unit = roster.members.iter().filter(|member| member.unit == "a".parse::<UnitId>().ok()).count();
        let new = |number: usize| Edit::member(None, person(&format!("n-{number}"), "a", &[]));
        let room = MAX_OF_UNIT - of_unit;
        let full = changed(decide(&roster, id("staff"), &(0..room).map(new).collect::<Vec<_>>()));
        let too_many = Err(Objection::Invalid { edit: 0, fault: Fault::TooMany });
        assert_eq!(decide(&full, id("staff"), &[new(room)]), too_many);
        let removals = [removal(&full, "n-0"), removal(&full, "n-1")];
        assert_eq!(decide(&full, id("staff"), &removals), Err(Objection::NotAllowed { edit: 0 }));
        let smaller = changed(decide(&full, id("office"), &removals));
        assert_eq!(smaller.members.len(), full.members.len() - 2);
        assert_eq!(decide(&smaller, id("office"), &removals), Ok(Decision::Standing));
        changed(decide(&smaller, id("staff"), &[new(room), new(room + 1)]));
    }

    #[test]
    fn whom_documents_name_stays_and_so_does_the_office() {
        let mut roster = roster();
        roster.grants.push(Grant { member: id("clerk"), space: Space::Group });
        let edits = [removal(&roster, "clerk"), removal(&roster, "other"), removal(&roster, "staff")];
        let named = BTreeSet::from([id("other"), id("staff"), id("office")]);
        let refused = super::decide(&roster, id("office"), &edits, &named);
        // All of them are named, so that the act can be made again without them.
        let fault = Fault::Named { members: vec![id("other"), id("staff")] };
        assert_eq!(refused, Err(Objection::Invalid { edit: 1, fault }));
        let now = changed(super::decide(&roster, id("office"), &edits[..1], &named));
        assert!(now.member(id("clerk")).is_none() && now.grants.is_empty());
        let refused = decide(&roster, id("office"), &[removal(&roster, "office")]);
        assert_eq!(refused, Err(Objection::Invalid { edit: 0, fault: Fault::OfOffice }));
        // Whoever was given something meanwhile is not taken off unseen.
        let moved = roster.with(&[renamed(&roster, "clerk", "周敏")]);
        assert!(matches!(decide(&moved, id("office"), &edits[..1]), Err(Objection::Stale { edit: 0, .. })));
        let again = edits[0].over(&moved).expect("the clerk is there");
        assert!(decide(&moved, id("office"), &[again]).is_ok());
        assert_eq!(edits[0].over(&now), None);
        let step = super::super::Step { from: roster.version, mark: roster.mark.clone(), edits: edits[..1].to_vec() };
        assert_eq!(roster.after(&step).as_ref(), Some(&now));
    }

    #[test]
    fn staff_edit_their_own_unit_and_give_no_roles() {
        let old = roster();
        let staff = id("staff");
        assert!(decide(&old, staff, &[renamed(&old, "clerk", "周敏")]).is_ok());
        assert!(decide(&old, staff, &[Edit::member(None, person("new", "a", &[]))]).is_ok());
        let not = |edit: Edit| {
            assert_eq!(decide(&old, staff, &[edit]), Err(Objection::NotAllowed { edit: 0 }));
        };
        not(renamed(&old, "other", "谁"));
        not(renamed(&old, "office", "谁"));
        not(Edit::member(None, person("new", "a", &[Role::CampaignOffice])));
        let clerk = old.member(id("clerk")).expect("the clerk").clone();
        not(Edit::member(Some(clerk.clone()), Member { roles: vec![Role::UnitStaff], ..clerk.clone() }));
        not(Edit::member(Some(clerk.clone()), Member { unit: Some("b".parse().expect("a key")), ..clerk }));
        let fellow = Member { name: "同事".to_owned(), ..person("fellow", "a", &[Role::UnitStaff]) };
        let mut with_fellow = old.clone();
        with_fellow.members.push(fellow.clone());
        let sent_away = Edit::member(Some(fellow.clone()), Member { left: true, ..fellow });
        assert_eq!(decide(&with_fellow, staff, &[sent_away]), Err(Objection::NotAllowed { edit: 0 }));
        let mut without_clerk = old.clone();
        without_clerk.members[2].left = true;
        let gone = without_clerk.members[2].clone();
        let back = Edit::member(Some(gone.clone()), Member { left: false, ..gone });
        assert_eq!(decide(&without_clerk, staff, &[back]), Err(Objection::NotAllowed { edit: 0 }));
        not(Edit::Unit { before: None, after: Some(unit("c")) });
        not(Edit::Grant { grant: Grant { member: staff, space: Space::Group }, given: true });
        for nobody in ["clerk", "stranger"] {
            let refused = decide(&old, id(nobody), &[renamed(&old, "clerk", "我")]);
            assert_eq!(refused, Err(Objection::NotAllowed { edit: 0 }));
        }
    }

    #[test]
    fn the_office_cannot_lock_everybody_out() {
        let old = roster();
        let office = old.member(id("office")).expect("the office").clone();
        let after = Member { left: true, ..office.clone() };
        let refused = decide(&old, office.id, &[Edit::member(Some(office.clone()), after)]);
        assert_eq!(refused, Err(Objection::Invalid { edit: 0, fault: Fault::NoOffice }));
    }

    #[test]
    fn a_step_leads_on_from_its_own_version_only_and_marks_rights_that_changed() {
        let old = roster();
        let clerk = old.member(id("clerk")).expect("the clerk").clone();
        let moved = Member { unit: Some("b".parse().expect("a key")), ..clerk.clone() };
        let edits = vec![Edit::member(Some(clerk), moved), renamed(&old, "other", "新名")];
        let now = changed(decide(&old, id("office"), &edits));
        let step = super::super::Step { from: old.version, mark: old.mark.clone(), edits };
        assert_eq!(old.after(&step).as_ref(), Some(&now));
        assert_eq!(now.after(&step), None);
        assert_eq!(now.member(id("clerk")).map(|member| member.since), Some(4));
        assert_eq!(now.member(id("other")).map(|member| member.since), Some(0));
    }

    #[test]
    fn nobody_is_let_into_what_is_private() {
        let old = roster();
        let (office, clerk) = (id("office"), id("clerk"));
        let closed = [
            Space::Private(clerk),
            Space::pair(clerk, office),
            Space::Opinions(Box::new(Space::Private(clerk)), clerk),
        ];
        for space in closed {
            let refused = decide(&old, office, &[Edit::Grant { grant: Grant { member: office, space }, given: true }]);
            assert_eq!(refused, Err(Objection::Invalid { edit: 0, fault: Fault::ClosedSpace }));
        }
    }

    #[test]
    fn a_unit_with_people_stays() {
        let old = roster();
        let refused = decide(&old, id("office"), &[Edit::Unit { before: Some(unit("a")), after: None }]);
        assert_eq!(refused, Err(Objection::Invalid { edit: 0, fault: Fault::UnitHasPeople }));
        let twice = decide(&old, id("office"), &[Edit::Unit { before: None, after: Some(unit("d")) }]);
        assert!(twice.is_ok());
    }

    #[test]
    fn an_edit_that_was_overtaken_is_made_over_what_stands_now() {
        let roster = roster();
        let before = roster.members[2].clone();
        let mine = Member { division: "教育".into(), ..before.clone() };
        let theirs = Member { name: "新名".into(), roles: vec![Role::Evaluator], ..before.clone() };
        let edit = Edit::member(Some(before.clone()), mine.clone());
        let now = roster.with(&[Edit::member(Some(before.clone()), theirs.clone())]);
        let office = MemberId::from_key("office");
        assert!(matches!(decide(&now, office, std::slice::from_ref(&edit)), Err(Objection::Stale { .. })));
        let again = edit.over(&now).expect("something to change");
        let Ok(Decision::Changed { roster: next, .. }) = decide(&now, office, &[again]) else { panic!("refused") };
        let person = next.member(before.id).expect("the person");
        assert_eq!((person.name.as_str(), person.division.as_str()), ("新名", "教育"));
        assert_eq!(person.roles, theirs.roles);
        // What others have done already is not done once more.
        assert_eq!(Edit::member(Some(before), mine).over(&next), None);
    }
}
