//! Opening a database, also one that a newer version of the app has changed.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use indexed_db::Factory;
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

use super::{Connection, NEWER, Schema, Step, scripts, translate};
use huigao_protocol::command::StoreError;

/// What to do when there is no such database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Make it.
    Create,
    /// Do not.
    Refuse,
}

/// Opens a database in the shape that is asked for.
pub async fn connect(name: &str, schema: &'static Schema, missing: Missing) -> Result<Connection, StoreError> {
    let factory = Factory::<StoreError>::get().map_err(translate)?;
    let refusal = scripts::expect_opening();
    let opening = factory.open(name, schema.version, move |upgrade| async move {
        if upgrade.old_version() == 0 && missing == Missing::Refuse {
            return Err(StoreError::Failed("the database was deleted".to_owned()).into());
        }
        (schema.migrate)(&upgrade)
    });
    match unless_refused(opening, refusal).await {
        Err(Refusal::Newer) => newer(&factory, name, schema).await,
        Err(Refusal::Other(error)) => Err(error),
        Ok(connection) => Ok(connection),
    }
}

/// The app was rolled back: the newer database does, as long as it has what this version needs.
async fn newer(factory: &Factory<StoreError>, name: &str, schema: &Schema) -> Result<Connection, StoreError> {
    let refusal = scripts::expect_opening();
    let opening = factory.open_latest_version(name);
    let connection = unless_refused(opening, refusal).await.map_err(|refusal| match refusal {
        Refusal::Newer => StoreError::Failed(format!("{name} cannot be opened")),
        Refusal::Other(error) => error,
    })?;
    let found = connection.object_store_names();
    if schema.stores.iter().all(|store| found.iter().any(|name| name == store)) {
        return Ok(connection);
    }
    connection.close();
    let version = connection.version();
    Err(StoreError::Failed(format!("{NEWER}: {name} {version}")))
}

enum Refusal {
    /// The database is of a newer version than was asked for.
    Newer,
    Other(StoreError),
}

async fn unless_refused(
    opening: impl Future<Output = Step<Connection>>,
    refusal: Promise,
) -> Result<Connection, Refusal> {
    let mut opening = pin!(opening);
    let mut refusal = pin!(JsFuture::from(refusal));
    poll_fn(|context| {
        if let Poll::Ready(result) = opening.as_mut().poll(context) {
            return Poll::Ready(result.map_err(|error| Refusal::Other(translate(error))));
        }
        match refusal.as_mut().poll(context) {
            Poll::Ready(Err(error)) if scripts::name_of(&error) == scripts::VERSION_ERROR => {
                Poll::Ready(Err(Refusal::Newer))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(Refusal::Other(scripts::failure(&error)))),
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}
