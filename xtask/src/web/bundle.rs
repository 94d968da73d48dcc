//! esbuild: the generated script and what stands around it in one file, once for the page and once for the engine.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::Project;
use crate::setup::node;
use crate::sh;
use crate::stamp::{Inputs, Stamp};
use crate::web::bind::SCRIPT;
use crate::web::stage::{self, Part};

/// The oldest browser engine that scripts and styles are written down to.
pub const BROWSER: &str = "--target=chrome90";

const OPTIONS: [&str; 5] = [
    "--bundle",
    "--minify",
    BROWSER,
    // Chinese text as it is, instead of six characters for each.
    "--charset=utf8",
    "--log-level=warning",
];

/// One of the scripts that are served.
pub struct Bundle {
    name: &'static str,
    entry: &'static str,
    format: &'static str,
    part: Part,
}

/// The page's: the screens, the editor, the start.
pub const PAGE: Bundle = Bundle { name: "app", entry: "main.js", format: "--format=esm", part: Part::Page };

/// The worker's: the engine, and nothing that needs a page. No module: one file that imports nothing gains nothing by being
/// one, and classic workers are the older and simpler thing, down to how a script that fails is told.
pub const ENGINE: Bundle = Bundle { name: "engine", entry: "engine.js", format: "--format=iife", part: Part::Engine };

/// Bundles the entry, a file of `app/web`, with all it imports and returns the path of the result.
pub fn bundle(project: &Project, package: &Path, bundle: &Bundle) -> Result<PathBuf> {
    let Bundle { name, entry, format, part } = *bundle;
    let app_web = project.app_web();
    let staged = project.web().join("stage").join(name);
    let bundled = project.web().join(format!("{name}.js"));
    let options = [format, &OPTIONS.join(" "), entry].join(" ");
    let inputs = Inputs::new().text(&options).tree(&app_web)?.file(&package.join(SCRIPT))?;
    let snippets = package.join("snippets");
    let inputs = match snippets.is_dir() {
        true => inputs.tree(&snippets)?,
        false => inputs,
    };
    Stamp::at(project.stamps().join(format!("bundle-{name}"))).step(&inputs.finish(), &[&bundled], || {
        stage::stage(&app_web, package, &staged, part)?;
        let mut esbuild = node::program(&app_web, "esbuild")?;
        esbuild
            .current_dir(&staged)
            // The staged folder has no packages of its own.
            .env("NODE_PATH", app_web.join("node_modules"))
            .args([entry, format])
            .args(OPTIONS)
            .arg(format!("--outfile={}", bundled.display()));
        sh::run(&mut esbuild)
    })?;
    Ok(bundled)
}
