//! Reading frames. Unknown keys are skipped, however long and so deep; lengths are bounded by the frame itself.

use std::borrow::Cow;
use std::str::FromStr;

use automerge::ChangeHash;
use minicbor::Decoder;
use minicbor::data::Type;

use super::proof::TurnedAway;
use super::{CataloguePage, EphemeralFrame, Message, PeerMetadata, Refusal, SyncFrame};
use crate::catalogue::{Cursor, Entry, Label};
use crate::ids::DocumentId;

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not the CBOR that is expected there.
    #[error("bad CBOR: {0}")]
    Cbor(#[from] minicbor::decode::Error),
    /// The message lacks a field.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// A field has a value that it cannot have.
    #[error("bad {0}")]
    Value(&'static str),
}

/// How deep a value may be nested that is not known here.
const MAX_DEPTH: usize = 32;

type Result<T> = std::result::Result<T, WireError>;

#[derive(Default)]
struct Fields<'a> {
    kind: Option<&'a str>,
    sender: Option<&'a str>,
    target: Option<&'a str>,
    document: Option<DocumentId>,
    data: Option<&'a [u8]>,
    metadata: PeerMetadata,
    versions: Vec<String>,
    message: Option<&'a str>,
    count: Option<u64>,
    session: Option<&'a str>,
    space: Option<&'a str>,
    heads: Option<Vec<ChangeHash>>,
    hashes: Vec<ChangeHash>,
    why: Option<&'a str>,
    cursor: Option<Cursor>,
    witness: Option<Cursor>,
    roster: u64,
    entries: Vec<Entry>,
    reset: bool,
    complete: bool,
    ok: Option<bool>,
    id: Option<&'a str>,
    nonce: Option<&'a str>,
    mark: &'a str,
}

pub(super) fn decode(frame: &[u8]) -> Result<Message<'_>> {
    let mut d = Decoder::new(frame);
    let mut fields = Fields::default();
    each_key(&mut d, |key, d| {
        match key {
            "type" => fields.kind = Some(d.str()?),
            "senderId" => fields.sender = Some(d.str()?),
            "targetId" => fields.target = Some(d.str()?),
            "documentId" => fields.document = Some(parsed(d.str()?, "documentId")?),
            "data" => fields.data = Some(d.bytes()?),
            "peerMetadata" => fields.metadata = metadata(d)?,
            "supportedProtocolVersions" => {
                fields.versions = list(d, 16, |d| Ok(d.str()?.to_owned()))?;
            }
            "message" => fields.message = Some(d.str()?),
            "count" => fields.count = Some(count(d)?),
            "sessionId" => fields.session = Some(d.str()?),
            "space" => fields.space = Some(d.str()?),
            "heads" => fields.heads = Some(hashes(d)?),
            "hashes" => fields.hashes = hashes(d)?,
            "why" => fields.why = Some(d.str()?),
            "cursor" => fields.cursor = Some(cursor(d)?),
            "witness" => fields.witness = Some(cursor(d)?),
            "roster" => fields.roster = d.u64()?,
            "entries" => fields.entries = list(d, 4096, entry)?,
            "reset" => fields.reset = d.bool()?,
            "complete" => fields.complete = d.bool()?,
            "ok" => fields.ok = Some(d.bool()?),
            "id" => fields.id = Some(d.str()?),
            "nonce" => fields.nonce = Some(d.str()?),
            "mark" => fields.mark = d.str()?,
            _ => skip(d)?,
        }
        Ok(())
    })?;
    fields.into_message()
}

