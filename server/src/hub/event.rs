//! What goes into the hub and what comes out of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use bytes::Bytes;
use huigao_shared::authority::Step;
use huigao_shared::authorship::AuthorRows;
use huigao_shared::change::ChangeMeta;
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;

use super::{ConnectionId, Identity, Proof, Row};

/// What the driver tells the hub.
#[derive(Debug)]
pub enum Event {
    /// A client got through the door.
    Connected {
        /// Its number.
        connection: ConnectionId,
        /// Who it is.
        identity: Identity,
    },
    /// A frame came.
    Frame {
        /// From where.
        connection: ConnectionId,
        /// The whole frame.
        frame: Bytes,
    },
    /// Bytes went out, so there is room for more.
    Drained {
        /// Where.
        connection: ConnectionId,
        /// How many since the last time.
        bytes: usize,
    },
    /// The connection is gone.
    Closed {
        /// Which.
        connection: ConnectionId,
    },
    /// A document's graph was read from the store.
    Loaded {
        /// Which.
        document: DocumentId,
        /// Its changes in order and by whose hands they came, or why they cannot be read.
        stored: Result<Stored, String>,
    },
    /// Change bodies were read from the store.
    Bodies {
        /// For whom.
        connection: ConnectionId,
        /// Of which document.
        document: DocumentId,
        /// The bodies in the order asked for; fewer than asked for when they are large, or when one after them cannot be
        /// read. None: the first cannot.
        bodies: Option<Vec<(u32, Bytes)>>,
    },
    /// A document was looked through, after something in it could not be read or was stored again.
    Examined {
        /// Which.
        document: DocumentId,
        /// The changes whose bodies are damaged or missing, by number; none if that cannot be said.
        damaged: Option<Vec<(u32, ChangeHash)>>,
    },
    /// Who wrote in a space was read from the store.
    Writers {
        /// Which.
        space: Arc<Space>,
        /// Authors, and those who brought others' words; none if that cannot be read.
        people: Option<BTreeSet<MemberId>>,
    },
    /// The batch in flight was committed, or could not be.
    Committed {
        /// The outcome.
        result: Result<(), String>,
    },
    /// The campaign was founded: until now nobody could connect.
    Founded {
        /// The first roster.
        roster: Arc<Roster>,
    },
    /// The roster was changed, durably.
    Roster {
        /// As it is now.
        roster: Arc<Roster>,
        /// What led to it.
        step: Step,
    },
    /// An act was decided on.
    Answered {
        /// Whose it was.
        connection: ConnectionId,
        /// As its maker named it.
        id: String,
        /// JSON of [`huigao_shared::authority::Outcome`].
        json: Vec<u8>,
    },
    /// A device or a token was revoked.
    Revoked {
        /// Which.
        proof: Proof,
    },
    /// Time went on.
    Tick,
}

/// What the hub wants done.
#[derive(Debug)]
pub enum Effect {
    /// Queue a frame.
    Send {
        /// Where to.
        connection: ConnectionId,
        /// The frame; clones share the bytes.
        frame: Bytes,
    },
    /// Close the connection once what is queued has gone out.
    Close {
        /// Which.
        connection: ConnectionId,
        /// What to say in the log.
        why: &'static str,
    },
    /// Read a document's graph.
    Load {
        /// Which.
        document: DocumentId,
        /// Its number in the store.
        row: Row,
    },
    /// Read change bodies, as many from the start as fit in about `most` bytes, at least one.
    ReadBodies {
        /// For whom.
        connection: ConnectionId,
        /// Of which document.
        document: DocumentId,
        /// Its number in the store.
        row: Row,
        /// Which changes, ascending.
        indices: Vec<u32>,
        /// Bytes.
        most: usize,
    },
    /// Find out which bodies of a document are damaged. The answer comes as [`Event::Examined`].
    Examine {
        /// Which.
        document: DocumentId,
        /// Its number in the store.
        row: Row,
    },
    /// Store bodies durably in place of damaged ones, each of which is what its hash says, and look the document through
    /// again. The answer comes as [`Event::Examined`].
    Mend {
        /// Which document.
        document: DocumentId,
        /// Its number in the store.
        row: Row,
        /// The changes' numbers, hashes and bodies.
        bodies: Vec<(u32, ChangeHash, Bytes)>,
    },
    /// Read who wrote in a space.
    ReadWriters {
        /// Which.
        space: Arc<Space>,
        /// Its documents' numbers in the store.
        rows: Vec<Row>,
    },
    /// Have the office do something.
    Errand(Errand),
    /// Commit a batch durably. There is at most one in flight.
    Commit(Arc<Batch>),
}

/// Something for the office to do. Errands are done one after another, in order.
#[derive(Debug)]
pub enum Errand {
    /// Decide on an act. The answer comes as [`Event::Answered`].
    Act {
        /// For whom to answer.
        connection: ConnectionId,
        /// Who wants it, and by which proof.
        identity: Identity,
        /// As its maker names it.
        id: String,
        /// JSON of a list of [`huigao_shared::authority::Edit`].
        json: Vec<u8>,
        /// Whom what is not on disk yet names: they cannot be taken off the roster.
        named: BTreeSet<MemberId>,
    },
    /// An office's device receives a unit's or a person's document, as far as this connection knows for the first time.
    Delivered {
        /// Who, on which device.
        identity: Identity,
        /// Which document.
        document: DocumentId,
        /// Where it lives.
        space: Arc<Space>,
    },
}

/// What the store has of a document besides its record and the changes' bytes.
#[derive(Debug, Default)]
pub struct Stored {
    /// The graph of its changes.
    pub graph: Box<ChangeGraph>,
    /// By whose hands they came.
    pub authors: AuthorRows,
}

/// A change as the store has it.
#[derive(Debug, Clone)]
pub struct StoredChange {
    /// What the graph needs of it.
    pub meta: ChangeMeta,
    /// It is out of service: kept, and no part of the document.
    pub is_withheld: bool,
}

/// One durable commit.
#[derive(Debug, Default)]
pub struct Batch {
    /// What it does to each document.
    pub documents: Vec<DocumentCommit>,
}

/// What a commit does to one document.
#[derive(Debug)]
pub struct DocumentCommit {
    /// Its number in the store.
    pub row: Row,
    /// The record as it stands after the commit; inserted if new.
    pub document: DocumentId,
    /// Its space.
    pub space: Arc<Space>,
    /// The place of this commit in the relay's sequence.
    pub seq: u64,
    /// Its heads after the commit.
    pub heads: Vec<ChangeHash>,
    /// Its label and the heads that it speaks of, if it has one.
    pub label: Option<(Vec<u8>, Vec<ChangeHash>)>,
    /// New changes, ascending by number.
    pub changes: Vec<NewChange>,
    /// What is new of by whose hands they came.
    pub authors: AuthorRows,
    /// Who publishes the document for evaluation by its first change: noted in the log with it, once.
    pub published: Option<Identity>,
}

/// A change that enters the store.
#[derive(Debug, Clone)]
pub struct NewChange {
    /// Its number in the document.
    pub index: u32,
    /// The numbers of what it builds on.
    pub deps: Vec<u32>,
    /// What the graph knows of it.
    pub meta: ChangeMeta,
    /// Its bytes as they came.
    pub body: Bytes,
}
