//! The wire: automerge-repo's WebSocket messages (CBOR maps with text keys) and ours besides them.
//!
//! Other clients ignore message types and fields that they do not know; so do we.

mod decode;
mod encode;
pub mod proof;
pub mod sync;

use std::borrow::Cow;

use automerge::ChangeHash;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Cursor, Entry};
use crate::ids::DocumentId;
use crate::space::Space;
use proof::TurnedAway;

pub use decode::WireError;

/// The protocol version of automerge-repo that both sides speak.
pub const PROTOCOL_VERSION: &str = "1";
/// The version of our messages, said in `peerMetadata.huigao`.
pub const EXTENSION_VERSION: u64 = 1;
/// The largest frame either side sends or takes, in bytes.
pub const MAX_FRAME: usize = 16 << 20;
/// `targetId` of a message that goes to several peers as the same bytes.
pub const TARGET_ALL: &str = "*";

/// What a peer says of itself when it joins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PeerMetadata {
    /// Names the store behind the peer; automerge-repo clients keep sync states by it.
    pub storage_id: Option<String>,
    /// Whether the peer keeps nothing.
    pub is_ephemeral: bool,
    /// The version of our messages that it speaks, if any.
    pub huigao: Option<u64>,
}

/// Why the relay did not take some changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The member may not write in the document's space.
    NoWriteAccess,
    /// Another change of the same actor has the same number.
    DuplicateSequence,
    /// The bytes are no change, or one over the limits.
    Malformed,
    /// It builds on a refused change.
    BuildsOnRefused,
    /// The document is not there, or not for this member to know of.
    UnknownDocument,
    /// Too many people have written in the document without knowing of each other: it is to be merged first.
    TooManyHeads,
    /// The office took the change out of service, since it damages the document.
    Withheld,
}

impl Refusal {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoWriteAccess => "no-write-access",
            Self::DuplicateSequence => "duplicate-sequence",
            Self::Malformed => "malformed",
            Self::BuildsOnRefused => "builds-on-refused",
            Self::UnknownDocument => "unknown-document",
            Self::TooManyHeads => "too-many-heads",
            Self::Withheld => "withheld",
        }
    }

    /// The refusal of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::NoWriteAccess,
            Self::DuplicateSequence,
            Self::Malformed,
            Self::BuildsOnRefused,
            Self::UnknownDocument,
            Self::TooManyHeads,
            Self::Withheld,
        ];
        all.into_iter().find(|refusal| refusal.name() == name)
    }
}

/// A `sync` or `request` message: one message of the Automerge sync protocol about one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyncFrame<'a> {
    /// The sender's peer id.
    pub sender: Cow<'a, str>,
    /// The receiver's peer id, or [`TARGET_ALL`].
    pub target: Cow<'a, str>,
    /// Which document.
    pub document: DocumentId,
    /// The encoded `automerge::sync::Message`.
    pub data: Cow<'a, [u8]>,
}

/// An `ephemeral` message: passed on to the document's other readers, stored nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EphemeralFrame<'a> {
    /// The sender's peer id.
    pub sender: Cow<'a, str>,
    /// The receiver's peer id.
    pub target: Cow<'a, str>,
    /// Counts up within a session, so that repeats are dropped.
    pub count: u64,
    /// Names the sender's session.
    pub session: Cow<'a, str>,
    /// Which document.
    pub document: DocumentId,
    /// The payload, CBOR in itself.
    pub data: Cow<'a, [u8]>,
}

/// Rows of the catalogue from the relay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CataloguePage {
    /// The first page of a catalogue told from the start: what is not named in it is gone.
    pub reset: bool,
    /// With the first page of one told from the start: the client's witness, if the relay knows it. What was receipted
    /// up to there is still durable.
    pub witness: Option<Cursor>,
    /// The rows.
    pub entries: Vec<Entry>,
    /// Where to go on from after this page.
    pub cursor: Cursor,
    /// Whether this page brings the client up to date.
    pub complete: bool,
}

