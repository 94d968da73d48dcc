//! What the page and the engine both need of the browser: it is the same in a window and in a worker.
//!
//! - `scope`, `clock`, `random`, `listener`, `locks`, `http`: the browser, in our words.
//! - `database`, `migrations`, `profiles`, `first_words`: what is kept in it, and in which shape.
//! - `keys`, `identity`, `account`: who uses the app, how one becomes somebody, and how this device proves it.
//!
//! Listeners, timers and handles are guards: to drop one is to end it. What can fail fails with a value; what a browser may
//! lack is asked for.

#![cfg(target_arch = "wasm32")]

pub mod account;
pub mod clock;
pub mod database;
pub mod first_words;
pub mod http;
pub mod identity;
pub mod keys;
pub mod listener;
pub mod locks;
pub mod migrations;
pub mod profiles;
pub mod random;
pub mod scope;

use std::future::Future;

/// Runs a future to its end, beside everything else.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(future);
}
