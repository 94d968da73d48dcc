//! esbuild: the generated script and what stands around it in one file.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::Project;
use crate::setup::node;
use crate::sh;
use crate::stamp::{Inputs, Stamp};
use crate::web::module::Module;
use crate::web::stage;

/// The oldest browser engine that scripts and styles are written down to.
pub const BROWSER: &str = "--target=chrome90";

/// The script that begins.
const ENTRY: &str = "main.js";

const OPTIONS: [&str; 6] = [
    "--bundle",
    "--minify",
    BROWSER,
    // Chinese text as it is, instead of six characters for each.
    "--charset=utf8",
    "--log-level=warning",
    // wasm-bindgen names the script of the late parts once for each function of it; they are the same.
    "--log-override:duplicate-object-key=silent",
];

/// Bundles `main.js` of a crate's JavaScript with all it imports and returns the path of the result.
pub fn bundle(project: &Project, module: &Module, package: &Path) -> Result<PathBuf> {
    let web = module.web(project);
    let staged = project.web().join("stage").join(module.name);
    let bundled = project.web().join(format!("{}.js", module.name));
    let options = [module.format, &OPTIONS.join(" ")].join(" ");
    let inputs = Inputs::new().text(&options).tree(&web)?.file(&package.join(module.script()))?;
    let snippets = package.join("snippets");
    let inputs = match snippets.is_dir() {
        true => inputs.tree(&snippets)?,
        false => inputs,
    };
    Stamp::at(project.stamps().join(format!("bundle-{}", module.name))).step(&inputs.finish(), &[&bundled], || {
        stage::stage(&web, module.package, package, &staged)?;
        let app_web = project.app_web();
        let mut esbuild = node::program(&app_web, "esbuild")?;
        esbuild
            .current_dir(&staged)
            // The staged folder has no packages of its own.
            .env("NODE_PATH", app_web.join("node_modules"))
            .args([ENTRY, module.format])
            .args(OPTIONS)
            .arg(format!("--outfile={}", bundled.display()));
        sh::run(&mut esbuild)
    })?;
    Ok(bundled)
}
