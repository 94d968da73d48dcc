//! Where the browser enters: called once in the page, in the engine's worker and in the reader's, when the module has been
//! loaded there.

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

use super::engine_port::EnginePort;
use super::page_port::PagePort;
use super::scope;
use super::store::BrowserStore;
use crate::contract;

/// Starts the screens, in the page. In a worker nothing happens before [`run_engine`] or [`run_reader`].
#[wasm_bindgen(start)]
pub fn start() {
    // A panic then says where, on the console. What an engine fell at its page notes, which the engine had told.
    console_error_panic_hook::set_once();
    if scope::is_page() {
        crate::ui::start();
    }
}

/// Runs the engine in its worker; the page is at the other end of the port.
#[wasm_bindgen(js_name = runEngine)]
pub fn run_engine(port: MessagePort) {
    crate::driver::run(PagePort::new(port));
}

/// Runs a reader in its worker; the engine is at the other end of the port.
#[wasm_bindgen(js_name = runReader)]
pub fn run_reader(port: MessagePort) {
    crate::driver::run_reader(EnginePort::new(port));
}

/// For the browser tests: whether this browser's database keeps what every store keeps, tried in one of its own. Fails
/// with the first promise that it does not keep.
#[wasm_bindgen(js_name = checkStore)]
pub async fn check_store() -> Result<(), String> {
    let store = BrowserStore::open("contract").await.map_err(|error| error.to_string())?;
    contract::check(&store).await
}
