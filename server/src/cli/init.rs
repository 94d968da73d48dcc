//! `huigao init`, `huigao invite`

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Data, now_seconds};
use crate::office::{Invited, Office};
use crate::store::{Store, StoreError};

#[derive(Args)]
pub(super) struct Init {
    #[command(flatten)]
    data: Data,
    /// The campaign's title.
    #[arg(long)]
    campaign: String,
    /// The name of the campaign office's first person.
    #[arg(long, default_value = "活动办公室主任")]
    person: String,
}

#[derive(Args)]
pub(super) struct Invite {
    #[command(flatten)]
    data: Data,
    /// The person's key in the roster.
    #[arg(long, default_value = "office")]
    member: String,
    /// Hours until the invitation ends.
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(i64).range(1..=336))]
    hours: i64,
    /// When it is made, in seconds since 1970, instead of now: tests need invitations that have ended.
    #[arg(long, hide = true)]
    at: Option<i64>,
}

pub(super) fn init(options: &Init) -> Result<()> {
    let store = match Store::open(&options.data.data) {
        // A relay is there already, and has brought the database up to date.
        Err(StoreError::InUse) => Store::existing(&options.data.data),
        opened => opened,
    };
    let mut office = office(store?)?;
    let founded = office
        .found(&options.campaign, &options.person, now_seconds())
        .with_context(|| format!("{} cannot be made in {}", options.campaign, options.data.data.display()))?;
    println!("{} is made, with {} of the campaign office.", options.campaign, options.person);
    print_invitation(&founded.invited);
    Ok(())
}

pub(super) fn invite(options: &Invite) -> Result<()> {
    let mut office = office(Store::existing(&options.data.data)?)?;
    let roster = office.roster();
    let Some(member) = roster.members.iter().find(|member| member.key == options.member) else {
        bail!("nobody in the roster has the key {:?}", options.member);
    };
    let now = options.at.unwrap_or_else(now_seconds);
    let invited = office.invite_from_console(member.id, options.hours, now)?;
    println!("{} is invited.", member.name);
    print_invitation(&invited);
    Ok(())
}

fn office(store: Store) -> Result<Office> {
    Ok(Office::new(store, Box::new(|_| {}))?)
}

fn print_invitation(invited: &Invited) {
    println!("invitation: {}", invited.code);
    println!("It enrols one device, once. Start the relay, open its page, and enter the code there;");
    println!("or open the page's address with #/join/{} behind it.", invited.code.digits());
}
