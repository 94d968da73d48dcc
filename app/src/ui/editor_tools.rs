//! The editor's tool bar.

use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::editor::EditorHandle;
use crate::ui::dialogs::publish::{PublishButton, may_publish};
use crate::ui::dialogs::{Ask, Dialogs, LateAsk};
use crate::ui::editor_state::Editing;
use crate::ui::export::{document_file, export_text};
use crate::ui::names::{space_readers, space_word};
use crate::ui::parts::use_toasts;
use crate::ui::route::CameFrom;
use crate::ui::tabs::{Side, SideToggle};
use crate::ui::templates::kind_name;

/// The bar: what the document is, and what can be done with it.
#[component]
pub fn Tools(
    /// The document.
    editing: Editing,
    /// The side panel.
    side: Side,
    /// The page's heading.
    heading: AnyView,
) -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    let toasts = use_toasts();
    let back = expect_context::<CameFrom>();
    let desk = editing.desk;
    let document = editing.document;
    let open = Memo::new(move |_| editing.view.with(Option::is_some));
    let closed = move || !open.get();
    let read_only = move || !editing.writable();
    // What is more than typing an engine has to do.
    let opening = move || closed() || editing.opening.get();
    let unchangeable = move || read_only() || editing.opening.get();
    let kind = Memo::new(move |_| editing.view.with(|view| view.as_ref().map(|view| kind_name(&view.kind))));
    let space = Memo::new(move |_| editing.view.with(|view| view.as_ref().map(|view| view.space.clone())));
    let publishes = Signal::derive(move || {
        let space = space.get().filter(|_| !editing.opening.get());
        space.is_some_and(|space| may_publish(desk, &space)).then_some(document)
    });
    let space_chip = move || {
        // Names of people and units have to be known.
        space.get().filter(|_| desk.started.get()).map(|space| {
            let (word, readers) = desk
                .roster
                .with(|roster| (space_word(roster, desk.me, &space), space_readers(roster, desk.me, &space)));
            view! {
                <span class="chip" title=readers.clone()>
                    {word}
                    <span class="vh">{readers.clone()}</span>
                </span>
            }
        })
    };
    let export = move |_| {
        let view = editing.view.get_untracked();
        if let (Some(text), Some(view)) = (desk.text(document), view) {
            export_text(toasts, &document_file(desk, document, &view.title, &view.space), &view.title, &text);
        }
    };
    let step = move |act: fn(&EditorHandle) -> bool, nothing: String| {
        if editing.with_editor(act) == Some(false) {
            toasts.well(nothing);
        }
        editing.with_editor(EditorHandle::focus);
    };
    view! {
        <div class="tools-head">
            <a class="btn btn--quiet" href=move || back.get().href()>
                {t!("action.back")}
            </a>
            {heading}
            {move || kind.get().map(|kind| view! { <span class="chip chip--mute">{kind}</span> })}
            {space_chip}
            <Show when=move || open.get() && read_only()>
                <span class="chip chip--mute">{t!("editor.read_only")}</span>
            </Show>
        </div>
        <div class="tools-actions" role="group" aria-label=t!("editor.actions")>
            <button
                type="button"
                class="btn"
                aria-keyshortcuts="Control+F"
                prop:disabled=closed
                on:click=move |_| { editing.with_editor(EditorHandle::open_search); }
            >
                {t!("editor.find")}
            </button>
            <button
                type="button"
                class="btn"
                aria-keyshortcuts="Control+Z"
                prop:disabled=read_only
                on:click=move |_| step(EditorHandle::undo, t!("editor.nothing_to_undo").into())
            >
                {t!("editor.undo")}
            </button>
            <button
                type="button"
                class="btn"
                aria-keyshortcuts="Control+Y"
                prop:disabled=read_only
                on:click=move |_| step(EditorHandle::redo, t!("editor.nothing_to_redo").into())
            >
                {t!("editor.redo")}
            </button>
            <span class="tools-sep" aria-hidden="true"></span>
            <button
                type="button"
                class="btn"
                aria-haspopup="dialog"
                prop:disabled=opening
                on:click=move |_| dialogs.open(LateAsk::Share(document))
            >
                {t!("editor.share")}
            </button>
            <button
                type="button"
                class="btn"
                aria-haspopup="dialog"
                prop:disabled=opening
                on:click=move |_| dialogs.open(LateAsk::Move(document))
            >
                {t!("editor.move")}
            </button>
            <PublishButton document=publishes />
            <button type="button" class="btn" prop:disabled=closed on:click=export>
                {t!("action.export")}
            </button>
            <button
                type="button"
                class="btn"
                aria-haspopup="dialog"
                prop:disabled=unchangeable
                on:click=move |_| dialogs.open(Ask::Rename(document))
            >
                {t!("rename.title")}
            </button>
            <SideToggle side=side name=t!("side.title") />
        </div>
    }
}

/// The words of the editor's own search panel.
pub fn search_words() -> Vec<(String, String)> {
    [
        ("Find", t!("search.find")),
        ("Replace", t!("search.replace")),
        ("next", t!("search.next")),
        ("previous", t!("search.previous")),
        ("all", t!("search.all")),
        ("match case", t!("search.match_case")),
        ("regexp", t!("search.pattern")),
        ("by word", t!("search.by_word")),
        ("replace", t!("search.replace_one")),
        ("replace all", t!("search.replace_all")),
        ("close", t!("action.close")),
        ("current match", t!("search.current")),
        ("on line", t!("search.on_line")),
        ("replaced match on line $", t!("search.replaced_on_line")),
        ("replaced $ matches", t!("search.replaced")),
        ("no match", t!("search.none")),
        ("$ matches", t!("search.hits")),
        ("went on from the start", t!("search.from_start")),
        ("went on from the end", t!("search.from_end")),
    ]
    .into_iter()
    .map(|(english, words)| (english.to_owned(), words.into_owned()))
    .collect()
}
