//! What the app was doing to a document when it fell: a panic ends the module, and the next start must know where.
//!
//! What is begun is held in memory, at no cost. Only a fall writes it down, in local storage, which takes it at once
//! and keeps it over a reload. What a mark says, and whose it is, is in [`huigao_protocol::falls`].

use std::cell::{Cell, RefCell};

use huigao_shared::ids::MemberId;

use huigao_browser::clock;
use huigao_protocol::falls::{PREFIX, mark, sort_out};
use huigao_protocol::work::Work;

thread_local! {
    static WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
    static PROFILE: Cell<Option<MemberId>> = const { Cell::new(None) };
}

/// A profile starts: in the middle of what the app fell for it, told once. From now on what falls is this profile's.
pub fn begin(profile: MemberId) -> Vec<Work> {
    PROFILE.set(Some(profile));
    let Some(storage) = storage() else { return Vec::new() };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|place| storage.key(place).ok().flatten());
    let names: Vec<String> = names.filter(|name| name.starts_with(PREFIX)).collect();
    let value = |name: String| storage.get_item(&name).ok().flatten().map(|value| (name, value));
    let sorted = sort_out(names.into_iter().filter_map(value).collect(), profile, clock::now());
    for name in sorted.gone {
        let _ = storage.remove_item(&name);
    }
    sorted.taken
}

/// Notes what is begun, or that it has ended.
pub fn watch(work: Option<&Work>) {
    WORK.with_borrow_mut(|held| *held = work.cloned());
}

/// Writes down what was under way, if anything was. May be called after a trap. Whether there was something.
pub fn note() -> bool {
    let work = WORK.try_with(|held| held.try_borrow().ok().and_then(|held| held.clone())).ok().flatten();
    let profile = PROFILE.try_with(Cell::get).ok().flatten();
    let marked = profile.zip(work).and_then(|(profile, work)| mark(profile, &work, clock::now()));
    let Some((name, value)) = marked else { return false };
    storage().is_some_and(|storage| storage.set_item(&name, &value).is_ok())
}

fn storage() -> Option<web_sys::Storage> {
    super::window().local_storage().ok()?
}
