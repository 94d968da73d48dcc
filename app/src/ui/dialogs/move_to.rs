//! A document that is in the wrong place is put into the right one: a copy there, and the old one put away.

use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use leptos::prelude::*;
use rust_i18n::t;

use crate::session::event::Command;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::dialogs::share::is_offline;
use crate::ui::dialogs::space_fields::{Offer, SpaceChoice, SpaceFields, offers};
use crate::ui::names::space_word;
use crate::ui::parts::use_toasts;
use crate::ui::route::Route;
use crate::ui::templates::template;

/// Asks where it is to go.
#[component]
pub fn MoveDialog(document: DocumentId) -> impl IntoView {
    let (desk, modal, toasts) = (use_desk(), Modal::new(), use_toasts());
    let view = desk.read(|session| session.document(document));
    let here: Option<Space> = view.as_ref().map(|view| view.space.clone());
    let puts_away = view.as_ref().is_some_and(|view| view.aside.is_none() && desk.access(&view.space) == Access::Write);
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
    let choice = SpaceChoice::among(Signal::stored(elsewhere));
    let place = here
        .as_ref()
        .map(|space| desk.roster.with_untracked(|roster| space_word(roster, desk.me, space)))
        .unwrap_or_default();
    let same = RwSignal::new(false);
    let put = {
        let title = title.clone();
        move || {
            let Some(space) = choice.checked(desk.me) else { return };
            // Of places with several in them, the one where it is can be chosen.
            same.set(here.as_ref() == Some(&space));
            if same.get_untracked() {
                return;
            }
            let copy = desk.new_document_id();
            desk.command(Command::Move { source: document, copy, space });
            modal.close();
            if puts_away {
                toasts.well(t!("move.done", title = title));
            } else {
                toasts.well(t!("move.copied", title = title));
            }
            Route::Edit(copy).go();
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
    let what = if puts_away { t!("move.text", place = place).into_owned() } else { t!("move.text_copy").into_owned() };
    view! {
        <ModalForm modal=modal title=t!("move.title", title = title) on_submit=put foot=foot>
            <p>{what}</p>
            {fields}
            <Show when=move || same.get()>
                <p class="field-error" role="alert">
                    {t!("move.same")}
                </p>
            </Show>
            <Show when=move || is_offline(desk)>
                <div class="box">{t!("share.offline")}</div>
            </Show>
        </ModalForm>
    }
}
