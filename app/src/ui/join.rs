//! Becoming somebody: the campaign is founded on the first visit, and devices come in by invitation.

use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::identity::{self, EnrolError, Welcome};
use crate::platform::http::HttpError;
use crate::platform::{page, spawn};
use crate::ui::lang::Lang;
use crate::ui::names::{name_of, roles_of};
use crate::ui::parts::Failure;
use crate::ui::people::People;
use crate::ui::route::code_in_address;

/// The first run: what the campaign is called, and who runs it.
#[component]
pub fn Founding() -> impl IntoView {
    let people = expect_context::<People>();
    let (campaign, person) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let found = move || {
        if busy.get_untracked() {
            return;
        }
        if campaign.with_untracked(|text| text.trim().is_empty())
            || person.with_untracked(|text| text.trim().is_empty())
        {
            failed.set(Some(t!("found.missing").into_owned()));
            return;
        }
        busy.set(true);
        failed.set(None);
        spawn(async move {
            let (title, name) = (campaign.get_untracked(), person.get_untracked());
            let outcome = match identity::found(&title, &name).await {
                Ok(founded) => identity::enrol(&founded.code, &device_name()).await,
                Err(error) => Err(EnrolError::Http(error)),
            };
            busy.try_set(false);
            match outcome {
                Ok(identity) => people.enter_enrolled(identity),
                Err(error) => {
                    failed.try_set(Some(enrol_trouble(&error)));
                    people.ask_relay();
                }
            }
        });
    };
    let field = move |id: &'static str, label: String, hint: String, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input
                    class="input"
                    id=id
                    maxlength="60"
                    autocomplete="off"
                    aria-describedby=format!("{id}-h")
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <p class="field-hint" id=format!("{id}-h")>
                    {hint}
                </p>
            </div>
        }
    };
    view! {
        <section class="box join" aria-labelledby="found-h">
            <h2 id="found-h">{t!("found.title")}</h2>
            <p>{t!("found.text")}</p>
            <form
                on:submit=move |event| {
                    event.prevent_default();
                    found();
                }
            >
                {field("found-c", t!("found.campaign").into(), t!("found.campaign_hint").into(), campaign)}
                {field("found-p", t!("found.person").into(), t!("found.person_hint").into(), person)}
                <Failure text=failed />
                <button type="submit" class="btn btn--primary" prop:disabled=move || busy.get()>
                    {t!("found.do")}
                </button>
            </form>
        </section>
    }
}

/// A new device: the code, whom it is for, and the device's name.
#[component]
pub fn Joining() -> impl IntoView {
    let code = RwSignal::new(code_in_address().unwrap_or_default());
    let welcome = RwSignal::new(None::<Welcome>);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let look = move || {
        let digits: String = code.with_untracked(|code| code.chars().filter(char::is_ascii_digit).collect());
        if digits.len() != 12 {
            failed.set(Some(t!("join.twelve").into_owned()));
            return;
        }
        busy.set(true);
        failed.set(None);
        spawn(async move {
            let answer = identity::look(&digits).await;
            busy.try_set(false);
            match answer {
                Ok(found) => drop(welcome.try_set(Some(found))),
                Err(error) => drop(failed.try_set(Some(http_trouble(&error)))),
            }
        });
    };
    if code.with_untracked(|code| !code.is_empty()) {
        look();
    }
    view! {
        <section class="box join" aria-labelledby="join-h">
            <h2 id="join-h">{t!("join.title")}</h2>
            <Show when=move || !page::secure_context()>
                <p class="field-error">{t!("join.insecure")}</p>
            </Show>
            {move || match welcome.get() {
                Some(welcome) => view! { <Confirm code=code.get_untracked() welcome=welcome /> }.into_any(),
                None => {
                    view! {
                        <p>{t!("join.text")}</p>
                        <form
                            on:submit=move |event| {
                                event.prevent_default();
                                look();
                            }
                        >
                            <div class="field">
                                <label for="join-code">{t!("join.code")}</label>
                                <input
                                    class="input join-code"
                                    id="join-code"
                                    inputmode="numeric"
                                    autocomplete="one-time-code"
                                    maxlength="20"
                                    placeholder="0000 0000 0000"
                                    prop:value=move || code.get()
                                    on:input=move |event| {
                                        code.set(event_target_value(&event));
                                        failed.set(None);
                                    }
                                />
                            </div>
                            <Failure text=failed />
                            <button type="submit" class="btn btn--primary" prop:disabled=move || busy.get()>
                                {t!("join.look")}
                            </button>
                        </form>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

/// Whom the invitation is for; only then is it used.
#[component]
fn Confirm(code: String, welcome: Welcome) -> impl IntoView {
    let people = expect_context::<People>();
    let name = RwSignal::new(device_name());
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let lang = Lang::current();
    let unit = welcome.unit.as_ref().map(|unit| lang.pick(&unit.name, &unit.name_en).to_owned()).unwrap_or_default();
    let campaign = lang.pick(&welcome.campaign, &welcome.campaign_en).to_owned();
    let (who, roles) = (name_of(&welcome.member), roles_of(&welcome.member));
    let heading = NodeRef::<html::P>::new();
    heading.on_load(|heading| {
        let _ = heading.focus();
    });
    let enrol = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let code = code.clone();
        spawn(async move {
            let outcome = identity::enrol(&code, &name.get_untracked()).await;
            busy.try_set(false);
            match outcome {
                Ok(identity) => people.enter_enrolled(identity),
                Err(error) => drop(failed.try_set(Some(enrol_trouble(&error)))),
            }
        });
    };
    view! {
        <p tabindex="-1" node_ref=heading>
            {t!("join.for", campaign = campaign)}
        </p>
        <p class="join-who">
            <b>{who}</b>
            " "
            {unit}
            " · "
            {roles}
        </p>
        <p class="field-hint">{t!("join.check")}</p>
        <form
            on:submit=move |event| {
                event.prevent_default();
                enrol();
            }
        >
            <div class="field">
                <label for="join-name">{t!("join.device")}</label>
                <input
                    class="input"
                    id="join-name"
                    maxlength="60"
                    autocomplete="off"
                    aria-describedby="join-name-h"
                    prop:value=move || name.get()
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <p class="field-hint" id="join-name-h">
                    {t!("join.device_hint")}
                </p>
            </div>
            <Failure text=failed />
            <button type="submit" class="btn btn--primary" prop:disabled=move || busy.get()>
                {t!("join.do")}
            </button>
        </form>
    }
}

/// What to call this device, to begin with.
fn device_name() -> String {
    match page::platform_name() {
        Some(name) => t!("join.device_on", name = name).into_owned(),
        None => t!("join.device_plain").into_owned(),
    }
}

fn enrol_trouble(error: &EnrolError) -> String {
    match error {
        EnrolError::Http(error) => http_trouble(error),
        EnrolError::Device(why) => t!("join.no_key", why = why).into_owned(),
    }
}

/// What is wrong with an invitation, and what to do.
pub fn http_trouble(error: &HttpError) -> String {
    let HttpError::Status { name, .. } = error else { return t!("join.away").into_owned() };
    match name.as_str() {
        "code-unknown" => t!("join.unknown"),
        "code-used" => t!("join.used"),
        "code-expired" => t!("join.expired"),
        "code-revoked" => t!("join.revoked"),
        "left" => t!("join.left"),
        "too-many" => t!("join.too_many"),
        "founded" => t!("join.founded"),
        _ => t!("join.failed"),
    }
    .into_owned()
}
