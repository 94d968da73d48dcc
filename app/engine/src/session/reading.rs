//! What the reader is given of a document: all of it, or what its copy lacks.

use automerge::ChangeHash;
use automerge::transaction::Transactable;
use huigao_shared::ids::DocumentId;

use super::Session;
use super::event::Heads;
use crate::reader::job::{Job, JobNumber, ReadJob, What, Whose};

/// Numbers readers, since one that is ended takes its copies with it.
pub type ReaderLife = u64;

/// No reader: whoever reads by this number is given all of a document, and nobody remembers it.
pub const NOBODY: ReaderLife = 0;

/// Up to where a reader has a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AtReader {
    life: ReaderLife,
    heads: Heads,
}

/// How a document is read.
#[derive(Clone, PartialEq, Debug)]
pub enum Reading {
    /// By the reader.
    Job(Box<ReadJob>),
    /// Not at all: it may be here that the app fell. This is its text.
    Plain(String),
}

impl Session {
    /// What a reader is to be given for an open document, so that its user sees who wrote what; none if it is not open.
    pub fn reading(&mut self, document: DocumentId, number: JobNumber, life: ReaderLife) -> Option<Reading> {
        let me = self.me;
        let doc = self.docs.get_mut(&document)?;
        let loaded = doc.loaded.as_mut()?;
        loaded.text.as_ref()?;
        if doc.aside.is_some() {
            return Some(Reading::Plain(loaded.text()));
        }
        let typed = loaded.typed.splices();
        let length = loaded.len();
        let mut besides;
        let auto = if loaded.doc.pending_ops() > 0 {
            // To look would make a change of them.
            besides = loaded.doc.clone();
            &mut besides
        } else {
            &mut loaded.doc
        };
        let heads = auto.get_heads();
        let known = loaded.at_reader.as_ref().filter(|at| at.life == life && life != NOBODY).map(|at| at.heads.clone());
        let mut is_here = |hash: &ChangeHash| auto.get_change_meta_by_hash(hash).is_some();
        let known = known.filter(|known| known.iter().all(&mut is_here));
        let bytes = match &known {
            Some(known) => auto.get_changes(known).iter().flat_map(|change| change.raw_bytes().to_vec()).collect(),
            None => auto.save_nocompress(),
        };
        if life != NOBODY {
            loaded.at_reader = Some(AtReader { life, heads: heads.clone() });
        }
        let whose = Whose { me, read: doc.stored.read.clone(), authors: doc.authors.rows(), typed };
        let what = What::Merged(Box::new(whose));
        let size = length + bytes.len();
        let job = Job { number, document, from: known.unwrap_or_default(), heads, what };
        Some(Reading::Job(Box::new(ReadJob { job, bytes, size })))
    }

    /// The reader has no copy of a document, or another one than was thought.
    pub fn reader_lacks(&mut self, document: DocumentId) {
        if let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) {
            loaded.at_reader = None;
        }
    }
}
