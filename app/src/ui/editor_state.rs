//! What the parts of the editor page share: the document's state, its figures, the editor itself.

use std::cell::RefCell;
use std::rc::Rc;

use huigao_shared::ids::DocumentId;
use huigao_shared::text::lines::Lines;
use huigao_shared::text::outline::LineKind;
use leptos::prelude::*;

use crate::driver::Notice;
use crate::platform::editor::EditorHandle;
use crate::ui::desk::Desk;
use crate::ui::editor_figures::{Figures, kind_at};
use crate::ui::soon::Soon;
use huigao_protocol::command::{Command, OpenError, Splice};
use huigao_protocol::view::{DocumentSync, DocumentView, SaveState};

/// Counts and outline follow the text this much later.
const FIGURES_MS: u32 = 200;

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

    /// Whether it is this one; asked once.
    pub fn take(self, document: DocumentId) -> bool {
        let just = self.0.get_value() == Some(document);
        if just {
            self.0.set_value(None);
        }
        just
    }
}

/// How far opening has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It has been asked for.
    Opening,
    /// It is here.
    Ready,
    /// It cannot be shown.
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
    /// No engine has opened it yet: what there is to see was saved last, and nothing but typing can be done.
    pub opening: RwSignal<bool>,
    /// Whether the user may type at the moment.
    can_write: Memo<bool>,
    /// Its figures.
    pub figures: RwSignal<Figures>,
    /// Where the caret is.
    pub caret: RwSignal<usize>,
    /// What the caret's line is.
    pub caret_kind: RwSignal<LineKind>,
    /// The editor, while the paper is there.
    pub editor: StoredValue<Option<Rc<EditorHandle>>, LocalStorage>,
    /// How far opening has come.
    pub stage: RwSignal<Stage>,
    /// Computes the figures anew.
    pub refresh: Soon,
}

impl Editing {
    /// Nothing is open yet.
    pub fn of(desk: Desk, document: DocumentId) -> Self {
        let (figures, caret, caret_kind) =
            (RwSignal::new(Figures::default()), RwSignal::new(0), RwSignal::new(LineKind::Empty));
        let view = RwSignal::new(None::<DocumentView>);
        // The state changes with every key, and this hardly ever.
        let can_write = Memo::new(move |_| {
            view.with(|view| view.as_ref().is_some_and(|view| view.writable && view.save != SaveState::Full))
        });
        let lines = RefCell::new(Lines::default());
        let refresh = Soon::new(FIGURES_MS, move || {
            // Of a document that has left nothing is to be seen, its outline neither.
            let text = desk.text(document).unwrap_or_default();
            figures.set(Figures::of(&text, &mut lines.borrow_mut()));
            caret_kind.set(kind_at(&text, caret.get_untracked()));
        });
        Self {
            desk,
            document,
            view,
            can_write,
            opening: RwSignal::new(false),
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
        self.can_write.get()
    }

    /// Makes an edit that was not typed; false if that cannot be now.
    pub fn edit(self, splices: &[Splice]) -> bool {
        self.with_editor(|editor| editor.edit(splices).is_ok()) == Some(true)
    }

    fn look(self) {
        let view = self.desk.view(self.document);
        if view.is_none() && self.stage.get_untracked() == Stage::Ready {
            // The space was lost while it was open.
            self.go_to(Stage::Failed(OpenError::Unknown));
        }
        let opening = view.is_some() && !self.desk.has_engine(self.document);
        if self.opening.get_untracked() != opening {
            self.opening.set(opening);
        }
        if self.view.with_untracked(|before| *before != view) {
            self.view.set(view);
        }
    }

    /// Follows the engine; `remake` makes the editor anew.
    pub fn hear(self, notice: &Notice, remake: impl Fn()) {
        match notice {
            Notice::Text { document, splices } if *document == self.document => {
                if let Some(Err(_)) = self.with_editor(|editor| editor.apply(splices)) {
                    // The editor does not have the draft's text: a new one does.
                    remake();
                }
                self.refresh.ask();
            }
            Notice::Opened { document, result, .. } if *document == self.document => {
                self.look();
                self.go_to(match result {
                    Ok(()) => Stage::Ready,
                    Err(error) => Stage::Failed(error.clone()),
                });
                self.refresh.now();
            }
            Notice::Touched(document) if *document == self.document => {
                self.look();
                self.refresh.ask();
                self.try_again_if_arrived();
            }
            // At once: it may say that what was just typed is not saved.
            Notice::View(document) if *document == self.document => self.look(),
            Notice::Rows => self.try_again_if_arrived(),
            Notice::Opened { .. }
            | Notice::Text { .. }
            | Notice::View(_)
            | Notice::Touched(_)
            | Notice::Status
            | Notice::People
            | Notice::EngineReplaced
            | Notice::SideCopies => {}
        }
    }

    /// A document that was not here when it was asked for may have come.
    fn try_again_if_arrived(self) {
        let waits = self.stage.with_untracked(|stage| *stage == Stage::Failed(OpenError::NotHereYet));
        let document = self.document;
        if waits && self.desk.row(document).is_some_and(|row| row.sync != DocumentSync::Remote) {
            self.open();
        }
    }

    /// Only what is new is told: else the paper would be drawn anew under the editor.
    fn go_to(self, stage: Stage) {
        if self.stage.get_untracked() == stage {
            return;
        }
        if stage != Stage::Ready {
            // Its paper goes, too.
            self.editor.set_value(None);
        }
        self.stage.set(stage);
    }

    /// Asks for the document.
    pub fn open(self) {
        self.go_to(Stage::Opening);
        self.desk.command(Command::Open(self.document));
    }
}
