//! The merged reading: every document with its authors, and what is new since the last reading.

use std::sync::Arc;

use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use leptos::{ev, html};
use rust_i18n::t;

use crate::driver::Notice;
use crate::session::event::{Changed, Command, OpenError};
use crate::session::view::DocumentSync;
use crate::ui::authors::AuthorList;
use crate::ui::desk::use_desk;
use crate::ui::figures::{grouped, margin_time};
use crate::ui::merged_lines::{Place, Reading};
use crate::ui::merged_paper::Paper;
use crate::ui::merged_tree::Tree;
use crate::ui::names::{author_name, name_and_unit};
use crate::ui::parts::{Empty, PageHeading};
use crate::ui::route::Route;
use crate::ui::soon::Soon;
use crate::ui::tabs::{Side, SidePanel, SideToggle, Tab, TabList, TabPanel};
use crate::ui::templates::kind_name;

/// While others type, the reading follows this much later.
const FOLLOW_MS: u32 = 300;
/// Windows wider than this have the side panel beside the paper.
const SIDE_ROOM_PX: f64 = 1_340.0;

const AUTHORS: usize = 0;
const CHANGES: usize = 1;

/// How far opening has come.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Stage {
    Opening,
    Ready,
    Failed(OpenError),
}

/// A place to be brought onto the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BringUp {
    /// Which.
    pub place: usize,
    /// Whether the focus goes along: for those who step by keys.
    pub focus: bool,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Reader {
    /// The document as it is read.
    pub reading: RwSignal<Arc<Reading>>,
    /// The new place that was stepped to.
    pub current: RwSignal<Option<usize>>,
    /// Set when a place is to come up.
    pub bring_up: RwSignal<Option<BringUp>>,
    stage: RwSignal<Stage>,
}

impl Reader {
    fn new() -> Self {
        Self {
            reading: RwSignal::new(Arc::default()),
            current: RwSignal::new(None),
            bring_up: RwSignal::new(None),
            stage: RwSignal::new(Stage::Opening),
        }
    }

    fn places(self) -> usize {
        self.reading.with(|reading| reading.places.len())
    }

    fn show(self, place: usize, focus: bool) {
        self.current.set(Some(place));
        self.bring_up.set(Some(BringUp { place, focus }));
    }

    /// Goes to the next new place or the one before, around the ends.
    fn step(self, forward: bool, focus: bool) {
        let places = untrack(|| self.places());
        if places == 0 {
            return;
        }
        let next = match (self.current.get_untracked(), forward) {
            (None, true) => 0,
            (None, false) => places - 1,
            (Some(now), true) => (now + 1) % places,
            (Some(now), false) => (now + places - 1) % places,
        };
        self.show(next.min(places - 1), focus);
    }
}

/// The page.
#[component]
pub fn MergedPage() -> impl IntoView {
    let desk = use_desk();
    let route = expect_context::<ReadSignal<Route>>();
    let selected = Memo::new(move |before: Option<&Option<DocumentId>>| match route.get() {
        Route::Merged(document) => document,
        // On the way to another page; this one is about to go.
        Route::Mine | Route::Unit | Route::Campaign | Route::All | Route::Edit(_) | Route::Settings | Route::Who => {
            before.copied().flatten()
        }
    });
    let reader = Reader::new();
    let side = Side::beside_from(SIDE_ROOM_PX);
    let tree_open = RwSignal::new(selected.get_untracked().is_none());
    Effect::new(move || {
        if selected.get().is_some() {
            tree_open.set(false);
        }
    });
    let keys = move |event: ev::KeyboardEvent| {
        if event.is_composing() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let forward = match (event.key().as_str(), event.alt_key(), event.shift_key()) {
            ("n", false, false) | ("ArrowDown", true, _) => true,
            ("p", false, false) | ("N", false, true) | ("ArrowUp", true, _) => false,
            _ => return,
        };
        event.prevent_default();
        reader.step(forward, true);
    };
    let title = Signal::derive(move || match selected.get().and_then(|document| desk.row(document)) {
        Some(row) => t!("merged.title", title = row.title).into_owned(),
        None => t!("nav.merged").into_owned(),
    });
    let about = move || {
        selected.get().and_then(|document| desk.row(document)).map(|row| {
            let n = grouped(row.characters as usize);
            view! { <span class="chip chip--mute t-wide">{t!("merged.about", kind = kind_name(&row.kind), n = n)}</span> }
        })
    };
    view! {
        <div
            class="merged"
            data-side=move || side.attribute()
            data-tree=move || tree_open.get().then_some("open")
            on:keydown=keys
        >
            <header class="tools">
                <div class="tools-head">
                    <PageHeading text=title class="ellipsis" />
                    {about}
                </div>
                <MergedTools reader=reader selected=selected tree_open=tree_open side=side />
            </header>
            <Tree selected=selected open=tree_open />
            {move || match selected.get() {
                Some(document) => view! { <OpenReading reader=reader document=document /> }.into_any(),
                None => view! {
                    <div class="desk" tabindex="0" role="region" aria-label=t!("merged.region")>
                        <Empty title=t!("merged.pick") text=t!("merged.pick_text") />
                    </div>
                }
                .into_any(),
            }}
            <MergedPanel reader=reader side=side />
        </div>
    }
}

