//! A person of the roster: added or changed.

use huigao_shared::authority::{Edit, manages, may_edit};
use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::{Grant, Member, Role, Roster};
use huigao_shared::space::Space;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::names::{role_name, unit_name};
use crate::ui::parts::Failure;
use crate::ui::roster_acts::act_now;
use huigao_browser::random;

/// Asks for all that the roster says of a person.
#[component]
pub fn PersonDialog(member: Option<MemberId>) -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let roster = desk.roster_ahead.get_untracked();
    let office = roster.member(desk.me).is_some_and(manages);
    let before = member.and_then(|id| roster.member(id)).cloned();
    let start = before.clone().unwrap_or_else(|| new_member(&roster, desk.me, office));
    let person = RwSignal::new(start.clone());
    // What others grant meanwhile stays: only what is changed here is.
    let had = grants_of(&roster, start.id);
    let grants = RwSignal::new(had.clone());
    let chosen = RwSignal::new(String::new());
    let (missing, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let name = NodeRef::<html::Input>::new();
    let save = move || {
        let mut after = person.get_untracked();
        after.name = after.name.trim().to_owned();
        after.name_en = after.name_en.trim().to_owned();
        if after.name.is_empty() {
            missing.set(true);
            if let Some(name) = name.get_untracked() {
                let _ = name.focus();
            }
            return;
        }
        let mut edits = Vec::new();
        if before.as_ref() != Some(&after) {
            edits.push(Edit::member(before.clone(), after.clone()));
        }
        let mut has = grants.get_untracked();
        // Chosen and not added: whoever saves means it.
        has.extend(
            chosen.get_untracked().parse::<Space>().ok().filter(|space| !grants.with_untracked(|g| g.contains(space))),
        );
        let change =
            |space: &Space, given| Edit::Grant { grant: Grant { member: after.id, space: space.clone() }, given };
        edits.extend(has.iter().filter(|space| !had.contains(space)).map(|space| change(space, true)));
        edits.extend(had.iter().filter(|space| !has.contains(space)).map(|space| change(space, false)));
        match act_now(desk, edits) {
            Ok(()) => modal.close(),
            Err(why) => refused.set(Some(why)),
        }
    };
    let title = if member.is_some() { t!("person.edit") } else { t!("roster.add_person") };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary">
            {t!("action.save")}
        </button>
    }
    .into_any();
    let units = roster.clone();
    let was_there = member.is_some();
    // Whether the mark can be set and taken away: whom the office sent away only the office takes back.
    let other = Member { left: !start.left, ..start.clone() };
    let sends_away = roster.member(desk.me).is_some_and(|me| may_edit(me, &Edit::member(Some(start.clone()), other)));
    view! {
        <ModalForm modal=modal title=title on_submit=save foot=foot>
            <div class="field">
                <label for="p-name">{t!("person.name")}</label>
                <input
                    class="input"
                    id="p-name"
                    maxlength="60"
                    autofocus
                    node_ref=name
                    autocomplete="off"
                    aria-invalid=move || missing.get().then_some("true")
                    aria-describedby="p-name-e"
                    prop:value=move || person.with(|person| person.name.clone())
                    on:input=move |event| {
                        missing.set(false);
                        person.update(|person| person.name = event_target_value(&event));
                    }
                />
                <Show when=move || missing.get()>
                    <p class="field-error" id="p-name-e" role="alert">
                        {t!("fault.no_name")}
                    </p>
                </Show>
            </div>
            <div class="field">
                <label for="p-en">{t!("person.name_en")}</label>
                <input
                    class="input"
                    id="p-en"
                    maxlength="60"
                    autocomplete="off"
                    prop:value=move || person.with(|person| person.name_en.clone())
                    on:input=move |event| person.update(|person| person.name_en = event_target_value(&event))
                />
            </div>
            <div class="field">
                <label for="p-unit">{t!("settings.unit")}</label>
                <select
                    class="select"
                    id="p-unit"
                    prop:disabled=!office
                    on:change=move |event| person.update(|person| person.unit = event_target_value(&event).parse().ok())
                >
                    <option value="" selected=start.unit.is_none()>
                        {t!("who.no_unit")}
                    </option>
                    {units
                        .units
                        .iter()
                        .map(|unit| {
                            view! {
                                <option value=unit.id.to_string() selected=start.unit.as_ref() == Some(&unit.id)>
                                    {unit_name(&units, &unit.id)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            {office.then(|| view! { <Roles person=person /> })}
            <div class="field">
                <label for="p-div">{t!("roster.division_label")}</label>
                <input
                    class="input"
                    id="p-div"
                    maxlength="200"
                    autocomplete="off"
                    prop:value=move || person.with(|person| person.division.clone())
                    on:input=move |event| person.update(|person| person.division = event_target_value(&event))
                />
            </div>
            {office.then(|| view! { <Linked roster=units.clone() person=person /> <Grants roster=units.clone() grants=grants chosen=chosen /> })}
            {was_there
                .then(|| {
                    view! {
                        <label class="check">
                            <input
                                type="checkbox"
                                prop:disabled=!sends_away
                                prop:checked=move || person.with(|person| person.left)
                                on:change=move |event| person.update(|person| person.left = event_target_checked(&event))
                            />
                            <span>{t!("person.left")}</span>
                        </label>
                        <p class="field-hint">
                            {if sends_away { t!("person.left_hint") } else { t!("person.left_not_yours") }}
                        </p>
                    }
                })}
            <Failure text=refused />
        </ModalForm>
    }
}

fn new_member(roster: &Roster, me: MemberId, office: bool) -> Member {
    let bytes: [u8; 16] = random::bytes();
    let id = MemberId::from_bytes(bytes);
    // Short enough to type on a command line, and nobody else's.
    let key = format!("p-{}", hex::encode(&bytes[..4]));
    let unit = roster.member(me).and_then(|person| person.unit.clone()).filter(|_| !office);
    Member { unit, ..Member::new(id, &key, "") }
}

fn grants_of(roster: &Roster, member: MemberId) -> Vec<Space> {
    roster.grants.iter().filter(|grant| grant.member == member).map(|grant| grant.space.clone()).collect()
}

#[component]
fn Roles(person: RwSignal<Member>) -> impl IntoView {
    view! {
        <fieldset class="field">
            <legend>{t!("roster.roles")}</legend>
            <div class="checks">
                {Role::ALL
                    .into_iter()
                    .map(|role| {
                        view! {
                            <label class="check">
                                <input
                                    type="checkbox"
                                    prop:checked=move || person.with(|person| person.has(role))
                                    on:change=move |event| {
                                        person
                                            .update(|person| {
                                                person.roles.retain(|other| *other != role);
                                                if event_target_checked(&event) {
                                                    person.roles.push(role);
                                                }
                                                person.roles.sort_unstable();
                                            });
                                    }
                                />
                                <span>{role_name(role)}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

#[component]
fn Linked(roster: std::sync::Arc<Roster>, person: RwSignal<Member>) -> impl IntoView {
    let checks = roster
        .units
        .iter()
        .map(|unit| {
            let id: StoredValue<UnitId> = StoredValue::new(unit.id.clone());
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=move || person.with(|person| person.linked.contains(&id.get_value()))
                        on:change=move |event| {
                            person
                                .update(|person| {
                                    person.linked.retain(|other| *other != id.get_value());
                                    if event_target_checked(&event) {
                                        person.linked.push(id.get_value());
                                    }
                                });
                        }
                    />
                    <span>{unit_name(&roster, &unit.id)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="field">
            <summary>{move || t!("person.linked", n = person.with(|person| person.linked.len()))}</summary>
            <div class="checks">{checks}</div>
        </details>
    }
}

/// Leave to read single spaces, beyond what roles give.
#[component]
fn Grants(
    roster: std::sync::Arc<Roster>,
    grants: RwSignal<Vec<Space>>,
    /// The one that is chosen and not added yet.
    chosen: RwSignal<String>,
) -> impl IntoView {
    let spaces: Vec<(Space, String)> = std::iter::once((Space::Group, t!("space.group").into_owned()))
        .chain(roster.units.iter().map(|unit| (Space::Unit(unit.id.clone()), unit_name(&roster, &unit.id))))
        .chain(roster.members.iter().filter(|person| !person.left).filter_map(|person| {
            let unit = person.unit.clone()?;
            let name = format!("{} · {}", unit_name(&roster, &unit), crate::ui::names::name_of(person));
            Some((Space::UnitMember(unit, person.id), name))
        }))
        .collect();
    let names = StoredValue::new(spaces.clone());
    let name = move |space: &Space| {
        names
            .with_value(|names| names.iter().find(|(other, _)| other == space).map(|(_, name)| name.clone()))
            .unwrap_or_else(|| space.to_string())
    };
    let given = move || {
        grants
            .get()
            .into_iter()
            .map(|space| {
                let text = name(&space);
                let label = t!("person.grant_back", space = text.clone());
                view! {
                    <li class="grant">
                        {text}
                        <button
                            type="button"
                            class="btn btn--small"
                            aria-label=label
                            on:click=move |_| grants.update(|grants| grants.retain(|other| *other != space))
                        >
                            {t!("person.grant_remove")}
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <details class="field">
            <summary>{move || t!("person.grants", n = grants.with(Vec::len))}</summary>
            <p class="field-hint">{t!("person.grants_hint")}</p>
            <ul>{given}</ul>
            <div class="btn-row">
                // By keyboard a list changes with every step: what is chosen counts once it is added.
                <select
                    class="select"
                    aria-label=t!("person.grant_add")
                    prop:value=move || chosen.get()
                    on:change=move |event| chosen.set(event_target_value(&event))
                >
                    <option value="">{t!("person.grant_add")}</option>
                    {spaces
                        .into_iter()
                        .map(|(space, name)| view! { <option value=space.to_string()>{name}</option> })
                        .collect_view()}
                </select>
                <button
                    type="button"
                    class="btn btn--small"
                    prop:disabled=move || chosen.with(String::is_empty)
                    on:click=move |_| {
                        let Ok(space) = chosen.get_untracked().parse::<Space>() else { return };
                        chosen.set(String::new());
                        grants
                            .update(|grants| {
                                if !grants.contains(&space) {
                                    grants.push(space);
                                }
                            });
                    }
                >
                    {t!("action.add")}
                </button>
            </div>
        </details>
    }
}
