//! What stands above the merged reading while it is worked out who wrote what, and where that could not be found out.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::merged_reader::{Reader, Working};

/// The notices; nothing where all is well.
#[component]
pub fn WorkNotice(
    /// What is read.
    reader: Reader,
    /// Which document.
    document: DocumentId,
    /// Tries again.
    again: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let desk = use_desk();
    // Of one that was set aside another notice says why.
    let is_plain = move || {
        let is_aside = move || desk.view(document).is_some_and(|view| view.aside.is_some());
        reader.reading.with(|reading| reading.is_plain) && !is_aside()
    };
    view! {
        {move || match reader.working.get() {
            Working::Rests => ().into_any(),
            Working::At(percent) => {
                view! { <p class="muted" role="status">{t!("merged.working", n = percent)}</p> }.into_any()
            }
            Working::Failed => view! { <NotReadNotice again=again /> }.into_any(),
        }}
        {move || {
            is_plain()
                .then(|| {
                    view! {
                        <div class="notice notice--offline" role="status">
                            <p class="notice-text">{t!("merged.plain")}</p>
                        </div>
                    }
                })
        }}
    }
}

/// Who wrote what could not be found out: that, and the way on.
#[component]
pub fn NotReadNotice(
    /// Tries again.
    again: impl Fn() + Send + 'static,
) -> impl IntoView {
    view! {
        <div class="notice notice--full" role="alert">
            <p class="notice-text">{t!("merged.failed")}</p>
            <button type="button" class="btn btn--small" on:click=move |_| again()>
                {t!("action.retry")}
            </button>
        </div>
    }
}
