//! The browser's language, and small things to remember about this browser.
//!
//! What is remembered here is for convenience only (the chosen language, the width of a pane): it may be forgotten.

use std::cmp::Ordering;

use js_sys::Intl::Collator;
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
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

/// What was remembered under a name in this tab alone: over a reload, not in another tab.
pub fn recall_in_tab(key: &str) -> Option<String> {
    tab_storage()?.get_item(key).ok()?
}

/// Remembers in this tab, if the browser lets us.
pub fn remember_in_tab(key: &str, value: &str) {
    if let Some(storage) = tab_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// The order of words by the rules of a language: by pinyin in Chinese.
pub fn compare_words(language: &str) -> impl Fn(&str, &str) -> Ordering + use<> {
    let collator = Collator::new(&Array::of1(&JsValue::from_str(language)), &Object::new());
    let compare = collator.compare();
    move |a, b| {
        let result = compare.call2(&JsValue::UNDEFINED, &JsValue::from_str(a), &JsValue::from_str(b));
        result.ok().and_then(|result| result.as_f64()).map_or(Ordering::Equal, |order| order.total_cmp(&0.0))
    }
}

fn tab_storage() -> Option<Storage> {
    window().session_storage().ok()?
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
