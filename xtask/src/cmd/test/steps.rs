//! The steps of `cargo xtask test`, in the order in which they run: cheap ones first.

use anyhow::Result;
use clap::ValueEnum;

use super::node_tests;
use crate::cmd::build;
use crate::project::Project;
use crate::setup::rust_target::{self, WASM};
use crate::setup::{chromium, machine};
use crate::sh;

/// One step.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The code is formatted.
    Fmt,
    /// Clippy finds nothing, on this machine's target and on the browser's.
    Clippy,
    /// The tests of all crates.
    Rust,
    /// The Node tests of the app's JavaScript.
    Web,
    /// App and relay build into one program.
    Build,
    /// Other clients against the built relay.
    Interop,
    /// Users' stories in Chromium.
    Browser,
}

/// How a step that did not fail ended.
pub enum Outcome {
    /// It ran.
    Passed,
    /// There was nothing to run, for this reason.
    Skipped(String),
}

impl Step {
    /// Does the step, with all of its own set-up.
    pub fn run(self, project: &Project) -> Result<Outcome> {
        match self {
            Self::Fmt => fmt(project),
            Self::Clippy => clippy(project),
            Self::Rust => rust(project),
            Self::Web => node_tests::of_the_app(project),
            Self::Build => build::report(project).map(|()| Outcome::Passed),
            Self::Interop => node_tests::of_the_whole(project, "interop", || Ok(None)),
            Self::Browser => node_tests::of_the_whole(project, "browser", || chromium::ensure().map(Some)),
        }
    }
}

fn fmt(project: &Project) -> Result<Outcome> {
    sh::run(sh::cargo(project.root()).args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

/// On both targets: clippy on the host never sees what is compiled for the browser only.
fn clippy(project: &Project) -> Result<Outcome> {
    machine::ensure_c_compiler()?;
    let mut host = sh::cargo(project.root());
    host.args(["clippy", "--workspace", "--all-targets"]);
    sh::run(host.args(["--", "-D", "warnings"]))?;

    rust_target::ensure()?;
    let mut wasm = sh::cargo_wasm(project.root());
    wasm.args(["clippy", "--lib", "--target", WASM]);
    for package in ["huigao-shared", "huigao-browser", "huigao-engine", "huigao-app"] {
        wasm.args(["--package", package]);
    }
    sh::run(wasm.args(["--", "-D", "warnings"]))?;
    Ok(Outcome::Passed)
}

fn rust(project: &Project) -> Result<Outcome> {
    machine::ensure_c_compiler()?;
    sh::run(sh::cargo(project.root()).args(["test", "--workspace"]))?;
    Ok(Outcome::Passed)
}
