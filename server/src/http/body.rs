//! What comes with a request: small, and soon.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use huigao_shared::roster::MAX_FILE;
use tokio::time::timeout;

use super::error::ApiError;

/// The largest body that any endpoint but the preview of a file takes, in bytes; real ones have some hundreds.
const MAX_BODY: usize = 16 << 10;
/// How long one may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The largest list of people that are invited together, in bytes.
const MAX_LIST: usize = 512 << 10;

/// The most bytes that are heard of a file that is too large, and how long one may take to come: over a slow line, with room.
const MAX_HEARD: usize = 256 << 20;
const PATIENCE_FILE: Duration = Duration::from_secs(240);

/// Has a small body before its endpoint runs, or says why not.
pub(super) async fn small(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match whole(&parts.headers, body, MAX_BODY, PATIENCE).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) => error.into_response(),
    }
}

/// A list of people that somebody sends who may.
pub(super) async fn list(request: Request) -> Result<Bytes, ApiError> {
    let (parts, body) = request.into_parts();
    whole(&parts.headers, body, MAX_LIST, PATIENCE).await
}

/// A file that somebody sends who may. One that is too large is heard to its end and thrown away: whoever is answered
/// amid sending hears that the line broke, and not why.
pub(super) async fn file(body: Body) -> Result<Vec<u8>, ApiError> {
    timeout(PATIENCE_FILE, heard(body)).await.unwrap_or_else(|_| Err(too_slow()))
}

async fn heard(body: Body) -> Result<Vec<u8>, ApiError> {
    let (mut file, mut size) = (Vec::new(), 0usize);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| ApiError::malformed())?;
        size = size.saturating_add(piece.len());
        if size > MAX_HEARD {
            break;
        }
        if size <= MAX_FILE {
            file.extend_from_slice(&piece);
        }
    }
    if size <= MAX_FILE {
        return Ok(file);
    }
    let sentence = format!("the file is too large: at most {} MB are taken", MAX_FILE >> 20);
    Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large").saying(sentence))
}

fn too_slow() -> ApiError {
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "too-slow")
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
        Err(_) => Err(too_slow()),
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
