//! The words for sync and save states: always visible, always the same.

use leptos::prelude::{Get, With};
use rust_i18n::t;

use crate::ui::desk::Desk;
use crate::ui::figures::{clock_time, grouped};
use crate::ui::office::shut_out_words;
use huigao_browser::database::{BLOCKED, NEWER};
use huigao_protocol::command::StoreError;
use huigao_protocol::view::{DocumentSync, SaveState, Status, SyncState};

/// A state as a chip shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// The words.
    pub text: String,
    /// Which look the style sheet gives it.
    pub look: &'static str,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Whether a press tries again.
    pub retry: bool,
}

impl Words {
    fn plain(look: &'static str, text: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { text: text.into(), look, meaning: meaning.into(), retry: false }
    }

    fn failed(text: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { text: text.into(), look: "failed", meaning: meaning.into(), retry: true }
    }
}

/// The state of the whole profile, or that nobody knows it yet.
pub fn desk_words(desk: Desk) -> Words {
    if desk.started.get() { desk.status.with(profile_words) } else { opening_words() }
}

/// What is shown is what was saved last, and its state is not known yet.
pub fn opening_words() -> Words {
    Words::plain("syncing", t!("sync.opening"), t!("sync.opening_meaning"))
}

/// The state of the whole profile. What is not even safe on this device comes first.
pub fn profile_words(status: &Status) -> Words {
    match status.save {
        SaveState::Full => return Words::plain("full", t!("save.full"), t!("save.full_meaning")),
        SaveState::Failed => return Words::failed(t!("save.failed_retry"), t!("save.failed_meaning")),
        SaveState::Saved | SaveState::Saving => {}
    }
    sync_words(&status.sync)
}

fn sync_words(sync: &SyncState) -> Words {
    match sync {
        SyncState::OfflineSaved => Words::plain("offline", t!("sync.offline_saved"), t!("sync.offline_meaning")),
        SyncState::OfflinePending(n) => {
            Words::plain("pending", t!("sync.offline_pending", n = grouped(*n)), t!("sync.offline_meaning"))
        }
        SyncState::Pending(n) => {
            Words::plain("pending", t!("sync.pending", n = grouped(*n)), t!("sync.pending_meaning"))
        }
        SyncState::Syncing => Words::plain("syncing", t!("sync.syncing"), t!("sync.pending_meaning")),
        SyncState::Synced(at) => {
            Words::plain("synced", t!("sync.synced", time = clock_time(*at)), t!("sync.synced_meaning"))
        }
        SyncState::ShutOut(why) => {
            let (word, meaning) = shut_out_words(*why);
            Words::plain("failed", word, meaning)
        }
        SyncState::Failed(why) => Words::failed(t!("sync.failed_retry"), t!("sync.failed_meaning", why = reason(why))),
    }
}

/// Reasons that have a name are said in words; others are the platform's, for the diagnostics.
fn reason(why: &str) -> String {
    match why {
        "relay-cannot-store" => t!("sync.relay_cannot_store").into_owned(),
        other => other.to_owned(),
    }
}

/// Why a database cannot be used, and what to do.
pub fn store_words(error: &StoreError) -> String {
    match error {
        StoreError::Full => t!("store.full"),
        StoreError::Failed(why) if why == BLOCKED => t!("store.blocked"),
        StoreError::Failed(why) if why.starts_with(NEWER) => t!("store.newer"),
        StoreError::Failed(why) => t!("store.failed", why = why),
    }
    .into_owned()
}

/// The state of one document.
pub fn document_words(sync: DocumentSync) -> Words {
    match sync {
        DocumentSync::Remote => Words::plain("offline", t!("sync.remote"), t!("sync.remote_meaning")),
        DocumentSync::Pending => Words::plain("pending", t!("sync.document_pending"), t!("sync.pending_meaning")),
        DocumentSync::Synced => Words::plain("synced", t!("sync.document_synced"), t!("sync.synced_meaning")),
        DocumentSync::Aside => Words::plain("failed", t!("sync.aside"), t!("sync.aside_meaning")),
        DocumentSync::Refused => Words::plain("failed", t!("sync.refused"), t!("sync.refused_meaning")),
    }
}

/// Whether the last change is safe on this device.
pub fn save_words(save: SaveState) -> String {
    match save {
        SaveState::Saved => t!("save.saved"),
        SaveState::Saving => t!("save.saving"),
        SaveState::Full => t!("save.full"),
        SaveState::Failed => t!("save.failed"),
    }
    .into_owned()
}
