//! Tests that Node runs: those of the app's JavaScript, and those that use the built relay.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::steps::Outcome;
use crate::cmd::build;
use crate::project::Project;
use crate::setup::node;
use crate::sh;
use crate::stamp::files;

/// The tests beside the JavaScript of the app's crates, which Node finds by their names.
pub fn of_the_app(project: &Project) -> Result<Outcome> {
    node::install(&project.app_web())?;
    for folder in ["app/web", "app/browser/web", "app/engine/web"] {
        sh::run(Command::new("node").arg("--test").current_dir(project.root().join(folder)))?;
    }
    Ok(Outcome::Passed)
}

/// The tests in `tests/<kind>`, one after another, against the built relay, and in the browser
/// that `browser` sees to.
pub fn of_the_whole(
    project: &Project,
    kind: &str,
    browser: impl FnOnce() -> Result<Option<PathBuf>>,
) -> Result<Outcome> {
    let tests = find(project, kind)?;
    if tests.is_empty() {
        return Ok(Outcome::Skipped(format!("tests/{kind} holds no *.test.mjs yet")));
    }
    let browser = browser()?;
    build::build(project)?;
    node::install(&project.tests())?;

    let mut command = Command::new("node");
    command
        .current_dir(project.tests())
        .env("HUIGAO_BIN", project.binary())
        .args(["--test", "--test-concurrency=1"])
        .args(tests);
    if let Some(path) = browser {
        command.env("CHROMIUM", path);
    }
    sh::run(&mut command)?;
    Ok(Outcome::Passed)
}

/// The test files of one kind, relative to `tests`.
fn find(project: &Project, kind: &str) -> Result<Vec<String>> {
    let folder = project.tests().join(kind);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = files(&folder)?;
    found.retain(|name| name.ends_with(".test.mjs"));
    Ok(found.iter().map(|name| format!("{kind}/{name}")).collect())
}
