//! `cargo xtask bench`: the built relay under load, beside the peers that `tests/package.json` names.

use anyhow::Result;

use crate::cmd::build;
use crate::project::Project;
use crate::setup::{chromium, node};
use crate::sh;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Args {
    /// Names of measurements and further options of the bench program.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<String>,
}

/// Builds what is measured, then measures it.
pub fn bench(project: &Project, args: Args) -> Result<()> {
    build::build(project)?;
    node::install(&project.tests())?;
    let mut cargo = sh::cargo(project.root());
    cargo.args(["run", "--package", "huigao-tests", "--release"]);
    cargo.args(["--bin", "bench", "--", "--huigao"]);
    cargo.arg(project.binary()).args(args.bench).env("CHROMIUM", chromium::ensure()?);
    sh::run(&mut cargo)
}
