//! The table of a list page: its head, and those of its rows that are on the screen.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use leptos::{ev, html};
use rust_i18n::t;

use crate::platform::page;
use crate::ui::chip::SyncChip;
use crate::ui::desk::{Desk, use_desk};
use crate::ui::dialogs::{Dialogs, LateAsk};
use crate::ui::figures::{grouped, row_moment};
use crate::ui::list_model::{Column, ListState, Shown};
use crate::ui::list_window::Window;
use crate::ui::names::{member_name, shown_title, space_readers, space_word};
use crate::ui::printing::Printing;
use crate::ui::route::Route;
use crate::ui::sync_words::document_words;
use crate::ui::templates::kind_name;
use huigao_protocol::view::{DocumentSync, Row};

/// A row's height where the style sheet cannot be asked.
const ROW_PX: i32 = 40;

/// Documents in rows.
#[component]
pub fn DocumentTable(
    /// What the table holds.
    label: String,
    /// What the page remembers.
    state: ListState,
    /// The rows.
    list: Memo<Shown>,
    /// Set by others when the first row is to take the focus.
    first_row: RwSignal<bool>,
) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let window = RwSignal::new(Window { top: state.scroll.get_untracked(), height: 2_000, row: ROW_PX });
    let measure = move || {
        if let Some(element) = scroller.get_untracked() {
            let next = Window { top: element.scroll_top(), height: element.client_height(), row: row_height() };
            state.scroll.set(next.top);
            if window.get_untracked() != next {
                window.set(next);
            }
        }
    };
    scroller.on_load(move |element| {
        element.set_scroll_top(state.scroll.get_untracked());
        measure();
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let printing = expect_context::<Printing>();
    Effect::new(move || {
        list.track();
        if !printing.now() {
            measure();
        }
    });

    let count = Memo::new(move |_| list.with(|list| list.rows.len()));
    let drawn = Memo::new(move |_| if printing.now() { 0..count.get() } else { window.get().rows(count.get()) });
    let visible = move || list.with(|list| list.rows.get(drawn.get()).map(<[_]>::to_vec).unwrap_or_default());
    let row_px = Memo::new(move |_| window.get().row);
    let height = move || format!("calc({} * var(--row-h))", count.get());
    let shift = move || format!("translateY(calc({} * var(--row-h)))", drawn.get().start);

    let focus = Focus { at: RwSignal::new(None), wanted: RwSignal::new(None) };
    let go_to = move |row: usize| {
        let row = row.min(count.get_untracked().saturating_sub(1));
        let Some(document) = list.with_untracked(|list| list.rows.get(row).map(|row| row.document)) else { return };
        if let (Some(top), Some(element)) = (window.get_untracked().reveal(row), scroller.get_untracked()) {
            element.set_scroll_top(top);
            measure();
        }
        focus.wanted.set(Some(document));
    };
    Effect::new(move || {
        if first_row.get() {
            first_row.set(false);
            go_to(0);
        }
    });
    let keys = move |event: ev::KeyboardEvent| {
        let Some(now) = focus.at.get_untracked().and_then(|at| list.with_untracked(|list| list.at.get(&at).copied()))
        else {
            return;
        };
        let page = usize::try_from(window.get_untracked().height / row_px.get_untracked().max(1)).unwrap_or(1).max(1);
        let next = match event.key().as_str() {
            "ArrowDown" => now + 1,
            "ArrowUp" => now.saturating_sub(1),
            "PageDown" => now + page,
            "PageUp" => now.saturating_sub(page),
            "Home" => 0,
            "End" => usize::MAX,
            _ => return,
        };
        event.prevent_default();
        go_to(next);
    };
    view! {
        <div class="doctable" role="table" aria-label=label aria-rowcount=move || (count.get() + 1).to_string()>
            <Head state=state list=list />
            <div class="vlist" role="none" node_ref=scroller on:scroll=move |_| measure() on:keydown=keys>
                <div class="vlist-spacer" role="none" style:height=height>
                    <div class="vlist-window" role="rowgroup" style:transform=shift>
                        <For each=visible key=|row| row.document let:row>
                            <DocumentRow document=row.document state=state list=list focus=focus />
                        </For>
                    </div>
                </div>
            </div>
        </div>
    }
}

/// Which row has the focus, and which one is to get it as soon as it is drawn.
#[derive(Clone, Copy)]
struct Focus {
    at: RwSignal<Option<DocumentId>>,
    wanted: RwSignal<Option<DocumentId>>,
}

fn row_height() -> i32 {
    let value = page::style_property("--row-h").unwrap_or_default();
    value.trim().trim_end_matches("px").parse().unwrap_or(ROW_PX)
}

#[component]
fn Head(state: ListState, list: Memo<Shown>) -> impl IntoView {
    let all_picked = Memo::new(move |_| {
        state.picked.with(|picked| list.with(|list| list.rows.iter().all(|row| picked.contains(&row.document))))
    });
    let pick_all = move |event| {
        let all = event_target_checked(&event);
        state.picked.update(|picked| {
            picked.clear();
            if all {
                picked.extend(list.with_untracked(|list| list.rows.iter().map(|row| row.document).collect::<Vec<_>>()));
            }
        });
    };
    let sorted = move |class: &'static str, column: Column, name: String| {
        view! {
            <div class=class role="columnheader" aria-sort=move || state.sort.get().aria(column)>
                <button type="button" class="sort" on:click=move |_| state.sort.update(|sort| *sort = sort.pressed(column))>
                    {name}
                </button>
            </div>
        }
    };
    view! {
        <div class="row-head" role="row" aria-rowindex="1">
            <div class="c-pick" role="columnheader">
                <input type="checkbox" aria-label=t!("bulk.all") prop:checked=move || all_picked.get() on:change=pick_all />
            </div>
            {sorted("c-title", Column::Title, t!("sort.title").into())}
            {sorted("c-kind", Column::Kind, t!("sort.kind").into())}
            <div class="c-space" role="columnheader">
                {t!("list.readers")}
            </div>
            {sorted("c-chars", Column::Characters, t!("sort.characters").into())}
            {sorted("c-changed", Column::Changed, t!("sort.changed").into())}
            {sorted("c-sync", Column::State, t!("sort.state").into())}
        </div>
    }
}

