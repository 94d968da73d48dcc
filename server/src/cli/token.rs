//! `huigao token`

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;

use super::{Data, now_seconds};
use crate::store::{NewToken, Store};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<TokenCommand>,
    #[command(flatten)]
    new: New,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// List all tokens.
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Revoke a token by its id.
    Revoke {
        #[command(flatten)]
        data: Data,
        /// As listed.
        id: String,
    },
}

#[derive(Args)]
struct New {
    #[command(flatten)]
    data: Data,
    /// Whose token: a member's key. Without it, the campaign office's, and new documents go to `campaign`.
    #[arg(long)]
    member: Option<String>,
    /// A name to know it by.
    #[arg(long, default_value = "")]
    name: String,
    /// Days until it ends.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=366))]
    days: i64,
}

pub(super) fn run(options: Options) -> Result<()> {
    match options.command {
        None => add(&options.new),
        Some(TokenCommand::List { data }) => {
            for token in Store::existing(&data.data)?.tokens()? {
                let state = match token.revoked {
                    Some(_) => "revoked",
                    None if token.expires <= now_seconds() => "ended",
                    None => "good",
                };
                println!("{}  {state:8} {}  ends {}  {}", token.id, token.member, token.expires, token.name);
            }
            Ok(())
        }
        Some(TokenCommand::Revoke { data, id }) => {
            if Store::existing(&data.data)?.revoke_token(&id, now_seconds())? {
                println!("revoked; connections that are open end within seconds");
                return Ok(());
            }
            bail!("no good token has the id {id}: see `huigao token list`")
        }
    }
}

fn add(new: &New) -> Result<()> {
    let mut store = Store::existing(&new.data.data)?;
    let roster = store.roster()?.context("this data folder has no campaign yet: make one with `huigao init`")?;
    let member = find(&roster, new.member.as_deref())?;
    let home = if new.member.is_some() { Space::Private(member.id) } else { Space::Campaign };
    let now = now_seconds();
    let token = NewToken { member: member.id, home, name: new.name.clone(), now, expires: now + new.days * 86_400 };
    println!("{}", store.add_token(&token)?);
    Ok(())
}

fn find<'r>(roster: &'r Roster, key: Option<&str>) -> Result<&'r Member> {
    let found = match key {
        Some(key) => roster.members.iter().find(|member| member.key == key),
        None => roster.members.iter().find(|member| member.has(Role::CampaignOffice)),
    };
    found.with_context(|| match key {
        Some(key) => format!("nobody in the roster has the key {key:?}"),
        None => "nobody in the roster is of the campaign office".to_owned(),
    })
}
