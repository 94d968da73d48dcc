//! `cargo xtask build`: the relay with the app inside, as one program.

use anyhow::Result;

use crate::project::Project;
use crate::setup::machine;
use crate::sh;
use crate::web::{self, Dist};

/// Builds the app, then the relay that embeds it, and reports the sizes.
pub fn report(project: &Project) -> Result<()> {
    let dist = build(project)?;
    dist.print_sizes(project.show(&project.dist()));
    let binary = project.binary();
    let megabytes = binary.metadata()?.len() as f64 / 1e6;
    println!("{} ({megabytes:.1} MB)", project.show(&binary));
    Ok(())
}

/// Builds the app, then the relay that embeds it.
pub fn build(project: &Project) -> Result<Dist> {
    machine::ensure_c_compiler()?;
    let dist = web::build(project)?;
    let mut cargo = sh::cargo(project.root());
    cargo.args(["build", "--package", "huigao-server", "--release"]);
    cargo.args(["--features", "embed"]);
    sh::run(cargo.env("HUIGAO_DIST", project.dist()))?;
    Ok(dist)
}
