//! The clipboard.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::window;

/// Puts a text on the clipboard; false if the browser does not let us.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    // Only secure pages have it.
    let Ok(clipboard) = Reflect::get(&navigator, &"clipboard".into()) else { return false };
    let write = Reflect::get(&clipboard, &"writeText".into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
    let Some(Ok(promise)) = write.map(|write| write.call1(&clipboard, &text.into())) else { return false };
    match promise.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}
