//! The log of acts of authority, newest first, by kind and person.

use std::collections::HashMap;

use huigao_shared::audit::{Deed, Placed, with_removed};
use huigao_shared::authority::reads_audit;
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use rust_i18n::t;
use serde::Deserialize;

use crate::file_name::file_name;
use crate::ui::asked::{NotTold, save_file};
use crate::ui::desk::{Desk, use_desk};
use crate::ui::export::stamp;
use crate::ui::figures::moment;
use crate::ui::lang::Lang;
use crate::ui::names::{campaign_title, member_name, name_and_unit, shown_title, space_word};
use crate::ui::office::trouble;
use crate::ui::parts::{Empty, PageHeading, use_toasts};
use crate::ui::roster_acts::describe;
use crate::ui::table::{Table, number, text};
use huigao_browser::{clock, spawn};

/// The kinds by which the log is filtered.
const KINDS: [&str; 12] = [
    "invited",
    "invitation-revoked",
    "enrolled",
    "device-renamed",
    "device-revoked",
    "roster-changed",
    "delivered",
    "published",
    "exported",
    "token-made",
    "token-revoked",
    "campaign-made",
];

#[derive(Deserialize)]
struct Page {
    entries: Vec<Placed>,
    more: bool,
    /// What the devices that the entries tell of are called now.
    #[serde(default)]
    devices: HashMap<DeviceId, String>,
}

/// The page; by its address it can be asked for by those whom the relay tells nothing of it, too.
#[component]
pub fn AuditPage() -> impl IntoView {
    let desk = use_desk();
    let reads = Memo::new(move |_| desk.roster.with(|roster| roster.member(desk.me).is_some_and(reads_audit)));
    move || {
        if reads.get() {
            return view! { <Log /> }.into_any();
        }
        view! {
            <div class="page-head">
                <PageHeading text=t!("nav.audit").into_owned() />
            </div>
            <Empty title=t!("audit.not_yours") text=t!("audit.not_yours_text") />
        }
        .into_any()
    }
}

