//! Web Locks: `web-sys` has the interface among its unstable ones.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen(module = "/web/locks.js")]
extern "C" {
    /// Calls once the lock is held, never before this returns. What is returned gives it up, or withdraws the request.
    #[wasm_bindgen(js_name = requestLock)]
    pub fn request_lock(name: &str, granted: &Closure<dyn Fn()>) -> Function;

    /// Holds a lock until what is returned is called, or this page or worker goes.
    #[wasm_bindgen(js_name = holdLock)]
    pub fn hold_lock(name: &str) -> Function;

    /// Takes a lock if nobody has it: a function that gives it up, or nothing.
    #[wasm_bindgen(js_name = claimLock)]
    pub fn claim_lock(name: &str) -> Promise;

    /// The names of all locks that are held in this browser.
    #[wasm_bindgen(js_name = heldLocks)]
    pub fn held_locks() -> Promise;
}
