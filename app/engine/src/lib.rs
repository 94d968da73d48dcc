//! The engine: documents, storage and the line to the relay, in a worker of its own.
//!
//! `host → session → shared`, and in a second worker `reader`, for what takes whole histories; the driver runs both, by
//! what `port` asks of `platform`. Host, session and reader are pure and native too, so that the simulator runs the very
//! same code; what needs a browser is compiled for wasm32 only. The page, at the
//! other end of `huigao-protocol`, is the crate `huigao-app`, and a module of its own.

pub mod contract;
pub mod host;
pub mod port;
pub mod reader;
pub mod session;

#[cfg(target_arch = "wasm32")]
mod driver;
#[cfg(target_arch = "wasm32")]
mod platform;