#[component]
fn Log() -> impl IntoView {
    let (desk, toasts) = (use_desk(), use_toasts());
    let (kind, person) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let entries = RwSignal::new(Vec::<Placed>::new());
    let devices = RwSignal::new(HashMap::<DeviceId, String>::new());
    let (more, busy, failed) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let asked = StoredValue::new(0u64);
    let query = move |before: Option<u64>| {
        let mut parts = Vec::new();
        if let Some(before) = before {
            parts.push(format!("before={before}"));
        }
        if kind.with_untracked(|kind| !kind.is_empty()) {
            parts.push(format!("what={}", kind.get_untracked()));
        }
        if let Ok(member) = person.get_untracked().parse::<MemberId>() {
            parts.push(format!("member={member}"));
        }
        parts.join("&")
    };
    let read = move |before: Option<u64>| {
        let Some(office) = desk.office() else { return };
        asked.update_value(|asked| *asked += 1);
        let this = asked.get_value();
        busy.set(true);
        failed.set(None);
        if before.is_none() {
            // What was found by another question does not stand under this one.
            entries.update(Vec::clear);
            more.set(false);
        }
        let path = format!("/api/audit?{}", query(before));
        spawn(async move {
            let answer = office.get::<Page>(&path).await;
            if asked.try_get_value() != Some(this) {
                return;
            }
            busy.set(false);
            match answer {
                Ok(page) => {
                    devices.update(|devices| devices.extend(page.devices));
                    entries.update(|entries| entries.extend(page.entries));
                    more.set(page.more);
                }
                Err(error) => failed.set(Some(trouble(&error))),
            }
        });
    };
    read(None);
    let saving = RwSignal::new(false);
    let export = move |_| {
        let campaign = desk.roster.with_untracked(|roster| campaign_title(roster));
        let file = file_name(&[&t!("nav.audit"), &campaign, &stamp(clock::now())], "csv", "audit");
        let path = format!("/api/audit.csv?lang={}&{}", Lang::current().tag(), query(None));
        save_file(desk, toasts, saving, path, file);
    };
    let rows = move || {
        let (told, devices) = (entries.get(), devices.get());
        let roster = with_removed(&desk.roster.get(), &told);
        told.into_iter()
            .map(|placed| {
                let by =
                    placed.entry.by.map_or_else(|| t!("audit.console").into_owned(), |by| member_name(&roster, by));
                view! {
                    <tr>
                        <td class="num">{placed.number}</td>
                        <td class="num nowrap">{moment(placed.at * 1_000)}</td>
                        <td>{by}</td>
                        <td>{kind_name(placed.entry.deed.name())}</td>
                        <td>{detail(&roster, &devices, desk, &placed.entry.deed)}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    let people = move || {
        let roster = desk.roster.get();
        roster
            .members
            .iter()
            .map(|member| view! { <option value=member.id.to_string()>{name_and_unit(&roster, member.id)}</option> })
            .collect_view()
    };
    let columns = vec![
        number(t!("audit.number")),
        number(t!("audit.when")),
        text(t!("audit.who")),
        text(t!("audit.what")),
        text(t!("audit.detail")),
    ];
    view! {
        <div class="page-head">
            <PageHeading text=t!("nav.audit").into_owned() />
            <span class="spacer"></span>
            <button type="button" class="btn" prop:disabled=move || saving.get() on:click=export>
                {t!("roster.export_csv")}
            </button>
        </div>
        <p class="field-hint">{t!("audit.text")}</p>
        <div class="filters">
            <select
                class="select"
                aria-label=t!("audit.what")
                on:change=move |event| {
                    kind.set(event_target_value(&event));
                    read(None);
                }
            >
                <option value="">{t!("audit.all_kinds")}</option>
                {KINDS.into_iter().map(|kind| view! { <option value=kind>{kind_name(kind)}</option> }).collect_view()}
            </select>
            <select
                class="select"
                aria-label=t!("audit.person")
                on:change=move |event| {
                    person.set(event_target_value(&event));
                    read(None);
                }
            >
                <option value="">{t!("audit.all_people")}</option>
                {people}
            </select>
        </div>
        {move || failed.get().map(|why| view! { <NotTold why=why again=Callback::new(move |()| read(None)) /> })}
        <Show when=move || busy.get()>
            <p class="vh" role="status">
                {t!("device.asking")}
            </p>
        </Show>
        <div class="card roster">
            <Table columns=columns stack=true>{rows}</Table>
            <Show when=move || entries.with(Vec::is_empty) && !busy.get() && failed.with(Option::is_none)>
                <p class="empty">{t!("audit.none")}</p>
            </Show>
            <Show when=move || more.get()>
                // The rest is the relay's, and nobody can be asked while a page is printed.
                <p class="print-only">{move || t!("audit.printed_part", n = entries.with(Vec::len))}</p>
                <button
                    type="button"
                    class="btn"
                    prop:disabled=move || busy.get()
                    on:click=move |_| read(entries.with_untracked(|entries| entries.last().map(|placed| placed.number)))
                >
                    {t!("roster.more")}
                </button>
            </Show>
        </div>
    }
}

fn kind_name(kind: &str) -> String {
    match kind {
        "invited" => t!("audit.invited"),
        "invitation-revoked" => t!("audit.invitation_revoked"),
        "enrolled" => t!("audit.enrolled"),
        "device-renamed" => t!("audit.device_renamed"),
        "device-revoked" => t!("audit.device_revoked"),
        "roster-changed" => t!("audit.roster_changed"),
        "delivered" => t!("audit.delivered"),
        "published" => t!("audit.published"),
        "exported" => t!("audit.exported"),
        "token-made" => t!("audit.token_made"),
        "token-revoked" => t!("audit.token_revoked"),
        _ => t!("audit.campaign_made"),
    }
    .into_owned()
}

fn detail(roster: &Roster, devices: &HashMap<DeviceId, String>, desk: Desk, deed: &Deed) -> String {
    match deed {
        Deed::CampaignMade { title } => title.clone(),
        Deed::Invited { member, .. } | Deed::InvitationRevoked { member, .. } | Deed::TokenMade { member, .. } => {
            name_and_unit(roster, *member)
        }
        Deed::Enrolled { member, name, .. } => format!("{} · {name}", name_and_unit(roster, *member)),
        Deed::DeviceRenamed { name, before, .. } if before.is_empty() => name.clone(),
        Deed::DeviceRenamed { name, before, .. } => format!("{before} → {name}"),
        Deed::DeviceRevoked { member, device, name } => {
            // Older entries do not say what it was called.
            let name = if name.is_empty() { devices.get(device).unwrap_or(name) } else { name };
            if name.is_empty() {
                name_and_unit(roster, *member)
            } else {
                format!("{} · {name}", name_and_unit(roster, *member))
            }
        }
        Deed::RosterChanged { edit, .. } => describe(roster, edit),
        Deed::Exported { list, rows } if list == "audit" => t!("audit.exported_audit", n = rows).into_owned(),
        Deed::Exported { rows, .. } => t!("audit.exported_roster", n = rows).into_owned(),
        Deed::Delivered { document, space } => {
            format!("{} · {document}", space_word(roster, desk.me, space))
        }
        // What is published, whoever reads the log may read.
        Deed::Published { document, author } => {
            let what = match desk.row(*document) {
                Some(row) => format!("{} · {document}", shown_title(&row.title)),
                None => document.to_string(),
            };
            match author {
                Some(author) => t!("audit.published_of", what = what, name = member_name(roster, *author)).into_owned(),
                None => what,
            }
        }
        Deed::TokenRevoked { token } => token.clone(),
    }
}
