//! Performs what is wanted, and tells what happened: the page's half. Owns the order in which things are done, and no
//! decision; what the page knows is front's.
//!
//! - `start`, `page`: the worker with the engine, and another one should it fall. `handle`: what pages hold of it.
//! - `listeners`: who is told what pages show.

mod handle;
mod listeners;
mod page;
mod start;

pub use self::handle::Handle;
pub use self::listeners::Subscription;
pub use self::start::Driver;
pub use crate::front::Notice;
