//! Changes of the roster that wait for the relay, and those that it refused, each with the way on.

use std::collections::BTreeSet;

use huigao_shared::authority::{Edit, Fault, Objection, Subject, decide, removed};
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::figures::moment;
use crate::ui::names::{member_name, name_of, roles_of, space_word, unit_and_roles, unit_name};
use huigao_protocol::act::Act;
use huigao_protocol::command::Command;

/// Of how many edits an act names each.
const SPELT_OUT: usize = 4;

/// How many people a reason names.
const NAMED_OUT: usize = 20;

/// What waits and what was refused; nothing, if there is none.
#[component]
pub fn WaitingActs() -> impl IntoView {
    let desk = use_desk();
    let rows = move || {
        let roster = desk.roster.get();
        desk.acts.get().iter().cloned().map(|act| view! { <Waiting roster=roster.clone() act=act /> }).collect_view()
    };
    view! {
        <Show when=move || desk.acts.with(|acts| !acts.is_empty())>
            <section class="box acts" aria-labelledby="acts-h">
                <h2 id="acts-h">{t!("act.title")}</h2>
                <ul>{rows}</ul>
            </section>
        </Show>
    }
}

#[component]
fn Waiting(roster: std::sync::Arc<Roster>, act: Act) -> impl IntoView {
    let desk = use_desk();
    let what = match act.edits.as_slice() {
        [] => t!("act.many", n = 0).into_owned(),
        edits if edits.len() <= SPELT_OUT => {
            let each: Vec<String> = edits.iter().map(|edit| describe(&roster, edit)).collect();
            each.join(&t!("list.semicolon"))
        }
        edits => t!("act.many", n = edits.len()).into_owned(),
    };
    let again = once_more(&roster, &act).filter(|edits| decide(&roster, desk.me, edits, &BTreeSet::new()).is_ok());
    let may_drop = act.refused.is_some() || !act.sent;
    let waits = if act.sent { t!("act.sent") } else { t!("act.waits") };
    let refused = act.refused.as_ref().map(|objection| (reason(&roster, objection), about(&roster, &act, objection)));
    let is_refused = refused.is_some();
    let (id, redone) = (act.id.clone(), act.id.clone());
    view! {
        <li class="act">
            <div>
                <b>{what}</b>
                " "
                <span class="muted num">{moment(act.at)}</span>
                {match refused {
                    None => view! { <p class="muted">{waits}</p> }.into_any(),
                    Some((why, now)) => {
                        view! {
                            <p class="field-error" role="alert">
                                {why}
                            </p>
                            {now.map(|now| view! { <p>{now}</p> })}
                        }
                            .into_any()
                    }
                }}
            </div>
            {again
                .map(|edits| {
                    view! {
                        <button
                            type="button"
                            class="btn btn--small"
                            on:click=move |_| {
                                desk.command(Command::DropAct(redone.clone()));
                                desk.command(Command::Act(edits.clone()));
                            }
                        >
                            {t!("act.again")}
                        </button>
                    }
                })}
            {may_drop
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn btn--small"
                            on:click=move |_| desk.command(Command::DropAct(id.clone()))
                        >
                            {if is_refused { t!("action.understood") } else { t!("act.take_back") }}
                        </button>
                    }
                })}
        </li>
    }
}

/// What is left of a refused act: over what stands now, and without those who cannot go.
fn once_more(roster: &Roster, act: &Act) -> Option<Vec<Edit>> {
    let edits: Vec<Edit> = match act.refused.as_ref()? {
        Objection::Stale { .. } => act.edits.iter().filter_map(|edit| edit.over(roster)).collect(),
        Objection::Invalid { fault: Fault::Named { members }, .. } => {
            let stays = |edit: &Edit| removed(std::slice::from_ref(edit)).any(|member| members.contains(&member));
            act.edits.iter().filter(|edit| !stays(edit)).cloned().collect()
        }
        Objection::Invalid { .. } | Objection::NotAllowed { .. } | Objection::Unreadable => return None,
    };
    (!edits.is_empty()).then_some(edits)
}

