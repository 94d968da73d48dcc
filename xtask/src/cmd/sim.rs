//! `cargo xtask sim`: many seeded schedules through the simulator.

use anyhow::Result;

use crate::project::Project;
use crate::setup::machine;
use crate::sh;

/// Options of `cargo xtask sim`.
#[derive(clap::Args)]
pub struct Args {
    /// How many schedules to play.
    #[arg(long)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
}

/// Plays the schedules.
pub fn sim(project: &Project, args: Args) -> Result<()> {
    machine::ensure_c_compiler()?;
    let mut cargo = sh::cargo(project.root());
    cargo.args(["run", "--package", "huigao-tests", "--release"]);
    cargo.args(["--bin", "sim", "--"]);
    cargo.args(["--seeds", &args.seeds.to_string()]);
    cargo.args(["--from", &args.from.to_string()]);
    sh::run(&mut cargo)
}
