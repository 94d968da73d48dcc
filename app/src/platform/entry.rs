//! Where the browser enters: called once, when the module has been loaded.

use wasm_bindgen::prelude::wasm_bindgen;

use super::store::BrowserStore;
use crate::contract;

/// Starts the app.
#[wasm_bindgen(start)]
pub fn start() {
    // A panic then says where, on the console, and to the next start.
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        super::fall::note();
    }));
    crate::ui::start();
}

/// Called by the page after a trap that was no panic: whether it came in the middle of work on a document, which the next
/// start then knows of.
#[wasm_bindgen(js_name = noteFall)]
pub fn note_fall() -> bool {
    super::fall::note()
}

/// For the browser tests: whether this browser's database keeps what every store keeps, tried in one of its own. Fails
/// with the first promise that it does not keep.
#[wasm_bindgen(js_name = checkStore)]
pub async fn check_store() -> Result<(), String> {
    let store = BrowserStore::open("contract").await.map_err(|error| error.to_string())?;
    contract::check(&store).await
}
