//! The app's files: right types, ETags, precompressed, content-hashed names cached for good.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::Shared;
use crate::assets::Assets;

/// Serves a file; a missing one is a 404, never the page.
pub(super) async fn file(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    // Siblings made by the build are reached by negotiation only.
    if path.ends_with(".br") || path.ends_with(".gz") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |name: &str| accepted.split(',').any(|part| part.split(';').next().is_some_and(|coding| coding.trim() == name));
    let variants = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(coding, _)| accepts(coding));
    let compressed = variants
        .filter_map(|(coding, ending)| shared.assets.get(&format!("{path}{ending}")).map(|bytes| (Some(coding), bytes)))
        .next();
    let Some((coding, bytes)) = compressed.or_else(|| shared.assets.get(path).map(|bytes| (None, bytes))) else {
        let text = if path == "index.html" { "the app is not built in: cargo xtask build\n" } else { "not found\n" };
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    let variant = format!("{path} {}", coding.unwrap_or_default());
    let etag = shared.etags.of(&shared.assets, variant, &bytes);
    let mut response = Response::new(Body::empty());
    let out = response.headers_mut();
    let kind = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
    let kind = if kind.starts_with("text/") || kind.ends_with("javascript") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    };
    out.insert(header::CONTENT_TYPE, header_value(&kind));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::ETAG, header_value(&etag));
    let caching = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if method == Method::GET {
        // Those in the program are not copied: whoever asks and does not listen costs nothing.
        *response.body_mut() = match bytes {
            Cow::Borrowed(bytes) => Body::from(Bytes::from_static(bytes)),
            Cow::Owned(bytes) => Body::from(bytes),
        };
    }
    response
}

/// ETags of files that cannot change while the program runs: a hash over megabytes for each request would be work that
/// anybody could ask for.
#[derive(Clone, Default)]
pub struct Etags(Arc<Mutex<HashMap<String, String>>>);

impl Etags {
    fn of(&self, assets: &Assets, variant: String, bytes: &[u8]) -> String {
        let compute = || format!("\"{}\"", hex::encode(&Sha256::digest(bytes)[..8]));
        match assets {
            Assets::Embedded => {
                let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                known.entry(variant).or_insert_with(compute).clone()
            }
            Assets::Folder(_) => compute(),
        }
    }
}

/// `app-0123abcd….js`: the build put a hash of the content into the name.
fn is_hashed(path: &str) -> bool {
    path.rsplit_once('.')
        .and_then(|(stem, _)| stem.rsplit_once('-'))
        .is_some_and(|(_, hash)| hash.len() >= 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}
