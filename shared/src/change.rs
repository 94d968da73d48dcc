//! Checking one raw Automerge change, without applying it.

use std::borrow::Cow;
use std::io::Read;

use automerge::{ActorId, Change, ChangeHash};
use flate2::read::DeflateDecoder;
use sha2::{Digest, Sha256};

use crate::columns;
use crate::shape::Shape;

/// The largest a change may become when inflated, in bytes. A paste of a 300,000-character text is about 1 MiB.
pub const MAX_INFLATED: usize = 32 << 20;
/// What the changes of one message may still come to.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes when they are inflated.
    pub bytes: usize,
    /// Operations: a few bytes may stand for very many, and each is looked at.
    pub operations: u64,
}

impl Budget {
    /// For the changes of one message.
    pub const MESSAGE: Self = Self { bytes: 96 << 20, operations: 2 * columns::MAX_OPERATIONS };
    /// For a change by itself.
    pub const ONE: Self = Self { bytes: MAX_INFLATED, operations: columns::MAX_OPERATIONS };
}

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const HEADER: usize = 9;
const TYPE_CHANGE: u8 = 1;
const TYPE_COMPRESSED: u8 = 2;

/// Why some bytes are not a change we store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The frame around it is broken or cut off.
    #[error("not a change chunk")]
    Frame,
    /// A whole document or a bundle: the relay keeps changes one by one.
    #[error("chunks of type {0} are not accepted")]
    Type(u8),
    /// It inflates beyond [`MAX_INFLATED`].
    #[error("the change inflates to more than {MAX_INFLATED} bytes")]
    Inflates,
    /// It claims more operations, actors or dependencies than there is room for, or is laid out otherwise.
    #[error("the change claims too many operations, actors or dependencies")]
    Operations,
    /// The parser refuses it.
    #[error("the change does not parse: {0}")]
    Parse(String),
    /// Its bytes do not give the hash that its header claims.
    #[error("the change's checksum does not fit its bytes")]
    Checksum,
    /// It is laid out otherwise than Automerge would write it, so that it would come back under another hash, or
    /// does what no client of a document does.
    #[error("the change is not laid out as Automerge writes it")]
    Layout,
}

/// What the change graph needs to know of a change, and its bytes as they came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeMeta {
    /// Its hash.
    pub hash: ChangeHash,
    /// The changes it builds on.
    pub deps: Vec<ChangeHash>,
    /// Who made it.
    pub actor: ActorId,
    /// Its number among the actor's changes, from 1.
    pub seq: u64,
    /// What it does to which objects.
    pub shape: Shape,
}

/// Parses and checks one change chunk, raw or compressed.
///
/// # Errors
/// If the bytes are not exactly one well-formed change with the right checksum.
pub fn check(bytes: &[u8]) -> Result<ChangeMeta, ChangeError> {
    check_within(bytes, &mut Budget::ONE.clone())
}

/// The same for one of several, which have `budget` together; what it takes is taken off.
///
/// # Errors
/// As [`check`].
pub fn check_within(bytes: &[u8], budget: &mut Budget) -> Result<ChangeMeta, ChangeError> {
    let (header, rest) = bytes.split_at_checked(HEADER).ok_or(ChangeError::Frame)?;
    if header[..4] != MAGIC {
        return Err(ChangeError::Frame);
    }
    let (length, body) = leb128(rest).ok_or(ChangeError::Frame)?;
    if length != body.len() as u64 {
        return Err(ChangeError::Frame);
    }
    let body = match header[8] {
        TYPE_CHANGE => Cow::Borrowed(body),
        // The crate inflates without a limit, so the limit is tried first.
        TYPE_COMPRESSED => Cow::Owned(inflated(body, budget.bytes.min(MAX_INFLATED))?),
        other => return Err(ChangeError::Type(other)),
    };
    budget.spend(&body)?;
    // Before the crate parses it, which panics at numbers that do not fit: in a browser that would end the app.
    let shape = Shape::read(&body).ok_or(ChangeError::Layout)?;
    let parsed = std::panic::catch_unwind(|| Change::try_from(bytes).map_err(|error| error.to_string()));
    let parsed = parsed.unwrap_or_else(|_| Err("a number does not fit".to_owned()));
    let change = parsed.map_err(ChangeError::Parse)?;
    // `Change::try_from` computes the hash and ignores the checksum in the header, which is its start.
    if change.hash().0[..4] != header[4..8] {
        return Err(ChangeError::Checksum);
    }
    let (hash, deps) = (change.hash(), change.deps().to_vec());
    Ok(ChangeMeta { hash, deps, actor: change.actor_id().clone(), seq: change.seq(), shape })
}

/// The hash of a change chunk, raw or compressed, whatever its body says: whether it is still the one that was stored. Costs a
/// hundredth of [`check`] for a change that stands for much.
#[must_use]
pub fn hash_of(bytes: &[u8]) -> Option<ChangeHash> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let (length, body) = leb128(rest)?;
    let body = match header[8] {
        TYPE_CHANGE if header[..4] == MAGIC && length == body.len() as u64 => Cow::Borrowed(body),
        TYPE_COMPRESSED if header[..4] == MAGIC && length == body.len() as u64 => {
            Cow::Owned(inflated(body, MAX_INFLATED).ok()?)
        }
        _ => return None,
    };
    let digest = Sha256::new().chain_update(type_and_length(TYPE_CHANGE, body.len())).chain_update(&body).finalize();
    let hash = ChangeHash(digest.into());
    (hash.0[..4] == header[4..8]).then_some(hash)
}

