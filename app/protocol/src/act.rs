//! Changes of the roster that this member made.

use huigao_shared::authority::{Edit, Objection};
use serde::{Deserialize, Serialize};

use crate::command::Millis;

/// An act that waits for its answer, or was refused.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Act {
    /// Names it; later ones are greater.
    pub id: String,
    /// What it is to change.
    pub edits: Vec<Edit>,
    /// When it was made.
    pub at: Millis,
    /// Why the relay did not carry it out.
    pub refused: Option<Objection>,
    /// This tab has handed it to the relay: it is not to be taken back any more.
    #[serde(default)]
    pub sent: bool,
}