impl<'a> Fields<'a> {
    fn into_message(self) -> Result<Message<'a>> {
        let kind = self.kind.ok_or(WireError::Missing("type"))?;
        Ok(match kind {
            "join" => Message::Join { sender: self.sender()?, versions: self.versions, metadata: self.metadata },
            "peer" => Message::Peer { sender: self.sender()?, target: self.target(), metadata: self.metadata },
            "leave" => Message::Leave,
            "error" => Message::Error { message: Cow::Borrowed(self.message.unwrap_or_default()) },
            "sync" => Message::Sync(self.sync()?),
            "request" => Message::Request(self.sync()?),
            "doc-unavailable" => {
                Message::Unavailable { sender: self.sender()?, target: self.target(), document: self.document()? }
            }
            "ephemeral" => Message::Ephemeral(EphemeralFrame {
                sender: self.sender()?,
                target: self.target(),
                count: self.count.ok_or(WireError::Missing("count"))?,
                session: Cow::Borrowed(self.session.ok_or(WireError::Missing("sessionId"))?),
                document: self.document()?,
                data: self.data()?,
            }),
            "create" => Message::Create { document: self.document()?, space: self.space()? },
            "catalog" => Message::Catalogue {
                since: self.cursor,
                witness: self.witness,
                roster: self.roster,
                mark: Cow::Borrowed(self.mark),
            },
            "catalog-page" => Message::CataloguePage(CataloguePage {
                reset: self.reset,
                witness: self.witness,
                cursor: self.cursor.ok_or(WireError::Missing("cursor"))?,
                complete: self.complete,
                entries: self.entries,
            }),
            "roster" => Message::Roster { json: self.data()? },
            "roster-steps" => Message::RosterSteps { json: self.data()? },
            "act" => Message::Act { id: self.id()?, json: self.data()? },
            "answer" => Message::Answer { id: self.id()?, json: self.data()? },
            "gone" => Message::Gone { space: self.space()? },
            "label" => Message::Label { document: self.document()?, json: self.data()?, heads: self.heads()? },
            "receipt" => Message::Receipt {
                document: self.document()?,
                cursor: self.cursor.ok_or(WireError::Missing("cursor"))?,
                heads: self.heads()?,
            },
            "refused" => Message::Refused {
                document: self.document()?,
                // A newer relay may have a word of its own for it: refused it is all the same.
                why: Refusal::from_name(self.why.ok_or(WireError::Value("why"))?).unwrap_or(Refusal::Malformed),
                hashes: self.hashes,
            },
            "authors" => Message::Authors { document: self.document()?, reset: self.reset, json: self.data()? },
            "attest" => Message::Attest { document: self.document()?, json: self.data()? },
            "storing" => Message::Storing { ok: self.ok.ok_or(WireError::Missing("ok"))? },
            "alive" => Message::Alive,
            "challenge" => Message::Challenge { nonce: Cow::Borrowed(self.nonce.ok_or(WireError::Missing("nonce"))?) },
            "proof" => Message::Proof { sender: self.sender()?, signature: self.data()? },
            "welcome" => Message::Welcome,
            "turned-away" => Message::TurnedAway {
                // A newer relay may have a word of its own for it: another time it may be otherwise.
                why: TurnedAway::from_name(self.why.ok_or(WireError::Value("why"))?).unwrap_or(TurnedAway::Busy),
            },
            _ => Message::Unknown,
        })
    }

    fn sync(&self) -> Result<SyncFrame<'a>> {
        Ok(SyncFrame { sender: self.sender()?, target: self.target(), document: self.document()?, data: self.data()? })
    }

    fn sender(&self) -> Result<Cow<'a, str>> {
        self.sender.map(Cow::Borrowed).ok_or(WireError::Missing("senderId"))
    }

    fn id(&self) -> Result<Cow<'a, str>> {
        self.id.map(Cow::Borrowed).ok_or(WireError::Missing("id"))
    }

    fn target(&self) -> Cow<'a, str> {
        Cow::Borrowed(self.target.unwrap_or_default())
    }

    fn document(&self) -> Result<DocumentId> {
        self.document.ok_or(WireError::Missing("documentId"))
    }

    fn data(&self) -> Result<Cow<'a, [u8]>> {
        self.data.map(Cow::Borrowed).ok_or(WireError::Missing("data"))
    }

    fn space(&self) -> Result<crate::space::Space> {
        parsed(self.space.ok_or(WireError::Missing("space"))?, "space")
    }

    fn heads(self) -> Result<Vec<ChangeHash>> {
        self.heads.ok_or(WireError::Missing("heads"))
    }
}

/// Calls `field` for each key of a map whose value is there (JavaScript writes absent ones as `undefined`).
fn each_key<'b>(d: &mut Decoder<'b>, mut field: impl FnMut(&'b str, &mut Decoder<'b>) -> Result<()>) -> Result<()> {
    let mut left = d.map()?;
    loop {
        match left.as_mut() {
            Some(0) => return Ok(()),
            Some(n) => *n -= 1,
            None if d.datatype()? == Type::Break => return Ok(d.skip()?),
            None => {}
        }
        let key = d.str()?;
        if matches!(d.datatype()?, Type::Null | Type::Undefined) {
            d.skip()?;
        } else {
            field(key, d)?;
        }
    }
}

/// Passes over a value that is not known here. The library's own way keeps something for each level.
fn skip(d: &mut Decoder<'_>) -> Result<()> {
    skip_to(d, MAX_DEPTH)
}

