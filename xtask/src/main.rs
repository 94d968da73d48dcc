//! `cargo xtask run | build | test | bench | sim`: every command does all of its own set-up.
//!
//! This crate owns how Huigao is put together and nothing of what it does: it depends on none of
//! the other crates, so that it compiles while they do not.
#![allow(clippy::print_stdout, reason = "a command line tool reports to its user on standard output")]

mod cmd;
mod project;
mod setup;
mod sh;
mod stamp;
mod web;

use std::process::ExitCode;

use clap::Parser;

use crate::cmd::Command;

/// Builds, runs and tests Huigao.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match project::Project::find().and_then(|project| cmd::dispatch(cli.command, &project)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // On one line, without the backtrace that `RUST_BACKTRACE` would add.
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
