//! The commands, one file each.

mod bench;
mod build;
mod run;
mod sim;
mod test;

use anyhow::Result;
use clap::Subcommand;

use crate::project::Project;

/// What `cargo xtask` can do.
#[derive(Subcommand)]
pub enum Command {
    /// Builds what is not built and starts the relay with the app.
    Run(run::Args),
    /// Builds the app and the relay that serves it into one program.
    Build,
    /// Checks everything: style, lints, tests in Rust, in Node and in the browser.
    Test(test::Args),
    /// Measures the relay under load.
    Bench(bench::Args),
    /// Plays seeded schedules of offline work, faults and restarts.
    Sim(sim::Args),
}

/// Carries a command out.
pub fn dispatch(command: Command, project: &Project) -> Result<()> {
    match command {
        Command::Run(args) => run::run(project, args),
        Command::Build => build::report(project),
        Command::Test(args) => test::test(project, args),
        Command::Bench(args) => bench::bench(project, args),
        Command::Sim(args) => sim::sim(project, args),
    }
}
