//! What is asked of the relay while there is a line: lists and files, with what is to be seen meanwhile.

use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::download;
use crate::ui::desk::Desk;
use crate::ui::dialogs::Dialogs;
use crate::ui::office::{Office, trouble};
use crate::ui::parts::Toasts;
use huigao_browser::account::AskError;
use huigao_browser::spawn;
use huigao_protocol::view::SyncState;

/// Something that the relay knows: not told yet, told, or why it was not.
pub struct Asked<T: Send + Sync + 'static> {
    answer: RwSignal<Option<Result<T, String>>>,
    again: Callback<()>,
}

impl<T: Send + Sync + 'static> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Asked<T> {}

impl<T: Clone + Send + Sync + 'static> Asked<T> {
    /// Asks now, whenever a dialog was closed, since it may have changed what was told, and when the line is back.
    pub fn new<F>(desk: Desk, ask: impl Fn(Office) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<T, AskError>> + 'static,
    {
        let (answer, number) = (RwSignal::new(None::<Result<T, String>>), StoredValue::new(0u32));
        let again = Callback::new(move |()| {
            let Some(office) = desk.office() else { return };
            let this = number.get_value() + 1;
            number.set_value(this);
            let asking = ask(office);
            spawn(async move {
                let told = asking.await.map_err(|error| trouble(&error));
                // An answer that another question has overtaken is old.
                if number.try_get_value() == Some(this) {
                    answer.set(Some(told));
                }
            });
        });
        again.run(());
        let dialogs = expect_context::<Dialogs>();
        Effect::new(move |before: Option<bool>| {
            let open = dialogs.is_open();
            if before == Some(true) && !open {
                again.run(());
            }
            open
        });
        let line = Memo::new(move |_| {
            desk.status.with(|status| !matches!(status.sync, SyncState::OfflineSaved | SyncState::OfflinePending(_)))
        });
        Effect::new(move |before: Option<bool>| {
            let is_up = line.get();
            if before == Some(false) && is_up && answer.with_untracked(|answer| matches!(answer, Some(Err(_)))) {
                again.run(());
            }
            is_up
        });
        Self { answer, again }
    }

    /// Asks once more.
    pub fn again(self) {
        self.again.run(());
    }

    /// What was told, drawn by `shown`; else that it is being asked for, or why it is not known, and another try.
    pub fn view(self, shown: impl Fn(T) -> AnyView + Send + 'static) -> impl IntoView {
        move || match self.answer.get() {
            None => view! {
                <p class="muted" role="status">
                    {t!("device.asking")}
                </p>
            }
            .into_any(),
            Some(Err(why)) => view! { <NotTold why=why again=self.again /> }.into_any(),
            Some(Ok(told)) => shown(told),
        }
    }
}

/// Why something is not known, and another try.
#[component]
pub fn NotTold(why: String, again: Callback<()>) -> impl IntoView {
    view! {
        <div class="not-told">
            <p class="muted" role="status">
                {why}
            </p>
            <button type="button" class="btn btn--small" on:click=move |_| again.run(())>
                {t!("action.retry")}
            </button>
        </div>
    }
}

/// Fetches a file of the relay's and saves it under a name; `busy` meanwhile, since each is noted in the log.
pub fn save_file(desk: Desk, toasts: Toasts, busy: RwSignal<bool>, path: String, name: String) {
    let Some(office) = desk.office().filter(|_| !busy.get_untracked()) else { return };
    busy.set(true);
    spawn(async move {
        let answer = office.download(&path).await;
        busy.try_set(false);
        match answer {
            Ok(bytes) if download::save_bytes(&name, &bytes) => toasts.well(t!("roster.exported")),
            Ok(_) => toasts.badly(t!("office.failed")),
            Err(error) => toasts.badly(trouble(&error)),
        }
    });
}
