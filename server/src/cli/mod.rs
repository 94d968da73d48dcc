//! The command line. Every flag may also be given in the environment.
#![allow(clippy::print_stdout, reason = "what the commands are asked for goes to standard output")]

mod backup;
mod check;
mod init;
mod quarantine;
mod serve;
mod tls;
mod token;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Huigao 汇稿: the relay for drafting offline and merging.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the app and sync documents.
    Serve(serve::Options),
    /// Make the campaign, and print the first invitation for its office.
    Init(init::Init),
    /// Invite a person from here, for instance when the office has lost its devices.
    Invite(init::Invite),
    /// Certificates for closed networks.
    #[command(subcommand)]
    Tls(tls::TlsCommand),
    /// Write a consistent copy of the database, also while the relay runs.
    Backup(backup::Options),
    /// Make, list or revoke bearer tokens for other automerge-repo clients.
    Token(token::Options),
    /// Verify every stored change against its hash and the change graph.
    Check {
        #[command(flatten)]
        data: Data,
        /// Also build every document once, to find changes that no client can apply.
        #[arg(long)]
        deep: bool,
    },
    /// Take a change that damages its document, and what builds on it, out of service, or put it back. Nothing is deleted.
    Quarantine(quarantine::Options),
}

/// Where the relay keeps its data.
#[derive(clap::Args)]
struct Data {
    /// The data folder.
    #[arg(long, env = "HUIGAO_DATA", default_value = "data")]
    data: PathBuf,
}

/// Runs a command.
///
/// # Errors
/// With a sentence that says what is wrong and, where there is something, what to do.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Init(options) => init::init(&options),
        Command::Invite(options) => init::invite(&options),
        Command::Tls(command) => tls::run(&command),
        Command::Backup(options) => backup::run(&options),
        Command::Serve(options) => serve::run(options),
        Command::Token(options) => token::run(options),
        Command::Check { data, deep } => check::run(&data.data, deep),
        Command::Quarantine(options) => quarantine::run(&options),
    }
}

fn now_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs()).cast_signed()
}
