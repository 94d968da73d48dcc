//! Beside the merged reading: who wrote how much, and the new places as a list; above it, the stepper.

use std::sync::Arc;

use huigao_shared::access::Access;
use huigao_shared::authorship::Verdict;
use huigao_shared::ids::DocumentId;
use leptos::ev;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page;
use crate::ui::authors::AuthorList;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::publish::{PublishButton, may_publish};
use crate::ui::figures::margin_time;
use crate::ui::handed::HandedList;
use crate::ui::merged_lines::{Mark, Place};
use crate::ui::merged_paper::line_id;
use crate::ui::merged_reader::{Reader, Stage};
use crate::ui::names::{author_name, name_and_unit};
use crate::ui::route::Route;
use crate::ui::tabs::{Side, SidePanel, SideToggle, Tab, TabList, TabPanel};
use huigao_protocol::command::Command;

const AUTHORS: usize = 0;
const CHANGES: usize = 1;
const OUTLINE: usize = 2;

/// What can be done while reading.
#[component]
pub fn MergedTools(
    reader: Reader,
    selected: Memo<Option<DocumentId>>,
    tree_open: RwSignal<bool>,
    side: Side,
) -> impl IntoView {
    let desk = use_desk();
    let none = move || reader.places() == 0;
    let is_unread = move || reader.reading.with(|reading| reading.is_unread);
    let position = move || match reader.current.get() {
        None if is_unread() => t!("merged.unread"),
        Some(current) => t!("merged.position", n = reader.places(), at = current + 1),
        None => t!("merged.count", n = reader.places()),
    };
    let short = move || match reader.current.get() {
        None if is_unread() => t!("merged.unread_short").into_owned(),
        Some(current) => format!("{}/{}", current + 1, reader.places()),
        None => reader.places().to_string(),
    };
    let writable = Memo::new(move |_| {
        let row = selected.get().and_then(|document| desk.row(document));
        row.is_some_and(|row| desk.access(&row.space) == Access::Write)
    });
    // The present text is copied, so it must be here.
    let publishes = Signal::derive(move || {
        let document = selected.get().filter(|_| reader.stage.get() == Stage::Ready)?;
        desk.row(document).is_some_and(|row| may_publish(desk, &row.space)).then_some(document)
    });
    let mark_read = move |_| {
        if let Some(document) = selected.get_untracked() {
            desk.command(Command::MarkRead(document));
            reader.current.set(None);
            reader.reading.update(|reading| Arc::make_mut(reading).is_unread = false);
        }
    };
    let touching = move || reader.reading.with(|reading| reading.touching);
    view! {
        <div class="tools-actions" role="group" aria-label=t!("merged.actions")>
            <button
                type="button"
                class="btn tree-toggle"
                aria-expanded=move || tree_open.get().to_string()
                aria-controls="tree"
                on:click=move |_| tree_open.update(|open| *open = !*open)
            >
                {t!("merged.units")}
            </button>
            <Show when=move || selected.get().is_some()>
                <div class="stepper" role="group" aria-label=t!("merged.stepper")>
                    <span class="stepper-count" role="status">
                        <span class="t-long">
                            <span class="t-wide">{t!("merged.since")}</span>
                            {position}
                        </span>
                        <span class="t-short">
                            <span class="vh">{position}</span>
                            <span aria-hidden="true">{t!("merged.new_mark")} " " {short}</span>
                        </span>
                    </span>
                    <button
                        type="button"
                        class="btn"
                        aria-keyshortcuts="P Alt+ArrowUp"
                        prop:disabled=none
                        on:click=move |_| reader.step(false, false)
                    >
                        {t!("merged.previous")}
                    </button>
                    <button
                        type="button"
                        class="btn"
                        aria-keyshortcuts="N Alt+ArrowDown"
                        prop:disabled=none
                        on:click=move |_| reader.step(true, false)
                    >
                        {t!("merged.next")}
                    </button>
                </div>
                <Show when=move || { touching() > 0 }>
                    <span class="chip chip--warn" role="status" title=t!("merged.touching_hint")>
                        {move || t!("merged.touching", n = touching())}
                    </span>
                </Show>
                <button type="button" class="btn" prop:disabled=move || !reader.has_news() on:click=mark_read>
                    {t!("merged.mark_read")}
                </button>
                <PublishButton document=publishes />
                {move || {
                    selected
                        .get()
                        .filter(|_| writable.get())
                        .map(|document| {
                            view! {
                                <a class="btn" href=Route::Edit(document).href()>
                                    {t!("merged.to_editor")}
                                </a>
                            }
                        })
                }}
            </Show>
            <SideToggle side=side name=t!("side.title") />
        </div>
    }
}

