//! Where a worker enters, when the module has been loaded.

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

use super::engine_port::EnginePort;
use super::page_port::PagePort;
use super::store::BrowserStore;
use crate::contract;

/// A panic says where, on the console. What the engine fell at the page notes, which the engine had told.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Runs the engine; the page is at the other end of the port.
#[wasm_bindgen(js_name = runEngine)]
pub fn run_engine(port: MessagePort) {
    crate::driver::run(PagePort::new(port));
}

/// Runs a reader; the engine is at the other end of the port.
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
