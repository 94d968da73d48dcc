//! esbuild: the generated script, the editor and the page's own script in one file.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::Project;
use crate::setup::node;
use crate::sh;
use crate::stamp::{Inputs, Stamp};
use crate::web::bind::SCRIPT;
use crate::web::stage;

/// The oldest browser engine that scripts and styles are written down to.
pub const BROWSER: &str = "--target=chrome90";

const OPTIONS: [&str; 6] = [
    "--bundle",
    "--format=esm",
    "--minify",
    BROWSER,
    // Chinese text as it is, instead of six characters for each.
    "--charset=utf8",
    "--log-level=warning",
];

/// Bundles `app/web/main.js` with all it imports and returns the path of the result.
pub fn bundle(project: &Project, package: &Path) -> Result<PathBuf> {
    let app_web = project.app_web();
    let staged = project.web().join("stage");
    let bundled = project.web().join("app.js");
    let inputs = Inputs::new().text(&OPTIONS.join(" ")).tree(&app_web)?.file(&package.join(SCRIPT))?;
    let snippets = package.join("snippets");
    let inputs = match snippets.is_dir() {
        true => inputs.tree(&snippets)?,
        false => inputs,
    };
    Stamp::at(project.stamps().join("bundle")).step(&inputs.finish(), &[&bundled], || {
        stage::stage(&app_web, package, &staged)?;
        let mut esbuild = node::program(&app_web, "esbuild")?;
        esbuild
            .current_dir(&staged)
            // The staged folder has no packages of its own.
            .env("NODE_PATH", app_web.join("node_modules"))
            .arg("main.js")
            .args(OPTIONS)
            .arg(format!("--outfile={}", bundled.display()));
        sh::run(&mut esbuild)
    })?;
    Ok(bundled)
}
