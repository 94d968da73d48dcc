//! A new document: its kind, where it is to live, its title.

use huigao_shared::space::SpaceKind;
use huigao_shared::template::Kind;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm, TitleField, TitleInput};
use crate::ui::dialogs::space_fields::{Offer, SpaceChoice, SpaceFields, offers, preset};
use crate::ui::editor_state::JustCreated;
use crate::ui::names::space_word;
use crate::ui::route::Route;
use crate::ui::templates::{kind_name, template};
use huigao_protocol::command::Command;

/// Asks for all that a new document needs.
#[component]
pub fn CreateDialog() -> impl IntoView {
    let desk = use_desk();
    let just_created = expect_context::<JustCreated>();
    // Only kinds for which this person has a place.
    let kinds: Vec<&'static Kind> = template().kinds.iter().filter(|kind| !offers(desk, kind).is_empty()).collect();
    // Who makes a document on the unit's page makes it for the unit: a kind that has a place there, and that place.
    let preferred = preferred_on(expect_context::<ReadSignal<Route>>().get_untracked());
    let fits = |kind: &&&'static Kind| preset(&offers(desk, kind), preferred).is_some();
    let first = kinds.iter().find(fits).or_else(|| kinds.first()).map(|kind| kind.id.clone()).unwrap_or_default();
    let kind = RwSignal::new(first.clone());
    let offered = Memo::new(move |_| template().kind(&kind.get()).map(|kind| offers(desk, kind)).unwrap_or_default());
    let choice = SpaceChoice::preferring(offered.into(), preferred);
    let preset_words = move || {
        let space = offered.with(|offers| match offers.get(preset(offers, preferred)?)? {
            Offer::Fixed(space) => Some(space.clone()),
            Offer::WithOneOf(_) | Offer::On(_) => None,
        })?;
        let place = desk.roster.with(|roster| space_word(roster, desk.me, &space));
        Some(view! { <p class="field-hint">{t!("create.preset", place = place)}</p> })
    };
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
                        .map(|kind| {
                            let chosen = kind.id == first;
                            view! {
                                <option value=kind.id.clone() selected=chosen>
                                    {kind_name(&kind.id)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <SpaceFields choice=choice legend=t!("create.place") hint=t!("create.place_hint") />
            {preset_words}
        }
        .into_any()
    };
    view! {
        <ModalForm modal=modal title=t!("create.title") on_submit=create foot=foot>
            {fields}
        </ModalForm>
    }
}

/// The kinds of place that a page is about.
fn preferred_on(page: Route) -> &'static [SpaceKind] {
    match page {
        Route::Unit => &[SpaceKind::Unit, SpaceKind::Own],
        Route::Campaign => &[SpaceKind::Campaign, SpaceKind::Group, SpaceKind::Evaluation],
        Route::Mine
        | Route::All
        | Route::Merged(_)
        | Route::Edit(_)
        | Route::Settings
        | Route::Roster
        | Route::Audit
        | Route::Who
        | Route::Join => &[],
    }
}
