//! Beside and beneath the paper: outline, authors, sync state; counts and save state.

use huigao_shared::ids::MemberId;
use huigao_shared::template::Kind;
use huigao_shared::text::outline::LineKind;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::platform::editor::EditorHandle;
use crate::ui::authors::AuthorList;
use crate::ui::chip::SyncChip;
use crate::ui::editor_outline::Outline;
use crate::ui::editor_state::Editing;
use crate::ui::figures::grouped;
use crate::ui::handed::HandedList;
use crate::ui::merged_notice::NotReadNotice;
use crate::ui::moved::OriginWords;
use crate::ui::names::space_readers;
use crate::ui::parts::use_toasts;
use crate::ui::renumber::renumber;
use crate::ui::route::Route;
use crate::ui::soon::{Came, OneAtATime, Soon};
use crate::ui::sync_words::{desk_words, document_words, opening_words, save_words};
use crate::ui::tabs::{Side, SidePanel, Tab, TabList, TabPanel};
use crate::ui::templates::template;
use huigao_protocol::view::{DocumentSync, HandedOver};

/// Authors are computed from the whole history, so not at every key.
const AUTHORS_MS: u32 = 1_000;

const OUTLINE: usize = 0;
const AUTHORS: usize = 1;
const SYNC: usize = 2;

/// The side panel.
#[component]
pub fn EditorPanel(editing: Editing, side: Side) -> impl IntoView {
    let selected = RwSignal::new(OUTLINE);
    let authors = RwSignal::new(Vec::<(Option<MemberId>, usize)>::new());
    let handed = RwSignal::new(Vec::<(HandedOver, usize)>::new());
    let (desk, document) = (editing.desk, editing.document);
    let failed = RwSignal::new(false);
    let count = OneAtATime::new(move || async move {
        let merged = desk.merged(document, |_, _| {}).await;
        // The page may have gone meanwhile.
        failed.try_set(merged.is_err());
        let Ok(merged) = merged else { return Came::Failed };
        let merged = merged.unwrap_or_default();
        authors.try_set(merged.authors);
        handed.try_set(merged.handed);
        Came::Shown
    });
    let authors_soon = Soon::new(AUTHORS_MS, move || count.ask());
    Effect::new(move || {
        if selected.get() == AUTHORS {
            authors_soon.now();
        }
    });
    desk.listen(move |notice| {
        let concerns = matches!(notice, Notice::Touched(changed) if *changed == document);
        // After a failure the user says when it is tried again.
        if concerns && selected.get_untracked() == AUTHORS && !failed.get_untracked() {
            authors_soon.ask();
        }
    });
    let authors_name = Signal::derive(move || match authors.with(Vec::len) {
        0 => t!("side.authors").into_owned(),
        n => t!("side.authors_n", n = n).into_owned(),
    });
    let outline = Tab { id: "tab-outline", panel: "panel", name: Signal::stored(t!("side.outline").into_owned()) };
    let authors_tab = Tab { id: "tab-authors", panel: "panel-a", name: authors_name };
    let sync = Tab { id: "tab-sync", panel: "panel-s", name: Signal::stored(t!("side.sync").into_owned()) };
    let tabs =
        view! { <TabList label=t!("side.label") tabs=vec![outline, authors_tab, sync] selected=selected /> }.into_any();
    view! {
        <SidePanel side=side label=t!("side.label") close=t!("action.close") tabs=tabs>
            <TabPanel tab=outline index=OUTLINE selected=selected>
                <Outline editing=editing side=side />
                <Faults editing=editing />
            </TabPanel>
            <TabPanel tab=authors_tab index=AUTHORS selected=selected>
                <Show when=move || failed.get()>
                    <NotReadNotice again=move || count.ask() />
                </Show>
                <AuthorList authors=authors />
                <HandedList document=Signal::stored(Some(document)) handed=handed />
                <p class="btn-row">
                    <a class="btn btn--small" href=Route::Merged(Some(document)).href()>
                        {t!("side.to_merged")}
                    </a>
                </p>
            </TabPanel>
            <TabPanel tab=sync index=SYNC selected=selected>
                <SyncFacts editing=editing />
            </TabPanel>
        </SidePanel>
    }
}

