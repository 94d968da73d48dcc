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
    let variants = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(coding, _)| accepts(accepted, coding));
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
    if is_held(&headers, &etag) {
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

/// Whether a coding is accepted: named, and not with a weight of nothing.
fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|part| {
        let mut words = part.split(';').map(str::trim);
        let is_meant = words.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let weight = words.find_map(|word| word.strip_prefix("q=").or_else(|| word.strip_prefix("Q=")));
        is_meant && weight.is_none_or(|weight| weight.trim().parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}

/// Whether the asker holds what has this tag: by a list of tags, weak or not, or by whatever it holds.
fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_of_no_weight_is_not_accepted() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("gzip;q=0.5, BR;q=0.1", "br"));
        for refusal in ["br;q=0", "br; q=0.000", "gzip, br ;q=0.0", "gzip", "", "brotli", "br;q=x"] {
            assert!(!accepts(refusal, "br"), "{refusal}");
        }
    }

    #[test]
    fn a_tag_may_be_one_of_several_and_weak() {
        let held = |tags: &[&str]| {
            let mut headers = HeaderMap::new();
            for tags in tags {
                headers.append(header::IF_NONE_MATCH, HeaderValue::from_str(tags).expect("a value"));
            }
            is_held(&headers, "\"a1\"")
        };
        assert!(held(&["\"a1\""]));
        assert!(held(&["W/\"a1\""]));
        assert!(held(&["\"b2\", W/\"a1\""]));
        assert!(held(&["\"b2\"", "\"a1\""]));
        assert!(held(&["*"]));
        assert!(!held(&["\"b2\", \"a\""]));
        assert!(!held(&[]));
    }
}
