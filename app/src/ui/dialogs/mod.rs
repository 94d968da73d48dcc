//! Dialogs: one at a time, opened from anywhere, each in its own file.

mod copying;
mod create;
mod devices;
mod import;
mod invite;
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
use self::devices::DevicesDialog;
use self::import::ImportDialog;
use self::invite::InviteDialog;
use self::move_to::MoveDialog;
use self::person::PersonDialog;
use self::publish::PublishDialog;
use self::removal::RemovalDialog;
use self::rename::RenameDialog;
use self::share::ShareDialog;
use self::side_copies::SideCopiesDialog;
use self::unit::UnitDialog;

/// A dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    /// A new document.
    Create,
    /// Another title.
    Rename(DocumentId),
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
        Some(Ask::Share(document)) => view! { <ShareDialog document=document /> }.into_any(),
        Some(Ask::Move(document)) => view! { <MoveDialog document=document /> }.into_any(),
        Some(Ask::Publish(document)) => view! { <PublishDialog document=document /> }.into_any(),
        Some(Ask::SideCopies) => view! { <SideCopiesDialog /> }.into_any(),
        Some(Ask::Invite(member)) => view! { <InviteDialog member=member /> }.into_any(),
        Some(Ask::Devices(member)) => view! { <DevicesDialog member=member /> }.into_any(),
        Some(Ask::Person(member)) => view! { <PersonDialog member=member /> }.into_any(),
        Some(Ask::Unit(unit)) => view! { <UnitDialog unit=unit /> }.into_any(),
        Some(Ask::Import) => view! { <ImportDialog /> }.into_any(),
        Some(Ask::Removal) => view! { <RemovalDialog /> }.into_any(),
    }
}
