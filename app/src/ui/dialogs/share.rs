//! A copy of the present text in a place that more people read.

use huigao_shared::access::{Access, access};
use huigao_shared::ids::DocumentId;
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::dialogs::copying::Copying;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::dialogs::space_fields::{Offer, SpaceChoice, SpaceFields, offers};
use crate::ui::names::space_readers;
use crate::ui::parts::{Failure, use_toasts};
use crate::ui::templates::template;
use huigao_protocol::command::Command;
use huigao_protocol::view::SyncState;

/// Whether somebody reads in the one space who does not in the other.
fn is_wider(roster: &Roster, from: &Space, to: &Space) -> bool {
    let reads = |member: &Member, space: &Space| access(roster, member.id, space) >= Access::Read;
    roster.members.iter().any(|member| reads(member, to) && !reads(member, from))
}

/// Whether others will see only later what is made now.
pub fn is_offline(desk: Desk) -> bool {
    desk.status.with(|status| match status.sync {
        SyncState::OfflineSaved | SyncState::OfflinePending(_) | SyncState::ShutOut(_) | SyncState::Failed(_) => true,
        SyncState::Pending(_) | SyncState::Syncing | SyncState::Synced(_) => false,
    })
}

/// Asks where the copy is to go.
#[component]
pub fn ShareDialog(document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let modal = Modal::new();
    let view = desk.view(document);
    let (title, kind, space) = view.map(|view| (view.title, view.kind, Some(view.space))).unwrap_or_default();
    let wider: Vec<Offer> = template()
        .kind(&kind)
        .map(|kind| offers(desk, kind))
        .unwrap_or_default()
        .into_iter()
        .filter(|offer| match offer {
            Offer::Fixed(to) => space.as_ref().is_some_and(|from| is_wider(&desk.roster.get_untracked(), from, to)),
            Offer::WithOneOf(_) | Offer::On(_) => true,
        })
        .collect();
    let nowhere = wider.is_empty();
    let choice = SpaceChoice::among(Signal::stored(wider));
    let readers = space
        .as_ref()
        .map(|space| desk.roster.with_untracked(|roster| space_readers(roster, desk.me, space)))
        .unwrap_or_default();
    let copying = Copying::new(desk, modal, toasts);
    let share = {
        let title = title.clone();
        move || {
            let Some(space) = choice.checked(desk.me) else { return };
            copying.make(
                |copy| Command::Share { source: document, copy, space },
                t!("share.done", title = title).into_owned(),
                t!("share.failed", title = title).into_owned(),
            );
        }
    };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary" disabled=nowhere>
            {t!("share.submit")}
        </button>
    }
    .into_any();
    let fields = if nowhere {
        view! { <div class="box">{t!("share.nowhere")}</div> }.into_any()
    } else {
        view! { <SpaceFields choice=choice legend=t!("share.place") hint=t!("share.hint") /> }.into_any()
    };
    view! {
        <ModalForm modal=modal title=t!("share.title", title = title) on_submit=share foot=foot>
            <p>{t!("share.text")} " " {t!("share.source", readers = readers)}</p>
            {fields}
            <Failure text=copying.refused />
            <Show when=move || is_offline(desk)>
                <div class="box">{t!("share.offline")}</div>
            </Show>
        </ModalForm>
    }
}
