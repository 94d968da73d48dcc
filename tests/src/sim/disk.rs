//! A profile's database that may be full, and that forgets what was not completed when its tab dies.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;

use automerge::{AutoCommit, Change, ChangeHash};
use huigao_engine::port::{LocalFuture, ProfileContents, Store};
use huigao_engine::session::event::{Chunk, StoreError, Write};
use huigao_protocol::first_words::FirstWords;
use huigao_shared::change::split_chunks;
use huigao_shared::ids::DocumentId;

/// What is durably there.
#[derive(Clone, Default)]
pub struct Disk {
    meta: BTreeMap<String, Vec<u8>>,
    documents: BTreeMap<DocumentId, String>,
    chunks: BTreeMap<(DocumentId, String), Vec<u8>>,
    texts: BTreeMap<DocumentId, String>,
    /// Writes fail for want of room.
    pub full: bool,
}

impl Disk {
    pub fn contents(&self) -> ProfileContents {
        ProfileContents {
            meta: self.meta.clone().into_iter().collect(),
            documents: self.documents.clone().into_iter().collect(),
            texts: self.texts(),
        }
    }

    pub fn chunks(&self, document: DocumentId) -> Vec<Chunk> {
        let all = self.chunks.iter().filter(|((id, _), _)| *id == document);
        all.map(|((_, key), bytes)| (key.clone(), bytes.clone())).collect()
    }

    /// The documents of which there are first words, in order.
    pub fn texts(&self) -> Vec<DocumentId> {
        self.texts.keys().copied().collect()
    }

    /// The first words of a document, as a page reads them: of one that has no record there are none.
    pub fn first_words(&self, document: DocumentId) -> Option<FirstWords> {
        self.documents.get(&document)?;
        FirstWords::decode(self.texts.get(&document)?)
    }

    /// Every change that the chunks of a document hold and that has all it builds on.
    pub fn hashes(&self, document: DocumentId) -> BTreeSet<ChangeHash> {
        self.changes(document).iter().map(Change::hash).collect()
    }

    /// Those of them that a tab takes into the document when it reads it: neither named as refused nor built on such.
    pub fn hashes_read(&self, document: DocumentId) -> BTreeSet<ChangeHash> {
        let prefix = format!("refused/{document}/");
        let named = self.meta.keys().filter_map(|key| key.strip_prefix(&prefix)?.parse().ok());
        let mut left_out: BTreeSet<ChangeHash> = named.collect();
        let mut read = BTreeSet::new();
        for change in self.changes(document) {
            if left_out.contains(&change.hash()) || change.deps().iter().any(|dep| left_out.contains(dep)) {
                left_out.insert(change.hash());
            } else {
                read.insert(change.hash());
            }
        }
        read
    }

    /// Whether words that were refused lie beside a document.
    pub fn has_side_copy(&self, document: DocumentId) -> bool {
        let name = document.to_string();
        let mut copies = self.meta.iter().filter(|(key, _)| key.starts_with("side/"));
        copies.any(|(_, bytes)| {
            serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|copy| copy["document"] == name.as_str())
        })
    }

    fn changes(&self, document: DocumentId) -> Vec<Change> {
        let (mut doc, mut changes) = (AutoCommit::new(), BTreeMap::new());
        for (_, bytes) in self.chunks(document) {
            for piece in split_chunks(&bytes).unwrap_or_default() {
                match Change::try_from(piece) {
                    Ok(change) => drop(changes.insert(change.hash(), change)),
                    // A whole document; before the changes, since an empty one would forget those that wait.
                    Err(_) => drop(doc.load_incremental(piece)),
                }
            }
        }
        let changes: Vec<Change> = changes.into_values().collect();
        if doc.apply_changes(changes.clone()).is_err() {
            // One that can never be applied must not keep out the others.
            changes.into_iter().for_each(|change| drop(doc.apply_changes([change])));
        }
        doc.get_changes(&[])
    }

    pub fn apply(&mut self, writes: &[Write]) {
        for write in writes.iter().cloned() {
            match write {
                Write::PutChunk { document, key, bytes } => {
                    self.chunks.insert((document, key), bytes);
                }
                Write::DeleteChunk { document, key } => {
                    self.chunks.remove(&(document, key));
                }
                Write::PutDocument { document, json } => {
                    self.documents.insert(document, json);
                }
                Write::DeleteDocument { document } => {
                    self.documents.remove(&document);
                    self.chunks.retain(|(id, _), _| *id != document);
                    self.texts.remove(&document);
                }
                Write::PutText { document, json } => {
                    self.texts.insert(document, json);
                }
                Write::DeleteText { document } => {
                    self.texts.remove(&document);
                }
                Write::PutMeta { key, bytes } => {
                    self.meta.insert(key, bytes);
                }
                Write::DeleteMeta { key } => {
                    self.meta.remove(&key);
                }
            }
        }
    }
}

/// A disk as the app's driver would see it; it answers at once.
#[derive(Default)]
pub struct DiskStore(RefCell<Disk>);

impl Store for DiskStore {
    fn contents(&self) -> LocalFuture<'_, Result<ProfileContents, StoreError>> {
        Box::pin(ready(Ok(self.0.borrow().contents())))
    }

    fn chunks(&self, document: DocumentId) -> LocalFuture<'_, Result<Vec<Chunk>, StoreError>> {
        Box::pin(ready(Ok(self.0.borrow().chunks(document))))
    }

    fn text(&self, document: DocumentId) -> LocalFuture<'_, Result<Option<String>, StoreError>> {
        Box::pin(ready(Ok(self.0.borrow().texts.get(&document).cloned())))
    }

    fn write(&self, writes: Vec<Write>) -> LocalFuture<'_, Result<(), StoreError>> {
        let mut disk = self.0.borrow_mut();
        if disk.full {
            return Box::pin(ready(Err(StoreError::Full)));
        }
        disk.apply(&writes);
        Box::pin(ready(Ok(())))
    }
}
