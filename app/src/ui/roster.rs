//! The roster: people and units, edited where one may, and changes that wait or were refused.

use std::sync::Arc;

use huigao_shared::authority::{Edit, manages, may_edit};
use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::{Member, Roster, UnitKind};
use huigao_shared::text::seen::{folded, trimmed};
use leptos::prelude::*;
use rust_i18n::t;

use crate::file_name::file_name;
use crate::ui::asked::save_file;
use crate::ui::desk::{Desk, use_desk};
use crate::ui::dialogs::{Dialogs, LateAsk};
use crate::ui::figures::{day, grouped};
use crate::ui::invitations::Invitations;
use crate::ui::kept_slips::KeptSlips;
use crate::ui::names::{campaign_title, name_of, roles_of, unit_name};
use crate::ui::parts::{PageHeading, use_toasts};
use crate::ui::printing::Printing;
use crate::ui::roster_acts::WaitingActs;
use crate::ui::table::{Table, actions, number, text};
use crate::ui::tabs::{Tab, TabList};
use huigao_browser::clock;

/// How many people are drawn at once: more on demand.
const SHOWN: usize = 100;

/// What somebody may do with the roster.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// All of it.
    pub manages: bool,
    /// People are theirs to add: to the whole roster, or to their own unit.
    pub adds_people: bool,
}

/// What this person may do with the roster.
pub fn rights(desk: Desk) -> Memo<Rights> {
    Memo::new(move |_| {
        desk.roster.with(|roster| {
            let person = roster.member(desk.me);
            let adds = |person: &Member| {
                let new = Member { unit: person.unit.clone(), ..Member::new(MemberId::from_bytes([0; 16]), "new", "") };
                may_edit(person, &Edit::member(None, new))
            };
            Rights { manages: person.is_some_and(manages), adds_people: person.is_some_and(adds) }
        })
    })
}

/// The page.
#[component]
pub fn RosterPage() -> impl IntoView {
    let desk = use_desk();
    let rights = rights(desk);
    let (selected, kept) = (RwSignal::new(0), expect_context::<KeptSlips>());
    Effect::new(move || {
        if kept.take_wanted() {
            selected.set(2);
        }
    });
    let tabs = move || {
        let people = Signal::derive(|| t!("roster.people").into_owned());
        let units = Signal::derive(|| t!("roster.units").into_owned());
        let invitations = Signal::derive(|| t!("roster.invitations").into_owned());
        let mut tabs = vec![
            Tab { id: "ros-t-p", panel: "ros-p", name: people },
            Tab { id: "ros-t-u", panel: "ros-p", name: units },
        ];
        if rights.get().manages {
            tabs.push(Tab { id: "ros-t-i", panel: "ros-p", name: invitations });
        }
        tabs
    };
    // Each tab's panel is a new one, which begins at its top.
    let panel = move || {
        let (labelled, content) = match selected.get() {
            1 => ("ros-t-u", view! { <Units rights=rights /> }.into_any()),
            2 if rights.get().manages => ("ros-t-i", view! { <Invitations /> }.into_any()),
            _ => ("ros-t-p", view! { <People rights=rights /> }.into_any()),
        };
        view! {
            <div class="card roster" id="ros-p" role="tabpanel" aria-labelledby=labelled>
                {content}
            </div>
        }
    };
    view! {
        <div class="page-head">
            <PageHeading text=t!("nav.roster").into_owned() />
            <span class="spacer"></span>
            <Actions rights=rights />
        </div>
        <WaitingActs />
        {move || view! { <TabList label=t!("nav.roster") tabs=tabs() selected=selected /> }}
        {panel}
    }
}

