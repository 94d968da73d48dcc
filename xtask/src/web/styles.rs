//! All style sheets as one, in the order of their names.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::project::Project;
use crate::setup::node;
use crate::sh;
use crate::stamp::{Inputs, Stamp, files, read};
use crate::web::bundle::BROWSER;

const OPTIONS: [&str; 5] = ["--loader=css", "--minify", BROWSER, "--charset=utf8", "--log-level=warning"];

/// Joins and minifies `public/styles/*.css` and returns the path of the result.
pub fn styles(project: &Project) -> Result<PathBuf> {
    let folder = project.public().join("styles");
    let joined = project.web().join("styles.css");
    let mut sheets = files(&folder)?;
    sheets.retain(|name| name.ends_with(".css"));
    ensure!(!sheets.is_empty(), "public/styles holds no style sheet");

    let inputs = Inputs::new()
        .text(&OPTIONS.join(" "))
        .file(&project.app_web().join("package-lock.json"))?
        .tree(&folder)?
        .finish();
    Stamp::at(project.stamps().join("styles")).step(&inputs, &[&joined], || {
        let mut text = Vec::new();
        for sheet in &sheets {
            text.extend(read(&folder.join(sheet))?);
            text.push(b'\n');
        }
        let mut esbuild = node::program(&project.app_web(), "esbuild")?;
        fs::write(&joined, sh::pipe(esbuild.args(OPTIONS), &text)?)?;
        Ok(())
    })?;
    Ok(joined)
}
