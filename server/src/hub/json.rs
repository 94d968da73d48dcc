//! JSON of what is ours.

use serde::Serialize;

/// Writes as JSON what consists of strings, numbers and lists of them, which is always possible. Were it ever not, then
/// nothing would be said in its place: an empty value is a word too.
pub(super) fn json_of<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings, numbers and lists of them can be written as JSON")
}
