//! Names of people, units and spaces in the language of the screen, and who may read what, in plain words.

use huigao_shared::access::{Access, access};
use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;
use huigao_shared::text::seen::is_blank;
use rust_i18n::t;

use crate::ui::figures::grouped;
use crate::ui::lang::Lang;

/// A person's name.
pub fn name_of(member: &Member) -> String {
    Lang::current().pick(&member.name, &member.name_en).to_owned()
}

/// The name of whoever has this id.
pub fn member_name(roster: &Roster, member: MemberId) -> String {
    roster.member(member).map_or_else(|| nobody_known(roster), name_of)
}

/// Somebody of whom no more is told: who sees a part of the roster cannot say that the person is not on it.
fn nobody_known(roster: &Roster) -> String {
    if roster.partial { t!("person.other") } else { t!("person.unknown") }.into_owned()
}

/// A unit's name.
pub fn unit_name(roster: &Roster, unit: &UnitId) -> String {
    roster
        .unit(unit)
        .map_or_else(|| unit.to_string(), |unit| Lang::current().pick(&unit.name, &unit.name_en).to_owned())
}

/// The name of the unit that a person belongs to; empty if none.
pub fn unit_of(roster: &Roster, member: MemberId) -> String {
    let unit = roster.member(member).and_then(|member| member.unit.as_ref());
    unit.map(|unit| unit_name(roster, unit)).unwrap_or_default()
}

/// `何静 · 石岭镇`, or the name alone.
pub fn name_and_unit(roster: &Roster, member: MemberId) -> String {
    let (name, unit) = (member_name(roster, member), unit_of(roster, member));
    if unit.is_empty() { name } else { format!("{name} · {unit}") }
}

/// An author; actors that are no person of the roster have no name.
pub fn author_name(roster: &Roster, author: Option<MemberId>) -> String {
    author.map_or_else(|| t!("person.unknown").into_owned(), |member| member_name(roster, member))
}

/// What a person does in the campaign.
pub fn roles_of(member: &Member) -> String {
    let words: Vec<String> = member.roles.iter().map(|role| role_name(*role)).collect();
    if words.is_empty() { t!("role.none").into_owned() } else { words.join(&t!("list.separator")) }
}

/// `石岭镇，本单位经办人`, or the roles alone of somebody without a unit.
pub fn unit_and_roles(roster: &Roster, member: &Member) -> String {
    match &member.unit {
        Some(unit) => {
            t!("person.unit_and_roles", unit = unit_name(roster, unit), roles = roles_of(member)).into_owned()
        }
        None => roles_of(member),
    }
}

/// A role in words.
pub fn role_name(role: Role) -> String {
    match role {
        Role::Head => t!("role.head"),
        Role::Deputy => t!("role.deputy"),
        Role::LeadingMember => t!("role.leading_member"),
        Role::CampaignOffice => t!("role.campaign_office"),
        Role::UnitStaff => t!("role.unit_staff"),
        Role::Supervisor => t!("role.supervisor"),
        Role::Evaluator => t!("role.evaluator"),
    }
    .into_owned()
}

/// The campaign's title.
pub fn campaign_title(roster: &Roster) -> String {
    Lang::current().pick(&roster.campaign, &roster.campaign_en).to_owned()
}

/// A space in a word or two, for a column of a list.
pub fn space_word(roster: &Roster, me: MemberId, space: &Space) -> String {
    match space {
        Space::Private(_) => t!("space.private").into_owned(),
        Space::UnitMember(_, owner) if *owner == me => t!("space.own").into_owned(),
        Space::UnitMember(_, owner) => member_name(roster, *owner),
        Space::Unit(unit) if is_own_unit(roster, me, unit) => t!("space.unit").into_owned(),
        Space::Unit(unit) => unit_name(roster, unit),
        Space::Pair(..) => t!("space.pair").into_owned(),
        Space::Opinions(..) => t!("space.opinions").into_owned(),
        Space::Group => t!("space.group").into_owned(),
        Space::Campaign => t!("space.campaign").into_owned(),
        Space::Evaluation => t!("space.evaluation").into_owned(),
    }
}

/// A space by its full name, where several of a kind stand side by side.
pub fn place_name(roster: &Roster, me: MemberId, space: &Space) -> String {
    match space {
        Space::Unit(unit) => unit_name(roster, unit),
        Space::UnitMember(_, owner) => name_and_unit(roster, *owner),
        Space::Private(_)
        | Space::Pair(..)
        | Space::Opinions(..)
        | Space::Group
        | Space::Campaign
        | Space::Evaluation => space_word(roster, me, space),
    }
}

/// Who may read and who may write in a space: one or two sentences.
pub fn space_readers(roster: &Roster, me: MemberId, space: &Space) -> String {
    let unit = |unit: &UnitId| unit_name(roster, unit);
    // Where not everybody is known nobody is counted.
    let count = |people: usize| (!roster.partial).then(|| grouped(people));
    match space {
        Space::Private(_) => t!("readers.private").into_owned(),
        Space::UnitMember(of, owner) if *owner == me => t!("readers.own", unit = unit(of)).into_owned(),
        Space::UnitMember(of, owner) => {
            t!("readers.others_own", name = member_name(roster, *owner), unit = unit(of)).into_owned()
        }
        Space::Unit(of) => {
            let people =
                roster.members.iter().filter(|member| !member.left && member.unit.as_ref() == Some(of)).count();
            match count(people) {
                Some(n) => t!("readers.unit", unit = unit(of), n = n).into_owned(),
                None => t!("readers.unit_all", unit = unit(of)).into_owned(),
            }
        }
        Space::Pair(a, b) => {
            let other = if *a == me { *b } else { *a };
            t!("readers.pair", name = member_name(roster, other)).into_owned()
        }
        Space::Opinions(about, _) => t!("readers.opinions", about = space_word(roster, me, about)).into_owned(),
        Space::Group => match count(readers(roster, space)) {
            Some(n) => t!("readers.group", n = n).into_owned(),
            None => t!("readers.group_all").into_owned(),
        },
        Space::Campaign => match count(readers(roster, space)) {
            Some(n) => t!("readers.campaign", n = n).into_owned(),
            None => t!("readers.campaign_all").into_owned(),
        },
        Space::Evaluation => match count(readers(roster, space)) {
            Some(n) => t!("readers.evaluation", n = n).into_owned(),
            None => t!("readers.evaluation_all").into_owned(),
        },
    }
}

/// How many people of the roster may read a space.
fn readers(roster: &Roster, space: &Space) -> usize {
    roster.members.iter().filter(|member| access(roster, member.id, space) >= Access::Read).count()
}

fn is_own_unit(roster: &Roster, me: MemberId, unit: &UnitId) -> bool {
    roster.member(me).and_then(|member| member.unit.as_ref()) == Some(unit)
}

/// A document's title where it is a link or a heading: one without words has a name all the same.
pub fn shown_title(title: &str) -> String {
    if is_blank(title) { t!("export.untitled").into_owned() } else { title.to_owned() }
}
