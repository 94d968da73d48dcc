//! The app: drafts offline in the browser, syncs through the relay.
//!
//! In the page `ui → front → protocol`, in the engine's worker `host → session → shared`, and in a second one `reader`,
//! for what takes whole histories; the driver runs all three, by what `port` asks of `platform`. Front, host, session and
//! reader are pure and native too, so that the simulator runs the very same
//! code; everything that needs a browser is compiled for wasm32 only.

pub mod contract;
pub mod file_name;
pub mod front;
pub mod host;
pub mod port;
pub mod reader;
pub mod session;

#[cfg(target_arch = "wasm32")]
mod driver;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod ui;

// The words of the screens; Chinese where a language lacks one.
#[cfg(target_arch = "wasm32")]
rust_i18n::i18n!("locales", fallback = "zh-CN");
