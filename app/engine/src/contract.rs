//! What every store behind [`Store`] keeps, as one suite that runs on each of them: the simulator's disk in a native
//! test, the browser's database in Chromium.

use std::fmt::Debug;

use huigao_shared::ids::DocumentId;

use crate::port::{ProfileContents, Store};
use crate::session::event::{Chunk, Write};

/// Tries a store that has nothing in it, and leaves things in it.
///
/// # Errors
/// The first promise that it does not keep.
pub async fn check(store: &dyn Store) -> Result<(), String> {
    holds(store, "a new store has nothing in it", &[], &[]).await?;
    named_values(store).await?;
    documents(store).await?;
    chunks(store).await?;
    texts(store).await?;
    writes_in_order(store).await
}

async fn named_values(store: &dyn Store) -> Result<(), String> {
    let every_byte: Vec<u8> = (0..=255).collect();
    write(store, vec![put("甲/一", &every_byte), put("空", b""), put("b", b"1")]).await?;
    let all: [(&str, &[u8]); 3] = [("b", b"1"), ("甲/一", &every_byte), ("空", b"")];
    holds(store, "named values are found as they were put, empty ones too", &all, &[]).await?;
    write(store, vec![put("b", b"2"), delete("空"), delete("never there")]).await?;
    let all: [(&str, &[u8]); 2] = [("b", b"2"), ("甲/一", &every_byte)];
    holds(store, "a named value is replaced, and gone when it is deleted", &all, &[]).await?;
    write(store, vec![delete("b"), delete("甲/一")]).await?;
    holds(store, "all of them can be deleted", &[], &[]).await
}

async fn documents(store: &dyn Store) -> Result<(), String> {
    write(store, vec![record(1, "{}"), record(2, "{\"题\":1}"), record(1, "[]")]).await?;
    holds(store, "records are found, the last of each document", &[], &[(1, "[]"), (2, "{\"题\":1}")]).await?;
    write(store, vec![Write::DeleteDocument { document: document(2) }]).await?;
    holds(store, "a record that was deleted is gone", &[], &[(1, "[]")]).await
}

async fn chunks(store: &dyn Store) -> Result<(), String> {
    write(store, vec![chunk(1, "b", b"two"), chunk(1, "a", b"one"), chunk(2, "a", b""), chunk(1, "c", b"three")])
        .await?;
    let found: [(&str, &[u8]); 3] = [("a", b"one"), ("b", b"two"), ("c", b"three")];
    has_chunks(store, "chunks come in the order of their keys, one document's only", 1, &found).await?;
    has_chunks(store, "an empty chunk is one", 2, &[("a", b"")]).await?;
    has_chunks(store, "a document without chunks has none", 3, &[]).await?;
    write(store, vec![Write::DeleteChunk { document: document(1), key: "b".to_owned() }, chunk(1, "c", b"new")])
        .await?;
    let found: [(&str, &[u8]); 2] = [("a", b"one"), ("c", b"new")];
    has_chunks(store, "a chunk is replaced, and gone when it is deleted", 1, &found).await?;
    write(store, vec![Write::DeleteDocument { document: document(1) }]).await?;
    has_chunks(store, "with a document go its chunks", 1, &[]).await?;
    has_chunks(store, "and no others", 2, &[("a", b"")]).await
}

async fn texts(store: &dyn Store) -> Result<(), String> {
    write(store, vec![record(5, "{}"), text(5, "\"旧\""), text(6, "\"六\""), text(5, "\"新\"")]).await?;
    has_text(store, "first words are found, the last of each document", 5, Some("\"新\"")).await?;
    has_text(store, "each document has its own", 6, Some("\"六\"")).await?;
    has_text(store, "a document without first words has none", 7, None).await?;
    has_texts(store, "it is known of which documents there are some", &[5, 6]).await?;
    write(store, vec![Write::DeleteText { document: document(6) }, Write::DeleteDocument { document: document(5) }])
        .await?;
    has_text(store, "first words that were deleted are gone", 6, None).await?;
    has_text(store, "with a document go its first words", 5, None).await?;
    has_texts(store, "none are left", &[]).await
}

async fn writes_in_order(store: &dyn Store) -> Result<(), String> {
    let gone = || Write::DeleteDocument { document: document(4) };
    let first = vec![put("x", b"1"), delete("x"), record(4, "old"), chunk(4, "a", b"old")];
    let second = vec![gone(), record(4, "new"), chunk(4, "b", b"new"), delete("y"), put("y", b"1")];
    write(store, first.into_iter().chain(second).collect()).await?;
    holds(store, "writes of one transaction follow each other", &[("y", b"1")], &[(4, "new")]).await?;
    has_chunks(store, "chunks among them", 4, &[("b", b"new")]).await?;
    write(store, Vec::new()).await?;
    holds(store, "nothing to write changes nothing", &[("y", b"1")], &[(4, "new")]).await
}

fn document(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

fn put(key: &str, bytes: &[u8]) -> Write {
    Write::PutMeta { key: key.to_owned(), bytes: bytes.to_vec() }
}

fn delete(key: &str) -> Write {
    Write::DeleteMeta { key: key.to_owned() }
}

fn record(number: u8, json: &str) -> Write {
    Write::PutDocument { document: document(number), json: json.to_owned() }
}

fn chunk(number: u8, key: &str, bytes: &[u8]) -> Write {
    Write::PutChunk { document: document(number), key: key.to_owned(), bytes: bytes.to_vec() }
}

fn text(number: u8, json: &str) -> Write {
    Write::PutText { document: document(number), json: json.to_owned() }
}

async fn write(store: &dyn Store, writes: Vec<Write>) -> Result<(), String> {
    store.write(writes).await.map_err(|error| error.to_string())
}

async fn holds(store: &dyn Store, what: &str, meta: &[(&str, &[u8])], records: &[(u8, &str)]) -> Result<(), String> {
    let ProfileContents { meta: mut named, documents: mut found, .. } =
        store.contents().await.map_err(|error| error.to_string())?;
    named.sort();
    found.sort();
    let mut expected: Vec<(String, Vec<u8>)> =
        meta.iter().map(|(key, bytes)| ((*key).to_owned(), bytes.to_vec())).collect();
    expected.sort();
    same(what, &named, &expected)?;
    let expected: Vec<(DocumentId, String)> =
        records.iter().map(|(number, json)| (document(*number), (*json).to_owned())).collect();
    same(what, &found, &expected)
}

async fn has_chunks(store: &dyn Store, what: &str, number: u8, expected: &[(&str, &[u8])]) -> Result<(), String> {
    let found = store.chunks(document(number)).await.map_err(|error| error.to_string())?;
    let expected: Vec<Chunk> = expected.iter().map(|(key, bytes)| ((*key).to_owned(), bytes.to_vec())).collect();
    same(what, &found, &expected)
}

async fn has_text(store: &dyn Store, what: &str, number: u8, expected: Option<&str>) -> Result<(), String> {
    let found = store.text(document(number)).await.map_err(|error| error.to_string())?;
    same(what, &found.as_deref(), &expected)
}

async fn has_texts(store: &dyn Store, what: &str, expected: &[u8]) -> Result<(), String> {
    let mut found = store.contents().await.map_err(|error| error.to_string())?.texts;
    found.sort();
    let expected: Vec<DocumentId> = expected.iter().copied().map(document).collect();
    same(what, &found, &expected)
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: found {found:?}, not {expected:?}"))
}
