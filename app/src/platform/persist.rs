//! Whether the browser may throw our databases away, and how much room there is.

use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::StorageManager;

use super::window;

/// Asks the browser not to throw anything away by itself; false if it does not promise.
pub async fn persist() -> bool {
    answer(StorageManager::persist).await.is_some_and(|yes| yes.is_truthy())
}

/// Whether it has promised.
pub async fn persisted() -> bool {
    answer(StorageManager::persisted).await.is_some_and(|yes| yes.is_truthy())
}

/// Room on the device, in bytes, as the browser estimates it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Usage {
    /// What all of the app takes.
    pub used: f64,
    /// What it may take.
    pub quota: f64,
}

/// How much room there is, if the browser tells.
pub async fn estimate() -> Option<Usage> {
    let estimate = answer(StorageManager::estimate).await?;
    let number = |name: &str| Reflect::get(&estimate, &name.into()).ok()?.as_f64();
    Some(Usage { used: number("usage")?, quota: number("quota")? })
}

async fn answer(ask: fn(&StorageManager) -> Result<Promise, JsValue>) -> Option<JsValue> {
    let navigator = window().navigator();
    // Only secure pages have it, and web-sys would call into nothing.
    let offered = Reflect::get(&navigator, &"storage".into()).ok()?;
    if offered.is_undefined() {
        return None;
    }
    JsFuture::from(ask(&navigator.storage()).ok()?).await.ok()
}
