//! The browser. Owns every word of web-sys, js-sys, wasm-bindgen and `indexed_db` in the app, and no policy: what is
//! done when is the driver's and the session's. What can fail fails with a value; what a browser may lack is asked for.
//!
//! Listeners, timers and handles are guards: to drop one is to end it.
//!
//! One module runs in the page, in the engine's worker and in the reader's. What only the page has goes through `window`,
//! what all have through `scope`; engine and reader use nothing of the former.

pub mod channel;
pub mod clipboard;
pub mod clock;
mod database;
pub mod download;
pub mod editor;
pub mod engine;
pub mod engine_port;
mod entry;
pub mod fall;
pub mod http;
pub mod keys;
pub mod last_words;
pub mod listener;
pub mod locale;
pub mod lock;
mod migrations;
pub mod online;
pub mod page;
pub mod page_port;
pub mod persist;
pub mod printing;
pub mod profiles;
pub mod random;
pub mod reader;
mod scope;
pub mod socket;
pub mod store;
pub mod update;
pub mod visibility;

use std::future::Future;

use wasm_bindgen::JsCast;
use web_sys::Window;

/// Runs a future to its end, beside everything else.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(future);
}

/// The page's window. A worker has none: what the engine uses is in `scope`.
fn window() -> Window {
    js_sys::global().unchecked_into()
}
