//! What a run does, step by step, on standard error: for replaying a failing seed with `SIM_TRACE=1`.

use automerge::sync;
use automerge::{AutoCommit, ChangeHash};
use huigao_engine::session::StoredDocument;
use huigao_engine::session::event::Write;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::Message;

use super::world::Step;

/// How much of an event is printed.
const BRIEF: usize = 150;

/// Prints steps, if it was asked for.
pub struct Trace(bool);

impl Trace {
    pub fn from_environment() -> Self {
        Self(std::env::var_os("SIM_TRACE").is_some())
    }

    /// Prints a line that is made only if it is wanted.
    pub fn say(&self, at: u64, what: impl FnOnce() -> String) {
        if self.0 {
            eprintln!("{at} {}", what());
        }
    }

    pub fn step(&self, at: u64, step: &Step) {
        if let Some(line) = self.0.then(|| describe(step)).flatten() {
            eprintln!("{at} {line}");
        }
    }
}

/// What a transaction did to histories.
pub fn stored(writes: &[Write]) -> String {
    let line = |write: &Write| match write {
        Write::PutChunk { document, key, bytes } => Some(format!("+{document}/{key} {:?}", names(bytes))),
        Write::DeleteChunk { document, key } => Some(format!("-{document}/{key}")),
        Write::DeleteDocument { document } => Some(format!("-{document}")),
        Write::PutDocument { document, json } => serde_json::from_str(json).ok().map(|stored: StoredDocument| {
            format!("={document} {:?}", stored.heads.iter().map(short).collect::<Vec<_>>())
        }),
        Write::PutMeta { key, .. } if key.starts_with("refused/") => Some(format!("+{}", key.get(..50).unwrap_or(key))),
        Write::DeleteMeta { key } if key.starts_with("refused/") => Some(format!("-{}", key.get(..50).unwrap_or(key))),
        Write::PutText { .. } | Write::DeleteText { .. } | Write::PutMeta { .. } | Write::DeleteMeta { .. } => None,
    };
    writes.iter().filter_map(line).collect::<Vec<_>>().join(", ")
}

fn describe(step: &Step) -> Option<String> {
    let line = match step {
        Step::ToRelay { connection, frame } => format!("c{connection} -> relay {}", brief(frame)),
        Step::ToTab { profile, tab, connection, frame } => {
            format!("relay -> p{profile}.{tab} c{connection} {}", brief(frame))
        }
        Step::Hub { event, .. } => format!("hub {}", cut(&format!("{event:?}"))),
        Step::TabEvent { profile, tab, event, .. } => format!("p{profile}.{tab} {}", cut(&format!("{event:?}"))),
        Step::ToEngine { profile, tab, message, .. } => format!("p{profile}.{tab} page says {message}"),
        Step::ToPage { profile, tab, message, .. } => format!("p{profile}.{tab} engine says {message}"),
        Step::Reader { profile, tab, reader, what, .. } => format!("p{profile}.{tab} reader {reader} {}", what.brief()),
        Step::Persist { profile, tab, .. } => format!("p{profile}.{tab} persist"),
        Step::Connect { profile, tab, .. } => format!("p{profile}.{tab} connect"),
        Step::Cut { connection } => format!("cut c{connection}"),
        Step::Broadcast { profile, from, message, .. } => {
            format!("p{profile} broadcast from {from} {}", describe_told(message))
        }
        Step::RelayUp => "relay up".to_owned(),
        Step::Heal => "heal".to_owned(),
        Step::Act | Step::HubTick | Step::TabTick { .. } => return None,
    };
    Some(line)
}

/// A message between tabs that tells of changes: the document, the change made by the tab, and all of them.
pub fn told(message: &[u8]) -> Option<(DocumentId, ChangeHash, &[u8])> {
    let rest = message.strip_prefix(&[1]).or_else(|| message.strip_prefix(&[5]))?;
    let (document, rest) = rest.split_first_chunk::<16>()?;
    let (made, rest) = rest.split_first_chunk::<32>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let changes = rest.get(u32::from_be_bytes(*length) as usize..)?;
    Some((DocumentId::from_bytes(*document), ChangeHash(*made), changes))
}

/// A message of the relay that the tab with the connection passes on.
pub fn passed_on(message: &[u8]) -> Option<Message<'_>> {
    let (length, rest) = message.strip_prefix(&[2])?.split_first()?;
    Message::decode(rest.get(usize::from(*length)..)?).ok()
}

fn describe_told(message: &[u8]) -> String {
    match told(message) {
        Some((document, made, changes)) => format!("{document} made {} changes {:?}", short(&made), names(changes)),
        None => format!("kind {:?}", message.first()),
    }
}

fn brief(frame: &[u8]) -> String {
    match Message::decode(frame) {
        Ok(Message::Sync(frame)) => match sync::Message::decode(&frame.data) {
            Ok(message) => {
                let heads: Vec<String> = message.heads.iter().map(short).collect();
                let need: Vec<String> = message.need.iter().map(short).collect();
                let have: Vec<String> = message.have.iter().flat_map(|have| have.last_sync.iter().map(short)).collect();
                let changes: Vec<String> = message.changes.iter().flat_map(names).collect();
                format!("sync {} heads {heads:?} need {need:?} have {have:?} changes {changes:?}", frame.document)
            }
            Err(error) => format!("sync {} {error}", frame.document),
        },
        Ok(other) => cut(&format!("{other:?}")),
        Err(error) => error.to_string(),
    }
}

fn names(changes: &[u8]) -> Vec<String> {
    let name = |chunk: &[u8]| match check(chunk) {
        Ok(meta) => {
            let session: String = meta.actor.to_hex_string().chars().skip(32).take(4).collect();
            format!("{} {session}.{}", short(&meta.hash), meta.seq)
        }
        // A whole document.
        Err(_) => match AutoCommit::load(chunk) {
            Ok(mut doc) => format!("snapshot to {:?}", doc.get_heads().iter().map(short).collect::<Vec<_>>()),
            Err(_) => "snapshot".to_owned(),
        },
    };
    split_chunks(changes).unwrap_or_default().into_iter().map(name).collect()
}

fn short(hash: &ChangeHash) -> String {
    hash.to_string().chars().take(6).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(BRIEF).collect()
}
