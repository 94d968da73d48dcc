//! The editor page: opens a document, puts its text on paper, and passes edits both ways at once.

use std::rc::Rc;

use huigao_shared::ids::DocumentId;
use huigao_shared::text::outline::{LineKind, line_kind};
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::platform::editor::{EditorHandle, Options};
use crate::platform::visibility;
use crate::session::event::{Changed, Command, OpenError, Splice};
use crate::session::view::{DocumentSync, DocumentView, SaveState};
use crate::ui::desk::{Desk, use_desk};
use crate::ui::editor_figures::{Figures, kind_at};
use crate::ui::editor_panel::{EditorPanel, StatusLine};
use crate::ui::editor_tools::{Tools, search_words};
use crate::ui::parts::{Empty, PageHeading};
use crate::ui::recent::Recent;
use crate::ui::route::Route;
use crate::ui::soon::Soon;
use crate::ui::tabs::Side;

/// Counts and outline follow the text this much later.
const FIGURES_MS: u32 = 200;
/// Windows wider than this have the side panel beside the paper.
const SIDE_ROOM_PX: f64 = 1_100.0;

/// The document that was created a moment ago: its writer goes straight into the text.
#[derive(Clone, Copy)]
pub struct JustCreated(StoredValue<Option<DocumentId>>);

impl JustCreated {
    /// None yet.
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// It is this one.
    pub fn is(self, document: DocumentId) {
        self.0.set_value(Some(document));
    }

    fn take(self, document: DocumentId) -> bool {
        let just = self.0.get_value() == Some(document);
        if just {
            self.0.set_value(None);
        }
        just
    }
}

/// How far opening has come.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Stage {
    Opening,
    Ready,
    Failed(OpenError),
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Editing {
    /// The opened profile.
    pub desk: Desk,
    /// The document.
    pub document: DocumentId,
    /// Its state; none until it is open.
    pub view: RwSignal<Option<DocumentView>>,
    /// Its figures.
    pub figures: RwSignal<Figures>,
    /// Where the caret is.
    pub caret: RwSignal<usize>,
    /// What the caret's line is.
    pub caret_kind: RwSignal<LineKind>,
    editor: StoredValue<Option<Rc<EditorHandle>>, LocalStorage>,
    stage: RwSignal<Stage>,
    refresh: Soon,
}

impl Editing {
    fn of(desk: Desk, document: DocumentId) -> Self {
        let (figures, caret, caret_kind) =
            (RwSignal::new(Figures::default()), RwSignal::new(0), RwSignal::new(LineKind::Empty));
        let refresh = Soon::new(FIGURES_MS, move || {
            if let Some(text) = desk.read(|session| session.text(document)) {
                figures.set(Figures::of(&text));
                caret_kind.set(kind_at(&text, caret.get_untracked()));
            }
        });
        Self {
            desk,
            document,
            view: RwSignal::new(None),
            figures,
            caret,
            caret_kind,
            editor: StoredValue::new_local(None),
            stage: RwSignal::new(Stage::Opening),
            refresh,
        }
    }

    /// Does something with the editor, if it is there.
    pub fn with_editor<R>(self, act: impl FnOnce(&EditorHandle) -> R) -> Option<R> {
        let editor = self.editor.try_get_value().flatten()?;
        Some(act(&editor))
    }

    /// Whether the user may type at the moment.
    pub fn writable(self) -> bool {
        self.view.with(|view| view.as_ref().is_some_and(|view| view.writable && view.save != SaveState::Full))
    }

    /// Makes an edit that was not typed: in the editor and in the session.
    pub fn edit(self, splices: Vec<Splice>) {
        let done = self.with_editor(|editor| editor.apply(&splices).is_ok());
        if done == Some(true) {
            self.desk.command(Command::Edit { document: self.document, splices });
            self.refresh.ask();
        }
    }

    fn look(self) {
        let view = self.desk.read(|session| session.document(self.document));
        if view.is_none() && self.stage.get_untracked() == Stage::Ready {
            // The space was lost while it was open.
            self.go_to(Stage::Failed(OpenError::Unknown));
        }
        if self.view.with_untracked(|before| *before != view) {
            self.view.set(view);
        }
    }