#[component]
fn Actions(rights: Memo<Rights>) -> impl IntoView {
    let (desk, dialogs, toasts) = (use_desk(), expect_context::<Dialogs>(), use_toasts());
    let saving = RwSignal::new(false);
    let export = move |ending: &'static str| {
        let campaign = desk.roster.with_untracked(|roster| campaign_title(roster));
        let file = file_name(&[&t!("nav.roster"), &campaign, &day(clock::now())], ending, "roster");
        save_file(desk, toasts, saving, format!("/api/roster/roster.{ending}"), file);
    };
    view! {
        <div class="btn-row">
            <Show when=move || rights.get().manages>
                <button
                    type="button"
                    class="btn"
                    prop:disabled=move || saving.get()
                    on:click=move |_| export("xlsx")
                >
                    {t!("roster.export_xlsx")}
                </button>
                <button
                    type="button"
                    class="btn"
                    prop:disabled=move || saving.get()
                    on:click=move |_| export("csv")
                >
                    {t!("roster.export_csv")}
                </button>
                <button type="button" class="btn" aria-haspopup="dialog" on:click=move |_| dialogs.open(LateAsk::Import)>
                    {t!("roster.import")}
                </button>
                <button type="button" class="btn" aria-haspopup="dialog" on:click=move |_| dialogs.open(LateAsk::Removal)>
                    {t!("roster.remove")}
                </button>
                <button type="button" class="btn" aria-haspopup="dialog" on:click=move |_| dialogs.open(LateAsk::Unit(None))>
                    {t!("roster.add_unit")}
                </button>
            </Show>
            <Show when=move || rights.get().adds_people>
                <button
                    type="button"
                    class="btn btn--primary"
                    aria-haspopup="dialog"
                    on:click=move |_| dialogs.open(LateAsk::Person(None))
                >
                    {t!("roster.add_person")}
                </button>
            </Show>
        </div>
    }
}

fn found(roster: &Roster, query: &str) -> Vec<Arc<Member>> {
    let wanted = folded(trimmed(query));
    let hit = |person: &&Member| {
        let unit = person.unit.as_ref().map(|unit| unit_name(roster, unit)).unwrap_or_default();
        let text = format!("{}\n{}\n{}\n{}\n{}", person.name, person.name_en, person.key, unit, roles_of(person));
        wanted.is_empty() || folded(&text).contains(&wanted)
    };
    let mut people: Vec<Arc<Member>> = roster.members.iter().filter(hit).cloned().map(Arc::new).collect();
    // Those who left come last.
    people.sort_by_key(|person| person.left);
    people
}

#[component]
fn People(rights: Memo<Rights>) -> impl IntoView {
    let desk = use_desk();
    let (query, most) = (RwSignal::new(String::new()), RwSignal::new(SHOWN));
    let people = Memo::new(move |_| desk.roster_ahead.with(|roster| query.with(|query| found(roster, query))));
    let count = move || t!("roster.count", n = grouped(people.with(Vec::len)));
    let printing = expect_context::<Printing>();
    let drawn = move || if printing.now() { usize::MAX } else { most.get() };
    let shown = Memo::new(move |_| people.with(|people| people.iter().take(drawn()).map(|p| p.id).collect::<Vec<_>>()));
    let columns = vec![
        text(t!("settings.name")),
        text(t!("settings.unit")),
        text(t!("roster.roles")),
        text(t!("roster.division")),
        actions(),
    ];
    view! {
        <div class="filters">
            <label class="vh" for="ros-q">
                {t!("who.find")}
            </label>
            <input
                class="input"
                id="ros-q"
                type="search"
                autocomplete="off"
                placeholder=t!("who.find_hint")
                prop:value=move || query.get()
                on:input=move |event| {
                    query.set(event_target_value(&event));
                    most.set(SHOWN);
                }
            />
            <span class="filters-count" role="status">
                {count}
            </span>
        </div>
        <Show when=move || desk.roster.with(|roster| roster.partial)>
            <p class="field-hint">{t!("roster.partial")}</p>
        </Show>
        <Table columns=columns stack=true>
            // A row that is changed stays the same row: whoever edits it has the focus there.
            <For each=move || shown.get() key=|id| *id let:id>
                <Person id=id rights=rights />
            </For>
        </Table>
        <Show when=move || { people.with(Vec::len) > most.get() }>
            <button type="button" class="btn" on:click=move |_| most.update(|most| *most += SHOWN)>
                {t!("roster.more")}
            </button>
        </Show>
        <Show when=move || people.with(Vec::is_empty)>
            <p class="empty">{t!("who.nobody")}</p>
        </Show>
    }
}

