//! What the app was doing to a document when it fell: a panic ends the module, and the next start must know where.
//!
//! What is begun is held in memory, at no cost. Only a fall writes it down, in local storage, which takes it at once
//! and keeps it over a reload.

use std::cell::RefCell;

use crate::session::aside::Work;

const KEY: &str = "huigao.fell";

thread_local! {
    static WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
}

/// Notes what is begun, or that it has ended.
pub fn watch(work: Option<&Work>) {
    WORK.with_borrow_mut(|held| *held = work.cloned());
}

/// Writes down what was under way, if anything was. May be called after a trap. Whether there was something.
pub fn note() -> bool {
    let work = WORK.try_with(|held| held.try_borrow().ok().and_then(|held| held.clone())).ok().flatten();
    let Some(json) = work.and_then(|work| serde_json::to_string(&work).ok()) else { return false };
    storage().is_some_and(|storage| storage.set_item(KEY, &json).is_ok())
}

/// In the middle of what the app last fell. It is told once.
pub fn last() -> Option<Work> {
    let storage = storage()?;
    let json = storage.get_item(KEY).ok().flatten()?;
    let _ = storage.remove_item(KEY);
    serde_json::from_str(&json).ok()
}

fn storage() -> Option<web_sys::Storage> {
    super::window().local_storage().ok()?
}
