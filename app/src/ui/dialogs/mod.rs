//! Dialogs: one at a time, opened from anywhere, each in its own file.

mod copying;
mod create;
mod devices;
mod import;
mod invite;
pub mod late;
mod modal;
mod move_to;
mod person;
pub mod publish;
mod removal;
mod rename;
mod share;
mod side_copies;
mod space_fields;
mod unit;

use huigao_shared::ids::{DocumentId, MemberId, UnitId};
use leptos::prelude::*;

use self::create::CreateDialog;
use self::rename::RenameDialog;
use crate::ui::late::{Late, LateView, Office};

/// A dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    /// A new document.
    Create,
    /// Another title.
    Rename(DocumentId),
    /// One that comes late.
    Late(LateAsk),
}

/// A dialog that nobody needs to open the app, to read and to type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LateAsk {
    /// A copy for more readers.
    Share(DocumentId),
    /// Another place.
    Move(DocumentId),
    /// A copy for evaluators.
    Publish(DocumentId),
    /// Texts that the relay refused.
    SideCopies,
    /// An invitation for a person.
    Invite(MemberId),
    /// A person's devices.
    Devices(MemberId),
    /// A person of the roster, or a new one.
    Person(Option<MemberId>),
    /// A unit of the roster, or a new one.
    Unit(Option<UnitId>),
    /// A file of people.
    Import,
    /// People who are to be taken off the roster.
    Removal,
}

impl From<LateAsk> for Ask {
    fn from(ask: LateAsk) -> Self {
        Self::Late(ask)
    }
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
    pub fn open(self, ask: impl Into<Ask>) {
        self.asked.set(Some(ask.into()));
    }

    /// Whether one is open.
    pub fn is_open(self) -> bool {
        self.asked.with(Option::is_some)
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
        Some(Ask::Late(ask)) => view! { <LateView late=Late::Office(Office::Dialog(ask)) /> }.into_any(),
    }
}
