//! `cargo xtask sim --seeds N`: many counties.
#![allow(clippy::print_stdout, reason = "a command line tool")]

use clap::Parser;
use huigao_tests::sim;

#[derive(Parser)]
struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// With nothing between pages and engines: so the kept seeds are played.
    #[arg(long)]
    as_one: bool,
}

fn main() {
    let options = Options::parse();
    let mut failed = 0;
    let mut sum = sim::Outcome::default();
    for seed in options.from..options.from + options.seeds {
        match if options.as_one { sim::run_as_one(seed) } else { sim::run(seed) } {
            Ok(outcome) => sum += outcome,
            Err(fault) => {
                let as_one = if options.as_one { " --as-one" } else { "" };
                println!("seed {seed}: {fault}\nreplay: cargo xtask sim --from {seed} --seeds 1{as_one}");
                failed += 1;
            }
        }
    }
    if failed > 0 {
        println!("{failed} of {} seeds failed", options.seeds);
        std::process::exit(1);
    }
    let sim::Outcome { steps, committed, refusals, restores, withheld, set_aside, readings, .. } = sum;
    println!(
        "{} seeds, {steps} steps, {committed} changes, {refusals} refusals, {restores} restores, {withheld} withheld, \
         {set_aside} set aside, {readings} readings: all promises held",
        options.seeds
    );
}
