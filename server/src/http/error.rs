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
}

impl ApiError {
    pub fn new(status: StatusCode, name: &'static str) -> Self {
        Self { status, name }
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
        Self { status, name }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.name }))).into_response()
    }
}
