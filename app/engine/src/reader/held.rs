//! A document as the reader holds it for the next job: a copy, and where its words come from.

use std::collections::VecDeque;

use automerge::{AutoCommit, Change, ChangeHash, ObjId};
use huigao_shared::change::split_chunks;
use huigao_shared::document::first_text;
use huigao_shared::ids::DocumentId;

use super::provenance::Provenance;

/// A copy.
pub(super) struct Held {
    pub document: DocumentId,
    pub doc: AutoCommit,
    pub text: Option<ObjId>,
    pub provenance: Provenance,
    /// Changes that the provenance has not taken in, in the engine's order. What Automerge gives back may be in another.
    pub ahead: VecDeque<Change>,
    /// About how much room it takes.
    pub bytes: usize,
}

impl Held {
    /// Made of a whole document; none if that cannot be read.
    pub fn of(document: DocumentId, bytes: &[u8]) -> Option<Self> {
        let mut doc = AutoCommit::load(bytes).ok()?;
        let (text, ahead) = (first_text(&mut doc), doc.get_changes(&[]).into());
        Some(Self { document, doc, text, provenance: Provenance::default(), ahead, bytes: bytes.len() })
    }

    /// With more changes; none if they do not go on from here, or cannot be taken in.
    pub fn go_on(mut self, from: &[ChangeHash], bytes: &[u8]) -> Option<Self> {
        if !self.is_at(from) {
            return None;
        }
        let pieces = split_chunks(bytes).ok()?;
        let changes: Vec<Change> = pieces.into_iter().map(Change::try_from).collect::<Result<_, _>>().ok()?;
        self.doc.apply_changes(changes.clone()).ok()?;
        self.ahead.extend(changes);
        self.bytes += bytes.len();
        // All that was followed was followed for one text.
        (first_text(&mut self.doc) == self.text).then_some(self)
    }

    /// Whether these are its heads.
    pub fn is_at(&mut self, heads: &[ChangeHash]) -> bool {
        let (mut here, mut there) = (self.doc.get_heads(), heads.to_vec());
        here.sort_unstable();
        there.sort_unstable();
        here == there
    }
}
