//! A document that is in the wrong place is put into the right one: a copy there, and the old one put away.

use huigao_shared::ids::DocumentId;
use huigao_shared::space::{Space, SpaceKind};
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::dialogs::copying::Copying;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::dialogs::share::is_offline;
use crate::ui::dialogs::space_fields::{Offer, SpaceChoice, SpaceFields, offers};
use crate::ui::names::space_word;
use crate::ui::parts::{Failure, use_toasts};
use crate::ui::templates::template;
use huigao_protocol::command::Command;

/// Whether the old one is put away: what this person may not write in now stays as it is.
fn puts_away(desk: Desk, document: DocumentId) -> bool {
    desk.view(document).is_some_and(|view| view.writable)
}

/// Asks where it is to go.
#[component]
pub fn MoveDialog(document: DocumentId) -> impl IntoView {
    let (desk, modal, toasts) = (use_desk(), Modal::new(), use_toasts());
    let view = desk.view(document);
    let here: Option<Space> = view.as_ref().map(|view| view.space.clone());
    let (title, kind) = view.map(|view| (view.title, view.kind)).unwrap_or_default();
    let elsewhere: Vec<Offer> = template()
        .kind(&kind)
        .map(|kind| offers(desk, kind))
        .unwrap_or_default()
        .into_iter()
        .filter(|offer| match offer {
            Offer::Fixed(to) => here.as_ref() != Some(to),
            Offer::WithOneOf(_) | Offer::On(_) => true,
        })
        .collect();
    let nowhere = elsewhere.is_empty();
    // Never "only me" by itself: what others wrote would be put out of their sight by one press.
    let choice = SpaceChoice::preferring(Signal::stored(elsewhere), &[SpaceKind::Unit, SpaceKind::Own]);
    let place = here
        .as_ref()
        .map(|space| desk.roster.with_untracked(|roster| space_word(roster, desk.me, space)))
        .unwrap_or_default();
    let (same, copying) = (RwSignal::new(false), Copying::new(desk, modal, toasts));
    let put = {
        let title = title.clone();
        move || {
            let Some(space) = choice.checked(desk.me) else { return };
            // Of places with several in them, the one where it is can be chosen.
            same.set(here.as_ref() == Some(&space));
            if same.get_untracked() {
                return;
            }
            let done = if puts_away(desk, document) {
                t!("move.done", title = title)
            } else {
                t!("move.copied", title = title)
            };
            copying.make(
                |copy| Command::Move { source: document, copy, space },
                done.into_owned(),
                t!("move.failed", title = title).into_owned(),
            );
        }
    };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary" disabled=nowhere>
            {t!("move.submit")}
        </button>
    }
    .into_any();
    let fields = if nowhere {
        view! { <div class="box">{t!("share.nowhere")}</div> }.into_any()
    } else {
        view! { <SpaceFields choice=choice legend=t!("move.place") hint=t!("share.hint") /> }.into_any()
    };
    let what = move || {
        // Asked again when rights have changed.
        desk.roster.track();
        if puts_away(desk, document) {
            t!("move.text", place = place).into_owned()
        } else {
            t!("move.text_copy").into_owned()
        }
    };
    view! {
        <ModalForm modal=modal title=t!("move.title", title = title) on_submit=put foot=foot>
            <p>{what}</p>
            {fields}
            <Show when=move || same.get()>
                <p class="field-error" role="alert">
                    {t!("move.same")}
                </p>
            </Show>
            <Failure text=copying.refused />
            <Show when=move || is_offline(desk)>
                <div class="box">{t!("share.offline")}</div>
            </Show>
        </ModalForm>
    }
}