#[component]
fn Person(id: MemberId, rights: Memo<Rights>) -> impl IntoView {
    let (desk, dialogs) = (use_desk(), expect_context::<Dialogs>());
    let person = Memo::new(move |_| {
        desk.roster_ahead.with(|roster| roster.member(id).cloned()).unwrap_or_else(|| Member::new(id, "", ""))
    });
    let unit = move || {
        let unit = person.with(|person| person.unit.clone());
        unit.map(|unit| desk.roster_ahead.with(|roster| unit_name(roster, &unit))).unwrap_or_default()
    };
    let work = move || {
        let (division, linked) = person.with(|person| (person.division.clone(), person.linked.clone()));
        let linked: Vec<String> =
            desk.roster_ahead.with(|roster| linked.iter().map(|unit| unit_name(roster, unit)).collect());
        let work = [division, linked.join(&t!("list.separator"))];
        work.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(&t!("list.semicolon"))
    };
    let editable = move || {
        let as_it_is = person.with(|person| Edit::member(Some(person.clone()), person.clone()));
        desk.roster.with(|roster| roster.member(desk.me).is_some_and(|me| may_edit(me, &as_it_is)))
    };
    let left = move || person.with(|person| person.left);
    let name = move || person.with(name_of);
    view! {
        <tr class:muted=left>
            <td>
                {name}
                <Show when=left>
                    " "
                    <span class="chip">{t!("roster.left")}</span>
                </Show>
            </td>
            <td>{unit}</td>
            <td>{move || person.with(roles_of)}</td>
            <td>{work}</td>
            <td>
                <div class="btn-row btn-row--end">
                    <Show when=editable>
                        <button
                            type="button"
                            class="btn btn--small"
                            aria-haspopup="dialog"
                            aria-label=move || t!("roster.edit_of", name = name())
                            on:click=move |_| dialogs.open(LateAsk::Person(Some(id)))
                        >
                            {t!("roster.edit")}
                        </button>
                    </Show>
                    <Show when=move || rights.get().manages && !left()>
                        <button
                            type="button"
                            class="btn btn--small"
                            aria-haspopup="dialog"
                            aria-label=move || t!("roster.invite_of", name = name())
                            on:click=move |_| dialogs.open(LateAsk::Invite(id))
                        >
                            {t!("roster.invite")}
                        </button>
                        <button
                            type="button"
                            class="btn btn--small"
                            aria-haspopup="dialog"
                            aria-label=move || t!("device.of", name = name())
                            on:click=move |_| dialogs.open(LateAsk::Devices(id))
                        >
                            {t!("roster.devices")}
                        </button>
                    </Show>
                </div>
            </td>
        </tr>
    }
}

#[component]
fn Units(rights: Memo<Rights>) -> impl IntoView {
    let (desk, dialogs) = (use_desk(), expect_context::<Dialogs>());
    let units = Memo::new(move |_| {
        desk.roster_ahead.with(|roster| roster.units.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>())
    });
    let row = move |id: UnitId| {
        let wanted = id.clone();
        let unit = Memo::new(move |_| {
            desk.roster_ahead.with(|roster| {
                let inside = |person: &&Member| !person.left && person.unit.as_ref() == Some(&wanted);
                let kind = roster.unit(&wanted).map(|unit| kind_name(unit.kind)).unwrap_or_default();
                (unit_name(roster, &wanted), kind, roster.members.iter().filter(inside).count())
            })
        });
        let id = StoredValue::new(id);
        view! {
            <tr>
                <td>{move || unit.with(|unit| unit.0.clone())}</td>
                <td>{move || unit.with(|unit| unit.1.clone())}</td>
                <td class="num">{move || t!("who.people", n = grouped(unit.with(|unit| unit.2)))}</td>
                <td>
                    <div class="btn-row btn-row--end">
                        <Show when=move || rights.get().manages>
                            <button
                                type="button"
                                class="btn btn--small"
                                aria-haspopup="dialog"
                                aria-label=move || t!("roster.edit_of", name = unit.with(|unit| unit.0.clone()))
                                on:click=move |_| dialogs.open(LateAsk::Unit(Some(id.get_value())))
                            >
                                {t!("roster.edit")}
                            </button>
                        </Show>
                    </div>
                </td>
            </tr>
        }
    };
    let columns = vec![text(t!("settings.unit")), text(t!("roster.kind")), number(t!("roster.people")), actions()];
    view! {
        <Table columns=columns stack=true>
            <For each=move || units.get() key=UnitId::clone children=row />
        </Table>
    }
}

/// The kinds of unit, in words.
pub fn kind_name(kind: UnitKind) -> String {
    match kind {
        UnitKind::Group => t!("unit.group"),
        UnitKind::Office => t!("unit.office"),
        UnitKind::Township => t!("unit.township"),
        UnitKind::Department => t!("unit.department"),
    }
    .into_owned()
}