/// What stands between a chunk's checksum and its body, and is hashed with it: the type, and the body's length as LEB128.
#[must_use]
pub fn type_and_length(kind: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![kind];
    let mut left = length;
    while left >= 0x80 {
        bytes.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}

/// The body of a change that is not compressed: what comes after its header. None if it has no such header.
#[must_use]
pub fn body(raw: &[u8]) -> Option<&[u8]> {
    let (header, rest) = raw.split_at_checked(HEADER)?;
    (header[8] == TYPE_CHANGE).then(|| leb128(rest)).flatten().map(|(_, body)| body)
}

/// Splits concatenated chunks (one automerge-repo message may carry several in one piece).
///
/// # Errors
/// If a chunk's length does not fit.
pub fn split_chunks(mut bytes: &[u8]) -> Result<Vec<&[u8]>, ChangeError> {
    let mut chunks = Vec::new();
    while !bytes.is_empty() {
        let rest = bytes.get(HEADER..).ok_or(ChangeError::Frame)?;
        let (length, body) = leb128(rest).ok_or(ChangeError::Frame)?;
        let length = usize::try_from(length).map_err(|_| ChangeError::Frame)?;
        let end = (bytes.len() - body.len()).checked_add(length).ok_or(ChangeError::Frame)?;
        let (chunk, tail) = bytes.split_at_checked(end).ok_or(ChangeError::Frame)?;
        chunks.push(chunk);
        bytes = tail;
    }
    Ok(chunks)
}

fn inflated(body: &[u8], limit: usize) -> Result<Vec<u8>, ChangeError> {
    let mut inflated = Vec::new();
    DeflateDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut inflated).map_err(|_| ChangeError::Frame)?;
    if inflated.len() > limit { Err(ChangeError::Inflates) } else { Ok(inflated) }
}

impl Budget {
    fn spend(&mut self, body: &[u8]) -> Result<(), ChangeError> {
        self.bytes = self.bytes.checked_sub(body.len()).ok_or(ChangeError::Inflates)?;
        let left = columns::operations(body).and_then(|count| self.operations.checked_sub(count));
        self.operations = left.ok_or(ChangeError::Operations)?;
        Ok(())
    }
}

fn leb128(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (index == 0 || *byte != 0).then_some((value, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::transaction::Transactable;
    use automerge::{Automerge, ObjType, ROOT, ReadDoc};
    use flate2::{Compression, write::DeflateEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn change_of(text: &str) -> Change {
        let mut doc = Automerge::new();
        let mut tx = doc.transaction();
        let object = tx.put_object(ROOT, "text", ObjType::Text).expect("a text object");
        tx.splice_text(&object, 0, 0, text).expect("room for the text");
        let hash = tx.commit().0.expect("a change");
        doc.get_change_by_hash(&hash).expect("the change")
    }

    #[test]
    fn reads_what_automerge_writes_raw_and_compressed() {
        for text in ["字", &"学习调研".repeat(500)] {
            let mut change = change_of(text);
            let meta = check(&change.bytes()).expect("a good change");
            assert_eq!((meta.hash, meta.seq), (change.hash(), 1));
            assert_eq!(check(change.raw_bytes()).expect("raw too").hash, change.hash());
            assert_eq!(hash_of(&change.bytes()), Some(change.hash()));
            let mut rotten = change.bytes().to_vec();
            *rotten.last_mut().expect("bytes") ^= 1;
            assert_ne!(hash_of(&rotten), Some(change.hash()));
        }
    }

    #[test]
    fn a_length_is_written_as_it_is_read() {
        for length in [0, 1, 127, 128, 300, 16_383, 16_384, 5 << 20] {
            let bytes = type_and_length(TYPE_CHANGE, length);
            assert_eq!((bytes[0], leb128(&bytes[1..])), (TYPE_CHANGE, Some((length as u64, &[][..]))));
        }
    }

    #[test]
    fn operations_are_counted_over_a_whole_message() {
        // Fifteen bytes of columns: 1,500,000 times the same action.
        let body = [&[0, 1, 7, 1, 1, 0, 0, 0, 1, 0x42, 5][..], &[0xe0, 0xc6, 0xdb, 0][..], &[1]].concat();
        let chunk = [&MAGIC[..], &[0; 4], &[TYPE_CHANGE, body.len() as u8], &body].concat();
        let mut budget = Budget::MESSAGE;
        let mut refused = Vec::new();
        for _ in 0..3 {
            refused.push(check_within(&chunk, &mut budget) == Err(ChangeError::Operations));
        }
        assert_eq!(refused, [false, false, true]);
    }

    #[test]
    fn refuses_a_wrong_checksum_and_other_chunks() {
        let mut bytes = change_of("字").raw_bytes().to_vec();
        bytes[5] ^= 1;
        assert_eq!(check(&bytes), Err(ChangeError::Checksum));
        bytes[5] ^= 1;
        bytes[8] = 0;
        assert_eq!(check(&bytes), Err(ChangeError::Type(0)));
        bytes[8] = 3;
        assert_eq!(check(&bytes), Err(ChangeError::Type(3)));
    }

    #[test]
    fn refuses_a_deflate_bomb_before_it_inflates() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; MAX_INFLATED + 1]).expect("memory to write to");
        let body = encoder.finish().expect("memory to write to");
        let bytes = [&MAGIC[..], &[0; 4], &type_and_length(TYPE_COMPRESSED, body.len()), &body].concat();
        assert_eq!(check(&bytes), Err(ChangeError::Inflates));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = check(&bytes);
            let _ = split_chunks(&bytes);
        }

        #[test]
        fn a_flipped_bit_is_never_taken_for_the_change(position in 0usize..60, bit in 0u8..8) {
            let change = change_of("一二三");
            let mut bytes = change.raw_bytes().to_vec();
            let position = position % bytes.len();
            bytes[position] ^= 1 << bit;
            prop_assert!(check(&bytes).is_err());
        }
    }
}
