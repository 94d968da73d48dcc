//! Runs other programs: shows each command line and turns a failure into one sentence.
//!
//! No program started here reads standard input, so that nothing waits for an answer in CI.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Cargo in the folder `root`, without what the outer cargo says about the package it runs:
/// inner build scripts would take that for a change.
pub fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo for the browser target. The flags of that target stand in `.cargo/config.toml`, and
/// cargo ignores them when `RUSTFLAGS` is set.
pub fn cargo_wasm(root: &Path) -> Command {
    let mut command = cargo(root);
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// Runs a command with its output in view.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    println!("$ {shown}");
    std::io::stdout().flush()?;
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("`{shown}` could not be started"))?;
    ensure!(status.success(), "`{shown}` failed ({status})");
    Ok(())
}

/// Runs a command quietly and returns what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let bytes = pipe(command, &[])?;
    String::from_utf8(bytes).with_context(|| format!("`{}` did not print UTF-8", show(command)))
}

/// Runs a command quietly with `input` as its standard input and returns what it printed.
pub fn pipe(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let shown = show(command);
    let start = || format!("`{shown}` could not be started");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().with_context(start)?;
    let stdin = child.stdin.take();
    // Written beside the reading: either side of a pipe may fill up first.
    let output = std::thread::scope(|scope| {
        let writer = scope.spawn(move || match stdin {
            Some(mut pipe) if !input.is_empty() => pipe.write_all(input),
            Some(_) | None => Ok(()),
        });
        let output = child.wait_with_output();
        // A program that ends without reading everything speaks through its status.
        writer.join().ok();
        output
    })
    .with_context(|| format!("`{shown}` could not be awaited"))?;
    let status = output.status;
    ensure!(status.success(), "`{shown}` failed ({status})");
    Ok(output.stdout)
}

/// The command line, with the program's folder left out.
pub fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .map(|word| match word.contains([' ', '"']) {
            true => format!("'{word}'"),
            false => word.into_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}