#[component]
fn MergedTools(
    reader: Reader,
    selected: Memo<Option<DocumentId>>,
    tree_open: RwSignal<bool>,
    side: Side,
) -> impl IntoView {
    let desk = use_desk();
    let none = move || reader.places() == 0;
    let position = move || match reader.current.get() {
        Some(current) => t!("merged.position", n = reader.places(), at = current + 1),
        None => t!("merged.count", n = reader.places()),
    };
    let short = move || match reader.current.get() {
        Some(current) => format!("{}/{}", current + 1, reader.places()),
        None => reader.places().to_string(),
    };
    let writable = Memo::new(move |_| {
        let row = selected.get().and_then(|document| desk.row(document));
        row.is_some_and(|row| desk.access(&row.space) == Access::Write)
    });
    let mark_read = move |_| {
        if let Some(document) = selected.get_untracked() {
            desk.command(Command::MarkRead(document));
            reader.current.set(None);
        }
    };
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
                <button type="button" class="btn" prop:disabled=none on:click=mark_read>
                    {t!("merged.mark_read")}
                </button>
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

/// A document that is open for reading; when it goes, it has been read.
#[component]
fn OpenReading(reader: Reader, document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let Reader { reading, current, bring_up, stage } = reader;
    let follow = Soon::new(FOLLOW_MS, move || {
        let Some(merged) = desk.read(|session| session.merged(document)) else { return };
        let next = Reading::of(merged);
        if current.get_untracked().is_some_and(|current| current >= next.places.len()) {
            current.set(None);
        }
        reading.set(Arc::new(next));
    });
    let open = move || {
        stage.set(Stage::Opening);
        desk.command(Command::Open(document));
    };
    let waits = move || stage.with_untracked(|stage| *stage == Stage::Failed(OpenError::NotHereYet));
    let has_come = move || {
        desk.read(|s| s.rows().iter().any(|row| row.document == document && row.sync != DocumentSync::Remote))
    };
    desk.listen(move |notice| match notice {
        Notice::Opened { document: opened, result } if *opened == document => match result {
            Ok(()) => {
                follow.now();
                if stage.get_untracked() != Stage::Ready {
                    stage.set(Stage::Ready);
                }
            }
            Err(error) => stage.set(Stage::Failed(error.clone())),
        },
        Notice::Editor { document: changed, .. } | Notice::Changed(Changed::Document(changed)) if *changed == document => {
            follow.ask();
            if waits() && has_come() {
                open();
            }
        }
        Notice::Changed(Changed::Rows) => {
            if waits() && has_come() {
                open();
            }
        }
        Notice::Opened { .. }
        | Notice::Editor { .. }
        | Notice::Changed(Changed::Status | Changed::Document(_) | Changed::Roster | Changed::SideCopies) => {}
    });
    open();
    on_cleanup(move || {
        if stage.get_untracked() == Stage::Ready {
            desk.command(Command::MarkRead(document));
        }
        desk.command(Command::Close(document));
        stage.set(Stage::Opening);
        reading.set(Arc::default());
        current.set(None);
        bring_up.set(None);
    });
    let region = NodeRef::<html::Div>::new();
    // Page keys scroll the paper as soon as it is there; the heading keeps the focus when the page itself is new.
    view! {
        <div class="desk" tabindex="0" role="region" aria-label=t!("merged.region") node_ref=region>
            {move || match stage.get() {
                Stage::Ready => view! { <Paper reader=reader document=document /> }.into_any(),
                Stage::Opening => view! { <p class="muted" role="status">{t!("editor.opening")}</p> }.into_any(),
                Stage::Failed(error) => {
                    let (title, text) = match error {
                        OpenError::NotHereYet => (t!("editor.not_here"), t!("editor.not_here_text")),
                        OpenError::Unknown => (t!("editor.unknown"), t!("editor.unknown_text")),
                        OpenError::Damaged(why) => (t!("editor.damaged"), t!("editor.damaged_text", why = why)),
                    };
                    view! {
                        <Empty title=title text=text>
                            <button type="button" class="btn btn--primary" on:click=move |_| open()>
                                {t!("action.retry")}
                            </button>
                        </Empty>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

#[component]
fn MergedPanel(reader: Reader, side: Side) -> impl IntoView {
    let selected = RwSignal::new(AUTHORS);
    let authors = Signal::derive(move || reader.reading.with(|reading| reading.authors.clone()));
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
    let tabs = view! { <TabList label=t!("merged.side") tabs=vec![authors_tab, changes_tab] selected=selected /> }.into_any();
    view! {
        <SidePanel side=side label=t!("merged.side") close=t!("action.close") tabs=tabs>
            <TabPanel tab=authors_tab index=AUTHORS selected=selected>
                <AuthorList authors=authors />
            </TabPanel>
            <TabPanel tab=changes_tab index=CHANGES selected=selected>
                <Changes reader=reader side=side />
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
                    <span class="change-text">{place.text.clone()}</span>
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
        <Show when=move || { reader.places() > 0 } fallback=|| view! { <p class="muted">{t!("merged.no_changes")}</p> }>
            <ol class="changes">{entries}</ol>
        </Show>
    }
}
