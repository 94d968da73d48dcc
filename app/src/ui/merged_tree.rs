//! The tree of the merged reading: units with their documents, and the groups beside the units.

use std::collections::HashMap;
use std::sync::Arc;

use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use leptos::ev;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page::{self, Step};
use crate::ui::desk::{Desk, use_desk};
use crate::ui::figures::grouped;
use crate::ui::list::KindSelect;
use crate::ui::names::{shown_title, unit_name};
use crate::ui::route::Route;
use crate::ui::templates::{kind_name, kind_rank};
use huigao_protocol::view::Row;

/// Up to this many documents, every group stands open.
const ALL_OPEN: usize = 200;

#[derive(Clone, PartialEq)]
struct Group {
    key: String,
    name: String,
    rows: Vec<Arc<Row>>,
}

/// Under which group a document stands: a unit's key, or the kind of space.
fn group_key(space: &Space) -> String {
    if let Some(unit) = space.unit() {
        return format!("unit/{unit}");
    }
    match space {
        Space::Group => "group",
        Space::Campaign => "campaign",
        Space::Evaluation => "evaluation",
        Space::Pair(..) => "pair",
        Space::Private(_) => "private",
        Space::Opinions(..) | Space::UnitMember(..) | Space::Unit(_) => "opinions",
    }
    .to_owned()
}

/// Groups in the order in which they are shown; a unit without documents is shown to those who could read them.
fn groups(desk: Desk, roster: &Roster, rows: &[Arc<Row>], kind: &str) -> Vec<Group> {
    let mut found: HashMap<String, Vec<Arc<Row>>> = HashMap::new();
    let stands = |row: &&Arc<Row>| row.moved_to.is_none() && (kind.is_empty() || row.kind == kind);
    for row in rows.iter().filter(stands) {
        found.entry(group_key(&row.space)).or_default().push(row.clone());
    }
    let beside = [
        ("group", t!("space.group")),
        ("campaign", t!("space.campaign")),
        ("evaluation", t!("space.evaluation")),
        ("opinions", t!("space.opinions")),
        ("pair", t!("tree.pairs")),
        ("private", t!("space.private")),
    ];
    let units = roster.units.iter().map(|unit| {
        let shown_empty = desk.access(&Space::Unit(unit.id.clone())) >= Access::Read;
        (format!("unit/{}", unit.id), unit_name(roster, &unit.id), shown_empty)
    });
    let beside = beside.into_iter().map(|(key, name)| (key.to_owned(), name.into_owned(), false));
    let mut groups = Vec::new();
    for (key, name, shown_empty) in units.chain(beside) {
        let mut rows = found.remove(&key).unwrap_or_default();
        rows.sort_by(|a, b| {
            (kind_rank(&a.kind), &a.title, a.document).cmp(&(kind_rank(&b.kind), &b.title, b.document))
        });
        if shown_empty || !rows.is_empty() {
            groups.push(Group { key, name, rows });
        }
    }
    groups
}

/// The tree.
#[component]
pub fn Tree(
    /// The document that is read.
    selected: Memo<Option<DocumentId>>,
    /// Whether the tree lies open above the paper, where there is no room beside it.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let kind = RwSignal::new(String::new());
    let list = Memo::new(move |_| {
        desk.roster.with(|roster| desk.rows.with(|rows| kind.with(|kind| groups(desk, roster, rows, kind))))
    });
    let few =
        Memo::new(move |_| list.with(|list| list.iter().map(|group| group.rows.len()).sum::<usize>() <= ALL_OPEN));
    // What the user opened or closed by hand.
    let said = RwSignal::new(HashMap::<String, bool>::new());
    let names = Memo::new(move |_| list.with(|list| list.iter().map(|group| group.key.clone()).collect::<Vec<_>>()));
    let keys = |event: ev::KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let step = match event.key().as_str() {
            "ArrowDown" => Step::Next,
            "ArrowUp" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            _ => return,
        };
        if page::step_focus("tree", ".tree-unit, .tree-doc", step) {
            event.prevent_default();
        }
    };
    let skip = |event: ev::MouseEvent| {
        // The address belongs to the pages.
        event.prevent_default();
        page::go_to("reading-text");
    };
    view! {
        <nav class="tree" id="tree" aria-label=t!("tree.label") on:keydown=keys>
            <a class="skip-link" href="#reading-text" on:click=skip>
                {t!("tree.skip")}
            </a>
            <button type="button" class="btn btn--small tree-close" on:click=move |_| open.set(false)>
                {t!("action.close")}
            </button>
            <div class="tree-filter" on:keydown=|event| event.stop_propagation()>
                <label class="vh" for="tree-kind">
                    {t!("filter.kind")}
                </label>
                <KindSelect id="tree-kind" kind=kind />
            </div>
            <ul>
                <For each=move || names.get() key=|key| key.clone() let:key>
                    <Unit key=key list=list few=few said=said selected=selected />
                </For>
            </ul>
            <Show when=move || list.with(|list| list.iter().all(|group| group.rows.is_empty()))>
                <p class="muted">{t!("tree.empty")}</p>
            </Show>
        </nav>
    }
}

