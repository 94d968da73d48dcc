//! One IndexedDB database: opening it, and transactions that either complete or say why not.
//!
//! The crate `indexed_db` panics if a foreign future is awaited within a transaction. So all that a transaction does is
//! prepared before, and one closure makes all requests. How it ended is what the browser said, not what the closure did.

mod entries;
mod opening;
mod scripts;
mod transaction;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use self::opening::{Missing, connect};
use self::transaction::{Failure, attempt};
use huigao_protocol::command::StoreError;

pub use self::entries::{Entries, entries_in};
pub use self::transaction::all;

/// What a step within a transaction yields.
pub type Step<T> = indexed_db::Result<T, StoreError>;
/// What runs while the database has no other user.
pub type Upgrade = indexed_db::VersionChangeEvent<StoreError>;
/// A running transaction.
pub type Running = indexed_db::Transaction<StoreError>;
/// A store within a running transaction.
pub type ObjectStore = indexed_db::ObjectStore<StoreError>;
/// A transaction's requests, until they are answered.
pub type Requests<T> = Pin<Box<dyn Future<Output = Step<T>>>>;

type Connection = indexed_db::Database<StoreError>;

/// What a failure says when another tab does not let go of the database.
pub const BLOCKED: &str = "database-blocked";
/// How a failure begins when the database is of a newer version of the app.
pub const NEWER: &str = "database-newer";

/// The shape of a database.
pub struct Schema {
    /// Grows with each migration.
    pub version: u32,
    /// The stores that this version of the app needs.
    pub stores: &'static [&'static str],
    /// Brings any older version up to this one.
    pub migrate: fn(&Upgrade) -> Step<()>,
}

/// What a transaction may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

/// An open database; closed when it is dropped.
pub struct Database {
    name: String,
    schema: &'static Schema,
    connection: RefCell<Rc<Connection>>,
    /// There was no room when it was last used: the browser then closes it, and does not say again why.
    full: Cell<bool>,
}

impl Database {
    /// Opens the database, or makes it.
    pub async fn open(name: String, schema: &'static Schema) -> Result<Self, StoreError> {
        let connection = connect(&name, schema, Missing::Create).await?;
        let connection = RefCell::new(Rc::new(connection));
        Ok(Self { name, schema, connection, full: Cell::new(false) })
    }

    /// Runs one transaction over all stores and waits until it has completed.
    ///
    /// `requests` must make all its requests at once, before it waits for any, and may be called a second time.
    pub async fn run<T: 'static>(
        &self,
        access: Access,
        requests: impl Fn(Running) -> Requests<T> + Clone + 'static,
    ) -> Result<T, StoreError> {
        let stores = self.schema.stores;
        let mut connection = self.connection.borrow().clone();
        let mut result = attempt(&connection, stores, access, requests.clone()).await;
        if matches!(result, Err(Failure::Closed)) {
            connection = self.reconnect().await?;
            result = attempt(&connection, stores, access, requests).await;
        }
        let result = result.map_err(|failure| match failure {
            Failure::Closed => StoreError::Failed("the database is closed".to_owned()),
            Failure::Other(error) => error,
        });
        self.full.set(matches!(result, Err(StoreError::Full)));
        result
    }

    /// The browser closed the database (a full disk), or another tab made a newer one of it (a new version of the app).
    async fn reconnect(&self) -> Result<Rc<Connection>, StoreError> {
        // If it was deleted it must stay so: what is in memory builds upon what is gone.
        let connection = connect(&self.name, self.schema, Missing::Refuse).await.map_err(|error| match error {
            StoreError::Failed(text) if self.full.get() && text.starts_with(scripts::UNKNOWN_ERROR) => StoreError::Full,
            StoreError::Failed(_) | StoreError::Full => error,
        });
        let connection = Rc::new(connection?);
        self.connection.replace(connection.clone());
        Ok(connection)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.connection.get_mut().close();
    }
}

/// An error of the crate's in our terms.
fn translate(error: indexed_db::Error<StoreError>) -> StoreError {
    if let indexed_db::Error::User(error) = error {
        return error;
    }
    StoreError::Failed(error.to_string())
}
