//! What goes into the session and what comes out of it.

use automerge::ChangeHash;
use huigao_shared::authority::Edit;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;

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

/// Numbers a transaction, so that its outcome finds its way back.
pub type Ticket = u64;

/// One edit of a text: at `at`, remove `delete`, then put `insert`. Offsets and lengths in UTF-16 code units.
/// Several apply one after the other, each to what the one before it left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Splice {
    /// Where.
    pub at: usize,
    /// How much goes.
    pub delete: usize,
    /// What comes.
    pub insert: String,
}

/// A stored piece of a document's history: its key and its bytes.
pub type Chunk = (String, Vec<u8>);

/// What the user wants.
#[derive(Clone, Debug)]
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

/// What happens to the session.
#[derive(Debug)]
pub enum Event {
    /// The user acted.
    Command(Command),
    /// This tab now holds the relay connection of the profile, or not any more.
    Leading(bool),
    /// The socket to the relay is open.
    Connected,
    /// It is gone, or could not be opened; `reason` for the diagnostics.
    Disconnected {
        /// What the platform said.
        reason: String,
    },
    /// The relay will not have this device any more.
    ShutOut(ShutOut),
    /// A frame came from the relay.
    Frame(Vec<u8>),
    /// A message came from another tab of the profile.
    Tab(Vec<u8>),
    /// A transaction completed, or failed.
    Persisted {
        /// Which.
        ticket: Ticket,
        /// How it ended.
        result: Result<(), StoreError>,
    },
    /// A document's chunks were read.
    Chunks {
        /// Which document.
        document: DocumentId,
        /// Key and bytes of every chunk, or why they could not be read.
        result: Result<Vec<Chunk>, StoreError>,
    },
    /// The browser says whether there is a network.
    Online(bool),
    /// The page may go: what was typed becomes a change now, whatever it would wait for.
    Leaving,
    /// Time went on.
    Tick,
}

/// Why the relay will not have this device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShutOut {
    /// The device was revoked.
    Revoked,
    /// Its person left the campaign.
    Left,
    /// It has no key: the browser's data was cleared, or it was never enrolled.
    NoKey,
}

/// Why the device's storage did not do what it should.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("the device's storage is full")]
    Full,
    /// Something else; the text is the platform's.
    #[error("the device's storage failed: {0}")]
    Failed(String),
}

/// One write of a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// A piece of a document's history: concatenated Automerge chunks. Keys never collide.
    PutChunk {
        /// Which document.
        document: DocumentId,
        /// The piece's key.
        key: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A piece that another one replaced.
    DeleteChunk {
        /// Which document.
        document: DocumentId,
        /// The piece's key.
        key: String,
    },
    /// What is remembered of a document besides its history: JSON of [`super::stored::StoredDocument`].
    PutDocument {
        /// Which document.
        document: DocumentId,
        /// JSON.
        json: String,
    },
    /// The document leaves this device, its chunks with it.
    DeleteDocument {
        /// Which document.
        document: DocumentId,
    },
    /// One named value of the profile.
    PutMeta {
        /// Its name.
        key: String,
        /// Its bytes, also none: only [`Write::DeleteMeta`] deletes.
        bytes: Vec<u8>,
    },
    /// A named value that is no more.
    DeleteMeta {
        /// Its name.
        key: String,
    },
}

/// What the driver does for the session.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Write all of it in one durable transaction, in order with the ones before; then [`Event::Persisted`].
    Persist {
        /// Names the transaction.
        ticket: Ticket,
        /// What to write.
        writes: Vec<Write>,
    },
    /// Read all chunks of a document; then [`Event::Chunks`].
    LoadChunks(DocumentId),
    /// Open a socket to the relay.
    Connect,
    /// Close it.
    Disconnect,
    /// Send a frame on it.
    Send(Vec<u8>),
    /// Tell the other tabs of the profile.
    Broadcast(Vec<u8>),
    /// Change the text in the editor, in order. Never while it composes.
    Editor {
        /// In which document.
        document: DocumentId,
        /// What.
        splices: Vec<Splice>,
    },
    /// A document that was asked for is here, or cannot be.
    Opened {
        /// Which.
        document: DocumentId,
        /// Whether it can be shown; the reason if not.
        result: Result<(), OpenError>,
    },
    /// Something that a page shows has changed.
    Changed(Changed),
}

/// Why a document cannot be shown.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
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

/// What of the session's views is new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Changed {
    /// [`super::Session::status`].
    Status,
    /// [`super::Session::rows`].
    Rows,
    /// [`super::Session::document`] of this one.
    Document(DocumentId),
    /// [`super::Session::roster`] and [`super::Session::acts`].
    Roster,
    /// [`super::Session::side_copies`].
    SideCopies,
}

/// Heads of a document, sorted.
pub type Heads = Vec<ChangeHash>;
