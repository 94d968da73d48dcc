//! Writing frames.

use std::convert::Infallible;

use automerge::ChangeHash;
use minicbor::Encoder;

use super::{CataloguePage, Message, PROTOCOL_VERSION, PeerMetadata, SyncFrame};
use crate::catalogue::{Cursor, Entry};
use crate::ids::DocumentId;

type Error = minicbor::encode::Error<Infallible>;
type Result = std::result::Result<(), Error>;

/// Writes one map of text keys, and counts the keys by itself.
struct Map<'v> {
    e: Encoder<&'v mut Vec<u8>>,
}

pub(super) fn encode(message: &Message<'_>) -> Vec<u8> {
    let mut frame = Vec::with_capacity(128);
    match write(message, &mut frame) {
        Ok(()) => frame,
        // Writing into memory has no way to fail; the type says so only half.
        Err(error) => unreachable!("writing CBOR into memory: {error}"),
    }
}

fn write(message: &Message<'_>, frame: &mut Vec<u8>) -> Result {
    match message {
        Message::Join { sender, versions, metadata } => {
            let mut m = Map::begin(frame, "join", 3)?;
            m.str("senderId", sender)?;
            m.key("supportedProtocolVersions")?;
            m.e.array(versions.len() as u64)?;
            for version in versions {
                m.e.str(version)?;
            }
            m.metadata(metadata)
        }
        Message::Peer { sender, target, metadata } => {
            let mut m = Map::begin(frame, "peer", 4)?;
            m.str("senderId", sender)?;
            m.str("targetId", target)?;
            m.str("selectedProtocolVersion", PROTOCOL_VERSION)?;
            m.metadata(metadata)
        }
        Message::Leave => Map::begin(frame, "leave", 0).map(drop),
        Message::Error { message } => Map::begin(frame, "error", 1)?.str("message", message),
        Message::Sync(sync) => write_sync(frame, "sync", sync),
        Message::Request(sync) => write_sync(frame, "request", sync),
        Message::Unavailable { sender, target, document } => {
            let mut m = Map::begin(frame, "doc-unavailable", 3)?;
            m.str("senderId", sender)?;
            m.str("targetId", target)?;
            m.document(*document)
        }
        Message::Ephemeral(ephemeral) => {
            let mut m = Map::begin(frame, "ephemeral", 6)?;
            m.str("senderId", &ephemeral.sender)?;
            m.str("targetId", &ephemeral.target)?;
            m.key("count")?;
            m.e.u64(ephemeral.count)?;
            m.str("sessionId", &ephemeral.session)?;
            m.document(ephemeral.document)?;
            m.bytes("data", &ephemeral.data)
        }
        Message::Create { document, space } => {
            let mut m = Map::begin(frame, "create", 2)?;
            m.document(*document)?;
            m.str("space", &space.to_string())
        }
        Message::Catalogue { since, witness, roster, mark } => {
            let fields = 2 + u64::from(since.is_some()) + u64::from(witness.is_some());
            let mut m = Map::begin(frame, "catalog", fields)?;
            m.key("roster")?;
            m.e.u64(*roster)?;
            m.str("mark", mark)?;
            if let Some(since) = since {
                m.cursor("cursor", *since)?;
            }
            if let Some(witness) = witness {
                m.cursor("witness", *witness)?;
            }
            Ok(())
        }
        Message::CataloguePage(page) => write_page(frame, page),
        Message::Roster { json } => Map::begin(frame, "roster", 1)?.bytes("data", json),
        Message::RosterSteps { json } => Map::begin(frame, "roster-steps", 1)?.bytes("data", json),
        Message::Act { id, json } => write_act(frame, "act", id, json),
        Message::Answer { id, json } => write_act(frame, "answer", id, json),
        Message::Gone { space } => Map::begin(frame, "gone", 1)?.str("space", &space.to_string()),
        Message::Label { document, heads, json } => {
            let mut m = Map::begin(frame, "label", 3)?;
            m.document(*document)?;
            m.hashes("heads", heads)?;
            m.bytes("data", json)
        }
        Message::Receipt { document, heads, cursor } => {
            let mut m = Map::begin(frame, "receipt", 3)?;
            m.document(*document)?;
            m.hashes("heads", heads)?;
            m.cursor("cursor", *cursor)
        }
        Message::Refused { document, hashes, why } => {
            let mut m = Map::begin(frame, "refused", 3)?;
            m.document(*document)?;
            m.hashes("hashes", hashes)?;
            m.str("why", why.name())
        }
        Message::Authors { document, reset, json } => {
            let mut m = Map::begin(frame, "authors", 3)?;
            m.document(*document)?;
            m.e.str("reset")?.bool(*reset)?;
            m.bytes("data", json)
        }
        Message::Attest { document, json } => {
            let mut m = Map::begin(frame, "attest", 2)?;
            m.document(*document)?;
            m.bytes("data", json)
        }
        Message::Storing { ok } => {
            let mut m = Map::begin(frame, "storing", 1)?;
            m.key("ok")?;
            m.e.bool(*ok)?;
            Ok(())
        }
        Message::Alive => Map::begin(frame, "alive", 0).map(drop),
        Message::Challenge { nonce } => Map::begin(frame, "challenge", 1)?.str("nonce", nonce),
        Message::Proof { sender, signature } => {
            let mut m = Map::begin(frame, "proof", 2)?;
            m.str("senderId", sender)?;
            m.bytes("data", signature)
        }
        Message::Welcome => Map::begin(frame, "welcome", 0).map(drop),
        Message::TurnedAway { why } => Map::begin(frame, "turned-away", 1)?.str("why", why.name()),
        Message::Unknown => Map::begin(frame, "unknown", 0).map(drop),
    }
}