fn skip_to(d: &mut Decoder<'_>, depth: usize) -> Result<()> {
    let Some(within) = depth.checked_sub(1) else { return Err(WireError::Value("nesting")) };
    let kind = d.datatype()?;
    if matches!(kind, Type::Array | Type::ArrayIndef) {
        let left = d.array()?;
        skip_items(d, left, 1, within)
    } else if matches!(kind, Type::Map | Type::MapIndef) {
        let left = d.map()?;
        skip_items(d, left, 2, within)
    } else if kind == Type::Tag {
        d.tag()?;
        skip_to(d, within)
    } else if kind == Type::Break {
        Err(WireError::Value("break"))
    } else {
        // All others hold nothing but themselves.
        Ok(d.skip()?)
    }
}

fn skip_items(d: &mut Decoder<'_>, mut left: Option<u64>, each: u8, depth: usize) -> Result<()> {
    loop {
        match left.as_mut() {
            Some(0) => return Ok(()),
            Some(n) => *n -= 1,
            None if d.datatype()? == Type::Break => return Ok(d.skip()?),
            None => {}
        }
        for _ in 0..each {
            skip_to(d, depth)?;
        }
    }
}

fn list<'b, T>(d: &mut Decoder<'b>, most: usize, item: impl Fn(&mut Decoder<'b>) -> Result<T>) -> Result<Vec<T>> {
    let mut items = Vec::new();
    let mut left = d.array()?;
    loop {
        match left.as_mut() {
            Some(0) => return Ok(items),
            Some(n) => *n -= 1,
            None if d.datatype()? == Type::Break => {
                d.skip()?;
                return Ok(items);
            }
            None => {}
        }
        if items.len() == most {
            return Err(WireError::Value("list length"));
        }
        items.push(item(d)?);
    }
}

fn hashes(d: &mut Decoder<'_>) -> Result<Vec<ChangeHash>> {
    list(d, 65_536, |d| {
        let bytes: [u8; 32] = d.bytes()?.try_into().map_err(|_| WireError::Value("hash"))?;
        Ok(ChangeHash(bytes))
    })
}

fn cursor(d: &mut Decoder<'_>) -> Result<Cursor> {
    match list(d, 2, |d| Ok(d.u64()?))?.as_slice() {
        [seq, tag] => Ok(Cursor { seq: *seq, tag: *tag }),
        _ => Err(WireError::Value("cursor")),
    }
}

/// JavaScript counts may come as floats once they pass 2³².
fn count(d: &mut Decoder<'_>) -> Result<u64> {
    if matches!(d.datatype()?, Type::F64) {
        let value = d.f64()?;
        return if (0.0..=9_007_199_254_740_991.0).contains(&value) {
            Ok(value as u64)
        } else {
            Err(WireError::Value("count"))
        };
    }
    Ok(d.u64()?)
}

fn metadata(d: &mut Decoder<'_>) -> Result<PeerMetadata> {
    let mut metadata = PeerMetadata::default();
    each_key(d, |key, d| {
        match key {
            "storageId" => metadata.storage_id = Some(d.str()?.to_owned()),
            "isEphemeral" => metadata.is_ephemeral = d.bool()?,
            "huigao" => metadata.huigao = Some(d.u64()?),
            _ => skip(d)?,
        }
        Ok(())
    })?;
    Ok(metadata)
}

fn entry(d: &mut Decoder<'_>) -> Result<Entry> {
    let (mut document, mut space, mut heads, mut label, mut label_heads) = (None, None, Vec::new(), None, None);
    each_key(d, |key, d| {
        match key {
            "d" => {
                document =
                    Some(DocumentId::from_bytes(d.bytes()?.try_into().map_err(|_| WireError::Value("document"))?))
            }
            "s" => space = Some(parsed(d.str()?, "space")?),
            "h" => heads = hashes(d)?,
            "l" => label = Some(serde_json::from_slice::<Label>(d.bytes()?).map_err(|_| WireError::Value("label"))?),
            "lh" => label_heads = Some(hashes(d)?),
            _ => skip(d)?,
        }
        Ok(())
    })?;
    // A current label's heads are the document's and are not said twice.
    let label_heads = match (&label, label_heads) {
        (None, _) => Vec::new(),
        (Some(_), Some(heads)) => heads,
        (Some(_), None) => heads.clone(),
    };
    Ok(Entry {
        document: document.ok_or(WireError::Missing("document"))?,
        space: space.ok_or(WireError::Missing("space"))?,
        heads,
        label,
        label_heads,
    })
}

fn parsed<T: FromStr>(text: &str, what: &'static str) -> Result<T> {
    text.parse().map_err(|_| WireError::Value(what))
}
