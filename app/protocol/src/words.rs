//! Last words: what was typed in a page that went before it was saved.

use huigao_shared::ids::DocumentId;
use serde::{Deserialize, Serialize};

use crate::delta::Delta;

/// Counts what is typed in a page, over all its documents. What was saved is remembered by it, so that last words are
/// taken in once.
pub type Count = u64;

/// What was typed in one document.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LastWords {
    /// Names the page's life.
    pub page: String,
    /// In which document.
    pub document: DocumentId,
    /// Its title, should there be no document for them any more.
    pub title: String,
    /// The text without them, with all that had come from others.
    pub base: String,
    /// Each with its number, in order.
    pub edits: Vec<(Count, Delta)>,
}
