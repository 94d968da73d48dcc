//! Invitations: who was invited by whom, until when, and what became of it.

use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::{clock, spawn};
use crate::ui::desk::use_desk;
use crate::ui::dialogs::Dialogs;
use crate::ui::figures::moment;
use crate::ui::names::member_name;
use crate::ui::office::{Invitation, trouble};
use crate::ui::parts::use_toasts;

/// The list.
#[component]
pub fn Invitations() -> impl IntoView {
    let (desk, toasts, dialogs) = (use_desk(), use_toasts(), expect_context::<Dialogs>());
    let list = RwSignal::new(None::<Result<Vec<Invitation>, String>>);
    let read = move || {
        spawn(async move {
            let answer = desk.office().invitations().await;
            list.try_set(Some(answer.map_err(|error| trouble(&error))));
        });
    };
    read();
    Effect::new(move |before: Option<bool>| {
        let open = dialogs.is_open();
        if before == Some(true) && !open {
            read();
        }
        open
    });
    let take_back = move |id: String| {
        spawn(async move {
            match desk.office().take_back(&id).await {
                Ok(()) => toasts.well(t!("invite.taken_back")),
                Err(error) => toasts.badly(trouble(&error)),
            }
            read();
        });
    };
    move || match list.get() {
        None => view! { <p class="muted" role="status">{t!("device.asking")}</p> }.into_any(),
        Some(Err(why)) => view! {
            <p class="muted" role="status">
                {why}
            </p>
        }
        .into_any(),
        Some(Ok(list)) if list.is_empty() => view! { <p class="empty">{t!("invite.none")}</p> }.into_any(),
        Some(Ok(list)) => {
            let roster = desk.roster.get();
            let now = clock::now() / 1_000;
            let rows = list.into_iter().map(|invitation| {
                let open = invitation.device.is_none() && invitation.revoked.is_none() && invitation.expires > now;
                let (look, state) = match &invitation {
                    Invitation { device: Some(_), .. } => ("chip chip--ok", t!("invite.used")),
                    Invitation { revoked: Some(_), .. } => ("chip", t!("invite.revoked")),
                    _ if open => ("chip chip--warn", t!("invite.open")),
                    _ => ("chip", t!("invite.expired")),
                };
                let by = invitation.by.map_or_else(|| t!("audit.console").into_owned(), |by| member_name(&roster, by));
                let id = invitation.id.clone();
                view! {
                    <tr>
                        <td>{member_name(&roster, invitation.member)}</td>
                        <td>
                            <span class=look>{state}</span>
                        </td>
                        <td>{by}</td>
                        <td class="num">{moment(invitation.created * 1_000)}</td>
                        <td class="num">{moment(invitation.expires * 1_000)}</td>
                        <td>
                            {open
                                .then(|| {
                                    view! {
                                        <button
                                            type="button"
                                            class="btn btn--small"
                                            on:click=move |_| take_back(id.clone())
                                        >
                                            {t!("invite.take_back")}
                                        </button>
                                    }
                                })}
                        </td>
                    </tr>
                }
            });
            view! {
                <div class="table-wrap">
                    <table class="table table--stack">
                        <thead>
                            <tr>
                                <th scope="col">{t!("settings.name")}</th>
                                <th scope="col">{t!("audit.what")}</th>
                                <th scope="col">{t!("invite.by")}</th>
                                <th scope="col" class="num">
                                    {t!("invite.made")}
                                </th>
                                <th scope="col" class="num">
                                    {t!("invite.until")}
                                </th>
                                <th scope="col">
                                    <span class="vh">{t!("roster.actions")}</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            }
            .into_any()
        }
    }
}
