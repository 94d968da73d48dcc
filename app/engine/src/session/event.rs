//! What goes into the session and what comes out of it.

use automerge::ChangeHash;
pub use huigao_protocol::command::{Command, Millis, Now, OpenError, ShutOut, Splice, StoreError};
use huigao_protocol::words::{Count, LastWords};
use huigao_shared::ids::DocumentId;

/// Numbers a transaction, so that its outcome finds its way back.
pub type Ticket = u64;

/// A stored piece of a document's history: its key and its bytes.
pub type Chunk = (String, Vec<u8>);

/// Until where a page's typing has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypedMark {
    /// Which life of which page.
    pub page: String,
    /// By its count.
    pub number: Count,
}

/// What happens to the session.
#[derive(Debug)]
pub enum Event {
    /// The user acted.
    Command(Command),
    /// The user typed, in a page that counts what is typed.
    Typed {
        /// In which document.
        document: DocumentId,
        /// What, in order.
        splices: Vec<Splice>,
        /// Which page's number it is.
        mark: TypedMark,
    },
    /// What was typed in a document that the page could not open.
    Words(LastWords),
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
    /// The document leaves this device, its chunks and its first words with it.
    DeleteDocument {
        /// Which document.
        document: DocumentId,
    },
    /// The first words of a document: JSON of [`huigao_protocol::first_words::FirstWords`].
    PutText {
        /// Which document.
        document: DocumentId,
        /// JSON.
        json: String,
    },
    /// They are not to be shown any more.
    DeleteText {
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
    /// Keep a document's first words, in order with what is written. Nothing waits for it, and nothing is lost if it fails.
    KeepText {
        /// Which document.
        document: DocumentId,
        /// JSON of [`huigao_protocol::first_words::FirstWords`].
        json: String,
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
    /// What was typed in a page is saved up to this number, or needs no saving any more.
    Kept {
        /// In which document.
        document: DocumentId,
        /// Until where.
        mark: TypedMark,
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
