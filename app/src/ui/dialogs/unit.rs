//! A unit of the roster: added, changed, or removed.

use huigao_shared::authority::Edit;
use huigao_shared::ids::UnitId;
use huigao_shared::roster::{Unit, UnitKind};
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm, TitleField, TitleInput};
use crate::ui::parts::Failure;
use crate::ui::roster::kind_name;
use crate::ui::roster_acts::act_now;
use huigao_browser::random;

const KINDS: [UnitKind; 4] = [UnitKind::Township, UnitKind::Department, UnitKind::Group, UnitKind::Office];

/// Asks for a unit's name and kind.
#[component]
pub fn UnitDialog(unit: Option<UnitId>) -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let roster = desk.roster_ahead.get_untracked();
    let before = unit.as_ref().and_then(|id| roster.unit(id)).cloned();
    let start = before.clone();
    let name = TitleField::new(start.as_ref().map(|unit| unit.name.clone()).unwrap_or_default());
    let name_en = RwSignal::new(start.as_ref().map(|unit| unit.name_en.clone()).unwrap_or_default());
    let kind = RwSignal::new(start.as_ref().map_or(UnitKind::Township, |unit| unit.kind));
    let empty = unit.as_ref().is_some_and(|id| {
        !roster.members.iter().any(|person| person.unit.as_ref() == Some(id) || person.linked.contains(id))
    });
    let gone = before.clone();
    let refused = RwSignal::new(None::<String>);
    let act = move |edits: Vec<Edit>| match act_now(desk, edits) {
        Ok(()) => modal.close(),
        Err(why) => refused.set(Some(why)),
    };
    let save = move || {
        let Some(name) = name.checked() else { return };
        let id = before.as_ref().map(|unit| unit.id.clone()).or_else(new_id);
        let Some(id) = id else { return };
        let after = Unit { id, kind: kind.get_untracked(), name, name_en: name_en.get_untracked().trim().to_owned() };
        let is_new = before.as_ref() != Some(&after);
        let edits = is_new.then(|| Edit::Unit { before: before.clone(), after: Some(after) });
        act(edits.into_iter().collect());
    };
    let (asks, removal) = (RwSignal::new(false), StoredValue::new(gone));
    let remove = move |_| act(vec![Edit::Unit { before: removal.get_value(), after: None }]);
    let title = if unit.is_some() { t!("unit.edit") } else { t!("roster.add_unit") };
    let foot = view! {
        {empty
            .then(|| {
                view! {
                    <button
                        type="button"
                        class="btn btn--danger"
                        aria-expanded=move || asks.get().to_string()
                        on:click=move |_| asks.update(|asks| *asks = !*asks)
                    >
                        {t!("unit.remove")}
                    </button>
                    <span class="spacer"></span>
                }
            })}
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary">
            {t!("action.save")}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=title on_submit=save foot=foot>
            <TitleInput field=name label=t!("unit.name") hint=t!("unit.name_hint") />
            <div class="field">
                <label for="u-en">{t!("unit.name_en")}</label>
                <input
                    class="input"
                    id="u-en"
                    maxlength="60"
                    autocomplete="off"
                    prop:value=move || name_en.get()
                    on:input=move |event| name_en.set(event_target_value(&event))
                />
            </div>
            <div class="field">
                <label for="u-kind">{t!("roster.kind")}</label>
                <select
                    class="select"
                    id="u-kind"
                    on:change=move |event| {
                        let chosen = event_target_value(&event).parse().ok().and_then(|n: usize| KINDS.get(n).copied());
                        if let Some(chosen) = chosen {
                            kind.set(chosen);
                        }
                    }
                >
                    {KINDS
                        .into_iter()
                        .enumerate()
                        .map(|(n, of)| {
                            view! {
                                <option value=n.to_string() selected=of == kind.get_untracked()>
                                    {kind_name(of)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <Show when=move || asks.get()>
                <div class="box" role="group" aria-label=t!("unit.remove")>
                    <p>{t!("unit.sure")}</p>
                    <button type="button" class="btn btn--danger" on:click=remove>
                        {t!("unit.remove_yes")}
                    </button>
                </div>
            </Show>
            <Failure text=refused />
        </ModalForm>
    }
}

/// A key that is no other unit's.
fn new_id() -> Option<UnitId> {
    let bytes: [u8; 4] = random::bytes();
    format!("u-{}", hex::encode(bytes)).parse().ok()
}
