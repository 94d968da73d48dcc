//! One connection: who it is, what it asked for, how much is on its way to it.

use std::collections::{HashMap, HashSet, VecDeque};

use std::sync::Arc;

use automerge::ChangeHash;
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::DocumentId;
use huigao_shared::roster::Member;
use huigao_shared::space::Space;

use super::Identity;
use super::views::Digested;

/// How many new documents of which nothing is stored yet a connection may have.
pub(super) const MAX_CREATING: usize = 4096;

/// How many documents that are not here a connection may wait for.
const MAX_SOUGHT: usize = 128;

pub(super) struct Connection {
    pub identity: Identity,
    /// The person as the roster has them now.
    pub person: Option<Arc<Member>>,
    /// Its peer id, once it has joined.
    pub peer_id: Option<String>,
    /// Whether it speaks our messages.
    pub ours: bool,
    /// Unit's and persons' documents whose text went to it, if it is an office's.
    pub delivered: HashSet<DocumentId>,
    /// Documents it takes part in.
    pub documents: HashSet<DocumentId>,
    /// Documents that it was told it cannot have, and what it said since that it has of them: they are not read for it
    /// again before they are whole.
    pub unreadable: HashMap<DocumentId, Option<Vec<ChangeHash>>>,
    /// New documents that it announced or sent and of which nothing is stored yet, and their spaces.
    pub creating: HashMap<DocumentId, Space>,
    /// Documents it looked for that were not here (yet), the latest of them.
    pub sought: VecDeque<DocumentId>,
    /// Acts that wait for their answers.
    pub acts: usize,
    /// How many of its changes were refused.
    pub refused: usize,
    /// Bytes sent and not yet known to have left.
    pub queued: usize,
    /// Documents whose answers wait for room.
    pub blocked: Vec<DocumentId>,
    /// Where it stands in the catalogue, if it asked for it.
    pub catalogue: Option<CatalogueState>,
}

pub(super) struct CatalogueState {
    /// All rows up to here were sent.
    pub sent: u64,
    /// The next page is the first of a catalogue told from the start.
    pub reset: bool,
    /// And the client's witness is known.
    pub witness: Option<Cursor>,
    /// The client has not been told yet that it is up to date.
    pub catching_up: bool,
    /// Documents of spaces that it may read only now, to be told of besides the pages.
    pub gained: VecDeque<DocumentId>,
    /// The roster version that it was told of.
    pub roster: u64,
    /// What it was told of that, if it was not all.
    pub view: Option<Digested>,
}

impl Connection {
    pub fn new(identity: Identity, person: Option<Arc<Member>>) -> Self {
        Self {
            identity,
            person,
            peer_id: None,
            ours: false,
            delivered: HashSet::new(),
            documents: HashSet::new(),
            unreadable: HashMap::new(),
            creating: HashMap::new(),
            sought: VecDeque::new(),
            acts: 0,
            refused: 0,
            queued: 0,
            blocked: Vec::new(),
            catalogue: None,
        }
    }

    /// Notes that it looked for a document that is not here, so that it hears when it comes.
    pub fn seek(&mut self, document: DocumentId) {
        if !self.sought.contains(&document) {
            self.sought.truncate(MAX_SOUGHT - 1);
            self.sought.push_front(document);
        }
    }
}
