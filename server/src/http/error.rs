//! Errors as callers see them: a status and a name that the app has words for. Internals go to the log.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::office::OfficeError;

/// An error that ends a request.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    name: &'static str,
    /// A sentence for whoever asks without the app.
    sentence: Option<String>,
}

impl ApiError {
    pub fn new(status: StatusCode, name: &'static str) -> Self {
        Self { status, name, sentence: None }
    }

    /// With a sentence for whoever asks without the app.
    pub fn saying(self, sentence: impl std::fmt::Display) -> Self {
        Self { sentence: Some(sentence.to_string()), ..self }
    }

    pub fn internal(why: impl std::fmt::Display) -> Self {
        tracing::error!(%why, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
    }

    pub fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed")
    }

    pub fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many")
    }
}

impl From<OfficeError> for ApiError {
    fn from(error: OfficeError) -> Self {
        let (status, name) = match error {
            OfficeError::NotSignedIn => (StatusCode::UNAUTHORIZED, "not-signed-in"),
            OfficeError::Revoked => (StatusCode::FORBIDDEN, "revoked"),
            OfficeError::Left => (StatusCode::FORBIDDEN, "left"),
            OfficeError::NotAllowed => (StatusCode::FORBIDDEN, "not-allowed"),
            OfficeError::NoSuch => (StatusCode::NOT_FOUND, "no-such"),
            OfficeError::CodeUnknown => (StatusCode::NOT_FOUND, "code-unknown"),
            OfficeError::CodeUsed => (StatusCode::GONE, "code-used"),
            OfficeError::CodeExpired => (StatusCode::GONE, "code-expired"),
            OfficeError::CodeRevoked => (StatusCode::GONE, "code-revoked"),
            OfficeError::Founded => (StatusCode::CONFLICT, "founded"),
            OfficeError::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too-many"),
            OfficeError::TooManyDevices => (StatusCode::CONFLICT, "too-many-devices"),
            OfficeError::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            OfficeError::Store(error) => return Self::internal(error),
        };
        Self::new(status, name)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = match self.sentence {
            None => json!({ "error": self.name }),
            Some(sentence) => json!({ "error": self.name, "sentence": sentence }),
        };
        (self.status, Json(body)).into_response()
    }
}
