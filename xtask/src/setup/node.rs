//! Node.js and npm packages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::setup::machine;
use crate::sh;
use crate::stamp::{Inputs, Stamp};

/// The oldest Node that can run the tests one after another (`--test-concurrency`).
const OLDEST: (u32, u32) = (20, 10);

/// Makes sure that Node and npm are there and new enough.
pub fn ensure() -> Result<()> {
    let found = machine::find("node").and_then(|node| sh::output(Command::new(node).arg("--version")).ok());
    let version = found.as_deref().and_then(parse_version);
    ensure!(
        version.is_some_and(|version| version >= OLDEST),
        "Node {}.{} or newer is missing{}: install it with `apt-get install nodejs npm` (macOS: \
         `brew install node`), or where the system's is older, from the Node.js website.",
        OLDEST.0,
        OLDEST.1,
        found.map_or(String::new(), |old| format!(" (found {})", old.trim())),
    );
    ensure!(machine::find(NPM).is_some(), "npm is missing: install it with `apt-get install npm`.");
    Ok(())
}

#[cfg(windows)]
const NPM: &str = "npm.cmd";
#[cfg(not(windows))]
const NPM: &str = "npm";

/// The major and minor number in an answer like `v20.11.1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.parse().ok()?;
    Some((major, minor))
}

/// Installs the packages that a folder's `package-lock.json` names, unless they are there.
///
/// The stamp lies within `node_modules`, so it goes when they go, whichever build folder is used.
pub fn install(folder: &Path) -> Result<()> {
    ensure()?;
    let lock = folder.join("package-lock.json");
    ensure!(lock.is_file(), "{} is missing: write it with `npm install` in that folder and commit it.", lock.display());
    let inputs = Inputs::new()
        .file(&folder.join("package.json"))?
        .file(&lock)?
        .text(std::env::consts::OS)
        .text(std::env::consts::ARCH)
        .finish();
    let modules = folder.join("node_modules");
    Stamp::at(modules.join(".xtask-stamp")).step(&inputs, &[], || {
        println!("Installing npm packages in {} …", folder.display());
        let mut npm = Command::new(NPM);
        npm.current_dir(folder).args(["ci", "--no-audit", "--no-fund"]);
        sh::run(&mut npm).context("npm packages could not be installed: check the network")
    })
}

/// A program that one of the installed packages brings.
pub fn program(folder: &Path, name: &str) -> Result<Command> {
    let suffix = if cfg!(windows) { ".cmd" } else { "" };
    let path = folder.join("node_modules/.bin").join(format!("{name}{suffix}"));
    ensure!(
        path.exists(),
        "{name} is not among the packages of {}: add it with `npm install --save-dev {name}`.",
        folder.display()
    );
    Ok(Command::new(path))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(parse_version("v20.9.0\n"), Some((20, 9)));
        assert!(parse_version("v20.9.0") < parse_version("v20.10.0"));
        assert_eq!(parse_version("20"), None);
    }
}
