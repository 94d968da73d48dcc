//! A newer version of the app, which the page's own script has found and holds ready.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::listener::Listener;
use super::window;

/// Calls when a newer version is ready.
pub fn on_update(heard: impl Fn() + 'static) -> Listener {
    Listener::on(&window(), &["huigao:update"], move |_| heard())
}

/// Changes over to it: the page starts anew.
pub fn apply() {
    // Without the page's script there is no newer version either.
    let _ = huigao_update();
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = window, js_name = huigaoUpdate, catch)]
    fn huigao_update() -> Result<(), JsValue>;
}
