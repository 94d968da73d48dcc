//! The list pages: one's own documents, the unit's, the campaign's, and all of them.

use huigao_shared::ids::UnitId;
use leptos::ev;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::dialogs::{Ask, Dialogs};
use crate::ui::export::export_picked;
use crate::ui::figures::grouped;
use crate::ui::list_model::{Column, ListMemory, ListState, Section, Shown, Sort, shown};
use crate::ui::list_rows::DocumentTable;
use crate::ui::parts::{Empty, PageHeading, use_toasts};
use crate::ui::route::Route;
use crate::ui::templates::{kind_name, template};
use huigao_protocol::view::Row;

/// A list of documents.
#[component]
pub fn ListPage(section: Section) -> impl IntoView {
    let desk = use_desk();
    let state = expect_context::<ListMemory>().of(section);
    // Whoever comes to a list looks for what stands in it.
    state.show_put_away(false);
    let first_row = RwSignal::new(false);
    let unit =
        Memo::new(move |_| desk.roster.with(|roster| roster.member(desk.me).and_then(|member| member.unit.clone())));
    let put_away = Memo::new(move |_| {
        let is_away =
            |row: &Row, unit: Option<&UnitId>| row.moved_to.is_some() && section.has(&row.space, desk.me, unit);
        desk.rows.with(|rows| unit.with(|unit| rows.iter().filter(|row| is_away(row, unit.as_ref())).count()))
    });
    Effect::new(move || {
        if put_away.get() == 0 {
            // The switch is gone with the last one, and nobody could turn it back.
            state.show_put_away(false);
        }
    });
    let list = Memo::new(move |_| {
        let away = state.put_away.get() && put_away.get() > 0;
        desk.rows.with(|rows| {
            unit.with(|unit| {
                let belong = rows
                    .iter()
                    .filter(|row| row.moved_to.is_some() == away)
                    .filter(|row| section.has(&row.space, desk.me, unit.as_ref()));
                state.query.with(|query| state.kind.with(|kind| shown(belong, query, kind, state.sort.get())))
            })
        })
    });
    let none_at_all = Memo::new(move |_| list.with(|list| list.total == 0) && put_away.get() == 0);
    let none_found = Memo::new(move |_| list.with(|list| list.rows.is_empty()));
    // No filter hides them.
    let all_away = Memo::new(move |_| list.with(|list| list.total == 0));
    let why_none = move || {
        if all_away.get() {
            view! { <AllPutAway state=state /> }.into_any()
        } else {
            view! { <NothingFound state=state /> }.into_any()
        }
    };
    view! {
        <div class="page-head">
            <PageHeading text=heading(section) />
            <Breadth section=section />
            <span class="spacer"></span>
            <CreateButton />
        </div>
        <Show when=move || !none_at_all.get() fallback=move || view! { <NothingYet section=section /> }>
            <Filters state=state list=list put_away=put_away enter_list=first_row />
            <Show when=move || !none_found.get() fallback=move || why_none>
                <div class="doclist card" data-selecting=move || state.picked.with(|p| !p.is_empty()).then_some("")>
                    <BulkBar section=section state=state desk=desk />
                    <DocumentTable label=heading(section) state=state list=list first_row=first_row />
                </div>
            </Show>
        </Show>
    }
}

fn heading(section: Section) -> String {
    match section {
        Section::Mine => t!("nav.mine"),
        Section::Unit => t!("nav.unit"),
        Section::Campaign => t!("nav.campaign"),
        Section::All => t!("list.all_title"),
    }
    .into_owned()
}

#[component]
fn CreateButton() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    view! {
        <button type="button" class="btn btn--primary" aria-haspopup="dialog" on:click=move |_| dialogs.open(Ask::Create)>
            {t!("create.title")}
        </button>
    }
}

/// The campaign's documents or all of them: for those who read more than one unit.
#[component]
fn Breadth(section: Section) -> impl IntoView {
    let desk = use_desk();
    let wide = Memo::new(move |_| {
        desk.roster.with(|roster| roster.member(desk.me).is_some_and(|member| member.works_county_wide()))
    });
    let offered = matches!(section, Section::Campaign | Section::All);
    let current = move |of: Section| (of == section).then_some("page");
    view! {
        <Show when=move || offered && wide.get()>
            <nav class="btn-row" aria-label=t!("list.breadth")>
                <a class="btn btn--small" href=Route::Campaign.href() aria-current=current(Section::Campaign)>
                    {t!("list.campaign_only")}
                </a>
                <a class="btn btn--small" href=Route::All.href() aria-current=current(Section::All)>
                    {t!("list.all")}
                </a>
            </nav>
        </Show>
    }
}

#[component]
fn NothingYet(section: Section) -> impl IntoView {
    let desk = use_desk();
    let waiting = Memo::new(move |_| desk.status.with(|status| !status.has_catalogue));
    move || {
        let (title, text) = match section {
            Section::Mine => (t!("empty.mine"), t!("empty.mine_text")),
            Section::Unit | Section::Campaign | Section::All if waiting.get() => {
                (t!("empty.waiting"), t!("empty.waiting_text"))
            }
            Section::Unit => (t!("empty.unit"), t!("empty.unit_text")),
            Section::Campaign | Section::All => (t!("empty.campaign"), t!("empty.campaign_text")),
        };
        view! {
            <Empty title=title text=text>
                <CreateButton />
            </Empty>
        }
    }
}

