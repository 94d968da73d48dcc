//! People whom no document names are taken off the roster: of a unit, or picked one by one.

use std::collections::{HashMap, HashSet};

use huigao_shared::authority::Edit;
use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::{Member, Role};
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::figures::grouped;
use crate::ui::names::name_and_unit;
use crate::ui::office::trouble;
use crate::ui::parts::{Failure, Question};
use crate::ui::picking::{DRAWN, UnitSelect, person_checks};
use crate::ui::roster_acts::act_now;
use huigao_browser::spawn;

/// Of how many the names are said before they go.
const SPELT_OUT: usize = 60;

/// Why somebody stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stays {
    Office,
    Named,
}

/// Whom no document names, and whether they have a device.
type Known = HashMap<MemberId, bool>;

/// `unnamed` is none if the relay has not said so (yet), who looks itself then.
fn stays(person: &Member, unnamed: Option<&Known>) -> Option<Stays> {
    if person.has(Role::CampaignOffice) {
        return Some(Stays::Office);
    }
    unnamed.is_some_and(|unnamed| !unnamed.contains_key(&person.id)).then_some(Stays::Named)
}

/// Asks who is to go.
#[component]
pub fn RemovalDialog() -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let (unit, picked) = (RwSignal::new(String::new()), RwSignal::new(HashSet::<MemberId>::new()));
    let unnamed = RwSignal::new(None::<Known>);
    let (untold, refused, asks) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>), RwSignal::new(false));
    if let Some(office) = desk.office() {
        spawn(async move {
            match office.unnamed().await {
                Ok(people) => {
                    let known = people.into_iter().map(|person| (person.member, person.enrolled)).collect();
                    unnamed.try_set(Some(known));
                }
                Err(error) => drop(untold.try_set(Some(trouble(&error)))),
            }
        });
    }
    let people = Memo::new(move |_| {
        let wanted = unit.get().parse::<UnitId>().ok();
        let unnamed = unnamed.get();
        let (mut go, mut stay) = (Vec::new(), Vec::new());
        desk.roster_ahead.with(|roster| {
            for person in roster.members.iter().filter(|person| wanted.is_none() || person.unit == wanted) {
                match stays(person, unnamed.as_ref()) {
                    Some(why) => stay.push((person.id, why)),
                    None => go.push(person.id),
                }
            }
        });
        (go, stay)
    });
    let going = Memo::new(move |_| {
        let (picked, unnamed) = (picked.get(), unnamed.get());
        let goes = |person: &&Member| picked.contains(&person.id) && stays(person, unnamed.as_ref()).is_none();
        desk.roster_ahead.with(|roster| roster.members.iter().filter(goes).map(|p| p.id).collect::<Vec<_>>())
    });
    let count = move || going.with(Vec::len);
    // Whatever is picked otherwise, the question was about others.
    Effect::new(move || {
        picked.track();
        asks.set(false);
    });
    // Words may wait on a device: whoever has one, or may have, is taken off one by one.
    let without_device = Memo::new(move |_| {
        let is = |known: &Known, id: &MemberId| known.get(id) == Some(&false);
        unnamed.with(|known| {
            known.as_ref().map_or_else(Vec::new, |known| {
                people.with(|(go, _)| go.iter().copied().filter(|id| is(known, id)).collect::<Vec<_>>())
            })
        })
    });
    let has_device =
        move |id: MemberId| unnamed.with(|known| known.as_ref().is_some_and(|known| known.get(&id) == Some(&true)));
    let pick_all = move |_| picked.update(|picked| picked.extend(without_device.get_untracked()));
    let pick_none = move |_| picked.update(HashSet::clear);
    let remove = move |_| {
        let roster = desk.roster_ahead.get_untracked();
        let gone = going.get_untracked().into_iter().filter_map(|id| roster.member(id).cloned());
        let edits: Vec<Edit> = gone.map(|person| Edit::Remove { before: Box::new(person) }).collect();
        match act_now(desk, edits) {
            Ok(()) => modal.close(),
            Err(why) => refused.set(Some(why)),
        }
    };
    let offered = move || {
        let beside =
            |id| has_device(id).then(|| view! { <span class="chip chip--warn">{t!("removal.enrolled")}</span> });
        people.with(|(go, _)| person_checks(desk.roster_ahead, go, picked, beside).into_any())
    };
    let staying = move || {
        let roster = desk.roster_ahead.get();
        let row = |(id, why): (MemberId, Stays)| {
            let why = match why {
                Stays::Office => t!("removal.stays_office"),
                Stays::Named => t!("removal.stays_named"),
            };
            let line = t!("removal.stays", name = name_and_unit(&roster, id), why = why).into_owned();
            view! { <li>{line}</li> }
        };
        people.get().1.into_iter().take(DRAWN).map(row).collect_view()
    };
    let names = move || {
        let roster = desk.roster_ahead.get();
        let going = going.get();
        let names: Vec<String> = going.iter().take(SPELT_OUT).map(|id| name_and_unit(&roster, *id)).collect();
        let names = names.join(&t!("list.separator"));
        if going.len() > SPELT_OUT {
            t!("removal.cut", names = names, n = grouped(going.len())).into_owned()
        } else {
            names
        }
    };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--danger" prop:disabled=move || count() == 0>
            {move || t!("removal.do", n = grouped(count()))}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=t!("removal.title") on_submit=move || asks.set(true) foot=foot>
            <p class="field-hint">{t!("removal.text")}</p>
            <Show when=move || unnamed.with(Option::is_none)>
                <p class="field-hint" role="status">
                    {move || untold.get()}
                    " "
                    {t!("removal.untold")}
                </p>
            </Show>
            <div class="btn-row">
                <UnitSelect roster=desk.roster_ahead unit=unit />
                <button type="button" class="btn btn--small" on:click=pick_all>
                    {move || t!("removal.pick_all", n = grouped(without_device.with(Vec::len)))}
                </button>
                <button type="button" class="btn btn--small" on:click=pick_none>
                    {t!("bulk.none")}
                </button>
            </div>
            <Show when=move || { people.with(|(go, _)| go.len()) > DRAWN }>
                <p class="field-hint">{move || t!("slips.drawn", n = DRAWN, all = people.with(|(go, _)| go.len()))}</p>
            </Show>
            <div class="checks invite-many-people">{offered}</div>
            <Show when=move || people.with(|(go, _)| go.is_empty())>
                <p class="empty">{t!("removal.nobody")}</p>
            </Show>
            <details>
                <summary>{move || t!("removal.staying", n = grouped(people.with(|(_, stay)| stay.len())))}</summary>
                <ul class="invite-many-people">{staying}</ul>
            </details>
            <Show when=move || asks.get() && count() != 0>
                <Question>
                    <p>{move || t!("removal.sure", n = grouped(count()))}</p>
                    <p>{names}</p>
                    <button type="button" class="btn btn--danger" on:click=remove>
                        {t!("removal.yes")}
                    </button>
                </Question>
            </Show>
            <Failure text=refused />
        </ModalForm>
    }
}
