//! Performs what the session asks for, and tells it what happened. Owns the order in which things are done, and no
//! decision: what to write, send or show is the session's.
//!
//! - `engine`: events into the session, effects out of it, each in its order.
//! - `saving`: the database, one transaction at a time.
//! - `line`: the socket to the relay.
//! - `listeners`: who is told what pages show.
//! - `identity`: who uses the app, and how one becomes somebody.
//! - `account`: how this device proves it, and what is asked of the relay by HTTP.

pub mod account;
mod engine;
mod handle;
pub mod identity;
mod inlet;
mod line;
mod listeners;
mod saving;
mod start;
mod wake;

pub use self::handle::Handle;
pub use self::listeners::{Notice, Subscription};
pub use self::start::Driver;
