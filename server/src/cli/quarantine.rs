//! `huigao quarantine`

use anyhow::{Context, Result, bail};
use automerge::ChangeHash;
use clap::Args;
use huigao_shared::ids::DocumentId;

use super::{Data, now_seconds};
use crate::store::{Store, Withheld};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: Data,
    /// The document, as `huigao check --deep` names it.
    document: String,
    /// The change's hash, 64 hexadecimal digits.
    hash: String,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let document: DocumentId = options.document.parse().ok().context("that is not the id of a document")?;
    let hash: ChangeHash = options.hash.parse().ok().context("a change's hash has 64 hexadecimal digits")?;
    // Not beside a relay, which holds what is to go in memory. And what is not there is not made.
    drop(Store::existing(&options.data.data)?);
    let mut store = Store::open(&options.data.data).context("stop the relay first")?;
    let outcome = store.withhold(document, hash, now_seconds())?;
    store.finish();
    match outcome {
        Withheld::Done(others) => println!(
            "the change is out of service, and {others} that build on it; nothing was deleted. Start the relay: every device takes them out too"
        ),
        Withheld::Already => println!("the change is out of service already"),
        Withheld::NoChange => bail!("the document has no such change"),
        Withheld::NoDocument => bail!("there is no such document"),
    }
    Ok(())
}
