//! wasm-bindgen: the JavaScript between the module and the browser.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::project::Project;
use crate::stamp::{Inputs, Stamp};
use crate::web::module::Module;

/// The version of wasm-bindgen that this crate and the app are pinned to.
const VERSION: &str = "0.2.130";

/// Writes the package, a script and a module of the crate's name and `snippets/`; returns its folder.
pub fn bind(project: &Project, module: &Module, compiled: &Path) -> Result<PathBuf> {
    let folder = project.web().join("pkg").join(module.name);
    let inputs = Inputs::new().text(VERSION).file(compiled)?.finish();
    let outputs = [&*folder.join(module.script()), &*folder.join(module.wasm())];
    Stamp::at(project.stamps().join(format!("bind-{}", module.name))).step(&inputs, &outputs, || {
        println!("Binding {} …", project.show(compiled));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(compiled)
            .typescript(false)
            // wasm-opt orders functions by their names, and then removes them.
            .remove_name_section(false)
            .remove_producers_section(true)
            // The page names the module: its file name carries a hash that no script can know.
            .omit_default_module_path(true);
        bindgen.web(true)?.generate(&folder).context("wasm-bindgen failed")
    })?;
    Ok(folder)
}
