//! Settings: language, storage, the people of this browser, diagnostics.

use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::{page, persist, update};
use crate::ui::app::Language;
use crate::ui::desk::use_desk;
use crate::ui::devices::DevicesCard;
use crate::ui::export::export_all;
use crate::ui::figures::{grouped, moment, size};
use crate::ui::lang::Lang;
use crate::ui::names::{name_of, unit_of};
use crate::ui::parts::{PageHeading, use_toasts};
use crate::ui::people::{People, Relay};
use crate::ui::route::Route;
use crate::ui::sync_words::{profile_words, save_words};
use crate::ui::table::{Table, number, text};
use crate::ui::templates::template;
use huigao_browser::spawn;
use huigao_protocol::view::{DocumentSync, SyncState};

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <div class="settings">
            <PageHeading text=t!("nav.settings").into_owned() />
            <LanguageCard />
            <StorageCard />
            <DevicesCard />
            <PeopleCard />
            <DiagnosticsCard />
        </div>
    }
}

#[component]
fn LanguageCard() -> impl IntoView {
    let language = expect_context::<Language>();
    let current = Lang::current();
    view! {
        <section class="card" aria-labelledby="set-lang">
            <h2 id="set-lang">{t!("settings.display")}</h2>
            <div class="set-row">
                <label for="lang">{t!("settings.language")}</label>
                <select class="select" id="lang" on:change=move |event| language.choose(Lang::of(&event_target_value(&event)))>
                    {Lang::ALL
                        .into_iter()
                        .map(|lang| {
                            view! {
                                <option value=lang.tag() lang=lang.tag() selected=lang == current>
                                    {lang.own_name()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
        </section>
    }
}

#[component]
fn StorageCard() -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let persisted = RwSignal::new(None::<bool>);
    let usage = RwSignal::new(None::<(f64, f64)>);
    spawn(async move {
        persisted.try_set(Some(persist::persisted().await));
        if let Some(estimate) = persist::estimate().await {
            usage.try_set(Some((estimate.used, estimate.quota)));
        }
    });
    let ask = move |_| {
        spawn(async move {
            let granted = persist::persist().await;
            persisted.try_set(Some(granted));
            if !granted {
                toasts.badly(t!("settings.not_granted"));
            }
        });
    };
    let state = move || match persisted.get() {
        None => view! { <p class="muted">{t!("settings.asking")}</p> }.into_any(),
        Some(true) => view! {
            <p>
                <span class="chip chip--ok">{t!("settings.persisted")}</span>
                " "
                {t!("settings.persisted_text")}
            </p>
        }
        .into_any(),
        Some(false) => view! {
            <div>
                <p>
                    <span class="chip chip--warn">{t!("settings.not_persisted")}</span>
                    " "
                    {t!("settings.not_persisted_text")}
                </p>
                <p class="field-hint">{t!("settings.not_persisted_hint")}</p>
            </div>
            <button type="button" class="btn" on:click=ask>
                {t!("settings.persist")}
            </button>
        }
        .into_any(),
    };
    let used = move || {
        usage.get().map(|(used, quota)| {
            let share = if quota > 0.0 { used / quota * 100.0 } else { 0.0 };
            view! {
                <div class="set-row">
                    <div class="usage">
                        <span id="use-l">
                            {t!("settings.usage", used = size(used), quota = size(quota), share = format!("{share:.0}"))}
                        </span>
                        <progress max=quota.to_string() value=used.to_string() aria-labelledby="use-l"></progress>
                    </div>
                </div>
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="set-store">
            <h2 id="set-store">{t!("settings.storage")}</h2>
            <div class="set-row">{state}</div>
            {used}
            <div class="set-row">
                <div>
                    <p>{t!("settings.export")}</p>
                    <p class="field-hint">{t!("settings.export_hint")}</p>
                </div>
                <button type="button" class="btn" on:click=move |_| export_all(desk, toasts)>
                    {t!("export.all")}
                </button>
            </div>
        </section>
    }
}

#[component]
fn PeopleCard() -> impl IntoView {
    let desk = use_desk();
    let people = expect_context::<People>();
    people.look_again();
    let rows = move || {
        let present = people.present();
        let roster = desk.roster.get();
        people
            .profiles
            .get()
            .into_iter()
            .map(|profile| {
                let name = roster.member(profile.member).map_or(profile.name, name_of);
                let name =
                    if present == Some(profile.member) { t!("settings.now", name = name).into_owned() } else { name };
                view! {
                    <tr>
                        <td class="nowrap">{name}</td>
                        <td>{unit_of(&roster, profile.member)}</td>
                        <td class="num">{moment(profile.last_used)}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    let columns = vec![text(t!("settings.name")), text(t!("settings.unit")), number(t!("settings.last_used"))];
    view! {
        <section class="card" aria-labelledby="set-prof">
            <h2 id="set-prof">{t!("settings.people")}</h2>
            <Table columns=columns stack=true>{rows}</Table>
            <div class="btn-row">
                <a class="btn" href=Route::Who.href()>
                    {t!("settings.switch")}
                </a>
            </div>
        </section>
    }
}

#[component]
fn DiagnosticsCard() -> impl IntoView {
    let desk = use_desk();
    let people = expect_context::<People>();
    let status = desk.status;
    let relay = move || match people.relay.get() {
        Relay::Asking => t!("diagnostics.asking"),
        Relay::Demo(_) | Relay::Enrolment { .. } => t!("diagnostics.reachable"),
        Relay::Away => t!("diagnostics.away"),
    };
    let sync = move || status.with(profile_words);
    let last = move || {
        status.with(|status| match &status.sync {
            SyncState::Synced(at) => moment(*at),
            SyncState::OfflineSaved
            | SyncState::OfflinePending(_)
            | SyncState::Pending(_)
            | SyncState::Syncing
            | SyncState::ShutOut(_)
            | SyncState::Failed(_) => t!("diagnostics.waiting").into_owned(),
        })
    };
    let leading =
        move || if status.with(|status| status.leading) { t!("diagnostics.leads") } else { t!("diagnostics.follows") };
    let whole = RwSignal::new(None::<bool>);
    let look = move || {
        whole.set(None);
        spawn(async move {
            whole.try_set(Some(update::whole().await));
        });
    };
    if page::secure_context() {
        look();
    }
    let offline = move || match whole.get() {
        _ if !page::secure_context() => t!("diagnostics.offline_no"),
        None => t!("settings.asking"),
        Some(true) => t!("diagnostics.offline_yes"),
        Some(false) => t!("diagnostics.offline_part"),
    };
    let check = move |_| {
        people.ask_relay();
        if page::secure_context() {
            look();
        }
    };
    let documents = move || {
        desk.rows.with(|rows| {
            let here = rows.iter().filter(|row| row.sync != DocumentSync::Remote).count();
            t!("diagnostics.documents_n", n = grouped(rows.len()), here = grouped(here)).into_owned()
        })
    };
    let roster = move || desk.roster.with(|roster| roster.version.to_string());
    view! {
        <section class="card" aria-labelledby="set-diag">
            <h2 id="set-diag">{t!("diagnostics.title")}</h2>
            <dl class="kv">
                <dt>{t!("diagnostics.version")}</dt>
                <dd class="num">{env!("CARGO_PKG_VERSION")}</dd>
                <dt>{t!("diagnostics.offline")}</dt>
                <dd>{offline}</dd>
                <dt>{t!("diagnostics.relay")}</dt>
                <dd>{relay}</dd>
                <dt>{t!("sync.label")}</dt>
                <dd>{move || sync().text} " · " {move || sync().meaning}</dd>
                <dt>{t!("side.saved_here")}</dt>
                <dd>{move || status.with(|status| save_words(status.save))}</dd>
                <dt>{t!("diagnostics.last_receipt")}</dt>
                <dd class="num">{last}</dd>
                <dt>{t!("diagnostics.connection")}</dt>
                <dd>{leading}</dd>
                <dt>{t!("diagnostics.documents")}</dt>
                <dd>{documents}</dd>
                <dt>{t!("diagnostics.roster")}</dt>
                <dd class="num">{roster}</dd>
                <dt>{t!("diagnostics.template")}</dt>
                <dd>{Lang::current().pick(&template().title.zh, &template().title.en)}</dd>
                <dt>{t!("diagnostics.member")}</dt>
                <dd>
                    <code>{desk.me.to_string()}</code>
                </dd>
            </dl>
            <div class="btn-row">
                <button type="button" class="btn" on:click=check>
                    {t!("diagnostics.check")}
                </button>
            </div>
        </section>
    }
}
