//! A crate of the app as WebAssembly.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::setup::rust_target::WASM;
use crate::sh;
use crate::web::module::Module;

/// What splitting needs: where functions and data are named, and by what names.
const FOR_SPLITTING: [&str; 4] = ["-C", "link-arg=--emit-relocs", "-C", "strip=none"];

/// Compiles a crate for browsers and returns the path of the module.
///
/// The crate is a Rust library too, for the simulator, and cargo does not optimise across crates
/// what is to be both. So only the `cdylib` is asked for here: that is what makes `lto` apply.
pub fn compile(project: &Project, module: &Module) -> Result<PathBuf> {
    let mut cargo = sh::cargo_wasm(project.root());
    cargo.args(["rustc", "--package", module.package, "--lib"]);
    cargo.args(["--crate-type", "cdylib", "--profile", "web"]);
    cargo.args(["--target", WASM]);
    if module.is_split {
        cargo.arg("--").args(FOR_SPLITTING);
    }
    sh::run(&mut cargo)?;
    Ok(project.target().join(WASM).join("web").join(format!("{}.wasm", module.library())))
}
