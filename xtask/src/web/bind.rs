//! wasm-bindgen: the JavaScript between the module and the browser.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::project::Project;
use crate::stamp::{Inputs, Stamp};
use crate::web::module::Module;
use crate::web::split::{LINKS, Split};

/// The version of wasm-bindgen that this crate and the app are pinned to, and of what is done here.
const VERSION: &str = "0.2.130 2";

/// Writes the package, a script and a module of the crate's name and `snippets/`; returns its folder.
pub fn bind(project: &Project, module: &Module, split: &Split) -> Result<PathBuf> {
    let folder = project.web().join("pkg").join(module.name);
    let mut inputs = Inputs::new().text(VERSION).file(&split.first)?;
    if let Some(links) = &split.links {
        inputs = inputs.file(links)?;
    }
    let outputs = [&*folder.join(module.script()), &*folder.join(module.wasm())];
    Stamp::at(project.stamps().join(format!("bind-{}", module.name))).step(&inputs.finish(), &outputs, || {
        println!("Binding {} …", project.show(&split.first));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(&split.first)
            .typescript(false)
            // wasm-opt orders functions by their names, and then removes them.
            .remove_name_section(false)
            .remove_producers_section(true)
            // Late parts join the table of functions.
            .keep_lld_exports(split.links.is_some())
            // The page names the module: its file name carries a hash that no script can know.
            .omit_default_module_path(true);
        bindgen.web(true)?.generate(&folder).context("wasm-bindgen failed")?;
        if let Some(links) = &split.links {
            fs::copy(links, folder.join(LINKS))?;
        }
        Ok(())
    })?;
    Ok(folder)
}