#[component]
fn NothingFound(state: ListState) -> impl IntoView {
    view! {
        <Empty title=t!("empty.filter") text=t!("empty.filter_text")>
            <button type="button" class="btn" on:click=move |_| state.clear_filter()>
                {t!("filter.clear")}
            </button>
        </Empty>
    }
}

#[component]
fn AllPutAway(state: ListState) -> impl IntoView {
    view! {
        <Empty title=t!("empty.put_away") text=t!("empty.put_away_text")>
            <button type="button" class="btn" on:click=move |_| state.show_put_away(true)>
                {t!("empty.put_away_show")}
            </button>
        </Empty>
    }
}

#[component]
fn Filters(state: ListState, list: Memo<Shown>, put_away: Memo<usize>, enter_list: RwSignal<bool>) -> impl IntoView {
    let count = move || {
        list.with(|list| match (list.rows.len(), list.total) {
            (found, total) if found == total => t!("filter.count", n = grouped(total)),
            (found, total) => t!("filter.count_of", n = grouped(found), total = grouped(total)),
        })
    };
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "ArrowDown" && !event.is_composing() {
            event.prevent_default();
            enter_list.set(true);
        }
    };
    view! {
        <div class="filters" role="search" aria-label=t!("filter.label")>
            <label class="vh" for="q">
                {t!("filter.title")}
            </label>
            <input
                class="input"
                id="q"
                type="search"
                placeholder=t!("filter.title")
                autocomplete="off"
                prop:value=move || state.query.get()
                on:input=move |event| state.query.set(event_target_value(&event))
                on:keydown=keys
            />
            <label class="vh" for="kind">
                {t!("filter.kind")}
            </label>
            <KindSelect id="kind" kind=state.kind />
            <label class="vh only-phone" for="sort">
                {t!("filter.sort")}
            </label>
            <SortSelect state=state />
            <Show when=move || { put_away.get() > 0 }>
                <button
                    type="button"
                    class="btn btn--small"
                    title=t!("list.put_away_hint")
                    aria-pressed=move || state.put_away.get().to_string()
                    on:click=move |_| state.show_put_away(!state.put_away.get_untracked())
                >
                    {move || t!("list.put_away", n = put_away.get())}
                </button>
            </Show>
            <span class="filters-count" role="status">
                {count}
            </span>
        </div>
    }
}

/// A choice of one kind of document, or all.
#[component]
pub fn KindSelect(
    /// Its id, for the label.
    id: &'static str,
    /// The chosen kind; empty for all.
    kind: RwSignal<String>,
) -> impl IntoView {
    view! {
        <select
            class="select"
            id=id
            prop:value=move || kind.get()
            on:change=move |event| kind.set(event_target_value(&event))
        >
            <option value="">{t!("filter.all_kinds")}</option>
            {template()
                .kinds
                .iter()
                .map(|known| {
                    let chosen = kind.get_untracked() == known.id;
                    view! {
                        <option value=known.id.clone() selected=chosen>
                            {kind_name(&known.id)}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
}

const PHONE_SORTS: [(&str, Column); 4] = [
    ("changed", Column::Changed),
    ("title", Column::Title),
    ("characters", Column::Characters),
    ("state", Column::State),
];

#[component]
fn SortSelect(state: ListState) -> impl IntoView {
    let value = move || {
        let column = state.sort.get().column;
        PHONE_SORTS.iter().find(|(_, known)| *known == column).map_or("changed", |(value, _)| *value)
    };
    let choose = move |event| {
        let value = event_target_value(&event);
        if let Some((_, column)) = PHONE_SORTS.iter().find(|(known, _)| *known == value) {
            state.sort.set(Sort { column: *column, ascending: Sort::natural(*column) });
        }
    };
    let name = |column| match column {
        Column::Title => t!("sort.title"),
        Column::Kind => t!("sort.kind"),
        Column::Characters => t!("sort.characters"),
        Column::Changed => t!("sort.changed"),
        Column::State => t!("sort.state"),
    };
    view! {
        <select class="select only-phone" id="sort" prop:value=value on:change=choose>
            {PHONE_SORTS.iter().map(|(value, column)| view! { <option value=*value>{name(*column)}</option> }).collect_view()}
        </select>
    }
}

/// What can be done with the picked rows.
#[component]
fn BulkBar(section: Section, state: ListState, desk: Desk) -> impl IntoView {
    let toasts = use_toasts();
    let export = move |_| {
        let picked = state.picked.get_untracked();
        let rows = desk.rows.get_untracked();
        let rows = rows.iter().filter(|row| picked.contains(&row.document)).cloned().collect();
        export_picked(desk, toasts, rows, &heading(section));
    };
    view! {
        <Show when=move || state.picked.with(|picked| !picked.is_empty())>
            <div class="bulk" role="group" aria-label=t!("bulk.label")>
                <b role="status">{move || t!("bulk.count", n = state.picked.with(|picked| picked.len()))}</b>
                <button type="button" class="btn btn--small" on:click=export>
                    {t!("action.export")}
                </button>
                <span class="spacer"></span>
                <button
                    type="button"
                    class="btn btn--small btn--quiet"
                    on:click=move |_| state.picked.update(|picked| picked.clear())
                >
                    {t!("bulk.none")}
                </button>
            </div>
        </Show>
    }
}