#[component]
fn DocumentRow(document: DocumentId, state: ListState, list: Memo<Shown>, focus: Focus) -> impl IntoView {
    let desk = use_desk();
    let dialogs = expect_context::<Dialogs>();
    let place = Memo::new(move |_| {
        list.with(|list| list.at.get(&document).and_then(|at| list.rows.get(*at).map(|row| (*at, row.clone()))))
    });
    let of = move |read: fn(&Row, Desk) -> String| {
        Signal::derive(move || place.with(|place| place.as_ref().map(|(_, row)| read(row, desk)).unwrap_or_default()))
    };
    let title = of(|row, _| shown_title(&row.title));
    let kind = of(|row, _| kind_name(&row.kind));
    let space = of(|row, desk| desk.roster.with(|roster| space_word(roster, desk.me, &row.space)));
    let readers = of(|row, desk| desk.roster.with(|roster| space_readers(roster, desk.me, &row.space)));
    let characters = of(|row, _| t!("list.characters", n = grouped(row.characters as usize)).into_owned());
    let bare = of(|row, _| t!("list.characters_bare", n = grouped(row.characters_bare as usize)).into_owned());
    let changed = of(changed_words);
    let unread = Memo::new(move |_| place.with(|place| place.as_ref().is_some_and(|(_, row)| row.unread)));
    let moved = Memo::new(move |_| place.with(|place| place.as_ref().and_then(|(_, row)| row.moved_to)));
    let moved = Memo::new(move |_| moved.get().map(|there| moved_words(desk, there)));
    let sync = Memo::new(move |_| place.with(|place| place.as_ref().map_or(DocumentSync::Synced, |(_, row)| row.sync)));
    let number = move || place.with(|place| place.as_ref().map_or(0, |(at, _)| at + 2)).to_string();
    let picked = Memo::new(move |_| state.picked.with(|picked| picked.contains(&document)));
    let pick = move |event| {
        let checked = event_target_checked(&event);
        state.picked.update(|picked| {
            if checked {
                picked.insert(document);
            } else {
                picked.remove(&document);
            }
        });
    };
    let link = NodeRef::<html::A>::new();
    Effect::new(move || {
        if focus.wanted.get() == Some(document)
            && let Some(link) = link.get()
        {
            focus.wanted.set(None);
            let _ = link.focus();
        }
    });
    let state_cell = move || {
        if sync.get() == DocumentSync::Refused {
            let words = document_words(DocumentSync::Refused);
            view! {
                <button
                    type="button"
                    class="chip sync-chip sync-chip--quiet"
                    data-sync=words.look
                    title=words.meaning
                    aria-haspopup="dialog"
                    on:click=move |_| dialogs.open(LateAsk::SideCopies)
                >
                    {words.text}
                </button>
            }
            .into_any()
        } else {
            view! { <SyncChip words=Signal::derive(move || document_words(sync.get())) quiet=true /> }.into_any()
        }
    };
    view! {
        <div class="row" role="row" aria-rowindex=number data-selected=move || picked.get().then_some("")>
            <div class="c-pick" role="cell">
                // The label makes the whole cell the box's.
                <label>
                    <input
                        type="checkbox"
                        aria-label=move || t!("bulk.pick", title = title.get())
                        prop:checked=move || picked.get()
                        on:change=pick
                    />
                </label>
            </div>
            <div class="c-title ellipsis" role="cell">
                <Show when=move || unread.get()>
                    <span class="m-new" title=t!("list.unread")>
                        {t!("merged.new_mark")}
                    </span>
                </Show>
                {move || {
                    moved
                        .get()
                        .map(|(words, link)| match link {
                            Some(link) => {
                                view! {
                                    <a class="chip" href=link>
                                        {words}
                                    </a>
                                }
                                    .into_any()
                            }
                            None => view! { <span class="chip">{words}</span> }.into_any(),
                        })
                }}
                <a
                    class="row-link"
                    href=Route::Edit(document).href()
                    title=move || title.get()
                    node_ref=link
                    on:focus=move |_| focus.at.set(Some(document))
                >
                    {move || title.get()}
                </a>
            </div>
            <div class="c-kind ellipsis" role="cell" title=move || kind.get()>
                {move || kind.get()}
            </div>
            <div class="c-space ellipsis" role="cell" title=move || readers.get()>
                {move || space.get()}
            </div>
            <div class="c-chars" role="cell" title=move || bare.get()>
                {move || characters.get()}
            </div>
            <div class="c-changed ellipsis" role="cell" title=move || changed.get()>
                {move || changed.get()}
            </div>
            <div class="c-sync" role="cell">
                {state_cell}
            </div>
        </div>
    }
}

/// Where it went, and the way there. Not everybody who reads the old place reads the new one.
fn moved_words(desk: Desk, there: DocumentId) -> (String, Option<String>) {
    match desk.row(there) {
        Some(row) => {
            let place = desk.roster.with(|roster| space_word(roster, desk.me, &row.space));
            (t!("list.moved_to", place = place).into_owned(), Some(Route::Edit(there).href()))
        }
        None => (t!("list.moved_elsewhere").into_owned(), None),
    }
}

/// When and by whom; figures of an older state say so.
fn changed_words(row: &Row, desk: Desk) -> String {
    let mut words = Vec::new();
    if row.stale {
        words.push(t!("list.stale").into_owned());
    }
    words.extend(row_moment(row));
    if let Some(by) = row.changed_by {
        let name = if by == desk.me { t!("person.me").into_owned() } else { desk.roster.with(|r| member_name(r, by)) };
        words.push(name);
    }
    words.join(" ")
}
