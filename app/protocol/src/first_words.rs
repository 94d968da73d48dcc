//! First words: a document as it was saved last. A page shows them before its engine has opened the document.

use serde::{Deserialize, Serialize};

use crate::view::DocumentView;

/// A document's text and state, kept beside its history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FirstWords {
    /// Its state then.
    pub view: DocumentView,
    /// Its text then.
    pub text: String,
}

impl FirstWords {
    /// As it is kept.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it was kept; none if it was kept by a version of the app that says it otherwise.
    #[must_use]
    pub fn decode(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}