/// Numbers that are used twice, missing, or written otherwise, and the action that puts them right.
#[component]
fn Faults(editing: Editing) -> impl IntoView {
    let toasts = use_toasts();
    let faults =
        Memo::new(move |_| editing.figures.with(|figures| (figures.duplicates, figures.gaps, figures.irregular)));
    let words = move || {
        let (duplicates, gaps, irregular) = faults.get();
        t!("outline.faults", duplicates = duplicates, gaps = gaps, irregular = irregular)
    };
    let put_right = move |_| {
        let (desk, document) = (editing.desk, editing.document);
        let text = desk.text(document);
        if text.is_some_and(|text| editing.edit(&renumber(&text))) {
            toasts.well(t!("outline.renumbered"));
            // The button goes with the faults, and the focus must not be lost with it.
            editing.with_editor(EditorHandle::focus);
        }
    };
    view! {
        <Show when=move || faults.get() != (0, 0, 0)>
            <div class="box box--warn">
                <p>{words}</p>
                <Show when=move || editing.writable()>
                    <button type="button" class="btn btn--small" on:click=put_right>
                        {t!("outline.renumber")}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn SyncFacts(editing: Editing) -> impl IntoView {
    let desk = editing.desk;
    let sync =
        Memo::new(move |_| editing.view.with(|view| view.as_ref().map_or(DocumentSync::Remote, |view| view.sync)));
    let words =
        Signal::derive(move || if editing.opening.get() { opening_words() } else { document_words(sync.get()) });
    let save = move || editing.view.with(|view| view.as_ref().map(|view| save_words(view.save)));
    let everything = Signal::derive(move || desk_words(desk));
    // Names of people and units have to be known.
    let origin = Memo::new(move |_| {
        let origin = editing.view.with(|view| view.as_ref().and_then(|view| view.origin));
        origin.filter(|_| desk.started.get())
    });
    let readers = move || {
        let space = editing.view.with(|view| view.as_ref().map(|view| view.space.clone()));
        space
            .filter(|_| desk.started.get())
            .map(|space| desk.roster.with(|roster| space_readers(roster, desk.me, &space)))
    };
    view! {
        <dl class="kv">
            <dt>{t!("side.this_document")}</dt>
            <dd>
                <SyncChip words=words />
            </dd>
            <dt>{t!("side.meaning")}</dt>
            <dd>{move || words.get().meaning}</dd>
            <dt>{t!("side.saved_here")}</dt>
            <dd>{save}</dd>
            <dt>{t!("side.everything")}</dt>
            <dd>
                <SyncChip words=everything />
            </dd>
            <dt>{t!("list.readers")}</dt>
            <dd>{readers}</dd>
            {move || {
                origin
                    .get()
                    .map(|origin| {
                        view! {
                            <dt>{t!("side.origin")}</dt>
                            <dd>
                                <OriginWords origin=origin />
                            </dd>
                        }
                    })
            }}
        </dl>
    }
}

/// Counts, the caret's line, save and sync state.
#[component]
pub fn StatusLine(editing: Editing) -> impl IntoView {
    let desk = editing.desk;
    let count = Memo::new(move |_| editing.figures.with(|figures| figures.count));
    let with = move || grouped(count.get().with_punctuation as usize);
    let without = move || grouped(count.get().without_punctuation as usize);
    let line = move || match editing.caret_kind.get() {
        LineKind::Title => t!("status.title"),
        LineKind::Heading(level) => t!("status.heading", level = level),
        LineKind::Body => t!("status.body"),
        LineKind::Empty => t!("status.empty"),
    };
    let save = move || editing.view.with(|view| view.as_ref().map(|view| save_words(view.save)));
    let sync = Memo::new(move |_| desk_words(desk));
    // Only where something is required does anything count towards it.
    let required = Memo::new(move |_| {
        let kind = editing.view.with(|view| view.as_ref().and_then(|view| template().kind(&view.kind)));
        kind.is_some_and(Kind::counts_characters)
    });
    let meaning = move || if required.get() { t!("status.counts_meaning") } else { t!("status.characters_meaning") };
    let what = move || {
        if required.get() {
            view! {
                {t!("status.characters_open")}
                <span class="t-long">{t!("status.with_punctuation")}</span>
                {t!("status.counts")}
            }
            .into_any()
        } else {
            view! {
                {t!("status.characters")}
                <span class="t-long">{t!("status.punctuation_too")}</span>
            }
            .into_any()
        }
    };
    view! {
        <footer class="statusline" role="group" aria-label=t!("status.label")>
            <span title=meaning>
                <b>{with}</b>
                " "
                {what}
            </span>
            <span>
                {t!("status.without_punctuation")}
                " "
                {without}
                <span class="t-long">" " {t!("status.characters")}</span>
            </span>
            <span class="t-long">{line}</span>
            <span class="spacer"></span>
            <span>{save}</span>
            <span class=move || if sync.with(|words| words.look == "synced") { "ok" } else { "" } aria-hidden="true">
                {move || sync.get().text}
            </span>
        </footer>
    }
}
