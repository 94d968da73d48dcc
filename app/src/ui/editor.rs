//! The editor page: opens a document, puts its text on paper, and passes edits both ways at once.

use std::rc::Rc;

use huigao_shared::ids::DocumentId;
use huigao_shared::template::writing_begins;
use huigao_shared::text::outline::{heading_len, line_kind};
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::editor::{EditorHandle, NotTaken, Options};
use crate::platform::{page, visibility};
use crate::ui::aside::AsideNotice;
use crate::ui::desk::use_desk;
use crate::ui::editor_panel::{EditorPanel, StatusLine};
use crate::ui::editor_state::{Editing, JustCreated, Stage};
use crate::ui::editor_tools::{Tools, search_words};
use crate::ui::moved::MovedNotice;
use crate::ui::names::shown_title;
use crate::ui::parts::{Empty, PageHeading, Toasts, use_toasts};
use crate::ui::recent::Recent;
use crate::ui::route::Route;
use crate::ui::tabs::Side;
use huigao_protocol::command::{Command, OpenError};

/// Windows wider than this have the side panel beside the paper.
const SIDE_ROOM_PX: f64 = 1_100.0;

/// The page.
#[component]
pub fn EditorPage(document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let recent = expect_context::<Recent>();
    let created = expect_context::<JustCreated>();
    let editing = Editing::of(desk, document);
    let side = Side::beside_from(SIDE_ROOM_PX);
    let paper = NodeRef::<html::Div>::new();
    let toasts = use_toasts();
    let make = move || make_editor(editing, toasts, paper);
    desk.listen(move |notice| editing.hear(notice, make));
    let flush = move || {
        editing.with_editor(EditorHandle::flush);
    };
    StoredValue::new_local((visibility::on_change(move |_| flush()), visibility::on_leaving(flush)));
    editing.open();
    on_cleanup(move || {
        // What an input method still holds is told before the document closes.
        editing.editor.set_value(None);
        desk.command(Command::Close(document));
    });
    Effect::new(move || {
        if editing.stage.get() == Stage::Ready && paper.get().is_some() && editing.editor.with_value(Option::is_none) {
            make();
            recent.opened(document);
            if created.take(document) {
                // After the heading has taken the focus, as on every page.
                request_animation_frame(move || {
                    editing.with_editor(|editor| {
                        let text = desk.text(document).unwrap_or_default();
                        editor.jump(writing_begins(&text));
                    });
                });
            }
        }
    });
    Effect::new(move || {
        let read_only = !editing.writable();
        editing.with_editor(|editor| editor.set_read_only(read_only));
    });
    let title = Memo::new(move |_| {
        let opened = editing.view.with(|view| view.as_ref().map(|view| view.title.clone()));
        let title = opened.or_else(|| desk.row(document).map(|row| row.title.clone()));
        title.map_or_else(|| t!("editor.page").into(), |title| shown_title(&title))
    });
    view! {
        <div class="editor" data-side=move || side.attribute()>
            <header class="tools">
                <Tools editing=editing side=side heading=view! { <PageHeading text=title class="ellipsis" /> }.into_any() />
            </header>
            <div class="desk-col">
                <AsideNotice document=document />
                <MovedNotice document=document />
                <div class="desk">
                    {move || match editing.stage.get() {
                        Stage::Ready => view! { <div class="paper" node_ref=paper></div> }.into_any(),
                        Stage::Opening => view! { <p class="muted" role="status">{t!("editor.opening")}</p> }.into_any(),
                        Stage::Failed(error) => view! { <CannotOpen editing=editing error=error /> }.into_any(),
                    }}
                </div>
            </div>
            <EditorPanel editing=editing side=side />
            <StatusLine editing=editing />
        </div>
    }
}

fn make_editor(editing: Editing, toasts: Toasts, paper: NodeRef<html::Div>) {
    let Editing { desk, document, .. } = editing;
    let Some(parent) = paper.try_get_untracked().flatten() else { return };
    // The former one goes before the text is read: it may still have something to tell.
    editing.editor.set_value(None);
    let Some(text) = desk.text(document) else { return };
    let title = editing.view.with_untracked(|view| view.as_ref().map(|view| view.title.clone())).unwrap_or_default();
    let options = Options {
        text,
        read_only: !untrack(|| editing.writable()),
        label: t!("editor.label", title = title).into_owned(),
        phrases: search_words(),
        hold_composition: true,
        line_kind: Box::new(|line, first| {
            let heading = line.get(..heading_len(line)).filter(|heading| heading.len() < line.len());
            (line_kind(line, first).name(), heading.map(|heading| heading.encode_utf16().count()))
        }),
        on_change: Box::new(move |splices| {
            desk.command(Command::Edit { document, splices });
            editing.refresh.ask();
        }),
        on_selection: Box::new(move |_, head| {
            editing.caret.try_set(head);
            editing.refresh.ask();
        }),
        on_composition: Box::new(move |active| desk.command(Command::Composing { document, active })),
        on_refused: Box::new(move |why| toasts.badly(not_taken_words(why))),
    };
    editing.editor.set_value(Some(Rc::new(EditorHandle::create(&parent, options))));
    page::mark("huigao:words");
}

/// Why something did not come into the text, and what to do.
fn not_taken_words(why: NotTaken) -> String {
    match why {
        NotTaken::Picture => t!("intake.picture"),
        NotTaken::NoText(name) => t!("intake.no_text", name = name),
        NotTaken::Empty(name) => t!("intake.empty", name = name),
        NotTaken::TooLarge(name) => t!("intake.too_large", name = name),
        NotTaken::Nothing => t!("intake.nothing"),
    }
    .into_owned()
}

/// Why there is no text, and the way on.
#[component]
fn CannotOpen(editing: Editing, error: OpenError) -> impl IntoView {
    let again = move |_| editing.open();
    let (title, text, offer_again) = match error {
        OpenError::NotHereYet => (t!("editor.not_here").into_owned(), t!("editor.not_here_text").into_owned(), true),
        OpenError::Unknown => (t!("editor.unknown").into_owned(), t!("editor.unknown_text").into_owned(), false),
        OpenError::Damaged(why) => {
            (t!("editor.damaged").into_owned(), t!("editor.damaged_text", why = why).into_owned(), true)
        }
    };
    view! {
        <Empty title=title text=text>
            <Show when=move || offer_again>
                <button type="button" class="btn btn--primary" on:click=again>
                    {t!("action.retry")}
                </button>
            </Show>
            <a class="btn" href=Route::Mine.href()>
                {t!("editor.to_mine")}
            </a>
        </Empty>
    }
}
