//! Picking a person: those who were on this browser first, then everybody by unit.

use std::sync::Arc;

use huigao_shared::roster::{Member, Roster};
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::profiles::ProfileInfo;
use crate::ui::app::Language;
use crate::ui::figures::moment;
use crate::ui::lang::Lang;
use crate::ui::names::{campaign_title, name_of, roles_of, unit_name, unit_of};
use crate::ui::parts::PageHeading;
use crate::ui::people::{People, Phase, Relay};
use crate::ui::strips::Strips;

/// Up to this many people, every unit stands open.
const ALL_OPEN: usize = 60;

/// The page on which somebody says who they are.
#[component]
pub fn Who() -> impl IntoView {
    let people = expect_context::<People>();
    let main = NodeRef::<html::Main>::new();
    let skip = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            let _ = main.focus();
        }
    };
    let campaign = move || match people.relay.get() {
        Relay::Demo(roster) => campaign_title(&roster),
        Relay::Asking | Relay::Enrolment | Relay::Away => String::new(),
    };
    view! {
        <a class="skip-link" href="#main" on:click=skip>
            {t!("shell.skip")}
        </a>
        <div class="app app--plain">
            <Strips />
            <header class="topbar">
                <span class="brand">{t!("brand")}</span>
                <span class="topbar-campaign ellipsis" title=campaign>
                    {campaign}
                </span>
                <span class="spacer"></span>
                <LanguageButton />
            </header>
            <main id="main" class="main" tabindex="-1" node_ref=main>
                <div class="who">
                    <div>
                        <PageHeading text=t!("who.title").into_owned() />
                        <p class="who-lead">{t!("who.lead")}</p>
                    </div>
                    <Trouble />
                    <Profiles />
                    {move || match people.relay.get() {
                        Relay::Demo(roster) => view! { <Everybody roster=roster /> }.into_any(),
                        Relay::Asking => view! { <p role="status">{t!("who.asking")}</p> }.into_any(),
                        Relay::Enrolment => view! { <div class="box">{t!("who.enrolment")}</div> }.into_any(),
                        Relay::Away => view! { <Away /> }.into_any(),
                    }}
                </div>
            </main>
        </div>
    }
}

/// The other language, by its own name.
#[component]
fn LanguageButton() -> impl IntoView {
    let language = expect_context::<Language>();
    let other = match Lang::current() {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    };
    view! {
        <button type="button" class="btn btn--quiet" lang=other.tag() on:click=move |_| language.choose(other)>
            {other.own_name()}
        </button>
    }
}

#[component]
fn Trouble() -> impl IntoView {
    let people = expect_context::<People>();
    move || match people.phase.get() {
        Phase::Failed(why) => view! {
            <div class="box box--bad" role="alert">
                {t!("who.failed", why = why)}
            </div>
        }
        .into_any(),
        Phase::Entering => view! {
            <div class="box" role="status">
                {t!("who.entering")}
            </div>
        }
        .into_any(),
        Phase::Starting | Phase::Nobody | Phase::Present(_) => ().into_any(),
    }
}

#[component]
fn Away() -> impl IntoView {
    let people = expect_context::<People>();
    view! {
        <div class="box box--warn" role="status">
            <p>{t!("who.away")}</p>
            <button type="button" class="btn btn--small" on:click=move |_| people.ask_relay()>
                {t!("action.retry")}
            </button>
        </div>
    }
}

#[component]
fn Profiles() -> impl IntoView {
    let people = expect_context::<People>();
    people.look_again();
    view! {
        <Show when=move || people.profiles.with(|profiles| !profiles.is_empty())>
            <section aria-labelledby="here-h">
                <h2 id="here-h">{t!("who.here")}</h2>
                <ul class="people people--profiles">
                    <For each=move || people.profiles.get() key=|profile| profile.id.clone() let:profile>
                        <Profile profile=profile />
                    </For>
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Profile(profile: ProfileInfo) -> impl IntoView {
    let people = expect_context::<People>();
    let member = profile.member;
    let known = move || match people.relay.get() {
        Relay::Demo(roster) => roster.member(member).map(|person| (person.clone(), roster.clone())),
        Relay::Asking | Relay::Enrolment | Relay::Away => None,
    };
    let name = {
        let stored = profile.name.clone();
        Signal::derive(move || known().map_or_else(|| stored.clone(), |(person, _)| name_of(&person)))
    };
    let role = move || known().map(|(person, roster)| description(&roster, &person));
    let here = move || (people.present() == Some(member)).then_some("true");
    let used = t!("who.last_used", time = moment(profile.last_used));
    view! {
        <li>
            <button
                type="button"
                class="person"
                aria-current=here
                on:click=move |_| people.enter_again(profile.clone())
            >
                <span class="person-name" title=move || name.get()>
                    {move || name.get()}
                </span>
                {move || role().map(|role| view! { <span class="person-role" title=role.clone()>{role.clone()}</span> })}
                <span class="person-meta">{used}</span>
            </button>
        </li>
    }
}

fn description(roster: &Roster, person: &Member) -> String {
    let (unit, roles) = (unit_of(roster, person.id), roles_of(person));
    if unit.is_empty() { roles } else { format!("{unit} · {roles}") }
}

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
    let wanted = wanted.trim().to_lowercase();
    let hit = |text: &str| text.to_lowercase().contains(&wanted);
    let matches = |person: &Member| hit(&person.name) || hit(&person.name_en) || hit(&person.key) || hit(&roles_of(person));
    let mut left: Vec<Group> = groups.to_vec();
    for group in &mut left {
        if !hit(&group.name) {
            group.people.retain(|person| matches(person));
        }
    }
    left.retain(|group| !group.people.is_empty());
    left
}

#[component]
fn Everybody(roster: Arc<Roster>) -> impl IntoView {
    let groups = groups_of(&roster);
    let total = roster.members.len();
    let query = RwSignal::new(String::new());
    let shown = Memo::new(move |_| query.with(|query| found(&groups, query)));
    let count = move || {
        let people: usize = shown.with(|groups| groups.iter().map(|group| group.people.len()).sum());
        t!("who.count", units = shown.with(Vec::len), people = people)
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
                <For each=move || shown.get() key=move |group| (group.key.clone(), group.people.len(), open()) let:group>
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
                                        on:click=move |_| people.enter_as(id, chinese.clone())
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
