//! Sync states as chips.

use leptos::prelude::*;

use crate::ui::desk::use_desk;
use crate::ui::sync_words::Words;
use huigao_protocol::command::Command;

/// A state; a button where a press tries again.
#[component]
pub fn SyncChip(
    /// What it says.
    #[prop(into)]
    words: Signal<Words>,
    /// Plain text for common states, in dense rows.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let desk = use_desk();
    let class = if quiet { "chip sync-chip sync-chip--quiet" } else { "chip sync-chip" };
    let retry = Memo::new(move |_| words.with(|words| words.retry));
    let look = move || words.with(|words| words.look);
    let meaning = move || words.with(|words| words.meaning.clone());
    let text = move || words.with(|words| words.text.clone());
    move || {
        if retry.get() {
            view! {
                <button
                    type="button"
                    class=class
                    data-sync=look
                    title=meaning
                    on:click=move |_| desk.command(Command::Retry)
                >
                    {text}
                </button>
            }
            .into_any()
        } else {
            view! {
                <span class=class data-sync=look title=meaning>
                    {text}
                </span>
            }
            .into_any()
        }
    }
}
