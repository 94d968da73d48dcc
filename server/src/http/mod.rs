//! The door: one router, one file an endpoint.

mod files;
mod guard;
mod health;
mod session;
mod sync;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::routing::get;
use huigao_shared::roster::Roster;

use crate::assets::Assets;
use crate::driver::Relay;
use crate::store::Store;

/// What all endpoints share.
#[derive(Clone)]
pub struct Shared {
    /// The running hub.
    pub relay: Relay,
    /// For tokens.
    pub store: Arc<Mutex<Store>>,
    /// The roster.
    pub roster: Arc<Roster>,
    /// The app's files.
    pub assets: Assets,
    /// Whether anybody on this machine may be anyone.
    pub demo: bool,
}

/// Everything the relay serves.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/sync", get(sync::upgrade))
        .route("/api/session", get(session::session))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .fallback(files::file)
        .layer(middleware::map_response(secure_headers))
        .with_state(shared)
}

/// Where a request came from.
pub type Client = axum::extract::ConnectInfo<SocketAddr>;

async fn secure_headers<B>(mut response: axum::http::Response<B>) -> axum::http::Response<B> {
    const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
        img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
