//! The Automerge sync message inside `sync` and `request` frames, read with suspicion.

use automerge::ChangeHash;
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion};

use crate::change::{ChangeError, split_chunks};

/// The most heads or needs a message may name.
const MAX_HASHES: usize = 4096;
/// The most probes of a Bloom filter: automerge uses 7, and every probe costs time for each change.
const MAX_PROBES: u64 = 32;

/// Why a sync message is not answered.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The crate's own decoder refuses it.
    #[error("the sync message does not parse: {0}")]
    Decode(String),
    /// A Bloom filter that would make its reader panic or run for ever.
    #[error("a Bloom filter with {probes} probes in {bits} bits")]
    Bloom {
        /// How many places it looks at for one hash.
        probes: u64,
        /// How many bits it has.
        bits: u64,
    },
    /// More hashes than a document has heads.
    #[error("{0} hashes in a sync message")]
    Hashes(usize),
    /// Its changes are not chunks.
    #[error(transparent)]
    Chunks(#[from] ChangeError),
}

/// Decodes a sync message and makes sure that using it cannot panic or run away.
///
/// # Errors
/// If it is malformed, or carries a Bloom filter or lists over the limits.
pub fn decode(data: &[u8]) -> Result<Message, SyncError> {
    let message = Message::decode(data).map_err(|error| SyncError::Decode(error.to_string()))?;
    let hashes =
        message.heads.len() + message.need.len() + message.have.iter().map(|h| h.last_sync.len()).sum::<usize>();
    if hashes > MAX_HASHES || message.have.len() > 16 {
        return Err(SyncError::Hashes(hashes));
    }
    for have in &message.have {
        check_bloom(&have.bloom)?;
    }
    Ok(message)
}

fn check_bloom(bloom: &BloomFilter) -> Result<(), SyncError> {
    let bytes = bloom.to_bytes();
    if bytes.is_empty() {
        return Ok(());
    }
    // entries, bits per entry, probes (each LEB128), then the bits.
    let mut rest = bytes.as_slice();
    let mut next = || -> u64 {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let Some((byte, tail)) = rest.split_first() else { break };
            rest = tail;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    };
    let (_entries, _bits_per_entry, probes) = (next(), next(), next());
    let bits = rest.len() as u64 * 8;
    if bits == 0 || probes == 0 || probes > MAX_PROBES { Err(SyncError::Bloom { probes, bits }) } else { Ok(()) }
}

/// The changes of a message as single chunks.
///
/// # Errors
/// If the lengths do not fit.
pub fn chunks(message: &Message) -> Result<Vec<&[u8]>, ChangeError> {
    let mut chunks = Vec::with_capacity(message.changes.len());
    for piece in message.changes.iter() {
        chunks.extend(split_chunks(piece)?);
    }
    Ok(chunks)
}

/// Encodes a message to a peer that lacks nothing but `changes`: it will have exactly `heads` then.
#[must_use]
pub fn advance(heads: &[ChangeHash], changes: Vec<Vec<u8>>, read_only: bool) -> Vec<u8> {
    let have = Have { last_sync: heads.to_vec(), bloom: BloomFilter::default() };
    encode(heads.to_vec(), Vec::new(), vec![have], changes, read_only)
}

/// Encodes a message that starts the exchange over: the peer will send all that it has.
#[must_use]
pub fn reset(heads: &[ChangeHash], need: Vec<ChangeHash>, read_only: bool) -> Vec<u8> {
    encode(
        heads.to_vec(),
        need,
        vec![Have { last_sync: Vec::new(), bloom: BloomFilter::default() }],
        Vec::new(),
        read_only,
    )
}

/// Encodes a message that asks for these changes and nothing else, whatever else the peer has. What it sent before may
/// not have been heard, and is sent again when it is asked for.
#[must_use]
pub fn only(need: Vec<ChangeHash>) -> Vec<u8> {
    encode(Vec::new(), need, Vec::new(), Vec::new(), false)
}

/// Whether the sender starts over in the middle of a connection: what was sent to it before may not have arrived.
#[must_use]
pub fn starts_over(message: &Message) -> bool {
    let flagged = message.flags.as_ref().is_some_and(|flags| flags.contains(MessageFlags::SYNC_RESET));
    let nothing_known = message.have.first().is_some_and(|have| *have == Have::default());
    flagged || nothing_known
}

/// Encodes a message.
///
/// Never with an empty `have`, but for [`only`]: the peer sends no more than what is in `need` then. No flags to ordinary peers:
/// any flag announces version 2, and a version 2 peer may send a whole compressed document.
#[must_use]
pub fn encode(
    heads: Vec<ChangeHash>,
    need: Vec<ChangeHash>,
    have: Vec<Have>,
    changes: Vec<Vec<u8>>,
    read_only: bool,
) -> Vec<u8> {
    let flags = read_only.then(|| {
        let mut flags = MessageFlags::new();
        flags.set(MessageFlags::READ_ONLY);
        flags
    });
    Message { heads, need, have, changes: ChunkList::from(changes), flags, version: MessageVersion::V1 }.encode()
}
