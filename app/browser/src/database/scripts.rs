//! What stands between the crate `indexed_db` and the browser: see the two scripts.

use js_sys::{Error, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::BLOCKED;
use huigao_protocol::command::StoreError;

#[wasm_bindgen(module = "/web/openings.js")]
extern "C" {
    /// How the opening that comes next ends.
    #[wasm_bindgen(js_name = expectOpening)]
    pub fn expect_opening() -> Promise;
}

#[wasm_bindgen(module = "/web/transactions.js")]
extern "C" {
    /// A transaction that was announced.
    pub type Expected;

    /// Announces the transaction that is begun next.
    #[wasm_bindgen(js_name = expectTransaction)]
    pub fn expect_transaction() -> Expected;

    /// How it ends.
    #[wasm_bindgen(method, getter)]
    pub fn outcome(this: &Expected) -> Promise;

    /// Commits it: it takes no more requests, and completes even if the page goes.
    #[wasm_bindgen(method)]
    pub fn commit(this: &Expected);
}

/// The name of an error that says that the database on the device is of a newer version than was asked for.
pub const VERSION_ERROR: &str = "VersionError";

/// The name of an error that says that the connection is closed.
pub const CLOSED_ERROR: &str = "InvalidStateError";

/// The name of an error that says that another tab does not let go of the database.
const BLOCKED_ERROR: &str = "BlockedError";

/// The name of an error that says nothing.
pub const UNKNOWN_ERROR: &str = "UnknownError";

/// The name that the browser gives an error.
pub fn name_of(error: &JsValue) -> String {
    error.unchecked_ref::<Error>().name().into()
}

/// An error of the browser's in our terms.
pub fn failure(error: &JsValue) -> StoreError {
    let name = name_of(error);
    let message: String = error.unchecked_ref::<Error>().message().into();
    // When not the app's share but the whole disk is full, Chromium only says so in its own words.
    if name == "QuotaExceededError" || message.contains("NO_SPACE") || message.contains("full disk") {
        return StoreError::Full;
    }
    if name == BLOCKED_ERROR {
        return StoreError::Failed(BLOCKED.to_owned());
    }
    StoreError::Failed(format!("{name}: {message}"))
}
