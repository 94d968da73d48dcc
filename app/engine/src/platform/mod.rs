//! What the engine alone needs of the browser. Owns every word of web-sys, js-sys and wasm-bindgen in this crate, and no
//! policy: what is done when is the driver's and the session's. What can fail fails with a value.
//!
//! Listeners, timers and handles are guards: to drop one is to end it.

pub mod channel;
pub mod engine_port;
mod entry;
pub mod lock;
pub mod page_port;
pub mod reader;
pub mod socket;
pub mod store;
