//! What the relay remembers of every document, open or not.

use std::sync::Arc;

use automerge::ChangeHash;
use huigao_shared::catalogue::{Entry, Label};
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;

use super::Row;

/// A document's durable record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its number in the store.
    pub row: Row,
    /// Where it lives.
    pub space: Arc<Space>,
    /// The place of the last commit that touched it.
    pub seq: u64,
    /// Its committed heads, sorted.
    pub heads: Vec<ChangeHash>,
    /// Its label, if a client of ours sent one.
    pub label: Option<Label>,
    /// The heads that the label was computed from.
    pub label_heads: Vec<ChangeHash>,
}

impl Record {
    pub(super) fn new(row: Row, space: Space) -> Self {
        Self { row, space: Arc::new(space), seq: 0, heads: Vec::new(), label: None, label_heads: Vec::new() }
    }

    pub(super) fn entry(&self, document: DocumentId) -> Entry {
        Entry {
            document,
            space: self.space.as_ref().clone(),
            heads: self.heads.clone(),
            label: self.label.clone(),
            label_heads: self.label_heads.clone(),
        }
    }
}
