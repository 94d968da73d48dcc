//! What the engine is doing to a document.

use huigao_shared::ids::{DocumentId, MemberId};
use serde::{Deserialize, Serialize};

/// What the session is doing to a document. The platform notes it before it begins: should the app fall in the middle,
/// the next one knows where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Work {
    /// Which document.
    pub document: DocumentId,
    /// It is being read from this device; else something that came is taken in.
    pub reading: bool,
    /// Whose change is taken in, if it is one person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// The change's hash, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}
