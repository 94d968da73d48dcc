//! Where a page puts down, as it goes, what was typed and is not saved: the browser's small storage, which writes at
//! once. What dead pages left is taken by one page at a time; which pages are dead the browser's locks tell.

use huigao_browser::locks::{claim_lock, held_locks, hold_lock};
use huigao_protocol::words::LastWords;
use huigao_shared::ids::{DocumentId, MemberId};
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::window;

const PREFIX: &str = "huigao.words/";
/// The most bytes that one page puts down, in UTF-8: the browser gives all of the app some five million characters.
const MOST: usize = 1_500_000;

fn name(member: MemberId, page: &str) -> String {
    format!("{PREFIX}{member}/{page}")
}

fn page_lock(page: &str) -> String {
    format!("huigao-page-{page}")
}

/// Puts down what is not saved in a page; what it put down before goes.
pub fn put_down(member: MemberId, page: &str, words: &[LastWords]) {
    let Some(storage) = storage() else { return };
    let name = name(member, page);
    // The longest is left out first, rather than all.
    let mut words: Vec<&LastWords> = words.iter().collect();
    words.sort_by_key(|words| words.base.len());
    while !words.is_empty() {
        let json = serde_json::to_string(&words).unwrap_or_default();
        if json.len() <= MOST && storage.set_item(&name, &json).is_ok() {
            return;
        }
        words.pop();
    }
    let _ = storage.remove_item(&name);
}

/// What a page put down of a document is saved.
pub fn forget(member: MemberId, page: &str, document: DocumentId) {
    let Some(storage) = storage() else { return };
    let name = name(member, page);
    let before = storage.get_item(&name).ok().flatten().unwrap_or_default();
    let mut words: Vec<LastWords> = serde_json::from_str(&before).unwrap_or_default();
    words.retain(|words| words.document != document);
    if words.is_empty() {
        let _ = storage.remove_item(&name);
    } else {
        put_down(member, page, &words);
    }
}

/// A lock that is held until this is dropped: a page lives, or takes in what others left.
pub struct Held {
    release: Function,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Says that a page lives.
pub fn live(page: &str) -> Held {
    Held { release: hold_lock(&page_lock(page)) }
}

/// What dead pages of this person left in this browser, and the right to take it in; nothing while another page does.
pub async fn left(member: MemberId) -> Option<(Vec<LastWords>, Held)> {
    let prefix = name(member, "");
    let storage = storage()?;
    let names = (0..storage.length().unwrap_or(0)).filter_map(|place| storage.key(place).ok().flatten());
    if names.filter(|name| name.starts_with(&prefix)).count() == 0 {
        return None;
    }
    let claimed = JsFuture::from(claim_lock(&format!("huigao-words-{member}"))).await.ok()?;
    let claim = Held { release: claimed.dyn_into().ok()? };
    let held = JsFuture::from(held_locks()).await.ok()?;
    let held: Vec<String> = Array::from(&held).iter().filter_map(|name| name.as_string()).collect();
    // Read only now: whoever claimed it before may have taken them in.
    let names = (0..storage.length().unwrap_or(0)).filter_map(|place| storage.key(place).ok().flatten());
    let pages = names.filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned));
    let dead: Vec<String> = pages.filter(|page| !held.contains(&page_lock(page))).collect();
    let words = dead.iter().filter_map(|page| storage.get_item(&name(member, page)).ok().flatten());
    let words: Vec<LastWords> =
        words.filter_map(|json| serde_json::from_str::<Vec<LastWords>>(&json).ok()).flatten().collect();
    (!words.is_empty()).then_some((words, claim))
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}
