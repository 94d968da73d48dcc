//! An invitation for a person: made, and shown once as a code, a link and a picture.

use huigao_shared::ids::MemberId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::clipboard;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{Modal, ModalForm};
use crate::ui::figures::moment;
use crate::ui::names::name_and_unit;
use crate::ui::office::{HOURS, Invited, trouble};
use crate::ui::parts::{Failure, Toasts, use_toasts};
use huigao_browser::spawn;

/// Makes an invitation and shows it.
#[component]
pub fn InviteDialog(member: MemberId) -> impl IntoView {
    let (desk, modal, toasts) = (use_desk(), Modal::new(), use_toasts());
    let hours = RwSignal::new(HOURS[1]);
    let invited = RwSignal::new(None::<Invited>);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let who = desk.roster.with_untracked(|roster| name_and_unit(roster, member));
    let invite = move || {
        // The button is where the one was that made it: a second press too many must not close what is shown once.
        if let Some(made) = invited.get_untracked() {
            return copy(toasts, made.code);
        }
        if busy.get_untracked() {
            return;
        }
        let Some(office) = desk.office() else { return };
        busy.set(true);
        failed.set(None);
        spawn(async move {
            let answer = office.invite(member, hours.get_untracked()).await;
            busy.try_set(false);
            match answer {
                // Nobody sees it any more, so nobody shall have it.
                Ok(made) if invited.try_get_untracked().is_none() => drop(office.take_back(&made.id).await),
                Ok(made) => drop(invited.try_set(Some(made))),
                Err(error) => drop(failed.try_set(Some(trouble(&error)))),
            }
        });
    };
    let done = move || invited.with(Option::is_some);
    let foot = view! {
        <button type="button" class="btn" on:click=move |_| modal.close()>
            {move || if done() { t!("action.close") } else { t!("action.cancel") }}
        </button>
        <button type="submit" class="btn btn--primary" prop:disabled=move || busy.get()>
            {move || if done() { t!("invite.copy") } else { t!("invite.do") }}
        </button>
    }
    .into_any();
    let title = if member == desk.me { t!("invite.title_me") } else { t!("invite.title") };
    view! {
        <ModalForm modal=modal title=title on_submit=invite foot=foot>
            <p>
                <b>{who.clone()}</b>
            </p>
            {move || match invited.get() {
                Some(made) => view! { <Made made=made /> }.into_any(),
                None => {
                    view! {
                        <p class="field-hint">{t!("invite.text")}</p>
                        <div class="field">
                            <label for="invite-h">{t!("invite.hours")}</label>
                            <select
                                class="select"
                                id="invite-h"
                                on:change=move |event| hours.set(event_target_value(&event).parse().unwrap_or(HOURS[1]))
                            >
                                {HOURS
                                    .into_iter()
                                    .map(|n| {
                                        view! {
                                            <option value=n.to_string() selected=n == HOURS[1]>
                                                {t!("invite.days", n = n / 24)}
                                            </option>
                                        }
                                    })
                                    .collect_view()}
                            </select>
                        </div>
                        <Failure text=failed />
                    }
                        .into_any()
                }
            }}
        </ModalForm>
    }
}

fn copy(toasts: Toasts, text: String) {
    spawn(async move {
        if clipboard::copy(&text).await {
            toasts.well(t!("invite.copied"));
        } else {
            toasts.badly(t!("invite.not_copied"));
        }
    });
}

#[component]
fn Made(made: Invited) -> impl IntoView {
    let toasts = use_toasts();
    let link = made.link.clone();
    view! {
        <div class="invitation" role="status">
            {made
                .picture
                .map(|picture| {
                    view! { <div class="invitation-qr" role="img" aria-label=t!("invite.picture") inner_html=picture></div> }
                })}
            <dl class="kv">
                <dt>{t!("invite.code")}</dt>
                <dd>
                    <code class="invitation-code">{made.code.clone()}</code>
                </dd>
                {made
                    .link
                    .map(|address| {
                        view! {
                            <dt>{t!("invite.link")}</dt>
                            <dd>
                                <span class="invitation-link">{address}</span>
                                <button
                                    type="button"
                                    class="btn btn--small"
                                    on:click=move |_| copy(toasts, link.clone().unwrap_or_default())
                                >
                                    {t!("action.copy")}
                                </button>
                            </dd>
                        }
                    })}
                <dt>{t!("invite.until")}</dt>
                <dd class="num">{moment(made.expires * 1_000)}</dd>
            </dl>
            <p class="field-hint">{t!("invite.once")}</p>
        </div>
    }
}
