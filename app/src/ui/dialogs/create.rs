//! A new document: its kind, where it is to live, its title.

use huigao_shared::template::Kind;
use leptos::prelude::*;
use rust_i18n::t;

use crate::session::event::Command;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm, TitleField, TitleInput};
use crate::ui::dialogs::space_fields::{SpaceChoice, SpaceFields, offers};
use crate::ui::editor_state::JustCreated;
use crate::ui::route::Route;
use crate::ui::templates::{kind_name, template};

/// Asks for all that a new document needs.
#[component]
pub fn CreateDialog() -> impl IntoView {
    let desk = use_desk();
    let just_created = expect_context::<JustCreated>();
    // Only kinds for which this person has a place.
    let kinds: Vec<&'static Kind> = template().kinds.iter().filter(|kind| !offers(desk, kind).is_empty()).collect();
    let kind = RwSignal::new(kinds.first().map(|kind| kind.id.clone()).unwrap_or_default());
    let offered = Memo::new(move |_| template().kind(&kind.get()).map(|kind| offers(desk, kind)).unwrap_or_default());
    let choice = SpaceChoice::among(offered.into());
    let title = TitleField::new(String::new());
    let modal = Modal::new();
    let create = move || {
        let Some(title) = title.checked() else { return };
        let Some(kind) = template().kind(&kind.get_untracked()) else { return };
        let Some(space) = choice.checked(desk.me) else { return };
        let document = desk.new_document_id();
        let text = kind.first_text(&title);
        desk.command(Command::Create { document, kind: kind.id.clone(), space, title, text });
        just_created.is(document);
        modal.close();
        Route::Edit(document).go();
    };
    let empty = kinds.is_empty();
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary" disabled=empty>
            {t!("create.submit")}
        </button>
    }
    .into_any();
    let fields = if empty {
        view! { <div class="box box--warn">{t!("create.nowhere")}</div> }.into_any()
    } else {
        view! {
            <TitleInput field=title label=t!("create.name") hint=t!("create.name_hint") />
            <div class="field">
                <label for="create-kind">{t!("filter.kind")}</label>
                <select class="select" id="create-kind" name="kind" on:change=move |event| kind.set(event_target_value(&event))>
                    {kinds
                        .into_iter()
                        .map(|kind| view! { <option value=kind.id.clone()>{kind_name(&kind.id)}</option> })
                        .collect_view()}
                </select>
            </div>
            <SpaceFields choice=choice legend=t!("create.place") hint=t!("create.place_hint") />
        }
        .into_any()
    };
    view! {
        <ModalForm modal=modal title=t!("create.title") on_submit=create foot=foot>
            {fields}
        </ModalForm>
    }
}
