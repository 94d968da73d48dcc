//! What the driver needs of a platform. The browser implements it in `platform`; nothing above names web-sys.

use std::future::Future;
use std::pin::Pin;

use huigao_shared::ids::DocumentId;

use crate::session::event::{Chunk, StoreError, Write};

/// A future that need not cross threads: there is one.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// All that is read of a profile's database when it opens; bodies come later, one document at a time.
#[derive(Clone, Debug, Default)]
pub struct ProfileContents {
    /// Named values ([`Write::PutMeta`]).
    pub meta: Vec<(String, Vec<u8>)>,
    /// Documents ([`Write::PutDocument`]).
    pub documents: Vec<(DocumentId, String)>,
    /// Of which documents there are first words ([`Write::PutText`]).
    pub texts: Vec<DocumentId>,
}

/// A profile's database. What it keeps is written down as a suite, see [`crate::contract`].
pub trait Store {
    /// Reads everything but chunks and first words.
    fn contents(&self) -> LocalFuture<'_, Result<ProfileContents, StoreError>>;
    /// Reads a document's chunks, in key order.
    fn chunks(&self, document: DocumentId) -> LocalFuture<'_, Result<Vec<Chunk>, StoreError>>;
    /// Reads a document's first words.
    fn text(&self, document: DocumentId) -> LocalFuture<'_, Result<Option<String>, StoreError>>;
    /// Writes all or nothing; resolves once the transaction has completed with strict durability.
    fn write(&self, writes: Vec<Write>) -> LocalFuture<'_, Result<(), StoreError>>;
}
