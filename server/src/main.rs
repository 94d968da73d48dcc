//! `huigao serve | token | check`.

use clap::Parser;

fn main() -> anyhow::Result<()> {
    huigao_server::cli::run(huigao_server::cli::Cli::parse())
}