    fn hear(self, notice: &Notice, remake: impl Fn()) {
        match notice {
            Notice::Editor { document, splices } if *document == self.document => {
                if let Some(Err(_)) = self.with_editor(|editor| editor.apply(splices)) {
                    // The editor does not have the session's text: a new one does.
                    remake();
                }
                self.refresh.ask();
            }
            Notice::Opened { document, result } if *document == self.document => {
                self.look();
                self.go_to(match result {
                    Ok(()) => Stage::Ready,
                    Err(error) => Stage::Failed(error.clone()),
                });
                self.refresh.now();
            }
            Notice::Changed(Changed::Document(document)) if *document == self.document => {
                self.look();
                self.refresh.ask();
                self.try_again_if_arrived();
            }
            Notice::Changed(Changed::Rows) => self.try_again_if_arrived(),
            Notice::Editor { .. }
            | Notice::Opened { .. }
            | Notice::Changed(Changed::Status | Changed::Document(_) | Changed::Roster | Changed::SideCopies) => {}
        }
    }

    /// A document that was not here when it was asked for may have come.
    fn try_again_if_arrived(self) {
        let waits = self.stage.with_untracked(|stage| *stage == Stage::Failed(OpenError::NotHereYet));
        let document = self.document;
        if waits
            && self.desk.read(|s| s.rows().iter().any(|r| r.document == document && r.sync != DocumentSync::Remote))
        {
            self.open();
        }
    }

    /// Only what is new is told: else the paper would be drawn anew under the editor.
    fn go_to(self, stage: Stage) {
        if self.stage.get_untracked() != stage {
            self.stage.set(stage);
        }
    }

    fn open(self) {
        self.go_to(Stage::Opening);
        self.desk.command(Command::Open(self.document));
    }
}

/// The page.
#[component]
pub fn EditorPage(document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let recent = expect_context::<Recent>();
    let created = expect_context::<JustCreated>();
    let editing = Editing::of(desk, document);
    let side = Side::beside_from(SIDE_ROOM_PX);
    let paper = NodeRef::<html::Div>::new();
    let make = move || make_editor(editing, paper);
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
                    let text = desk.read(|session| session.text(document)).unwrap_or_default();
                    editing.with_editor(|editor| editor.jump(text.encode_utf16().count()));
                });
            }
        }
    });
    Effect::new(move || {
        let read_only = !editing.writable();
        editing.with_editor(|editor| editor.set_read_only(read_only));
    });
    let title = Signal::derive(move || {
        let opened = editing.view.with(|view| view.as_ref().map(|view| view.title.clone()));
        opened.or_else(|| desk.row(document).map(|row| row.title.clone())).unwrap_or_else(|| t!("editor.page").into())
    });
    view! {
        <div class="editor" data-side=move || side.attribute()>
            <header class="tools">
                <Tools editing=editing side=side heading=view! { <PageHeading text=title class="ellipsis" /> }.into_any() />
            </header>
            <div class="desk-col">
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

fn make_editor(editing: Editing, paper: NodeRef<html::Div>) {
    let Editing { desk, document, .. } = editing;
    let Some(parent) = paper.try_get_untracked().flatten() else { return };
    // The former one goes before the text is read: it may still have something to tell.
    editing.editor.set_value(None);
    let Some(text) = desk.read(|session| session.text(document)) else { return };
    let title = editing.view.with_untracked(|view| view.as_ref().map(|view| view.title.clone())).unwrap_or_default();
    let options = Options {
        text,
        read_only: !untrack(|| editing.writable()),
        label: t!("editor.label", title = title).into_owned(),
        phrases: search_words(),
        hold_composition: true,
        line_kind: Box::new(|line, first| line_kind(line, first).name()),
        on_change: Box::new(move |splices| {
            desk.command(Command::Edit { document, splices });
            editing.refresh.ask();
        }),
        on_selection: Box::new(move |_, head| {
            editing.caret.try_set(head);
            editing.refresh.ask();
        }),
        on_composition: Box::new(move |active| desk.command(Command::Composing { document, active })),
    };
    editing.editor.set_value(Some(Rc::new(EditorHandle::create(&parent, options))));
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
