//! Becoming somebody: the campaign is founded on the first visit, and devices come in by invitation.

use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page;
use crate::ui::figures::day;
use crate::ui::lang::Lang;
use crate::ui::names::{name_of, roles_of};
use crate::ui::parts::Failure;
use crate::ui::people::People;
use crate::ui::route::code_in_address;
use huigao_browser::http::HttpError;
use huigao_browser::identity::{self, EnrolError, Welcome};
use huigao_browser::{clock, spawn};

/// The first run: what the campaign is called, and who runs it.
#[component]
pub fn Founding() -> impl IntoView {
    let people = expect_context::<People>();
    let (campaign, person) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    // The campaign is there, and its first person not in yet: nobody else has this code.
    let code = RwSignal::new(None::<String>);
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
            let founded = match code.get_untracked() {
                Some(code) => Ok(code),
                None => identity::found(&title, &name).await.map(|founded| founded.code),
            };
            let outcome = match founded {
                Ok(made) => {
                    code.try_set(Some(made.clone()));
                    identity::enrol(&made, &device_name()).await
                }
                Err(error) => Err(EnrolError::Http(error)),
            };
            busy.try_set(false);
            match outcome {
                Ok(identity) => people.enter_enrolled(identity),
                // Somebody else was first: this page is of no use any more.
                Err(EnrolError::Http(error)) if error.is("founded") => people.ask_relay(),
                Err(error) => drop(failed.try_set(Some(enrol_trouble(&error)))),
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
                {move || code.get().map(|code| view! { <p>{t!("found.code", code = code)}</p> })}
                <button type="submit" class="btn btn--primary" prop:disabled=move || busy.get()>
                    {move || if code.with(Option::is_some) { t!("join.do") } else { t!("found.do") }}
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
        let digits = code.with_untracked(|code| digits_of(code));
        if busy.get_untracked() {
            return;
        }
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
    // A link that is opened in this very tab changes the address and nothing else.
    let listener = StoredValue::new_local(Some(page::on_hash_change(move |_| {
        if let Some(linked) = code_in_address()
            && code.try_get_untracked().is_some_and(|now| now != linked)
        {
            welcome.set(None);
            code.set(linked);
            look();
        }
    })));
    on_cleanup(move || drop(listener.try_update_value(Option::take)));
    let back = Callback::new(move |()| {
        welcome.set(None);
        code.set(String::new());
    });
    view! {
        <section class="box join" aria-labelledby="join-h">
            <h2 id="join-h">{t!("join.title")}</h2>
            <Show when=move || !page::secure_context()>
                <p class="field-error">{t!("join.insecure")}</p>
            </Show>
            {move || match welcome.get() {
                Some(welcome) => view! { <Confirm code=code.with_untracked(|code| digits_of(code)) welcome=welcome back=back /> }.into_any(),
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
fn Confirm(
    code: String,
    welcome: Welcome,
    /// To another code.
    back: Callback<()>,
) -> impl IntoView {
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
            <div class="btn-row">
                <button type="submit" class="btn btn--primary" prop:disabled=move || busy.get()>
                    {t!("join.do")}
                </button>
                <button type="button" class="btn" prop:disabled=move || busy.get() on:click=move |_| back.run(())>
                    {t!("join.other")}
                </button>
            </div>
        </form>
    }
}

/// The digits of a code as it was typed, also by an input method that makes them full-width.
fn digits_of(code: &str) -> String {
    let digit = |typed: char| {
        let wide = u32::from(typed).checked_sub(0xff10).filter(|n| *n < 10).and_then(|n| char::from_digit(n, 10));
        wide.or_else(|| typed.is_ascii_digit().then_some(typed))
    };
    code.chars().filter_map(digit).collect()
}

/// What to call this device, to begin with: by system, browser and day, so that several of a person are told apart.
fn device_name() -> String {
    let day = day(clock::now());
    let system =
        page::platform_name().map_or_else(|| t!("join.device_plain"), |name| t!("join.device_on", name = name));
    let parts = [Some(system.into_owned()), page::browser_name().map(str::to_owned), Some(day)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
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
        "too-many-devices" => t!("join.too_many_devices"),
        "founded" => t!("join.founded"),
        _ => t!("join.failed"),
    }
    .into_owned()
}
