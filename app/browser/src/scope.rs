//! What a page and a worker have under the same name. web-sys knows these as parts of the window, which a worker lacks;
//! whatever the engine uses of the browser goes through here.

use js_sys::{Function, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Location, Performance, RequestInit, SubtleCrypto, Window};

/// Whether this is the page, and not a worker.
pub fn is_page() -> bool {
    js_sys::global().is_instance_of::<Window>()
}

/// Milliseconds since the page or the worker began, if the browser counts them.
pub fn elapsed() -> Option<f64> {
    PERFORMANCE.with(|performance| performance.as_ref().map(Performance::now))
}

/// The browser's keys. Only secure pages and their workers have them.
pub fn subtle() -> Option<SubtleCrypto> {
    CRYPTO.with(ScopeCrypto::subtle)
}

/// The scheme by which this came, such as `https:`, and from which host and port.
pub fn origin() -> (String, String) {
    // A worker's location has the same names; neither of them throws.
    LOCATION.with(|location| (location.protocol().unwrap_or_default(), location.host().unwrap_or_default()))
}

#[wasm_bindgen]
extern "C" {
    /// Calls once after so many milliseconds; the number is for [`clear_timeout`].
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(callback: &Function, milliseconds: i32) -> i32;

    /// Has that call not be made.
    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(id: i32);

    /// Sends a request to a path of this site.
    #[wasm_bindgen(js_name = fetch)]
    pub fn fetch(path: &str, init: &RequestInit) -> Promise;

    type ScopeCrypto;

    #[wasm_bindgen(method, getter)]
    fn subtle(this: &ScopeCrypto) -> Option<SubtleCrypto>;

    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: ScopeCrypto;

    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    static PERFORMANCE: Option<Performance>;

    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Location;
}