/// The side panel.
#[component]
pub fn MergedPanel(reader: Reader, #[prop(into)] document: Signal<Option<DocumentId>>, side: Side) -> impl IntoView {
    let selected = RwSignal::new(AUTHORS);
    let authors = Signal::derive(move || reader.reading.with(|reading| reading.authors.clone()));
    let handed = Signal::derive(move || reader.reading.with(|reading| reading.handed.clone()));
    let desk = use_desk();
    // Once for each time that something is there to be answered, not whenever the text is drawn anew.
    let asked = Memo::new(move |_| {
        handed.with(|handed| handed.iter().any(|(h, _)| h.author == desk.me && h.verdict == Verdict::Open))
    });
    Effect::new(move || {
        if asked.get() {
            selected.set(AUTHORS);
            side.show();
        }
    });
    let authors_tab = Tab {
        id: "mt-a",
        panel: "mp-a",
        name: Signal::derive(move || t!("side.authors_n", n = authors.with(Vec::len)).into_owned()),
    };
    let changes_tab = Tab {
        id: "mt-c",
        panel: "mp-c",
        name: Signal::derive(move || t!("merged.changes_n", n = reader.places()).into_owned()),
    };
    let outline_tab = Tab { id: "mt-o", panel: "mp-o", name: Signal::stored(t!("side.outline").into_owned()) };
    let tabs =
        view! { <TabList label=t!("merged.side") tabs=vec![authors_tab, changes_tab, outline_tab] selected=selected /> }.into_any();
    view! {
        <SidePanel side=side label=t!("merged.side") close=t!("action.close") tabs=tabs>
            <TabPanel tab=authors_tab index=AUTHORS selected=selected>
                <AuthorList authors=authors />
                <HandedList document=document handed=handed />
            </TabPanel>
            <TabPanel tab=changes_tab index=CHANGES selected=selected>
                <Changes reader=reader side=side />
            </TabPanel>
            <TabPanel tab=outline_tab index=OUTLINE selected=selected>
                <Outline reader=reader side=side />
            </TabPanel>
        </SidePanel>
    }
}

/// The new places as a list.
#[component]
fn Changes(reader: Reader, side: Side) -> impl IntoView {
    let desk = use_desk();
    let entry = move |index: usize, place: &Place| {
        let by = desk.roster.with(|roster| match place.author {
            Some(author) => name_and_unit(roster, author),
            None => author_name(roster, None),
        });
        let go = move |event: ev::MouseEvent| {
            event.prevent_default();
            side.give_way();
            reader.show(index, true);
        };
        let current = move || (reader.current.get() == Some(index)).then_some("location");
        view! {
            <li>
                <a class="change" href=format!("#new-{}", index + 1) aria-current=current on:click=go>
                    <span class="change-text">
                        {place.removed.then(|| t!("merged.removed_before"))} {place.text.replace('\n', "¶")}
                    </span>
                    <span class="change-meta">{format!("{by} · {}", margin_time(place.at))}</span>
                </a>
            </li>
        }
    };
    let entries = move || {
        let reading = reader.reading.get();
        reading.places.iter().enumerate().map(|(index, place)| entry(index, place)).collect_view()
    };
    view! {
        <Show
            when=move || { reader.places() > 0 }
            fallback=move || {
                let is_unread = reader.reading.with(|reading| reading.is_unread);
                view! {
                    <p class="muted">{if is_unread { t!("merged.unread_text") } else { t!("merged.no_changes") }}</p>
                }
            }
        >
            <ol class="changes">{entries}</ol>
        </Show>
    }
}

/// The headings, to go to.
#[component]
fn Outline(reader: Reader, side: Side) -> impl IntoView {
    let entry = move |Mark { key, level, text }: Mark| {
        let go = move |_| {
            side.give_way();
            page::go_to(&line_id(key));
        };
        let title = text.clone();
        view! {
            <li>
                <button type="button" class="outline-item" data-level=level.to_string() title=title on:click=go>
                    <span>{text}</span>
                </button>
            </li>
        }
    };
    let entries = move || reader.reading.with(|reading| reading.marks.clone()).into_iter().map(entry).collect_view();
    let some = move || reader.reading.with(|reading| !reading.marks.is_empty());
    view! {
        <Show when=some fallback=|| view! { <p class="muted">{t!("outline.empty")}</p> }>
            <ol class="outline">{entries}</ol>
        </Show>
    }
}
