//! The browser target of the Rust compiler.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::setup::machine;
use crate::sh;

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

const ATTEMPTS: u32 = 3;

/// Makes sure that Rust's standard library for browsers is installed.
pub fn ensure() -> Result<()> {
    let sysroot = sh::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if library.is_dir() {
        return Ok(());
    }
    if machine::find("rustup").is_none() {
        bail!(
            "Rust's {WASM} target is missing, and rustup, which could add it, is too: install \
             rustup (`apt-get install rustup`) and run `rustup target add {WASM}`."
        );
    }
    println!("Adding Rust's {WASM} target: about 30 MB; some minutes on a slow line are normal.");
    for attempt in 1..=ATTEMPTS {
        match sh::run(Command::new("rustup").args(["target", "add", WASM])) {
            Ok(()) => return Ok(()),
            Err(error) => println!("Attempt {attempt} of {ATTEMPTS}: {error}"),
        }
        if attempt < ATTEMPTS {
            std::thread::sleep(Duration::from_secs(5));
        }
    }
    bail!(
        "Rust's {WASM} target is missing and could not be fetched: check the network, then run \
         `rustup target add {WASM}`."
    )
}
