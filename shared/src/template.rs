//! Campaign templates: the kinds of document a campaign has, as data.

use serde::{Deserialize, Serialize};

use crate::space::SpaceKind;

/// A text in both languages of the screen.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A kind of document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kind {
    /// Its key, which labels carry.
    pub id: String,
    /// Its name on the screen.
    pub name: Bilingual,
    /// The kinds of space in which it may be created.
    pub spaces: Vec<SpaceKind>,
    /// Headings that a new document starts with.
    #[serde(default)]
    pub outline: Vec<String>,
}

/// A campaign template.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Template {
    /// Its key.
    pub id: String,
    /// Its name.
    pub title: Bilingual,
    /// The kinds of document, in the order in which they are offered.
    pub kinds: Vec<Kind>,
}

impl Template {
    /// Reads a template file.
    ///
    /// # Errors
    /// If it is not JSON of this shape; the error names line and column.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json.as_bytes())
    }

    /// The kind with this key.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}
