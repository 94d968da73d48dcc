//! `huigao quarantine`

use anyhow::{Context, Result, bail};
use automerge::ChangeHash;
use clap::Args;
use huigao_shared::ids::DocumentId;

use super::{Data, now_seconds};
use crate::store::{PutBack, Store, Withheld};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: Data,
    /// The document, as `huigao check --deep` names it.
    document: String,
    /// The change's hash, 64 hexadecimal digits.
    hash: String,
    /// Put the change, and what is out of service because it builds on it, back, if the document can be built with them.
    #[arg(long)]
    undo: bool,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let document: DocumentId = options.document.parse().ok().context("that is not the id of a document")?;
    let hash: ChangeHash = options.hash.parse().ok().context("a change's hash has 64 hexadecimal digits")?;
    // Not beside a relay, which holds what is to go in memory. And what is not there is not made.
    drop(Store::existing(&options.data.data)?);
    let mut store = Store::open(&options.data.data).context("stop the relay first")?;
    if options.undo {
        // Automerge says where it panics; what is said here says it better.
        std::panic::set_hook(Box::new(|_| {}));
        let outcome = store.put_back(document, hash);
        let _ = std::panic::take_hook();
        store.finish();
        return say_put_back(outcome?);
    }
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

fn say_put_back(outcome: PutBack) -> Result<()> {
    match outcome {
        PutBack::Done(others) => println!(
            "the change is in service again, and {others} that build on it. Start the relay: every device gets them again"
        ),
        PutBack::InService => println!("the change is in service"),
        PutBack::BuildsOn(other) => {
            bail!("the change is out of service because it builds on {other}: put that one back")
        }
        PutBack::Unfit(why) => bail!("the change stays out of service: {why}"),
        PutBack::NoChange => bail!("the document has no such change"),
        PutBack::NoDocument => bail!("there is no such document"),
    }
    Ok(())
}
