//! Invitations: who was invited by whom, until when, and what became of it.

use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::asked::Asked;
use crate::ui::desk::use_desk;
use crate::ui::figures::moment;
use crate::ui::invite_many::InviteMany;
use crate::ui::kept_slips::KeptSlips;
use crate::ui::names::member_name;
use crate::ui::office::{Invitation, trouble};
use crate::ui::parts::use_toasts;
use crate::ui::slips::Sheet;
use crate::ui::table::{Table, actions, number, text};
use huigao_browser::{clock, spawn};

/// How many are drawn at first, and with each wish for more.
const SHOWN: usize = 100;

/// The list, and the way to invite many; their slips in its place, when they were made.
#[component]
pub fn Invitations() -> impl IntoView {
    let (asking, kept) = (RwSignal::new(false), expect_context::<KeptSlips>());
    let lot = Memo::new(move |_| kept.lot());
    Effect::new(move || {
        if lot.get().is_some() {
            asking.set(false);
        }
    });
    move || {
        // With each lot the sheet is drawn anew, and has the later ones too.
        if lot.get().is_some() {
            return view! { <Sheet kept=kept /> }.into_any();
        }
        view! {
            <div class="filters">
                <button
                    type="button"
                    class="btn"
                    aria-expanded=move || asking.get().to_string()
                    on:click=move |_| asking.update(|asking| *asking = !*asking)
                >
                    {t!("slips.many")}
                </button>
            </div>
            <Show when=move || asking.get()>
                <InviteMany />
            </Show>
            <List />
        }
        .into_any()
    }
}

#[component]
fn List() -> impl IntoView {
    let (desk, toasts) = (use_desk(), use_toasts());
    let list = Asked::new(desk, |office| async move { office.invitations().await });
    let most = RwSignal::new(SHOWN);
    let take_back = move |id: String| {
        let Some(office) = desk.office() else { return };
        spawn(async move {
            match office.take_back(&id).await {
                Ok(()) => toasts.well(t!("invite.taken_back")),
                Err(error) => toasts.badly(trouble(&error)),
            }
            list.again();
        });
    };
    list.view(move |list| {
        if list.is_empty() {
            return view! { <p class="empty">{t!("invite.none")}</p> }.into_any();
        }
        let count = list.len();
        let rows = move || {
            let roster = desk.roster.get();
            let now = clock::now() / 1_000;
            list.iter()
                .take(most.get())
                .map(|invitation| {
                    let open = invitation.device.is_none() && invitation.revoked.is_none() && invitation.expires > now;
                    let (look, state) = match invitation {
                        Invitation { device: Some(_), .. } => ("chip chip--ok", t!("invite.used")),
                        Invitation { revoked: Some(_), .. } => ("chip", t!("invite.revoked")),
                        _ if open => ("chip chip--warn", t!("invite.open")),
                        _ => ("chip", t!("invite.expired")),
                    };
                    let by =
                        invitation.by.map_or_else(|| t!("audit.console").into_owned(), |by| member_name(&roster, by));
                    let id = invitation.id.clone();
                    view! {
                        <tr>
                            <td>{member_name(&roster, invitation.member)}</td>
                            <td>
                                <span class=look>{state}</span>
                            </td>
                            <td data-label=t!("invite.by")>{by}</td>
                            <td class="num" data-label=t!("invite.made")>
                            {moment(invitation.created * 1_000)}
                        </td>
                            <td class="num" data-label=t!("invite.until")>
                            {moment(invitation.expires * 1_000)}
                        </td>
                            <td>
                                {open
                                    .then(|| {
                                        view! {
                                            <div class="btn-row btn-row--end">
                                                <button
                                                    type="button"
                                                    class="btn btn--small"
                                                    on:click=move |_| take_back(id.clone())
                                                >
                                                    {t!("invite.take_back")}
                                                </button>
                                            </div>
                                        }
                                    })}
                            </td>
                        </tr>
                    }
                })
                .collect_view()
        };
        let columns = vec![
            text(t!("settings.name")),
            text(t!("audit.what")),
            text(t!("invite.by")),
            number(t!("invite.made")),
            number(t!("invite.until")),
            actions(),
        ];
        view! {
            <Table columns=columns stack=true>{rows}</Table>
            <Show when=move || { count > most.get() }>
                <button type="button" class="btn" on:click=move |_| most.update(|most| *most += SHOWN)>
                    {t!("roster.more")}
                </button>
            </Show>
        }
        .into_any()
    })
}
