//! What lies in a store, keys and values.

use std::ops::RangeInclusive;

use wasm_bindgen::JsValue;

use super::{Requests, Running, Step};

/// Keys and values, in the order of the keys.
pub type Entries = Vec<(JsValue, JsValue)>;

/// Makes both requests at once; the answers are waited for in the result.
pub fn entries_in(
    running: &Running,
    store: &str,
    range: Option<RangeInclusive<JsValue>>,
) -> Step<impl Future<Output = Step<Entries>> + use<>> {
    let store = running.object_store(store)?;
    let (keys, values): (Requests<_>, Requests<_>) = match range {
        None => (Box::pin(store.get_all_keys(None)), Box::pin(store.get_all(None))),
        Some(range) => (Box::pin(store.get_all_keys_in(range.clone(), None)), Box::pin(store.get_all_in(range, None))),
    };
    Ok(async move {
        let keys = keys.await?;
        Ok(keys.into_iter().zip(values.await?).collect())
    })
}