#[component]
fn Unit(
    key: String,
    list: Memo<Vec<Group>>,
    few: Memo<bool>,
    said: RwSignal<HashMap<String, bool>>,
    selected: Memo<Option<DocumentId>>,
) -> impl IntoView {
    let key = StoredValue::new(key);
    let group = Memo::new(move |_| {
        list.with(|list| key.with_value(|key| list.iter().find(|group| group.key == *key).cloned()))
    });
    let name = move || group.with(|group| group.as_ref().map(|group| group.name.clone()));
    let count = Memo::new(move |_| group.with(|group| group.as_ref().map_or(0, |group| group.rows.len())));
    let unread = Memo::new(move |_| {
        group.with(|group| group.as_ref().map_or(0, |group| group.rows.iter().filter(|row| row.unread).count()))
    });
    let has_selected = Memo::new(move |_| {
        let selected = selected.get();
        group.with(|group| {
            group.as_ref().is_some_and(|group| group.rows.iter().any(|row| Some(row.document) == selected))
        })
    });
    let is_open = Memo::new(move |_| {
        let by_hand = said.with(|said| key.with_value(|key| said.get(key).copied()));
        count.get() > 0 && by_hand.unwrap_or_else(|| few.get() || has_selected.get())
    });
    let toggle = move |_| {
        let next = !is_open.get_untracked();
        said.update(|said| {
            said.insert(key.get_value(), next);
        });
    };
    let rows = move || {
        if is_open.get() {
            group.with(|group| group.as_ref().map(|group| group.rows.clone())).unwrap_or_default()
        } else {
            Vec::new()
        }
    };
    view! {
        <li>
            <button
                type="button"
                class="tree-unit"
                aria-expanded=move || (count.get() > 0).then(|| is_open.get().to_string())
                prop:disabled=move || count.get() == 0
                on:click=toggle
            >
                <span class="tree-name" title=name>
                    {name}
                </span>
                <Show when=move || { unread.get() > 0 && !is_open.get() }>
                    <span class="chip chip--warn">{move || t!("tree.new_n", n = unread.get())}</span>
                </Show>
                <span class="tree-n">
                    {move || if count.get() == 0 { t!("tree.none").into_owned() } else { grouped(count.get()) }}
                </span>
            </button>
            <ul hidden=move || !is_open.get()>
                <For each=rows key=|row| Row::clone(row).document let:row>
                    <Leaf document=row.document selected=selected />
                </For>
            </ul>
        </li>
    }
}

#[component]
fn Leaf(document: DocumentId, selected: Memo<Option<DocumentId>>) -> impl IntoView {
    let desk = use_desk();
    let row = Memo::new(move |_| desk.row(document));
    let title = move || row.get().map(|row| shown_title(&row.title));
    let about = move || {
        row.get().map(|row| {
            t!("tree.about", title = row.title, kind = kind_name(&row.kind), n = grouped(row.characters as usize))
                .into_owned()
        })
    };
    let unread = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.unread)));
    view! {
        <li>
            <a
                class="tree-doc"
                href=Route::Merged(Some(document)).href()
                title=about
                aria-current=move || (selected.get() == Some(document)).then_some("location")
            >
                <span class="tree-name">{title}</span>
                <Show when=move || unread.get()>
                    <span class="chip chip--warn">{t!("merged.new_mark")}</span>
                </Show>
                <span class="tree-n">{move || row.get().map(|row| grouped(row.characters as usize))}</span>
            </a>
        </li>
    }
}
