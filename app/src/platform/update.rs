//! The app's own files: a newer version, which the page's own script has found and holds ready, and whether this one is
//! kept whole.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::window;
use huigao_browser::listener::Listener;

/// Calls when a newer version is ready.
pub fn on_update(heard: impl Fn() + 'static) -> Listener {
    Listener::on(&window(), &["huigao:update"], move |_| heard())
}

/// Changes over to it: the page starts anew.
pub fn apply() {
    // Without the page's script there is no newer version either.
    let _ = huigao_update();
}

/// Whether every file of the app is kept on this device, so that it opens without a network. What is missing is fetched
/// first, if it can be.
pub async fn whole() -> bool {
    let Ok(asked) = huigao_whole() else { return false };
    JsFuture::from(asked).await.is_ok_and(|answer| answer.is_truthy())
}

/// The engine has fallen; `is_marked` says that the next start knows at what.
pub fn engine_fell(why: &str, is_marked: bool) {
    // Without the page's script nobody could be told.
    let _ = huigao_engine_fell(why, is_marked);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = window, js_name = huigaoEngineFell, catch)]
    fn huigao_engine_fell(why: &str, is_marked: bool) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = window, js_name = huigaoUpdate, catch)]
    fn huigao_update() -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = window, js_name = huigaoWhole, catch)]
    fn huigao_whole() -> Result<Promise, JsValue>;
}
