//! What comes with a request: small, and soon.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::error::ApiError;

/// The largest body that any endpoint but the preview of a file takes, in bytes; real ones have some hundreds.
const MAX_BODY: usize = 16 << 10;
/// How long one may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The largest file that is looked at, in bytes, and how long one may take to come: over a slow line, with room.
const MAX_FILE: usize = 4 << 20;
const PATIENCE_FILE: Duration = Duration::from_secs(240);

/// Has a small body before its endpoint runs, or says why not.
pub(super) async fn small(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match whole(&parts.headers, body, MAX_BODY, PATIENCE).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) => error.into_response(),
    }
}

/// A file that somebody sends who may.
pub(super) async fn file(request: Request) -> Result<Bytes, ApiError> {
    let (parts, body) = request.into_parts();
    whole(&parts.headers, body, MAX_FILE, PATIENCE_FILE).await
}

async fn whole(headers: &HeaderMap, body: Body, most: usize, patience: Duration) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    match timeout(patience, to_bytes(body, most)).await {
        // One that broke off has nobody to hear why.
        Ok(bytes) => bytes.map_err(|_| too_large()),
        Err(_) => Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "too-slow")),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::Router;
    use axum::http::Request as Ask;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures_util::stream;
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::*;

    async fn answer(body: Body, length: Option<usize>) -> StatusCode {
        let router: Router = Router::new().route("/", post(|body: Bytes| async move { body })).layer(from_fn(small));
        let mut request = Ask::post("/");
        if let Some(length) = length {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        router.oneshot(request.body(body).expect("a request")).await.expect("an answer").status()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_small_and_comes_soon() {
        let endless = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(answer(Body::from(vec![7; MAX_BODY]), None).await, StatusCode::OK);
        assert_eq!(answer(Body::from(vec![7; MAX_BODY + 1]), None).await, StatusCode::PAYLOAD_TOO_LARGE);
        // What says that it is large is not waited for.
        let begin = Instant::now();
        assert_eq!(answer(endless(), Some(2 << 20)).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(answer(endless(), None).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(begin.elapsed(), PATIENCE);
    }
}
