//! A profile's database: what [`Store`] asks for, over IndexedDB.

use std::ops::RangeInclusive;
use std::rc::Rc;

use huigao_shared::ids::DocumentId;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::port::{LocalFuture, ProfileContents, Store};
use crate::session::event::{StoreError, Write};
use huigao_browser::database::{Access, Database, Entries, Requests, Running, Step, all, entries_in};
use huigao_browser::migrations::{CHUNKS, DOCUMENTS, META, PROFILE, TEXTS};

/// The database of one profile, open until this is dropped.
pub struct BrowserStore {
    database: Database,
}

impl BrowserStore {
    /// Opens the database of a profile, or makes it.
    pub async fn open(profile: &str) -> Result<Self, StoreError> {
        let database = Database::open(format!("huigao-{profile}"), &PROFILE).await?;
        Ok(Self { database })
    }
}

impl Store for BrowserStore {
    fn contents(&self) -> LocalFuture<'_, Result<ProfileContents, StoreError>> {
        Box::pin(async {
            let read = self.database.run(Access::Read, |running| Box::pin(entries(running)));
            let (meta, documents, texts) = read.await?;
            let meta = meta.into_iter().filter_map(|(key, value)| Some((key.as_string()?, bytes(&value)?))).collect();
            // A document whose id cannot be read is left alone: whoever wrote it may read it again.
            let documents = documents
                .into_iter()
                .filter_map(|(key, value)| Some((key.as_string()?.parse().ok()?, value.as_string()?)))
                .collect();
            let texts = texts.into_iter().filter_map(|key| key.as_string()?.parse().ok()).collect();
            Ok(ProfileContents { meta, documents, texts })
        })
    }

    fn chunks(&self, document: DocumentId) -> LocalFuture<'_, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        Box::pin(async move {
            let range = all_chunks(document);
            let read = self.database.run(Access::Read, move |running| {
                let range = range.clone();
                Box::pin(async move { entries_in(&running, CHUNKS, Some(range))?.await })
            });
            let read_chunk = |(key, value): (JsValue, JsValue)| {
                let key = Array::from(&key).get(1).as_string()?;
                Some((key, bytes(&value)?))
            };
            let chunks: Option<Vec<_>> = read.await?.into_iter().map(read_chunk).collect();
            chunks.ok_or_else(|| StoreError::Failed(format!("a chunk of {document} is no bytes")))
        })
    }

    fn text(&self, document: DocumentId) -> LocalFuture<'_, Result<Option<String>, StoreError>> {
        Box::pin(async move {
            let key = document_key(document);
            let read = self.database.run(Access::Read, move |running| {
                let key = key.clone();
                Box::pin(async move { running.object_store(TEXTS)?.get(&key).await })
            });
            Ok(read.await?.and_then(|value| value.as_string()))
        })
    }

    fn write(&self, writes: Vec<Write>) -> LocalFuture<'_, Result<(), StoreError>> {
        Box::pin(async {
            let prepared: Rc<[Prepared]> = writes.into_iter().flat_map(prepare).collect();
            let write = self.database.run(Access::Write, move |running| make(&running, &prepared));
            write.await
        })
    }
}

/// Named values, documents, and the keys of first words: the three requests at once.
async fn entries(running: Running) -> Step<(Entries, Entries, Vec<JsValue>)> {
    let meta = entries_in(&running, META, None)?;
    let documents = entries_in(&running, DOCUMENTS, None)?;
    let texts: Requests<Vec<JsValue>> = Box::pin(running.object_store(TEXTS)?.get_all_keys(None));
    Ok((meta.await?, documents.await?, texts.await?))
}

/// A write in the browser's terms.
enum Prepared {
    Put { store: &'static str, key: JsValue, value: JsValue },
    Delete { store: &'static str, key: JsValue },
    DeleteRange { store: &'static str, range: RangeInclusive<JsValue> },
}

fn prepare(write: Write) -> Vec<Prepared> {
    let js = |bytes: &[u8]| Uint8Array::from(bytes).into();
    match write {
        Write::PutChunk { document, key, bytes } => {
            let key = chunk_key(document, &key);
            vec![Prepared::Put { store: CHUNKS, key, value: js(&bytes) }]
        }
        Write::DeleteChunk { document, key } => {
            vec![Prepared::Delete { store: CHUNKS, key: chunk_key(document, &key) }]
        }
        Write::PutDocument { document, json } => {
            let key = document_key(document);
            vec![Prepared::Put { store: DOCUMENTS, key, value: json.into() }]
        }
        Write::DeleteDocument { document } => vec![
            Prepared::Delete { store: DOCUMENTS, key: document_key(document) },
            Prepared::DeleteRange { store: CHUNKS, range: all_chunks(document) },
            Prepared::Delete { store: TEXTS, key: document_key(document) },
        ],
        Write::PutText { document, json } => {
            vec![Prepared::Put { store: TEXTS, key: document_key(document), value: json.into() }]
        }
        Write::DeleteText { document } => vec![Prepared::Delete { store: TEXTS, key: document_key(document) }],
        Write::PutMeta { key, bytes } => {
            vec![Prepared::Put { store: META, key: key.into(), value: js(&bytes) }]
        }
        Write::DeleteMeta { key } => vec![Prepared::Delete { store: META, key: key.into() }],
    }
}

fn make(running: &Running, prepared: &[Prepared]) -> Requests<()> {
    let request = |write: &Prepared| -> Step<Requests<()>> {
        Ok(match write {
            Prepared::Put { store, key, value } => Box::pin(running.object_store(store)?.put_kv(key, value)),
            Prepared::Delete { store, key } => Box::pin(running.object_store(store)?.delete(key)),
            Prepared::DeleteRange { store, range } => {
                Box::pin(running.object_store(store)?.delete_range(range.clone()))
            }
        })
    };
    match prepared.iter().map(request).collect() {
        Ok(requests) => all(requests),
        Err(error) => Box::pin(std::future::ready(Err(error))),
    }
}

fn document_key(document: DocumentId) -> JsValue {
    document.to_string().into()
}

fn chunk_key(document: DocumentId, key: &str) -> JsValue {
    Array::of2(&document_key(document), &key.into()).into()
}

/// IndexedDB puts arrays behind strings: an empty one is behind every chunk's key.
fn all_chunks(document: DocumentId) -> RangeInclusive<JsValue> {
    let document = document_key(document);
    Array::of1(&document).into()..=Array::of2(&document, &Array::new()).into()
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    Some(value.dyn_ref::<Uint8Array>()?.to_vec())
}
