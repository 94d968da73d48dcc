//! Load on a real relay, and what it costs.
//!
//! Owns: prebuilt edits, the clients that send and count them, readings of the relay's process, the figures and
//! their targets. May not touch: the relay's insides; whatever is measured is seen from outside.

mod back;
mod chain;
mod counted;
mod flat;
mod js;
mod memory;
mod reconnect;
mod references;
mod report;
mod saturated;
mod screen;
mod seed;
mod server;
mod steady;
mod traffic;

use std::path::PathBuf;

use anyhow::Result;
use huigao_shared::ids::MemberId;
use tempfile::TempDir;

use crate::process::RelayProcess;
pub use report::{Bound, Figure, Peer, Report};

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Measurement {
    /// CPU per edit with official JavaScript clients, beside other systems' servers.
    Js,
    /// Delivery time at a steady hundred edits a second.
    P99,
    /// How many edits a second one core carries.
    Saturated,
    /// Whether the cost of an edit grows with its document.
    Flat,
    /// Memory for many open documents and idle connections, and for each loaded change.
    Memory,
    /// What it costs to look up all that a change names.
    References,
    /// What coming back costs when little has changed.
    Reconnect,
    /// How fast all devices are back after the relay was started again.
    Back,
    /// First load, cold start, keys and saving in a real browser.
    Screen,
}

/// The relay's program, and how much load to put on it.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The program under test.
    pub huigao: PathBuf,
    /// Edits of a saturated run.
    pub edits: usize,
}

impl Bench {
    /// Takes one measurement.
    ///
    /// # Errors
    /// If the relay loses, refuses or does not deliver something, or a program does not run.
    pub async fn measure(&self, measurement: Measurement) -> Result<Vec<Figure>> {
        match measurement {
            Measurement::Js => js::measure(self).await,
            Measurement::P99 => steady::measure(self).await,
            Measurement::Saturated => saturated::measure(self).await,
            Measurement::Flat => flat::measure(self).await,
            Measurement::Memory => memory::measure(self).await,
            Measurement::References => references::measure(),
            Measurement::Reconnect => reconnect::measure(self).await,
            Measurement::Back => back::measure(self).await,
            Measurement::Screen => screen::measure(self).await,
        }
    }

    /// A fresh relay, and the folder that its data goes with.
    fn relay(&self) -> Result<(RelayProcess, TempDir)> {
        let folder = tempfile::Builder::new().prefix("huigao-bench-").tempdir()?;
        Ok((RelayProcess::start_binary(&self.huigao, folder.path(), 0, &[])?, folder))
    }
}

/// Of the campaign office of the demonstration county: may write what the loads write.
fn member() -> MemberId {
    MemberId::from_key("luo-xiaotang")
}
