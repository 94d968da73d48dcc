//! What came from the relay is checked before Automerge applies it, by the rules that the relay goes by too: a relay
//! that let something through, or is not ours, harms nobody.

use automerge::ChangeHash;
use huigao_shared::change::{ChangeMeta, check};
use huigao_shared::graph::{ChangeGraph, InsertError, Inserted};
use huigao_shared::ids::{MemberId, member_of};

use super::document::Loaded;

/// A change that cannot be applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unfit {
    /// Its hash, if it is a change at all.
    pub hash: Option<ChangeHash>,
    /// Whose name it bears.
    pub by: Option<MemberId>,
}

impl Loaded {
    /// Whether these can be applied, each after what it builds on.
    ///
    /// The graph is made when the first come from outside: a document that is only read here needs none.
    pub fn admit(&mut self, changes: &[Vec<u8>]) -> Result<(), Unfit> {
        let mut graph = self.graph.take().unwrap_or_default();
        let here = graph.heads().to_vec();
        for change in self.doc.get_changes(&here) {
            // What is part of the document is not judged any more, and nothing can build on what would not have been taken.
            if check(change.raw_bytes()).ok().is_none_or(|meta| graph.insert(&meta).is_err()) {
                graph.withhold(change.hash());
            }
        }
        let mut coming = std::mem::take(&mut self.waiting);
        for bytes in changes {
            coming.push(check(bytes).map_err(|_| Unfit { hash: None, by: None })?);
        }
        self.waiting = take_all(&mut graph, coming)?;
        self.graph = Some(graph);
        Ok(())
    }
}

/// Puts changes into the graph, whatever their order. Those that wait for others are returned.
fn take_all(graph: &mut ChangeGraph, mut coming: Vec<ChangeMeta>) -> Result<Vec<ChangeMeta>, Unfit> {
    loop {
        let before = coming.len();
        let mut waiting = Vec::new();
        for meta in coming {
            match graph.insert(&meta) {
                Ok(Inserted::New(_) | Inserted::Known) => {}
                Err(InsertError::MissingDependencies(_)) => waiting.push(meta),
                Err(InsertError::Unfounded(_) | InsertError::Withheld) => {
                    return Err(Unfit { hash: Some(meta.hash), by: member_of(&meta.actor) });
                }
                // Automerge refuses these by itself.
                Err(
                    InsertError::DuplicateSequence { .. } | InsertError::SequenceGap { .. } | InsertError::TooManyHeads,
                ) => {}
            }
        }
        if waiting.len() == before || waiting.is_empty() {
            return Ok(waiting);
        }
        coming = waiting;
    }
}
