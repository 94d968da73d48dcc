//! The strips above the page: what everybody must know before going on.

use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::{page, update};
use crate::ui::desk::Desk;
use crate::ui::dialogs::{Dialogs, LateAsk};
use crate::ui::export::export_all;
use crate::ui::handed::HandedStrip;
use crate::ui::kept_slips::{KeptSlips, SlipsStrip};
use crate::ui::office::shut_out_words;
use crate::ui::parts::use_toasts;
use crate::ui::people::{People, Phase};
use crate::ui::route::Route;
use huigao_browser::spawn;
use huigao_protocol::view::{SaveState, SyncState};

/// Whether a new version of the app waits.
#[derive(Clone, Copy)]
pub struct Update(pub RwSignal<bool>);

/// All strips that apply.
#[component]
pub fn Strips() -> impl IntoView {
    let people = expect_context::<People>();
    let (desk, kept) = (use_context::<Desk>(), use_context::<KeptSlips>());
    view! {
        <aside class="strips" aria-label=t!("strip.label")>
            {desk.map(|desk| view! { <FullStrip desk=desk /> <ShutOutStrip desk=desk /> <RefusedStrip desk=desk /> <RefusedActsStrip desk=desk /> <HandedStrip desk=desk /> })} {kept.map(|kept| view! { <SlipsStrip kept=kept /> })} <InsecureStrip /> <UpdateStrip />
            <Show when=move || people.demo.get()>
                <div class="notice notice--demo" role="note">
                    <p class="notice-text">
                        <b>{t!("strip.demo")}</b>
                        {t!("strip.demo_text")}
                    </p>
                </div>
            </Show>
        </aside>
    }
}

#[component]
fn FullStrip(desk: Desk) -> impl IntoView {
    let toasts = use_toasts();
    let full = Memo::new(move |_| desk.status.with(|status| status.save == SaveState::Full));
    view! {
        <Show when=move || full.get()>
            <div class="notice notice--full" role="alert">
                <p class="notice-text">
                    <b>{t!("save.full")}</b>
                    {t!("strip.full_text")}
                </p>
                <span class="btn-row">
                    <button type="button" class="btn btn--small btn--primary" on:click=move |_| export_all(desk, toasts)>
                        {t!("export.all")}
                    </button>
                    <a class="btn btn--small" href=Route::Settings.href()>
                        {t!("strip.see_usage")}
                    </a>
                </span>
            </div>
        </Show>
    }
}

/// The relay will not have this device: what to do, and the way out for everything that is here.
#[component]
fn ShutOutStrip(desk: Desk) -> impl IntoView {
    let toasts = use_toasts();
    let out = Memo::new(move |_| {
        desk.status.with(|status| match status.sync {
            SyncState::ShutOut(why) => Some(why),
            SyncState::OfflineSaved
            | SyncState::OfflinePending(_)
            | SyncState::Pending(_)
            | SyncState::Syncing
            | SyncState::Synced(_)
            | SyncState::Failed(_) => None,
        })
    });
    move || {
        out.get().map(|why| {
            let (word, sentence) = shut_out_words(why);
            view! {
                <div class="notice notice--full" role="alert">
                    <p class="notice-text">
                        <b>{word}</b>
                        {sentence}
                    </p>
                    <span class="btn-row">
                        <button type="button" class="btn btn--small btn--primary" on:click=move |_| export_all(desk, toasts)>
                            {t!("export.all")}
                        </button>
                        <a class="btn btn--small" href=Route::Join.href()>
                            {t!("out.join")}
                        </a>
                    </span>
                </div>
            }
        })
    }
}

#[component]
fn RefusedStrip(desk: Desk) -> impl IntoView {
    let dialogs = use_context::<Dialogs>();
    let copies = Memo::new(move |_| desk.side_copies.with(|copies| copies.len()));
    view! {
        <Show when=move || { copies.get() > 0 }>
            <div class="notice notice--offline" role="status">
                <p class="notice-text">
                    <b>{move || t!("strip.refused", n = copies.get())}</b>
                    {t!("strip.refused_text")}
                </p>
                <button
                    type="button"
                    class="btn btn--small"
                    aria-haspopup="dialog"
                    on:click=move |_| {
                        if let Some(dialogs) = dialogs {
                            dialogs.open(LateAsk::SideCopies);
                        }
                    }
                >
                    {t!("strip.refused_look")}
                </button>
            </div>
        </Show>
    }
}

/// Changes of the roster that were not carried out are told wherever their maker is.
#[component]
fn RefusedActsStrip(desk: Desk) -> impl IntoView {
    let refused = Memo::new(move |_| desk.acts.with(|acts| acts.iter().filter(|act| act.refused.is_some()).count()));
    view! {
        <Show when=move || { refused.get() > 0 }>
            <div class="notice notice--offline" role="status">
                <p class="notice-text">
                    <b>{move || t!("strip.acts", n = refused.get())}</b>
                    {t!("strip.acts_text")}
                </p>
                <a class="btn btn--small" href=Route::Roster.href()>
                    {t!("strip.acts_look")}
                </a>
            </div>
        </Show>
    }
}

#[component]
fn InsecureStrip() -> impl IntoView {
    let shown = RwSignal::new(!page::secure_context());
    view! {
        <Show when=move || shown.get()>
            <div class="notice notice--offline" role="note">
                <p class="notice-text">
                    <b>{t!("strip.insecure")}</b>
                    {t!("strip.insecure_text")}
                </p>
                <button type="button" class="btn btn--small" on:click=move |_| shown.set(false)>
                    {t!("action.understood")}
                </button>
            </div>
        </Show>
    }
}

/// How long the update waits for the last words to be saved.
const SAVING_MS: u32 = 5_000;

#[component]
fn UpdateStrip() -> impl IntoView {
    let people = expect_context::<People>();
    let Update(ready) = expect_context::<Update>();
    let busy = RwSignal::new(false);
    let apply = move |_| {
        busy.set(true);
        spawn(async move {
            save_all(people).await;
            update::apply();
        });
    };
    view! {
        <Show when=move || ready.get()>
            <div class="notice notice--update" role="status">
                <p class="notice-text">
                    <b>{t!("strip.update")}</b>
                    {t!("strip.update_text")}
                </p>
                <span class="btn-row">
                    <button
                        type="button"
                        class="btn btn--small btn--primary"
                        prop:disabled=move || busy.get()
                        on:click=apply
                    >
                        {t!("strip.update_now")}
                    </button>
                    <button type="button" class="btn btn--small" on:click=move |_| ready.set(false)>
                        {t!("action.later")}
                    </button>
                </span>
            </div>
        </Show>
    }
}

/// Waits until everything typed so far is safe on this device.
async fn save_all(people: People) {
    let Phase::Present(handle) = people.phase.get_untracked() else { return };
    // Whether it is saved or cannot be: the page says so by itself.
    handle.saved(SAVING_MS).await;
}
