//! The app crate as WebAssembly.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::setup::rust_target::WASM;
use crate::sh;

/// Compiles the app for browsers and returns the path of the module.
///
/// The crate is a Rust library too, for the simulator, and cargo does not optimise across crates
/// what is to be both. So only the `cdylib` is asked for here: that is what makes `lto` apply.
pub fn compile(project: &Project) -> Result<PathBuf> {
    let mut cargo = sh::cargo_wasm(project.root());
    cargo.args(["rustc", "--package", "huigao-app", "--lib"]);
    cargo.args(["--crate-type", "cdylib", "--profile", "web"]);
    cargo.args(["--target", WASM]);
    sh::run(&mut cargo)?;
    Ok(project.target().join(WASM).join("web/huigao_app.wasm"))
}
