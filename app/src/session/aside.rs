//! Documents that were set aside: something in them cannot be worked on, or the app fell while it was. Their last good
//! text stays to be read and exported; nothing more is taken into them, nothing said about them, and everything else goes on.

use automerge::ChangeHash;
use huigao_shared::ids::{DocumentId, MemberId};
use serde::{Deserialize, Serialize};

use super::Session;
use super::admission::Unfit;
use super::event::{Changed, Write};
use super::stored::json;

const PREFIX: &str = "aside/";
/// After so many falls at reading a document from this device it is not read any more.
const FALLS: u8 = 2;

/// What the session is doing to a document. The platform notes it before it begins: should the app fall in the middle,
/// the next one knows where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Work {
    /// Which document.
    pub document: DocumentId,
    /// It is being read from this device; else something that came is taken in, or it is shown.
    pub reading: bool,
    /// Whose change is taken in, if it is one person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// The change's hash, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}

/// Told what is begun, and by none that it has ended.
pub type Watch = fn(Option<&Work>);

/// Why a document is set aside.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Aside {
    /// By whose change, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// Which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// How often the app fell at reading it from this device.
    #[serde(default)]
    pub falls: u8,
}

impl Aside {
    /// Whether it is not even to be read from this device.
    pub fn is_unreadable(&self) -> bool {
        self.falls >= FALLS
    }
}

pub(super) fn parse(key: &str, bytes: &[u8]) -> Option<(DocumentId, Aside)> {
    Some((key.strip_prefix(PREFIX)?.parse().ok()?, serde_json::from_slice(bytes).ok()?))
}

fn key(document: DocumentId) -> String {
    format!("{PREFIX}{document}")
}

pub(super) fn forget(document: DocumentId) -> Write {
    Write::DeleteMeta { key: key(document) }
}

impl Session {
    /// The app fell while it did this: the document is set aside before it is touched again.
    pub(super) fn fell(&mut self, work: Work) {
        let Some(doc) = self.docs.get(&work.document) else { return };
        let before = doc.aside.clone().unwrap_or_default();
        let falls = before.falls + u8::from(work.reading);
        self.keep_aside(work.document, Aside { by: work.by.or(before.by), change: work.change, falls });
    }

    /// Something came that cannot be applied.
    pub(super) fn unfit(&mut self, document: DocumentId, Unfit { hash, by }: Unfit) {
        self.keep_aside(document, Aside { by, change: hash.map(|hash| hash.to_string()), falls: 0 });
    }

    fn keep_aside(&mut self, document: DocumentId, aside: Aside) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        self.saves.add(vec![Write::PutMeta { key: key(document), bytes: json(&aside) }], &mut self.out);
        doc.aside = Some(aside);
        doc.sync = None;
        doc.inbox.clear();
        self.link.active.remove(&document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Rows);
    }

    /// The document is worked on again: the relay took out of service what stood in the way, or the user says so.
    pub(super) fn take_up_again(&mut self, document: DocumentId, hashes: Option<&[ChangeHash]>) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        let is_named = |aside: &Aside| {
            // Where no change is known to be the one, any that the office took out may have been.
            let is_one = |hash: &ChangeHash| aside.change.as_ref().is_none_or(|change| *change == hash.to_string());
            hashes.is_none_or(|hashes| hashes.iter().any(is_one))
        };
        if doc.aside.take_if(|aside| is_named(aside)).is_none() {
            return;
        }
        self.write(vec![forget(document)]);
        self.enqueue(document);
        self.sync_document(document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Rows);
    }
}
