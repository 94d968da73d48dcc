//! Another title in lists.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm, TitleField, TitleInput};
use huigao_protocol::command::Command;

/// Asks for the new title.
#[component]
pub fn RenameDialog(document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let before = desk.view(document).map(|view| view.title).unwrap_or_default();
    let title = TitleField::new(before);
    let modal = Modal::new();
    let rename = move || {
        if let Some(title) = title.checked() {
            desk.command(Command::Rename { document, title });
            modal.close();
        }
    };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary">
            {t!("rename.title")}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=t!("rename.title") on_submit=rename foot=foot>
            <TitleInput field=title label=t!("rename.name") hint=t!("rename.hint") />
        </ModalForm>
    }
}
