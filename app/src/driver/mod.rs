//! Performs what is wanted, and tells what happened. Owns the order in which things are done, and no decision: what to
//! write, send or show is the session's.
//!
//! In the engine's worker:
//! - `run`: an engine's life. `engine`: what happens into the host, what it wants out of it, each in its order.
//! - `saving`: the database, one transaction at a time. `line`: the socket to the relay. `wake`: the alarm clock.
//!   `reading`: the reader's worker.
//!
//! In the reader's worker:
//! - `read`: a reader's life.
//!
//! In the page:
//! - `start`, `page`: the worker with the engine, and another one should it fall. `handle`: what pages hold of it.
//!   `listeners`: who is told what pages show.
//!
//! In both:
//! - `identity`: who uses the app, and how one becomes somebody.
//! - `account`: how this device proves it, and what is asked of the relay by HTTP.

pub mod account;
mod engine;
mod handle;
pub mod identity;
mod inlet;
mod line;
mod listeners;
mod page;
mod read;
mod reading;
mod run;
mod saving;
mod start;
mod wake;

pub use self::handle::Handle;
pub use self::listeners::Subscription;
pub use self::read::run_reader;
pub use self::run::run;
pub use self::start::Driver;
pub use crate::front::Notice;
