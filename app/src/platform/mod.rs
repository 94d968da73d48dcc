//! What the page alone needs of the browser; what the engine needs too is in the crate `huigao-browser`. Owns every word of
//! web-sys, js-sys and wasm-bindgen in this crate, and no policy: what is done when is the driver's. What can fail fails
//! with a value; what a browser may lack is asked for.
//!
//! Listeners, timers and handles are guards: to drop one is to end it.

pub mod clipboard;
pub mod download;
pub mod editor;
pub mod engine;
mod entry;
pub mod fall;
pub mod last_words;
pub mod locale;
pub mod online;
pub mod page;
pub mod persist;
pub mod printing;
pub mod update;
pub mod visibility;

use wasm_bindgen::JsCast;
use web_sys::Window;

/// The page's window.
fn window() -> Window {
    js_sys::global().unchecked_into()
}
