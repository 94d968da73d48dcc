//! `cargo xtask bench`: figures of the relay under load, beside their targets and other systems'.
#![allow(clippy::print_stdout, reason = "a command line tool")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use huigao_tests::load::{Bench, Measurement, Report};

#[derive(Parser)]
struct Options {
    /// The relay's program.
    #[arg(long)]
    huigao: PathBuf,
    /// Edits of a saturated run.
    #[arg(long, default_value_t = 200_000)]
    edits: usize,
    /// What to measure; everything by default.
    names: Vec<Measurement>,
}

// One thread: the relay and its disk thread need the other cores more.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let huigao = options.huigao.canonicalize().with_context(|| format!("no program {}", options.huigao.display()))?;
    let names = if options.names.is_empty() { Measurement::value_variants().to_vec() } else { options.names };
    let bench = Bench { huigao, edits: options.edits };
    // One that cannot be taken must not cost the others.
    let (mut report, mut failed) = (Report::default(), Vec::new());
    for name in names {
        eprintln!("measuring {name:?} …");
        match bench.measure(name).await {
            Ok(figures) => report.figures.extend(figures),
            Err(error) => failed.push(format!("{name:?}: {error:#}")),
        }
    }
    println!("{}", report.table());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench.json");
    report.write(&path)?;
    let missed = report.figures.iter().filter(|figure| !figure.holds()).count();
    for error in &failed {
        println!("not measured: {error}");
    }
    Ok(if missed == 0 && failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
