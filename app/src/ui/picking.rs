//! Picking people from the roster: by unit, and one by one.

use std::collections::HashSet;
use std::sync::Arc;

use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::names::{name_and_unit, unit_name};

/// People who are drawn; more are picked by their unit.
pub const DRAWN: usize = 300;

/// Of which unit people are offered; none written stands for all.
#[component]
pub fn UnitSelect(
    /// Which units there are.
    roster: ReadSignal<Arc<Roster>>,
    /// The one that is chosen.
    unit: RwSignal<String>,
) -> impl IntoView {
    let units = move || {
        roster.with(|roster| {
            // Where units come and go the chosen one stays the one that is shown.
            let chosen = unit.get_untracked();
            let option = |id: &UnitId| {
                let value = id.to_string();
                let is_chosen = value == chosen;
                view! { <option value=value selected=is_chosen>{unit_name(roster, id)}</option> }
            };
            roster.units.iter().map(|unit| option(&unit.id)).collect_view()
        })
    };
    view! {
        <select
            class="select"
            aria-label=t!("settings.unit")
            on:change=move |event| unit.set(event_target_value(&event))
        >
            <option value="">{t!("slips.all_units")}</option>
            {units}
        </select>
    }
}

/// The first of the people who are offered, each with a box to pick them by, and something beside it.
pub fn person_checks<V: IntoView>(
    roster: ReadSignal<Arc<Roster>>,
    people: &[MemberId],
    picked: RwSignal<HashSet<MemberId>>,
    beside: impl Fn(MemberId) -> V,
) -> impl IntoView {
    let roster = roster.get();
    let check = |id: MemberId| {
        let pick = move |is: bool| {
            picked.update(|picked| {
                let _ = if is { picked.insert(id) } else { picked.remove(&id) };
            });
        };
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || picked.with(|picked| picked.contains(&id))
                    on:change=move |event| pick(event_target_checked(&event))
                />
                <span>{name_and_unit(&roster, id)}</span>
                {beside(id)}
            </label>
        }
    };
    people.iter().copied().take(DRAWN).map(check).collect_view()
}
