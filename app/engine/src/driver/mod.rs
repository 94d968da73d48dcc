//! Performs what is wanted, and tells what happened. Owns the order in which things are done, and no decision: what to
//! write, send or say is the session's and the host's.
//!
//! In the engine's worker:
//! - `run`: an engine's life. `engine`: what happens into the host, what it wants out of it, each in its order.
//! - `inlet`: how what happens later finds the engine.
//! - `saving`: the database, one transaction at a time. `line`: the socket to the relay. `wake`: the alarm clock.
//! - `reading`: the reader's worker.
//!
//! In the reader's worker:
//! - `read`: a reader's life.

mod engine;
mod inlet;
mod line;
mod read;
mod reading;
mod run;
mod saving;
mod wake;

pub use self::read::run_reader;
pub use self::run::run;
