//! `huigao token`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;

use super::now_seconds;
use crate::store::{NewToken, Store};

/// How long a token is good unless asked otherwise.
const USUAL_DAYS: i64 = 30;

#[derive(Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<TokenCommand>,
    /// The data folder.
    #[arg(long, env = "HUIGAO_DATA", default_value = "data", global = true)]
    data: PathBuf,
    #[command(flatten)]
    new: New,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// List all tokens.
    List,
    /// Revoke a token by its id.
    Revoke {
        /// As listed.
        id: String,
    },
}

#[derive(Args)]
struct New {
    /// Whose token: a member's key. Without it, the campaign office's, and new documents go to `campaign`.
    #[arg(long)]
    member: Option<String>,
    /// A name to know it by.
    #[arg(long)]
    name: Option<String>,
    /// Days until it ends, 30 unless said.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=366))]
    days: Option<i64>,
}

pub(super) fn run(options: Options) -> Result<()> {
    let Options { command, data, new } = options;
    let is_new = new.member.is_some() || new.name.is_some() || new.days.is_some();
    if command.is_some() && is_new {
        bail!("--member, --name and --days are for a new token: leave them out, or `list` and `revoke`");
    }
    match command {
        None => add(&data, new),
        Some(TokenCommand::List) => {
            for token in Store::existing(&data)?.tokens()? {
                let state = match token.revoked {
                    Some(_) => "revoked",
                    None if token.expires <= now_seconds() => "ended",
                    None => "good",
                };
                println!("{}  {state:8} {}  ends {}  {}", token.id, token.member, token.expires, token.name);
            }
            Ok(())
        }
        Some(TokenCommand::Revoke { id }) => {
            if Store::existing(&data)?.revoke_token(&id, now_seconds())? {
                println!("revoked; connections that are open end within seconds");
                return Ok(());
            }
            bail!("no good token has the id {id}: see `huigao token list`")
        }
    }
}

fn add(data: &Path, new: New) -> Result<()> {
    let mut store = Store::existing(data)?;
    let roster = store.roster()?.context("this data folder has no campaign yet: make one with `huigao init`")?;
    let member = find(&roster, new.member.as_deref())?;
    let home = if new.member.is_some() { Space::Private(member.id) } else { Space::Campaign };
    let now = now_seconds();
    let expires = now + new.days.unwrap_or(USUAL_DAYS) * 86_400;
    let token = NewToken { member: member.id, home, name: new.name.unwrap_or_default(), now, expires };
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::*;

    fn parsed(words: &str) -> Options {
        let cli = Cli::try_parse_from(["huigao", "token"].into_iter().chain(words.split_whitespace()));
        match cli.unwrap_or_else(|error| panic!("{words}: {error}")).command {
            Command::Token(options) => options,
            Command::Serve(_)
            | Command::Init(_)
            | Command::Invite(_)
            | Command::Tls(_)
            | Command::Backup(_)
            | Command::Check { .. }
            | Command::Quarantine(_) => panic!("{words}: another command"),
        }
    }

    #[test]
    fn the_data_folder_may_be_named_before_or_after() {
        for words in ["--data D list", "list --data D"] {
            let options = parsed(words);
            assert!(matches!(options.command, Some(TokenCommand::List)), "{words}");
            assert_eq!(options.data, Path::new("D"), "{words}");
        }
        for words in ["--data D revoke x", "revoke x --data D", "revoke --data D x"] {
            let options = parsed(words);
            assert!(matches!(options.command, Some(TokenCommand::Revoke { id }) if id == "x"), "{words}");
            assert_eq!(options.data, Path::new("D"), "{words}");
        }
        let new = parsed("--data D --name a --days 3");
        assert!(new.command.is_none() && new.data == Path::new("D"));
        assert_eq!((new.new.name.as_deref(), new.new.days), (Some("a"), Some(3)));
        // What is for a new one is not passed over.
        assert!(
            run(parsed("--name a --data no-such-folder list")).is_err_and(|error| error.to_string().contains("--name"))
        );
    }
}
