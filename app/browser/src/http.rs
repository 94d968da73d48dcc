//! Asking the relay by HTTP.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Uint8Array;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, Response};

use super::clock::Timer;
use super::scope;

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
    #[error("the relay answered with status {status} {name}")]
    Status {
        /// Of HTTP.
        status: u16,
        /// The relay's name for what is wrong; empty if it gave none.
        name: String,
    },
    /// An answer that is not what was asked for.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

impl HttpError {
    /// Whether the relay gave this name for what is wrong.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Status { name, .. } if name == wanted)
    }
}

/// A request to a path of this site.
pub struct Request<'a> {
    method: &'static str,
    path: &'a str,
    authorization: Option<String>,
    body: Option<(&'static str, JsValue)>,
    timeout: u32,
}

impl<'a> Request<'a> {
    /// A request that must be answered within so many milliseconds.
    pub fn new(method: &'static str, path: &'a str, timeout: u32) -> Self {
        Self { method, path, authorization: None, body: None, timeout }
    }

    /// With what proves who asks.
    pub fn authorization(mut self, authorization: Option<String>) -> Self {
        self.authorization = authorization;
        self
    }

    /// With a JSON value.
    pub fn json(mut self, value: &impl Serialize) -> Self {
        // Plain strings and numbers, which JSON always can write.
        let text = serde_json::to_string(value).unwrap_or_default();
        self.body = Some(("application/json", text.into()));
        self
    }

    /// With bytes.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.body = Some(("application/octet-stream", Uint8Array::from(bytes).into()));
        self
    }

    /// Sends it; the answer as JSON.
    pub async fn read<T: DeserializeOwned>(self) -> Result<T, HttpError> {
        let bytes = self.fetch().await?;
        serde_json::from_slice(&bytes).map_err(|error| HttpError::Unreadable(error.to_string()))
    }

    /// Sends it; the answer as bytes.
    pub async fn fetch(self) -> Result<Vec<u8>, HttpError> {
        let late = Rc::new(Cell::new(false));
        let init = self.init();
        let controller = AbortController::new().ok();
        if let Some(controller) = &controller {
            init.set_signal(Some(&controller.signal()));
        }
        let _timer = Timer::after(self.timeout, {
            let late = late.clone();
            move || {
                late.set(true);
                if let Some(controller) = controller {
                    controller.abort();
                }
            }
        });
        fetch(self.path, &init).await.map_err(|error| match error {
            HttpError::Unreachable if late.get() => HttpError::Timeout,
            HttpError::Unreachable | HttpError::Timeout | HttpError::Status { .. } | HttpError::Unreadable(_) => error,
        })
    }

    fn init(&self) -> RequestInit {
        let init = RequestInit::new();
        init.set_method(self.method);
        if let Ok(headers) = Headers::new() {
            // Both names and values are ours, and well-formed.
            if let Some(authorization) = &self.authorization {
                let _ = headers.set("authorization", authorization);
            }
            if let Some((kind, body)) = &self.body {
                let _ = headers.set("content-type", kind);
                init.set_body(body);
            }
            init.set_headers(&headers);
        }
        init
    }
}

/// What the relay answers when something is wrong.
#[derive(Deserialize)]
struct Failure {
    error: String,
}

async fn fetch(path: &str, init: &RequestInit) -> Result<Vec<u8>, HttpError> {
    let unreachable = |_: JsValue| HttpError::Unreachable;
    let response = JsFuture::from(scope::fetch(path, init));
    let response: Response = response.await.map_err(unreachable)?.unchecked_into();
    let body = JsFuture::from(response.array_buffer().map_err(unreachable)?).await.map_err(unreachable)?;
    let body = Uint8Array::new(&body).to_vec();
    if response.ok() {
        return Ok(body);
    }
    let name = serde_json::from_slice(&body).map_or_else(|_| String::new(), |Failure { error }| error);
    Err(HttpError::Status { status: response.status(), name })
}