/// One message of either side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message<'a> {
    /// A client's first word.
    Join {
        /// Its peer id.
        sender: Cow<'a, str>,
        /// The protocol versions it speaks.
        versions: Vec<String>,
        /// What it is.
        metadata: PeerMetadata,
    },
    /// The relay's answer.
    Peer {
        /// The relay's peer id.
        sender: Cow<'a, str>,
        /// The client's.
        target: Cow<'a, str>,
        /// What the relay is.
        metadata: PeerMetadata,
    },
    /// The client goes.
    Leave,
    /// Something is wrong with the connection; it closes after this.
    Error {
        /// Says what.
        message: Cow<'a, str>,
    },
    /// Sync, from one who has the document.
    Sync(SyncFrame<'a>),
    /// Sync, from one who looks for the document.
    Request(SyncFrame<'a>),
    /// The document is not there, or not for the client to know of.
    Unavailable {
        /// The sender's peer id.
        sender: Cow<'a, str>,
        /// The receiver's.
        target: Cow<'a, str>,
        /// Which document.
        document: DocumentId,
    },
    /// Presence and the like.
    Ephemeral(EphemeralFrame<'a>),
    /// (ours) A client names the space of a new document, before its first sync.
    Create {
        /// The new document.
        document: DocumentId,
        /// Where it is to live.
        space: Space,
    },
    /// (ours) A client asks for the catalogue from a place on, and for whatever changes after.
    Catalogue {
        /// Where it stands; none: from the start.
        since: Option<Cursor>,
        /// The furthest receipt it holds, which proves that the relay did not start over.
        witness: Option<Cursor>,
        /// The roster version by which its copy was drawn.
        roster: u64,
        /// That version's mark.
        mark: Cow<'a, str>,
    },
    /// (ours) Rows of the catalogue.
    CataloguePage(CataloguePage),
    /// (ours) The roster as it stands, JSON.
    Roster {
        /// JSON of [`crate::roster::Roster`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) What leads on from the roster that the client holds.
    RosterSteps {
        /// JSON of a list of [`crate::authority::Step`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) A client wants the roster changed.
    Act {
        /// Names the act towards its maker.
        id: Cow<'a, str>,
        /// JSON of a list of [`crate::authority::Edit`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) What became of an act; what was done is durable.
    Answer {
        /// As in the act.
        id: Cow<'a, str>,
        /// JSON of [`crate::authority::Outcome`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) The member lost a space, with all that is in it.
    Gone {
        /// Which.
        space: Space,
    },
    /// (ours) A writer's label of a document.
    Label {
        /// Which document.
        document: DocumentId,
        /// The heads it was computed from, sorted.
        heads: Vec<ChangeHash>,
        /// JSON of [`crate::catalogue::Label`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) All at or beneath these heads is durably committed.
    Receipt {
        /// Which document.
        document: DocumentId,
        /// The committed heads, sorted.
        heads: Vec<ChangeHash>,
        /// The commit's place.
        cursor: Cursor,
    },
    /// (ours) Changes that were not taken, and never will be.
    Refused {
        /// Which document.
        document: DocumentId,
        /// Their hashes; none, if they could not even be read.
        hashes: Vec<ChangeHash>,
        /// Why.
        why: Refusal,
    },
    /// (ours) By whose hand changes of a document came, where it was not their author's.
    Authors {
        /// Which document.
        document: DocumentId,
        /// These are the first of all that is known; else what is new or has changed.
        reset: bool,
        /// JSON of [`crate::authorship::AuthorRows`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) An author's word on changes that came by another's hand.
    Attest {
        /// Which document.
        document: DocumentId,
        /// JSON of [`crate::authorship::Attestation`].
        json: Cow<'a, [u8]>,
    },
    /// (ours) Whether the relay can commit at the moment; sent when that changes.
    Storing {
        /// It can.
        ok: bool,
    },
    /// (ours) A client asks for a sign of life, and the relay gives one at once.
    Alive,
    /// (ours) The relay's first word on a device's socket: to be signed, see [`proof::statement`].
    Challenge {
        /// Fresh for each socket.
        nonce: Cow<'a, str>,
    },
    /// (ours) The device's first word.
    Proof {
        /// The only peer id under which it may join.
        sender: Cow<'a, str>,
        /// ECDSA on P-256 with SHA-256, as two plain numbers.
        signature: Cow<'a, [u8]>,
    },
    /// (ours) The device is in: from now on it is a socket like any other.
    Welcome,
    /// (ours) The device is not let in; the connection closes after this.
    TurnedAway {
        /// Why.
        why: TurnedAway,
    },
    /// A type that we do not know.
    Unknown,
}

impl<'a> Message<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    /// If it is not CBOR, or a field that its type needs is missing or of another type.
    pub fn decode(frame: &'a [u8]) -> Result<Self, WireError> {
        decode::decode(frame)
    }

    /// Writes a frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode::encode(self)
    }
}

#[cfg(test)]
mod tests;
