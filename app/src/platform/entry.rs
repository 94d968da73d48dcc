//! Where the browser enters, when the module has been loaded.

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the screens.
#[wasm_bindgen(start)]
pub fn start() {
    // A panic then says where, on the console.
    console_error_panic_hook::set_once();
    crate::ui::start();
}
