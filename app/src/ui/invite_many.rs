//! Inviting many at once: picked one by one, by unit, or by a file of people.

use std::collections::HashSet;

use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::MAX_FILE;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::download;
use crate::ui::desk::use_desk;
use crate::ui::figures::grouped;
use crate::ui::kept_slips::KeptSlips;
use crate::ui::office::{HOURS, too_large, trouble};
use crate::ui::parts::Failure;
use crate::ui::picking::{DRAWN, UnitSelect, person_checks};
use huigao_browser::spawn;

/// The form; what it makes is kept for the sheet.
#[component]
pub fn InviteMany() -> impl IntoView {
    let (desk, kept) = (use_desk(), expect_context::<KeptSlips>());
    let (unit, picked) = (RwSignal::new(String::new()), RwSignal::new(HashSet::<MemberId>::new()));
    let hours = RwSignal::new(HOURS[2]);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    // Those of the unit, or all.
    let offered = Memo::new(move |_| {
        let wanted = unit.get().parse::<UnitId>().ok();
        desk.roster.with(|roster| {
            let inside = roster.members.iter().filter(|person| !person.left);
            let inside = inside.filter(|person| wanted.is_none() || person.unit == wanted);
            inside.map(|person| person.id).collect::<Vec<_>>()
        })
    });
    let pick_all = move |_| picked.update(|picked| picked.extend(offered.get_untracked()));
    let pick_none = move |_| picked.update(HashSet::clear);
    let read = move |event: leptos::ev::Event| {
        let Some(file) = download::chosen_file(&event) else { return };
        let Some(office) = desk.office() else { return };
        failed.set(None);
        if download::is_larger(&file, MAX_FILE) {
            return failed.set(Some(too_large()));
        }
        spawn(async move {
            let outcome = match download::read_file(file).await {
                Some(bytes) => office.preview(&bytes, &[]).await.map_err(|error| trouble(&error)),
                None => Err(t!("office.unreadable_file").into_owned()),
            };
            match outcome {
                Ok(found) => {
                    let is_here = |id: &MemberId| {
                        desk.roster.with_untracked(|roster| roster.member(*id).is_some_and(|person| !person.left))
                    };
                    let known: Vec<MemberId> = found.rows.iter().filter_map(|row| row.member).filter(is_here).collect();
                    let missing = found.rows.len() - known.len();
                    picked.try_update(|picked| picked.extend(known));
                    if missing > 0 {
                        failed.try_set(Some(t!("slips.missing", n = missing).into_owned()));
                    }
                }
                Err(why) => drop(failed.try_set(Some(why))),
            }
        });
    };
    let invite = move |_| {
        let Some(office) = desk.office().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        failed.set(None);
        let visit = kept.visit();
        let (members, hours) = (picked.get_untracked().into_iter().collect::<Vec<_>>(), hours.get_untracked());
        spawn(async move {
            let answer = office.invite_many(&members, hours).await;
            busy.try_set(false);
            match answer {
                Ok(slips) => kept.add(visit, slips),
                Err(error) => drop(failed.try_set(Some(trouble(&error)))),
            }
        });
    };
    let people = move || offered.with(|offered| person_checks(desk.roster, offered, picked, |_| ()).into_any());
    let count = move || picked.with(HashSet::len);
    view! {
        <section class="invite-many" aria-label=t!("slips.many")>
            <p class="field-hint">{t!("slips.text")}</p>
            <Show when=move || { offered.with(Vec::len) > DRAWN }>
                <p class="field-hint">{move || t!("slips.drawn", n = DRAWN, all = offered.with(Vec::len))}</p>
            </Show>
            <div class="btn-row">
                <UnitSelect roster=desk.roster unit=unit />
                <button type="button" class="btn btn--small" on:click=pick_all>
                    {move || t!("slips.pick_all", n = grouped(offered.with(Vec::len)))}
                </button>
                <button type="button" class="btn btn--small" on:click=pick_none>
                    {t!("bulk.none")}
                </button>
                <select
                    class="select"
                    aria-label=t!("invite.hours")
                    on:change=move |event| hours.set(event_target_value(&event).parse().unwrap_or(HOURS[2]))
                >
                    {HOURS
                        .into_iter()
                        .map(|n| {
                            view! {
                                <option value=n.to_string() selected=n == HOURS[2]>
                                    {t!("invite.days", n = n / 24)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="slips-f">{t!("slips.file")}</label>
                <input
                    class="input"
                    id="slips-f"
                    type="file"
                    accept=".csv,.xlsx,text/csv"
                    on:click=move |event| download::forget_choice(&event)
                    on:change=read
                />
            </div>
            <div class="checks invite-many-people">{people}</div>
            <Failure text=failed />
            <button
                type="button"
                class="btn btn--primary"
                prop:disabled=move || busy.get() || count() == 0
                on:click=invite
            >
                {move || t!("slips.do", n = grouped(count()))}
            </button>
        </section>
    }
}
