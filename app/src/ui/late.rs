//! What is not needed to open the app, to see one's lists, to read and to type: it comes behind the first screen, in
//! files of its own.
//!
//! What is reached by `office` or `reading` alone, the build takes out of the page's module (`xtask/src/web/split.rs`).
//! So no other file of the screens may name these pages and dialogs.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use rust_i18n::t;

use crate::platform::update;
use crate::ui::audit::AuditPage;
use crate::ui::dialogs::late::LateDialog;
use crate::ui::dialogs::{Dialogs, LateAsk};
use crate::ui::merged::MergedPage;
use crate::ui::parts::PageHeading;
use crate::ui::roster::RosterPage;
use crate::ui::settings::SettingsPage;
use huigao_browser::spawn;

/// A page or a dialog that comes late.
#[derive(Clone)]
pub enum Late {
    /// The merged reading.
    Merged,
    /// What the office's part has.
    Office(Office),
}

/// What the office's part has.
#[derive(Clone)]
pub enum Office {
    /// The settings.
    Settings,
    /// Units and people.
    Roster,
    /// Acts of authority.
    Audit,
    /// A dialog.
    Dialog(LateAsk),
}

#[wasm_split(office, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_office))]
fn office(what: Office) -> Result<AnyView, SplitLoaderError> {
    Ok(match what {
        Office::Settings => view! { <SettingsPage /> }.into_any(),
        Office::Roster => view! { <RosterPage /> }.into_any(),
        Office::Audit => view! { <AuditPage /> }.into_any(),
        Office::Dialog(ask) => view! { <LateDialog ask=ask /> }.into_any(),
    })
}

#[wasm_split(reading, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_reading))]
fn reading() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <MergedPage /> }.into_any())
}

type Coming<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

impl Late {
    /// Fetches its part, if that is not here.
    fn fetch(&self) -> Coming<()> {
        match self {
            Self::Merged => Box::pin(fetch_reading()),
            Self::Office(_) => Box::pin(fetch_office()),
        }
    }

    /// Draws it; its part is here.
    fn draw(&self) -> Option<AnyView> {
        let mut drawn: Coming<AnyView> = match self {
            Self::Merged => Box::pin(reading()),
            Self::Office(what) => Box::pin(office(what.clone())),
        };
        now(&mut drawn)?.ok()
    }

    /// What the page is called; nothing for a dialog.
    fn name(&self) -> Option<String> {
        let name = match self {
            Self::Merged => t!("nav.merged"),
            Self::Office(Office::Settings) => t!("nav.settings"),
            Self::Office(Office::Roster) => t!("nav.roster"),
            Self::Office(Office::Audit) => t!("nav.audit"),
            Self::Office(Office::Dialog(_)) => return None,
        };
        Some(name.into_owned())
    }
}

/// What comes without waiting.
fn now<T>(coming: &mut Coming<T>) -> Option<Result<T, SplitLoaderError>> {
    match coming.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(came) => Some(came),
        Poll::Pending => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Coming,
    Missing,
    Here,
}

/// Draws what comes late: at once if its part is here. Else it says that it comes, or that it did not, and how to go on.
#[component]
pub fn LateView(
    /// What to draw.
    late: Late,
) -> impl IntoView {
    let state = RwSignal::new(State::Coming);
    let waiting = NodeRef::<html::Dialog>::new();
    let name = late.name();
    let fetch = {
        let late = late.clone();
        move || {
            let mut coming = late.fetch();
            match now(&mut coming) {
                Some(came) => state.set(came.into()),
                None => {
                    state.set(State::Coming);
                    spawn(async move {
                        let came = State::from(coming.await);
                        let dialog = waiting.try_get_untracked().flatten();
                        state.try_set(came);
                        // It gives the focus back to what opened it, and the dialog that has come takes it from there.
                        if let Some(dialog) = dialog.filter(|_| came == State::Here) {
                            dialog.close();
                        }
                    });
                }
            }
        }
    };
    fetch();
    let fetch = StoredValue::new_local(fetch);
    let again = Callback::new(move |()| fetch.with_value(|fetch| fetch()));
    // Whether it waits or is missing is said in one place, which does not go from under the focus.
    let is_here = Memo::new(move |_| state.get() == State::Here);
    move || match (is_here.get(), name.clone()) {
        (true, _) => late.draw().into_any(),
        (false, Some(name)) => view! {
            <div class="card empty">
                <PageHeading text=name />
                <Waits state=state again=again />
            </div>
        }
        .into_any(),
        (false, None) => view! { <WaitingDialog dialog=waiting state=state again=again /> }.into_any(),
    }
}

impl From<Result<(), SplitLoaderError>> for State {
    fn from(came: Result<(), SplitLoaderError>) -> Self {
        if came.is_ok() { Self::Here } else { Self::Missing }
    }
}

/// That something is coming, or that it did not come and how to go on.
#[component]
fn Waits(state: RwSignal<State>, again: Callback<()>) -> impl IntoView {
    let is_missing = move || state.get() == State::Missing;
    view! {
        <p role="status">
            {move || if is_missing() { t!("late.missing") } else { t!("editor.opening") }}
        </p>
        <div class="btn-row" hidden=move || !is_missing()>
            <button type="button" class="btn btn--primary" on:click=move |_| again.run(())>
                {t!("action.retry")}
            </button>
            // After an update these files may be gone from the relay: then only the new version helps.
            <button type="button" class="btn" on:click=move |_| update::apply()>
                {t!("late.reload")}
            </button>
        </div>
    }
}

#[component]
fn WaitingDialog(dialog: NodeRef<html::Dialog>, state: RwSignal<State>, again: Callback<()>) -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    // Closed by the user, and not because what it waited for is here.
    let closed = move |_| {
        if state.try_get_untracked().is_some_and(|state| state != State::Here) {
            dialogs.closed();
        }
    };
    dialog.on_load(|dialog| {
        // Only an element that is not in the page, or open already, refuses.
        let _ = dialog.show_modal();
    });
    view! {
        <dialog class="dialog" aria-label=t!("editor.opening") node_ref=dialog on:close=closed>
            <div class="empty">
                <Waits state=state again=again />
            </div>
            <div class="dialog-foot">
                <button type="button" class="btn" on:click=move |_| dialogs.closed()>
                    {t!("action.cancel")}
                </button>
            </div>
        </dialog>
    }
}
