//! What the user wants, and what of the engine's own words pages show.

use huigao_shared::authority::Edit;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;
use serde::{Deserialize, Serialize};

/// Milliseconds: a time of one of the two clocks of [`Now`], or how long something takes.
pub type Millis = i64;

/// What the device's two clocks say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// By a clock that nobody sets, from some beginning: all waiting goes by it.
    pub monotonic: Millis,
    /// Since 1970, by the clock that is shown and that may be set forth and back: what is dated is dated by it.
    pub calendar: Millis,
}

/// One edit of a text: at `at`, remove `delete`, then put `insert`. Offsets and lengths in UTF-16 code units.
/// Several apply one after the other, each to what the one before it left.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Splice {
    /// Where.
    pub at: usize,
    /// How much goes.
    pub delete: usize,
    /// What comes.
    pub insert: String,
}

/// What the user wants.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub enum Command {
    /// A new document of a kind of the template, with its first text.
    Create {
        /// Drawn by the caller.
        document: DocumentId,
        /// A key of the template.
        kind: String,
        /// Where it is to live.
        space: Space,
        /// Its title in lists.
        title: String,
        /// What it starts with.
        text: String,
    },
    /// A document is opened in the editor or for reading. Answered by [`Effect::Opened`].
    Open(DocumentId),
    /// It is shown no more.
    Close(DocumentId),
    /// The user typed.
    Edit {
        /// Where.
        document: DocumentId,
        /// What, in order.
        splices: Vec<Splice>,
    },
    /// An input method started or ended composing: nothing remote touches the text meanwhile.
    Composing {
        /// Where.
        document: DocumentId,
        /// Whether it composes now.
        active: bool,
    },
    /// Another title in lists.
    Rename {
        /// Which.
        document: DocumentId,
        /// The new title.
        title: String,
    },
    /// A copy of the present text in another space; the source stays as it is.
    Share {
        /// What is shared; it must be open.
        source: DocumentId,
        /// The new document's id, drawn by the caller.
        copy: DocumentId,
        /// Where the copy is to live.
        space: Space,
    },
    /// A copy of the present text in another space. The source is put away once the copy is saved, if this member may
    /// write in it.
    Move {
        /// What is moved; it must be open.
        source: DocumentId,
        /// The new document's id, drawn by the caller.
        copy: DocumentId,
        /// Where it is to live.
        space: Space,
    },
    /// A document that was put away is to stand as before; what was made from it stays.
    TakeBackMove(DocumentId),
    /// One that was moved, and in which somebody wrote since, is put away once more.
    PutAwayAgain(DocumentId),
    /// Work again on a document that was set aside.
    TakeUpAgain(DocumentId),
    /// The reader has seen the document as it is now.
    MarkRead(DocumentId),
    /// Forget a side copy of refused text, after the user exported it or said so.
    DropSideCopy(String),
    /// Changes of the roster, all or none of them; kept until the relay has answered.
    Act(Vec<Edit>),
    /// Forget an act that was refused, or that the relay has not carried out yet.
    DropAct(String),
    /// The member says of what came in the member's name by another's hand whether it is theirs.
    Attest {
        /// In which document.
        document: DocumentId,
        /// By whose hand.
        via: MemberId,
        /// It is.
        genuine: bool,
    },
    /// Try again to connect, or to save.
    Retry,
}

/// Why a document cannot be shown.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// Its text has not come to this device yet.
    #[error("the document is not on this device yet")]
    NotHereYet,
    /// It is not in any space that this member may read.
    #[error("there is no such document")]
    Unknown,
    /// What is stored of it cannot be read.
    #[error("the document cannot be read from this device: {0}")]
    Damaged(String),
}

/// Why the device's storage did not do what it should.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("the device's storage is full")]
    Full,
    /// Something else; the text is the platform's.
    #[error("the device's storage failed: {0}")]
    Failed(String),
}

/// Why the relay will not have this device.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShutOut {
    /// The device was revoked.
    Revoked,
    /// Its person left the campaign.
    Left,
    /// It has no key: the browser's data was cleared, or it was never enrolled.
    NoKey,
}
