//! `huigao backup`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::Data;
use crate::store::Store;

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: Data,
    /// The file to write; there must be none of this name.
    #[arg(long)]
    to: PathBuf,
}

pub(super) fn run(options: &Options) -> Result<()> {
    if options.to.exists() {
        bail!("{} is there already: a backup never overwrites anything", options.to.display());
    }
    let (store, fault) = Store::as_it_is(&options.data.data)?;
    store.backup(&options.to)?;
    if let Some(fault) = fault {
        println!("a copy is made nevertheless, but {fault}");
    }
    println!("{} is a consistent copy of the database; check it with `huigao check`", options.to.display());
    Ok(())
}
