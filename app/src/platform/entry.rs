//! Where the browser enters: called once, when the module has been loaded.

use wasm_bindgen::prelude::wasm_bindgen;

use super::store::BrowserStore;
use crate::contract;

/// Starts the app.
#[wasm_bindgen(start)]
pub fn start() {
    // A panic then says where, on the console.
    console_error_panic_hook::set_once();
    crate::ui::start();
}

/// For the browser tests: whether this browser's database keeps what every store keeps, tried in one of its own. Fails
/// with the first promise that it does not keep.
#[wasm_bindgen(js_name = checkStore)]
pub async fn check_store() -> Result<(), String> {
    let store = BrowserStore::open("contract").await.map_err(|error| error.to_string())?;
    contract::check(&store).await
}
