//! Dialogs of the late part.

use leptos::prelude::*;

use crate::ui::dialogs::LateAsk;
use crate::ui::dialogs::devices::DevicesDialog;
use crate::ui::dialogs::import::ImportDialog;
use crate::ui::dialogs::invite::InviteDialog;
use crate::ui::dialogs::move_to::MoveDialog;
use crate::ui::dialogs::person::PersonDialog;
use crate::ui::dialogs::publish::PublishDialog;
use crate::ui::dialogs::removal::RemovalDialog;
use crate::ui::dialogs::share::ShareDialog;
use crate::ui::dialogs::side_copies::SideCopiesDialog;
use crate::ui::dialogs::unit::UnitDialog;

/// The dialog that was asked for.
#[component]
pub fn LateDialog(
    /// Which.
    ask: LateAsk,
) -> impl IntoView {
    match ask {
        LateAsk::Share(document) => view! { <ShareDialog document=document /> }.into_any(),
        LateAsk::Move(document) => view! { <MoveDialog document=document /> }.into_any(),
        LateAsk::Publish(document) => view! { <PublishDialog document=document /> }.into_any(),
        LateAsk::SideCopies => view! { <SideCopiesDialog /> }.into_any(),
        LateAsk::Invite(member) => view! { <InviteDialog member=member /> }.into_any(),
        LateAsk::Devices(member) => view! { <DevicesDialog member=member /> }.into_any(),
        LateAsk::Person(member) => view! { <PersonDialog member=member /> }.into_any(),
        LateAsk::Unit(unit) => view! { <UnitDialog unit=unit /> }.into_any(),
        LateAsk::Import => view! { <ImportDialog /> }.into_any(),
        LateAsk::Removal => view! { <RemovalDialog /> }.into_any(),
    }
}
