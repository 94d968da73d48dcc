//! Asking the relay by HTTP.

use std::cell::Cell;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Response};

use super::clock::Timer;
use super::window;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection.
    #[error("the relay cannot be reached")]
    Unreachable,
    /// A connection, but no answer in time.
    #[error("the relay did not answer in time")]
    Timeout,
    /// Another answer than success.
    #[error("the relay answered with status {0}")]
    Status(u16),
    /// An answer that is not what was asked for.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

/// Reads a JSON value from a path of this site, within so many milliseconds.
pub async fn get_json<T: DeserializeOwned>(path: &str, timeout: u32) -> Result<T, HttpError> {
    let late = Rc::new(Cell::new(false));
    let init = RequestInit::new();
    let controller = AbortController::new().ok();
    if let Some(controller) = &controller {
        init.set_signal(Some(&controller.signal()));
    }
    let _timer = Timer::after(timeout, {
        let late = late.clone();
        move || {
            late.set(true);
            if let Some(controller) = controller {
                controller.abort();
            }
        }
    });

    let text = fetch(path, &init).await.map_err(|error| match error {
        HttpError::Unreachable if late.get() => HttpError::Timeout,
        HttpError::Unreachable | HttpError::Timeout | HttpError::Status(_) | HttpError::Unreadable(_) => error,
    })?;
    serde_json::from_str(&text).map_err(|error| HttpError::Unreadable(error.to_string()))
}

async fn fetch(path: &str, init: &RequestInit) -> Result<String, HttpError> {
    let unreachable = |_: JsValue| HttpError::Unreachable;
    let response = JsFuture::from(window().fetch_with_str_and_init(path, init));
    let response: Response = response.await.map_err(unreachable)?.unchecked_into();
    if !response.ok() {
        return Err(HttpError::Status(response.status()));
    }
    let text = response.text().map_err(unreachable)?;
    let text = JsFuture::from(text).await.map_err(unreachable)?;
    Ok(text.as_string().unwrap_or_default())
}