fn write_sync(frame: &mut Vec<u8>, kind: &str, sync: &SyncFrame<'_>) -> Result {
    frame.reserve(sync.data.len());
    let mut m = Map::begin(frame, kind, 4)?;
    m.str("senderId", &sync.sender)?;
    m.str("targetId", &sync.target)?;
    m.document(sync.document)?;
    m.bytes("data", &sync.data)
}

fn write_act(frame: &mut Vec<u8>, kind: &str, id: &str, json: &[u8]) -> Result {
    let mut m = Map::begin(frame, kind, 2)?;
    m.str("id", id)?;
    m.bytes("data", json)
}

fn write_page(frame: &mut Vec<u8>, page: &CataloguePage) -> Result {
    let mut m = Map::begin(frame, "catalog-page", 4 + u64::from(page.witness.is_some()))?;
    m.key("reset")?;
    m.e.bool(page.reset)?;
    m.key("complete")?;
    m.e.bool(page.complete)?;
    m.cursor("cursor", page.cursor)?;
    if let Some(witness) = page.witness {
        m.cursor("witness", witness)?;
    }
    m.key("entries")?;
    m.e.array(page.entries.len() as u64)?;
    for entry in &page.entries {
        m.entry(entry)?;
    }
    Ok(())
}

impl<'v> Map<'v> {
    fn begin(frame: &'v mut Vec<u8>, kind: &str, fields: u64) -> std::result::Result<Self, Error> {
        let mut map = Self { e: Encoder::new(frame) };
        map.e.map(fields + 1)?;
        map.str("type", kind)?;
        Ok(map)
    }

    fn key(&mut self, key: &str) -> Result {
        self.e.str(key)?;
        Ok(())
    }

    fn str(&mut self, key: &str, value: &str) -> Result {
        self.e.str(key)?.str(value)?;
        Ok(())
    }

    fn bytes(&mut self, key: &str, value: &[u8]) -> Result {
        self.e.str(key)?.bytes(value)?;
        Ok(())
    }

    fn document(&mut self, document: DocumentId) -> Result {
        self.str("documentId", &document.to_string())
    }

    fn cursor(&mut self, key: &str, cursor: Cursor) -> Result {
        self.e.str(key)?.array(2)?.u64(cursor.seq)?.u64(cursor.tag)?;
        Ok(())
    }

    fn hashes(&mut self, key: &str, hashes: &[ChangeHash]) -> Result {
        self.e.str(key)?.array(hashes.len() as u64)?;
        for hash in hashes {
            self.e.bytes(&hash.0)?;
        }
        Ok(())
    }

    fn metadata(&mut self, metadata: &PeerMetadata) -> Result {
        self.key("peerMetadata")?;
        self.e.map(1 + u64::from(metadata.storage_id.is_some()) + u64::from(metadata.huigao.is_some()))?;
        if let Some(id) = &metadata.storage_id {
            self.str("storageId", id)?;
        }
        if let Some(version) = metadata.huigao {
            self.e.str("huigao")?.u64(version)?;
        }
        self.e.str("isEphemeral")?.bool(metadata.is_ephemeral)?;
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Result {
        let says_heads = entry.label.is_some() && entry.label_heads != entry.heads;
        self.e.map(3 + u64::from(entry.label.is_some()) + u64::from(says_heads))?;
        self.bytes("d", entry.document.as_bytes())?;
        self.str("s", &entry.space.to_string())?;
        self.hashes("h", &entry.heads)?;
        if let Some(label) = &entry.label {
            // A label is plain strings and numbers, which JSON always can write.
            self.bytes("l", &serde_json::to_vec(label).unwrap_or_default())?;
        }
        if says_heads {
            self.hashes("lh", &entry.label_heads)?;
        }
        Ok(())
    }
}
