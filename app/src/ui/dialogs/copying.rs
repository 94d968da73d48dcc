//! What dialogs that make a copy of a document share: it is made once, and the dialog waits for the engine's word.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;

use crate::ui::desk::Desk;
use crate::ui::dialogs::modal::Modal;
use crate::ui::parts::Toasts;
use crate::ui::route::Route;
use huigao_browser::spawn;
use huigao_protocol::command::Command;

/// A copy that a dialog is to make.
#[derive(Clone, Copy)]
pub struct Copying {
    desk: Desk,
    modal: Modal,
    toasts: Toasts,
    busy: StoredValue<bool>,
    /// Why there is none.
    pub refused: RwSignal<Option<String>>,
}

impl Copying {
    /// Nothing has been asked for.
    pub fn new(desk: Desk, modal: Modal, toasts: Toasts) -> Self {
        Self { desk, modal, toasts, busy: StoredValue::new(false), refused: RwSignal::new(None) }
    }

    /// Asks for a copy, by the command that makes it. When it is there, says so by `done` and goes to it; else the dialog
    /// stays, and shows `failed`: the right to it may have gone since it was opened.
    pub fn make(self, command: impl FnOnce(DocumentId) -> Command, done: String, failed: String) {
        // Pressed twice it is done once.
        if self.busy.get_value() {
            return;
        }
        self.busy.set_value(true);
        self.refused.set(None);
        let copy = self.desk.new_document_id();
        self.desk.command(command(copy));
        spawn(async move {
            let is_made = self.desk.holds(copy).await;
            // Whoever has closed the dialog meanwhile stays where they are.
            let is_open = self.busy.try_set_value(false).is_none();
            match (is_made, is_open) {
                (true, true) => {
                    self.modal.close();
                    self.toasts.well(done);
                    Route::Edit(copy).go();
                }
                (true, false) => self.toasts.well(done),
                (false, true) => self.refused.set(Some(failed)),
                (false, false) => self.toasts.badly(failed),
            }
        });
    }
}
