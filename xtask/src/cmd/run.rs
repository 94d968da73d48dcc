//! `cargo xtask run`: the relay on this machine, with demonstration data unless told otherwise.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cmd::build;
use crate::project::Project;
use crate::sh;

const PORT: &str = "8787";

/// Options of `cargo xtask run`.
#[derive(clap::Args)]
pub struct Args {
    /// Options for `huigao serve`. Unless given, they are `--port 8787 --data data --demo`;
    /// `--no-demo` leaves out the demonstration data.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    serve: Vec<String>,
}

/// Builds what is not built and becomes the relay.
pub fn run(project: &Project, args: Args) -> Result<()> {
    build::build(project)?;
    let mut relay = Command::new(project.binary());
    relay.arg("serve").args(options(args.serve, &project.root().join("data")));
    println!("$ {}", sh::show(&relay));
    replace(&mut relay).with_context(|| format!("`{}` failed", sh::show(&relay)))
}

/// What was given, completed with the defaults.
fn options(given: Vec<String>, data: &Path) -> Vec<String> {
    let has = |name: &str| {
        let with_value = format!("{name}=");
        let is = |word: &String| word == name || word.starts_with(&with_value);
        given.iter().any(is)
    };
    let mut options = Vec::new();
    if !has("--port") {
        options.extend(["--port".to_owned(), PORT.to_owned()]);
    }
    if !has("--data") {
        options.extend(["--data".to_owned(), data.display().to_string()]);
    }
    if !has("--demo") && !has("--no-demo") {
        options.push("--demo".to_owned());
    }
    options.extend(given.into_iter().filter(|word| word != "--no-demo"));
    options
}

/// Replaces this process, so that signals reach the relay itself.
#[cfg(unix)]
fn replace(relay: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(relay.exec().into())
}

/// Runs the relay to its end.
#[cfg(not(unix))]
fn replace(relay: &mut Command) -> Result<()> {
    let status = relay.status()?;
    anyhow::ensure!(status.success(), "it ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(given: &[&str]) -> String {
        let given = given.iter().map(|word| (*word).to_owned()).collect();
        options(given, Path::new("data")).join(" ")
    }

    #[test]
    fn defaults_fill_only_what_was_not_said() {
        assert_eq!(completed(&[]), "--port 8787 --data data --demo");
        assert_eq!(completed(&["--port=1", "--no-demo", "--data", "d", "--verbose"]), "--port=1 --data d --verbose");
        assert_eq!(completed(&["--demo"]), "--port 8787 --data data --demo");
    }
}
