//! The page: screens and editor over what the engine says.
//!
//! `ui → front → protocol`; the driver runs both ends of the page, by what `platform` and the crate `huigao-browser` have of
//! the browser. Documents, storage and the line are in the crate `huigao-engine`, which runs in a worker as a module of its
//! own: nothing here knows Automerge. Front is pure and native too, so that the simulator runs the very same code;
//! everything that needs a browser is compiled for wasm32 only.

pub mod file_name;
pub mod front;

#[cfg(target_arch = "wasm32")]
mod driver;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod ui;

// The words of the screens; Chinese where a language lacks one.
#[cfg(target_arch = "wasm32")]
rust_i18n::i18n!("locales", fallback = "zh-CN");
