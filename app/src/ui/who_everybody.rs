//! Everybody whom one may be, by unit, with a filter.

use std::sync::Arc;

use huigao_shared::roster::{Member, Roster};
use huigao_shared::text::seen::{folded, trimmed};
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::names::{name_of, roles_of, unit_name};
use crate::ui::people::{People, Phase};
use huigao_browser::profiles::ProfileInfo;

/// Up to this many people, every unit stands open.
const ALL_OPEN: usize = 60;

/// The people of one unit, or of none.
#[derive(Clone, PartialEq)]
struct Group {
    key: String,
    name: String,
    people: Vec<Arc<Member>>,
}

fn groups_of(roster: &Roster) -> Vec<Group> {
    let members: Vec<Arc<Member>> = roster.members.iter().cloned().map(Arc::new).collect();
    let mut groups: Vec<Group> = roster
        .units
        .iter()
        .map(|unit| Group {
            key: unit.id.to_string(),
            name: unit_name(roster, &unit.id),
            people: members.iter().filter(|person| person.unit.as_ref() == Some(&unit.id)).cloned().collect(),
        })
        .collect();
    let unknown = |person: &Member| person.unit.as_ref().is_none_or(|unit| roster.unit(unit).is_none());
    let others = members.iter().filter(|person| unknown(person)).cloned().collect();
    groups.push(Group { key: String::new(), name: t!("who.no_unit").into_owned(), people: others });
    groups.retain(|group| !group.people.is_empty());
    groups
}

/// What is left of the groups when only those count whose name, role or unit has `wanted` in it.
fn found(groups: &[Group], wanted: &str) -> Vec<Group> {
    let wanted = folded(trimmed(wanted));
    let hit = |text: &str| folded(text).contains(&wanted);
    let matches =
        |person: &Member| hit(&person.name) || hit(&person.name_en) || hit(&person.key) || hit(&roles_of(person));
    let mut left: Vec<Group> = groups.to_vec();
    for group in &mut left {
        if !hit(&group.name) {
            group.people.retain(|person| matches(person));
        }
    }
    left.retain(|group| !group.people.is_empty());
    left
}

/// The people of the roster.
#[component]
pub fn Everybody(roster: Arc<Roster>) -> impl IntoView {
    let groups = groups_of(&roster);
    let total = roster.members.len();
    let query = RwSignal::new(String::new());
    let shown = Memo::new(move |_| query.with(|query| found(&groups, query)));
    let count = move || {
        let people: usize = shown.with(|groups| groups.iter().map(|group| group.people.len()).sum());
        let units = shown.with(|groups| groups.iter().filter(|group| !group.key.is_empty()).count());
        t!("who.count", units = units, people = people)
    };
    let people = expect_context::<People>();
    let heading = move || {
        if people.profiles.with(Vec::is_empty) { t!("who.everybody") } else { t!("who.others") }
    };
    let open = move || total <= ALL_OPEN || query.with(|query| !query.trim().is_empty());
    view! {
        <section aria-labelledby="other-h">
            <div class="who-other-head">
                <h2 id="other-h">{heading}</h2>
                <label class="vh" for="who-q">
                    {t!("who.find")}
                </label>
                <input
                    class="input"
                    id="who-q"
                    type="search"
                    placeholder=t!("who.find_hint")
                    autocomplete="off"
                    aria-describedby="who-n"
                    prop:value=move || query.get()
                    on:input=move |event| query.set(event_target_value(&event))
                />
                <span class="muted" id="who-n" role="status">
                    {count}
                </span>
            </div>
            <div class="card">
                <For each=move || shown.get() key=move |group| (group.key.clone(), group.people.iter().map(|person| person.id).collect::<Vec<_>>(), open()) let:group>
                    <UnitGroup group=group open=open() />
                </For>
                <Show when=move || shown.with(Vec::is_empty)>
                    <p class="empty">{t!("who.nobody")}</p>
                </Show>
            </div>
        </section>
    }
}

/// A unit with its people; they are drawn when it is opened, since there may be thousands.
#[component]
fn UnitGroup(group: Group, open: bool) -> impl IntoView {
    let people = expect_context::<People>();
    let opened = RwSignal::new(open);
    let busy = move || matches!(people.phase.get(), Phase::Entering);
    let count = t!("who.people", n = group.people.len());
    let (name, label) = (group.name.clone(), group.name.clone());
    let list = StoredValue::new(group.people);
    view! {
        <details class="unit-group" open=open on:toggle=move |_| opened.set(true)>
            <summary>
                <span class="ellipsis" title=name.clone()>
                    {name.clone()}
                </span>
                <span class="unit-n">{count}</span>
            </summary>
            <ul class="people" aria-label=label>
                {move || {
                    let list = if opened.get() { list.get_value() } else { Vec::new() };
                    list.into_iter()
                        .map(|person| {
                            let (name, role, id) = (name_of(&person), roles_of(&person), person.id);
                            let chinese = person.name.clone();
                            view! {
                                <li>
                                    <button
                                        type="button"
                                        class="person"
                                        prop:disabled=busy
                                        on:click=move |_| people.enter(ProfileInfo::of(id, chinese.clone()))
                                    >
                                        <span class="person-name" title=name.clone()>
                                            {name.clone()}
                                        </span>
                                        <span class="person-role" title=role.clone()>
                                            {role.clone()}
                                        </span>
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </details>
    }
}