/// An edit in a line.
pub fn describe(roster: &Roster, edit: &Edit) -> String {
    match edit {
        Edit::Title { after, .. } => t!("act.campaign", title = &after.zh).into_owned(),
        Edit::Unit { before: None, after: Some(unit) } => t!("act.unit_new", name = &unit.name).into_owned(),
        Edit::Unit { after: None, before } => {
            t!("act.unit_gone", name = before.as_ref().map(|unit| unit.name.as_str()).unwrap_or_default()).into_owned()
        }
        Edit::Unit { after: Some(unit), .. } => t!("act.unit", name = &unit.name).into_owned(),
        Edit::Member { before: None, after } => t!("act.person_new", name = name_of(after)).into_owned(),
        Edit::Member { before: Some(before), after } if after.left && !before.left => {
            t!("act.person_left", name = name_of(after)).into_owned()
        }
        Edit::Member { before: Some(before), after } => {
            let mut parts = Vec::new();
            if before.name != after.name || before.name_en != after.name_en {
                parts.push(t!("act.to_name", name = &after.name).into_owned());
            }
            if before.unit != after.unit {
                let unit = after.unit.as_ref().map(|unit| unit_name(roster, unit));
                parts.push(
                    t!("act.to_unit", unit = unit.unwrap_or_else(|| t!("who.no_unit").into_owned())).into_owned(),
                );
            }
            if before.roles != after.roles {
                parts.push(t!("act.to_roles", roles = roles_of(after)).into_owned());
            }
            if before.division != after.division {
                parts.push(t!("act.to_division", division = or_none(&after.division)).into_owned());
            }
            if before.linked != after.linked {
                let linked: Vec<String> = after.linked.iter().map(|unit| unit_name(roster, unit)).collect();
                parts.push(t!("act.to_linked", units = or_none(&linked.join(&t!("list.separator")))).into_owned());
            }
            if before.left && !after.left {
                parts.push(t!("act.back").into_owned());
            }
            if parts.is_empty() {
                parts.push(t!("act.details").into_owned());
            }
            t!("act.person", name = name_of(before), what = parts.join(&t!("list.separator"))).into_owned()
        }
        Edit::Remove { before } => t!("act.person_removed", name = name_of(before)).into_owned(),
        Edit::Grant { grant, given } => {
            let (name, space) = (member_name(roster, grant.member), space_word(roster, grant.member, &grant.space));
            if *given {
                t!("act.grant", name = name, space = space).into_owned()
            } else {
                t!("act.grant_back", name = name, space = space).into_owned()
            }
        }
    }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { t!("act.nothing").into_owned() } else { text.to_owned() }
}

/// Why it was not carried out.
fn reason(roster: &Roster, objection: &Objection) -> String {
    match objection {
        Objection::NotAllowed { .. } => t!("act.not_allowed").into_owned(),
        Objection::Stale { .. } => t!("act.stale").into_owned(),
        Objection::Invalid { fault, .. } => fault_words(roster, fault),
        Objection::Unreadable => t!("act.unreadable").into_owned(),
    }
}

/// What stands there now, for one that was overtaken.
fn about(roster: &Roster, act: &Act, objection: &Objection) -> Option<String> {
    let (edit, now) = match objection {
        Objection::Stale { edit, now } => (edit, Some(now)),
        Objection::Invalid { edit, .. } | Objection::NotAllowed { edit } if act.edits.len() > 1 => (edit, None),
        Objection::NotAllowed { .. } | Objection::Invalid { .. } | Objection::Unreadable => return None,
    };
    let which = act.edits.get(*edit).map(|edit| describe(roster, edit)).unwrap_or_default();
    Some(match now {
        None => which,
        // What others changed since, if it was a change.
        Some(Subject::Member(person)) if let Some(Edit::Member { before: Some(before), .. }) = act.edits.get(*edit) => {
            let others = describe(roster, &Edit::Member { before: Some(before.clone()), after: person.clone() });
            t!("act.others", what = others).into_owned()
        }
        Some(Subject::Member(person)) => {
            t!("act.now_person", name = name_of(person), what = unit_and_roles(roster, person)).into_owned()
        }
        Some(Subject::Unit(unit)) => t!("act.now_unit", name = &unit.name).into_owned(),
        Some(Subject::Title(title)) => t!("act.now_unit", name = &title.zh).into_owned(),
        Some(Subject::Nothing) => t!("act.now_nothing").into_owned(),
    })
}

/// What does not fit, in a sentence.
pub fn fault_words(roster: &Roster, fault: &Fault) -> String {
    match fault {
        Fault::NoName => t!("fault.no_name"),
        Fault::TooLong => t!("fault.too_long"),
        Fault::Key => t!("fault.key"),
        Fault::KeyTaken => t!("fault.key_taken"),
        Fault::NameTaken => t!("fault.name_taken"),
        Fault::NoUnit { unit } => t!("fault.no_unit", unit = unit_name(roster, unit)),
        Fault::UnitHasPeople => t!("fault.unit_has_people"),
        Fault::OtherSubject => t!("fault.other_subject"),
        Fault::NoOffice => t!("fault.no_office"),
        Fault::NoMember => t!("fault.no_member"),
        Fault::ClosedSpace => t!("fault.closed_space"),
        Fault::TooMany => t!("fault.too_many"),
        Fault::Named { members } => {
            let names: Vec<String> =
                members.iter().take(NAMED_OUT).map(|member| member_name(roster, *member)).collect();
            t!("fault.named", n = members.len(), names = names.join(&t!("list.separator")))
        }
        Fault::OfOffice => t!("fault.of_office"),
    }
    .into_owned()
}

/// Carries out edits here and hands them on to the relay, unless it can be told already that they will be refused.
///
/// # Errors
/// Why they would be, in words.
pub fn act_now(desk: Desk, edits: Vec<Edit>) -> Result<(), String> {
    if edits.is_empty() {
        return Ok(());
    }
    let roster = desk.roster_ahead.get_untracked();
    // Whom documents name only the relay knows.
    match decide(&roster, desk.me, &edits, &BTreeSet::new()) {
        Ok(_) => {
            desk.command(Command::Act(edits));
            Ok(())
        }
        Err(objection) => Err(reason(&roster, &objection)),
    }
}
