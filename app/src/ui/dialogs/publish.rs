//! The campaign office publishes a text for evaluation: a copy of it as it stands, which the relay notes in the log.

use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use huigao_shared::text::count::count;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::dialogs::copying::Copying;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::dialogs::share::is_offline;
use crate::ui::dialogs::{Dialogs, LateAsk};
use crate::ui::figures::grouped;
use crate::ui::names::{shown_title, space_readers};
use crate::ui::parts::{Failure, use_toasts};
use crate::ui::templates::kind_name;
use huigao_protocol::command::Command;

/// Whether this person may publish what lives in that space.
pub fn may_publish(desk: Desk, from: &Space) -> bool {
    // Asked again when rights have changed.
    desk.roster.track();
    *from != Space::Evaluation && desk.access(&Space::Evaluation) == Access::Write
}

/// Opens the dialog, where there is something that this person may publish.
#[component]
pub fn PublishButton(
    /// What would be published.
    document: Signal<Option<DocumentId>>,
) -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    let open = move |_| {
        if let Some(document) = document.get_untracked() {
            dialogs.open(LateAsk::Publish(document));
        }
    };
    view! {
        <Show when=move || document.get().is_some()>
            <button type="button" class="btn" aria-haspopup="dialog" on:click=open>
                {t!("publish.title")}
            </button>
        </Show>
    }
}

/// Says what evaluators will see, and asks for one press.
#[component]
pub fn PublishDialog(document: DocumentId) -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let copying = Copying::new(desk, modal, use_toasts());
    let view = desk.view(document);
    let (title, kind) = view.map(|view| (view.title, view.kind)).unwrap_or_default();
    let title = shown_title(&title);
    let characters = desk.text(document).map(|text| count(&text)).map_or(0, |count| count.with_punctuation as usize);
    let readers = desk.roster.with_untracked(|roster| space_readers(roster, desk.me, &Space::Evaluation));
    let publish = {
        let title = title.clone();
        move || {
            copying.make(
                |copy| Command::Share { source: document, copy, space: Space::Evaluation },
                t!("publish.done", title = title).into_owned(),
                t!("publish.failed", title = title).into_owned(),
            );
        }
    };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary">
            {t!("publish.submit")}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=t!("publish.title") on_submit=publish foot=foot>
            <p>{t!("publish.text")}</p>
            <dl class="kv">
                <dt>{t!("sort.title")}</dt>
                <dd>{title}</dd>
                <dt>{t!("filter.kind")}</dt>
                <dd>{kind_name(&kind)}</dd>
                <dt>{t!("sort.characters")}</dt>
                <dd>{t!("list.characters", n = grouped(characters))}</dd>
                <dt>{t!("list.readers")}</dt>
                <dd>{readers}</dd>
            </dl>
            <p class="field-hint">{t!("publish.noted")}</p>
            <Failure text=copying.refused />
            <Show when=move || is_offline(desk)>
                <div class="box">{t!("publish.offline")}</div>
            </Show>
        </ModalForm>
    }
}
