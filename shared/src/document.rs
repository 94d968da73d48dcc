//! The shape of a document: one map with a few plain values and one text.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};

use crate::ids::DocumentId;

/// The text object's key.
pub const TEXT: &str = "text";
/// The title's key: a plain string, the last one set wins.
pub const TITLE: &str = "title";
/// The kind's key: set once.
pub const KIND: &str = "kind";
/// The document a shared copy was made from: its id.
pub const ORIGIN: &str = "origin";
/// The document in another place that stands for this one from now on: its id. Who takes it away takes the move back.
pub const MOVED_TO: &str = "movedTo";

/// Makes the document's shape in its first change. Only the creator calls this: two text objects made
/// apart would not merge.
///
/// # Errors
/// If Automerge refuses, which it does not for an empty document.
pub fn init<T: Transactable>(tx: &mut T, kind: &str, title: &str) -> Result<ObjId, AutomergeError> {
    tx.put(ROOT, KIND, kind)?;
    tx.put(ROOT, TITLE, title)?;
    tx.put_object(ROOT, TEXT, ObjType::Text)
}

/// The text object of a document; a document made by another program may have none.
#[must_use]
pub fn text_object<D: ReadDoc>(doc: &D) -> Option<ObjId> {
    match doc.get(ROOT, TEXT) {
        Ok(Some((Value::Object(ObjType::Text), id))) => Some(id),
        Ok(_) | Err(_) => None,
    }
}

/// The text that the document was made with. Another one in its place, or a number, changes nothing of what people read:
/// anybody's program can put one there. There must be no edits that are no change yet: this would make one of them.
#[must_use]
pub fn first_text(doc: &mut AutoCommit) -> Option<ObjId> {
    let roots: Vec<ChangeHash> =
        doc.get_changes_meta(&[]).into_iter().filter(|meta| meta.deps.is_empty()).map(|meta| meta.hash).collect();
    let made = roots.iter().flat_map(|root| doc.get_all_at(ROOT, TEXT, &[*root]).unwrap_or_default());
    let texts = made.filter(|(value, _)| matches!(value, Value::Object(ObjType::Text))).map(|(_, id)| id);
    // Of several that were made apart, the same one on every device.
    let first = texts.min_by_key(|id| match id {
        ObjId::Id(counter, actor, _) => (*counter, Some(actor.clone())),
        ObjId::Root => (0, None),
    });
    first.or_else(|| text_object(doc))
}

/// The document's text, empty if it has none.
#[must_use]
pub fn text<D: ReadDoc>(doc: &D) -> String {
    text_object(doc).and_then(|id| doc.text(&id).ok()).unwrap_or_default()
}

/// A string at the top of the document. Other programs make texts of their strings.
#[must_use]
pub fn string<D: ReadDoc>(doc: &D, key: &str) -> Option<String> {
    match doc.get(ROOT, key).ok().flatten()? {
        (Value::Object(ObjType::Text), id) => doc.text(&id).ok(),
        (Value::Object(ObjType::Map | ObjType::Table | ObjType::List), _) => None,
        (value @ Value::Scalar(_), _) => value.as_str().map(str::to_owned),
    }
}

/// Another document that this one names under a key.
#[must_use]
pub fn named<D: ReadDoc>(doc: &D, key: &str) -> Option<DocumentId> {
    string(doc, key)?.parse().ok()
}
