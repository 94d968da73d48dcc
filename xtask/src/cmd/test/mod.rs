//! `cargo xtask test`: every check in turn, to the first that fails, and how long each took.

mod node_tests;
mod steps;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;

use self::steps::{Outcome, Step};
use crate::project::Project;

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub struct Args {
    /// Only these steps; they run in their usual order.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Step>,
}

/// Runs the steps and prints what became of them.
pub fn test(project: &Project, args: Args) -> Result<()> {
    let all = Step::value_variants().iter();
    let wanted = all.filter(|step| args.only.is_empty() || args.only.contains(step));
    let mut rows = Vec::new();
    for step in wanted {
        let name = name(*step);
        println!("\n=== {name}");
        let start = Instant::now();
        let result = step.run(project);
        let time = start.elapsed();
        match result {
            Ok(Outcome::Passed) => rows.push((name, time, "passed".to_owned())),
            Ok(Outcome::Skipped(why)) => {
                println!("Skipped: {why}.");
                rows.push((name, time, format!("skipped: {why}")));
            }
            Err(error) => {
                rows.push((name.clone(), time, "FAILED".to_owned()));
                print_times(&rows);
                return Err(error).with_context(|| format!("{name} failed"));
            }
        }
    }
    print_times(&rows);
    Ok(())
}

fn name(step: Step) -> String {
    let value = step.to_possible_value();
    value.map_or(String::new(), |it| it.get_name().to_owned())
}

fn print_times(rows: &[(String, Duration, String)]) {
    println!("\n{:<8} {:>9}", "step", "time");
    for (name, time, result) in rows {
        println!("{name:<8} {:>7.1} s  {result}", time.as_secs_f64());
    }
    let all: Duration = rows.iter().map(|(_, time, _)| time).sum();
    println!("{:<8} {:>7.1} s\n", "all", all.as_secs_f64());
}
