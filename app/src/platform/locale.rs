//! The browser's language, and small things to remember about this browser.
//!
//! What is remembered here is for convenience only (the chosen language, the width of a pane): it may be forgotten.

use web_sys::Storage;

use super::window;

/// What was remembered under a name.
pub fn recall(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Remembers, if the browser lets us.
pub fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // Full, or forbidden: see above.
        let _ = storage.set_item(key, value);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
