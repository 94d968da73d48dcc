//! A county in one thread: sessions, a relay, a network and disks that fail, all from one seed.
//!
//! The sessions and the hub are the very code that runs in the browser and on the server. Time is virtual,
//! so a run of minutes takes milliseconds, and a failing seed replays exactly.

mod actions;
mod disk;
mod first_words;
mod last_words;
mod machinery;
mod model;
mod page;
mod promises;
mod rare;
mod reading;
mod relay;
mod tab;
mod trace;
mod world;

pub use disk::DiskStore;
pub use world::{Fault, Outcome, run, run_as_one};
