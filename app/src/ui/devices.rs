//! Devices of a person: seen, named, revoked.

use huigao_shared::ids::{DeviceId, MemberId};
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::asked::Asked;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::{Dialogs, LateAsk};
use crate::ui::figures::moment;
use crate::ui::office::{Device, trouble};
use crate::ui::parts::use_toasts;
use crate::ui::people::People;
use huigao_browser::spawn;

/// A card of the settings: this person's devices, and the way to enrol another one.
#[component]
pub fn DevicesCard() -> impl IntoView {
    let desk = use_desk();
    let dialogs = expect_context::<Dialogs>();
    let people = expect_context::<People>();
    view! {
        <section class="card" aria-labelledby="set-dev">
            <h2 id="set-dev">{t!("device.title")}</h2>
            <Show when=move || people.demo.get()>
                <p class="field-hint">{t!("device.demo")}</p>
            </Show>
            <DeviceList member=desk.me />
            <div class="btn-row">
                <button
                    type="button"
                    class="btn"
                    aria-haspopup="dialog"
                    on:click=move |_| dialogs.open(LateAsk::Invite(desk.me))
                >
                    {t!("device.add")}
                </button>
            </div>
        </section>
    }
}

/// The devices of a person.
#[component]
pub fn DeviceList(member: MemberId) -> impl IntoView {
    let (desk, toasts) = (use_desk(), use_toasts());
    // A device may have been enrolled while the dialog was open.
    let devices = Asked::new(desk, move |office| async move { office.devices(member).await });
    let revoke = Callback::new(move |device: DeviceId| {
        let Some(office) = desk.office() else { return };
        spawn(async move {
            match office.revoke(device).await {
                Ok(()) => toasts.well(t!("device.revoked_done")),
                Err(error) => toasts.badly(trouble(&error)),
            }
            devices.again();
        });
    });
    let rename = Callback::new(move |(device, name): (DeviceId, String)| {
        let Some(office) = desk.office() else { return };
        spawn(async move {
            if let Err(error) = office.rename(device, &name).await {
                toasts.badly(trouble(&error));
            }
            devices.again();
        });
    });
    devices.view(move |devices| {
        if devices.is_empty() {
            return view! { <p class="muted">{t!("device.none")}</p> }.into_any();
        }
        view! {
            <ul class="devices">
                {devices
                    .into_iter()
                    .map(|device| view! { <DeviceRow device=device revoke=revoke rename=rename /> })
                    .collect_view()}
            </ul>
        }
        .into_any()
    })
}

#[component]
fn DeviceRow(device: Device, revoke: Callback<DeviceId>, rename: Callback<(DeviceId, String)>) -> impl IntoView {
    let (asking, naming) = (RwSignal::new(false), RwSignal::new(false));
    let name = RwSignal::new(device.name.clone());
    let id = device.id;
    let gone = device.revoked.is_some();
    let when = match device.revoked {
        Some(at) => t!("device.revoked_at", time = moment(at * 1_000)),
        None => match device.seen {
            Some(at) => t!("device.seen_at", time = moment(at * 1_000)),
            None => t!("device.enrolled_at", time = moment(device.enrolled * 1_000)),
        },
    };
    let shown = device.name.clone();
    let field = NodeRef::<html::Input>::new();
    // A browser heeds the attribute for this once in a page, and the field may come up again and again.
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let save = move || {
        naming.set(false);
        rename.run((id, name.get_untracked()));
    };
    view! {
        <li class="device">
            <div class="device-what">
                <b class="ellipsis" title=shown.clone()>
                    {shown.clone()}
                </b>
                {device.this.then(|| view! { <span class="chip chip--ok">{t!("device.this")}</span> })}
                <span class="muted">{when}</span>
            </div>
            <Show when=move || !gone>
                <div class="btn-row">
                    <button
                        type="button"
                        class="btn btn--small"
                        aria-expanded=move || naming.get().to_string()
                        on:click=move |_| naming.update(|naming| *naming = !*naming)
                    >
                        {t!("device.rename")}
                    </button>
                    <button
                        type="button"
                        class="btn btn--small btn--danger"
                        aria-expanded=move || asking.get().to_string()
                        on:click=move |_| asking.set(true)
                    >
                        {t!("device.revoke")}
                    </button>
                </div>
            </Show>
            <Show when=move || naming.get()>
                // No form of its own: it may stand in a dialog's.
                <div class="btn-row device-name">
                    <input
                        class="input"
                        aria-label=t!("join.device")
                        maxlength="60"
                        node_ref=field
                        prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event))
                        on:keydown=move |event| {
                            if event.key() == "Enter" && !event.is_composing() {
                                event.prevent_default();
                                save();
                            }
                        }
                    />
                    <button type="button" class="btn btn--small btn--primary" on:click=move |_| save()>
                        {t!("action.save")}
                    </button>
                </div>
            </Show>
            <Show when=move || asking.get()>
                <div class="box box--warn" role="alert">
                    <p>{if device.this { t!("device.sure_this") } else { t!("device.sure") }}</p>
                    <div class="btn-row">
                        <button type="button" class="btn btn--small btn--danger" on:click=move |_| revoke.run(id)>
                            {t!("device.revoke_yes")}
                        </button>
                        <button type="button" class="btn btn--small" on:click=move |_| asking.set(false)>
                            {t!("action.cancel")}
                        </button>
                    </div>
                </div>
            </Show>
        </li>
    }
}
