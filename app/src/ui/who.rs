//! Picking a person: those who were on this browser first, then everybody by unit.

use huigao_shared::roster::{Member, Roster};
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::app::Language;
use crate::ui::figures::moment;
use crate::ui::join::{Founding, Joining};
use crate::ui::lang::Lang;
use crate::ui::names::{campaign_title, name_of, roles_of, unit_of};
use crate::ui::parts::PageHeading;
use crate::ui::people::{People, Phase, Relay};
use crate::ui::strips::Strips;
use crate::ui::sync_words::store_words;
use crate::ui::who_everybody::Everybody;
use huigao_browser::profiles::ProfileInfo;

/// The page on which somebody says who they are.
#[component]
pub fn Who() -> impl IntoView {
    let people = expect_context::<People>();
    let main = NodeRef::<html::Main>::new();
    let skip = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            let _ = main.focus();
        }
    };
    // Before anybody was here there is nobody to choose.
    let heading = Signal::derive(move || {
        let enrols = matches!(people.relay.get(), Relay::Enrolment { .. });
        let nobody = people.profiles.with(Vec::is_empty);
        if enrols && nobody { t!("join.welcome") } else { t!("who.title") }.into_owned()
    });
    let campaign = move || match people.relay.get() {
        Relay::Demo(roster) => campaign_title(&roster),
        Relay::Asking | Relay::Enrolment { .. } | Relay::Away => String::new(),
    };
    view! {
        <a class="skip-link" href="#main" on:click=skip>
            {t!("shell.skip")}
        </a>
        <div class="app app--plain">
            <Strips />
            <header class="topbar">
                <span class="brand">{t!("brand")}</span>
                <span class="topbar-campaign ellipsis" title=campaign>
                    {campaign}
                </span>
                <span class="spacer"></span>
                <LanguageButton />
            </header>
            <main id="main" class="main" tabindex="-1" node_ref=main>
                <div class="who">
                    <div>
                        <PageHeading text=heading />
                        <Show when=move || !(matches!(people.relay.get(), Relay::Enrolment { .. }) && people.profiles.with(Vec::is_empty))>
                            <p class="who-lead">{t!("who.lead")}</p>
                        </Show>
                    </div>
                    <Trouble />
                    <Profiles />
                    {move || match people.relay.get() {
                        Relay::Demo(roster) => view! { <Everybody roster=roster /> }.into_any(),
                        Relay::Asking => view! { <p role="status">{t!("who.asking")}</p> }.into_any(),
                        Relay::Enrolment { setup: true } => view! { <Founding /> }.into_any(),
                        Relay::Enrolment { setup: false } => view! { <Joining /> }.into_any(),
                        Relay::Away => view! { <Away /> }.into_any(),
                    }}
                </div>
            </main>
        </div>
    }
}

/// The other language, by its own name.
#[component]
fn LanguageButton() -> impl IntoView {
    let language = expect_context::<Language>();
    let other = match Lang::current() {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    };
    view! {
        <button type="button" class="btn btn--quiet" lang=other.tag() on:click=move |_| language.choose(other)>
            {other.own_name()}
        </button>
    }
}

#[component]
fn Trouble() -> impl IntoView {
    let people = expect_context::<People>();
    let list = move || {
        people.unlisted.get().map(|why| {
            view! {
                <div class="box box--bad" role="alert">
                    {t!("who.unlisted")}
                    {store_words(&why)}
                </div>
            }
        })
    };
    let profile = move || match people.phase.get() {
        Phase::Failed(why) => view! {
            <div class="box box--bad" role="alert">
                {t!("who.failed")}
                {store_words(&why)}
            </div>
        }
        .into_any(),
        Phase::Entering => view! {
            <div class="box" role="status">
                {t!("who.entering")}
            </div>
        }
        .into_any(),
        Phase::Starting | Phase::Nobody | Phase::Present(_) => ().into_any(),
    };
    view! {
        {list}
        {profile}
    }
}

#[component]
fn Away() -> impl IntoView {
    let people = expect_context::<People>();
    view! {
        <div class="box box--warn" role="status">
            <p>{t!("who.away")}</p>
            <button type="button" class="btn btn--small" on:click=move |_| people.ask_relay()>
                {t!("action.retry")}
            </button>
        </div>
    }
}

#[component]
fn Profiles() -> impl IntoView {
    let people = expect_context::<People>();
    people.look_again();
    view! {
        <Show when=move || people.profiles.with(|profiles| !profiles.is_empty())>
            <section aria-labelledby="here-h">
                <h2 id="here-h">{t!("who.here")}</h2>
                <ul class="people people--profiles">
                    <For each=move || people.profiles.get() key=|profile| profile.id.clone() let:profile>
                        <Profile profile=profile />
                    </For>
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Profile(profile: ProfileInfo) -> impl IntoView {
    let people = expect_context::<People>();
    let member = profile.member;
    let known = move || match people.relay.get() {
        Relay::Demo(roster) => roster.member(member).map(|person| (person.clone(), roster.clone())),
        Relay::Asking | Relay::Enrolment { .. } | Relay::Away => None,
    };
    let name = {
        let stored = profile.name.clone();
        let stored = if stored.is_empty() { t!("person.unknown").into_owned() } else { stored };
        Signal::derive(move || known().map_or_else(|| stored.clone(), |(person, _)| name_of(&person)))
    };
    let role = move || known().map(|(person, roster)| description(&roster, &person));
    let here = move || (people.present() == Some(member)).then_some("true");
    let used = t!("who.last_used", time = moment(profile.last_used));
    view! {
        <li>
            <button
                type="button"
                class="person"
                aria-current=here
                on:click=move |_| people.enter(profile.clone())
            >
                <span class="person-name" title=move || name.get()>
                    {move || name.get()}
                </span>
                {move || role().map(|role| view! { <span class="person-role" title=role.clone()>{role.clone()}</span> })}
                <span class="person-meta">{used}</span>
            </button>
        </li>
    }
}

fn description(roster: &Roster, person: &Member) -> String {
    let (unit, roles) = (unit_of(roster, person.id), roles_of(person));
    if unit.is_empty() { roles } else { format!("{unit} · {roles}") }
}
