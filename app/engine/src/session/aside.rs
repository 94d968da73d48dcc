//! Documents that were set aside: something in them cannot be worked on, or the app fell while it was. Their last good
//! text stays to be read and exported; nothing of others is taken into them, nothing said about them, and everything else
//! goes on. All tabs of a profile do so together.

use automerge::ChangeHash;
use huigao_shared::ids::{DocumentId, MemberId};
use serde::{Deserialize, Serialize};

use super::Session;
use super::admission::Unfit;
use super::document::Doc;
use super::event::{Changed, Write};
use super::stored::json;

pub use huigao_protocol::work::Work;

const PREFIX: &str = "aside/";
/// After so many falls at reading a document from this device it is not read any more.
const FALLS: u8 = 2;

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
        let json = json(&aside);
        if self.lay_aside(document, aside) {
            // The other tabs hold the same, and would fall at it too.
            self.broadcast_aside(document, &json);
        }
    }

    /// Another tab has set a document aside.
    pub(super) fn aside_elsewhere(&mut self, document: DocumentId, json: &[u8]) {
        if let Ok(aside) = serde_json::from_slice(json) {
            self.lay_aside(document, aside);
        }
    }

    /// Leaves the document with the text that it has. Whether that is new.
    fn lay_aside(&mut self, document: DocumentId, aside: Aside) -> bool {
        let Some(doc) = self.docs.get_mut(&document).filter(|doc| doc.aside.as_ref() != Some(&aside)) else {
            return false;
        };
        // Each tab notes it, and takes out its note: whichever of them lives on has its transactions in order.
        self.saves.add(vec![Write::PutMeta { key: key(document), bytes: json(&aside) }], &mut self.out);
        doc.aside = Some(aside);
        // The relay is to send again what is dropped from here on.
        doc.start_over();
        let told = if doc.is_out_of_reach() { std::mem::take(&mut doc.from_tabs) } else { Vec::new() };
        self.link.active.remove(&document);
        if !told.is_empty() {
            // It waited for a document that is not read any more.
            self.save_chunk(document, told.concat(), Vec::new());
        }
        self.changed(Changed::Document(document));
        self.changed(Changed::Rows);
        true
    }

    /// Tells a tab that has just opened: the database may not show it yet.
    pub(super) fn tell_aside(&mut self) {
        let set_aside = |(document, doc): (&DocumentId, &Doc)| Some((*document, json(doc.aside.as_ref()?)));
        let all: Vec<(DocumentId, Vec<u8>)> = self.docs.iter().filter_map(set_aside).collect();
        for (document, json) in all {
            self.broadcast_aside(document, &json);
        }
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
        self.broadcast_taken_up(document);
        self.taken_up(document);
    }

    /// Another tab works on the document again.
    pub(super) fn taken_up_elsewhere(&mut self, document: DocumentId) {
        if self.docs.get_mut(&document).is_some_and(|doc| doc.aside.take().is_some()) {
            self.taken_up(document);
        }
    }

    fn taken_up(&mut self, document: DocumentId) {
        self.write(vec![forget(document)]);
        self.enqueue(document);
        self.sync_document(document);
        self.changed(Changed::Document(document));
        self.changed(Changed::Rows);
    }
}
