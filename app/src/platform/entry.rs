//! Where the browser enters: called once in the page and once in the engine's worker, when the module has been loaded.

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

use super::page_port::PagePort;
use super::scope;
use super::store::BrowserStore;
use crate::contract;

/// Starts the screens, in the page. In a worker nothing happens before [`run_engine`].
#[wasm_bindgen(start)]
pub fn start() {
    let is_page = scope::is_page();
    // A panic then says where, on the console, and to the next start: that by what only the page has.
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        if is_page {
            super::fall::note();
        }
    }));
    if is_page {
        crate::ui::start();
    }
}

/// Runs the engine in its worker; the page is at the other end of the port.
#[wasm_bindgen(js_name = runEngine)]
pub fn run_engine(port: MessagePort) {
    crate::driver::run(PagePort::new(port));
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
