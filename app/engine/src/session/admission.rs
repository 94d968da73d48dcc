//! What came from the relay is checked before Automerge applies it, by the rules that the relay goes by too: a relay
//! that let something through, or is not ours, harms nobody.

use automerge::ChangeHash;
use huigao_shared::change::{ChangeMeta, check};
use huigao_shared::graph::{ChangeGraph, InsertError, Inserted};
use huigao_shared::ids::{MemberId, member_of};
use huigao_shared::shape::Shape;

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
        let mut coming = std::mem::take(&mut self.waiting);
        if graph.is_empty() {
            // What waits was stored, or came before; Automerge takes it in by itself once what it builds on is here.
            coming.extend(self.orphans.values().filter_map(|change| check(change.raw_bytes()).ok()));
        }
        let here: Vec<ChangeHash> = graph.heads().iter().chain(graph.withheld()).copied().collect();
        for change in self.doc.get_changes(&here) {
            // What is part of the document is not judged any more, and nothing can build on what would not have been taken.
            let meta = check(change.raw_bytes()).unwrap_or_else(|_| ChangeMeta {
                hash: change.hash(),
                deps: change.deps().to_vec(),
                actor: change.actor_id().clone(),
                seq: change.seq(),
                shape: Shape::default(),
            });
            if meta.shape == Shape::default() && !change.is_empty() || graph.restore(&meta).is_err() {
                graph.withhold(&meta);
            }
        }
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
            // How many heads there may be is the relay's to say.
            match graph.restore(&meta) {
                Ok(Inserted::New(_) | Inserted::Known) => {}
                Err(InsertError::MissingDependencies(_)) => waiting.push(meta),
                Err(InsertError::Unfounded(_)) => {
                    return Err(Unfit { hash: Some(meta.hash), by: member_of(&meta.actor) });
                }
                // It builds on one that is at fault, and its author is not.
                Err(InsertError::Withheld) => return Err(Unfit { hash: None, by: None }),
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
