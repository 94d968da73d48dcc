//! Dialogs: one at a time, opened from anywhere, each in its own file.

mod create;
mod modal;
mod rename;
mod share;
mod side_copies;
mod space_fields;

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;

use self::create::CreateDialog;
use self::rename::RenameDialog;
use self::share::ShareDialog;
use self::side_copies::SideCopiesDialog;

/// A dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ask {
    /// A new document.
    Create,
    /// Another title.
    Rename(DocumentId),
    /// A copy for more readers.
    Share(DocumentId),
    /// Texts that the relay refused.
    SideCopies,
}

/// Which dialog is open.
#[derive(Clone, Copy)]
pub struct Dialogs {
    asked: RwSignal<Option<Ask>>,
}

impl Dialogs {
    /// None.
    pub fn new() -> Self {
        Self { asked: RwSignal::new(None) }
    }

    /// Opens one.
    pub fn open(self, ask: Ask) {
        self.asked.set(Some(ask));
    }

    /// It has been closed.
    pub fn closed(self) {
        self.asked.set(None);
    }
}

/// Where dialogs come up.
#[component]
pub fn DialogHost() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    move || match dialogs.asked.get() {
        None => ().into_any(),
        Some(Ask::Create) => view! { <CreateDialog /> }.into_any(),
        Some(Ask::Rename(document)) => view! { <RenameDialog document=document /> }.into_any(),
        Some(Ask::Share(document)) => view! { <ShareDialog document=document /> }.into_any(),
        Some(Ask::SideCopies) => view! { <SideCopiesDialog /> }.into_any(),
    }
}
