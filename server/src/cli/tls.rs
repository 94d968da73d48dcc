//! `huigao tls init`

use anyhow::Result;
use clap::{Args, Subcommand};

use super::Data;
use crate::tls::make;

#[derive(Subcommand)]
pub(super) enum TlsCommand {
    /// Make a certificate authority of your own and a certificate for this relay, or a new certificate of the same
    /// authority.
    Init(Init),
}

#[derive(Args)]
pub(super) struct Init {
    #[command(flatten)]
    data: Data,
    /// A host name or address by which PCs reach this relay; may be given several times.
    #[arg(long = "name", required = true)]
    names: Vec<String>,
}

pub(super) fn run(command: &TlsCommand) -> Result<()> {
    let TlsCommand::Init(Init { data, names }) = command;
    let made = make(&data.data.join("tls"), names)?;
    if made.renewed {
        println!("a new certificate of the authority that is there: PCs that trust it need nothing new");
    } else {
        println!("authority:   {}   (every PC must trust this one: docs/DEPLOYMENT.md)", made.authority.display());
    }
    println!("certificate: {}", made.certificate.display());
    println!("key:         {}", made.key.display());
    println!(
        "start with: huigao serve --host 0.0.0.0 --tls-cert {} --tls-key {}",
        made.certificate.display(),
        made.key.display()
    );
    Ok(())
}
