//! wasm-opt: a smaller module.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::Project;
use crate::setup::node;
use crate::sh;
use crate::stamp::{Inputs, Stamp};

/// What the module may use, by name: what rustc has switched on for this target since 1.87.
/// Never all features, and no SIMD: older office browsers must be able to run the result.
///
/// Few passes: what shrinks the module further makes it compress worse. Measured on this app, with brotli: `-O1` 827 kB,
/// `-Oz` 838 kB; with functions in the order of their names, which has copies of one generic next to each other, 816 kB
/// and 823 kB. Nothing of Rust's lives in the first kilobyte of memory, the far end of the stack.
const OPTIONS: [&str; 11] = [
    "-O1",
    "--duplicate-function-elimination",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--low-memory-unused",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-multivalue",
    "--strip-producers",
];

/// Optimises a module for size, the bound one or a late part, and returns the path of the result.
pub fn optimise(project: &Project, name: &str, bound: &Path) -> Result<PathBuf> {
    let optimised = project.web().join(format!("{name}_opt.wasm"));
    let inputs = Inputs::new()
        .text(&OPTIONS.join(" "))
        .file(&project.app_web().join("package-lock.json"))?
        .file(bound)?
        .finish();
    Stamp::at(project.stamps().join(format!("optimise-{name}"))).step(&inputs, &[&optimised], || {
        let mut command = node::program(&project.app_web(), "wasm-opt")?;
        command.args(OPTIONS).arg(bound).arg("-o").arg(&optimised);
        sh::run(&mut command)
    })?;
    Ok(optimised)
}
