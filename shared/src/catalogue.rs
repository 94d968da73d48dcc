//! The catalogue: a small label for each document, so that lists are drawn without loading bodies.

use automerge::ChangeHash;
use serde::{Deserialize, Serialize};

use crate::ids::{DocumentId, MemberId};
use crate::space::Space;

/// The largest label the relay stores, in bytes of its JSON.
pub const MAX_LABEL_BYTES: usize = 4096;

/// What a list shows of a document. Computed from its text by a writer, never typed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// The kind of document, a key of the campaign template.
    pub kind: String,
    /// The title as readers see it.
    pub title: String,
    /// Characters counted with punctuation.
    #[serde(default)]
    pub characters: u32,
    /// Characters counted without punctuation.
    #[serde(default)]
    pub characters_bare: u32,
    /// When the last change was made, in milliseconds since 1970, by its author's clock.
    #[serde(default)]
    pub changed_at: i64,
    /// Who made it, if the actor is one of ours.
    #[serde(default)]
    pub changed_by: Option<MemberId>,
    /// The document that stands for it in another place: lists put this one away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<DocumentId>,
}

/// A place in the relay's sequence of commits, which proves itself by a tag.
///
/// A relay put back to an older copy gives other tags to the numbers it hands out again,
/// so a client that comes with a cursor from the lost future is told to start over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// The sequence number.
    pub seq: u64,
    /// What the relay derived from it and the secret of that run.
    pub tag: u64,
}

/// One row of the catalogue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Which document.
    pub document: DocumentId,
    /// Where it lives.
    pub space: Space,
    /// Its durably committed heads, sorted.
    pub heads: Vec<ChangeHash>,
    /// Its label; a document that no client of ours wrote has none yet.
    pub label: Option<Label>,
    /// The heads that the label was computed from.
    pub label_heads: Vec<ChangeHash>,
}

impl Entry {
    /// Whether the label speaks of the document as it is now.
    #[must_use]
    pub fn label_is_current(&self) -> bool {
        self.label.is_some() && self.label_heads == self.heads
    }
}
