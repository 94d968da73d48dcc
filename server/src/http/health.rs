//! `/healthz` and `/metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Shared;

/// 200 while commits go through; 503 while they do not.
pub(super) async fn healthz(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    if shared.relay.metrics().storing {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "commits fail: see the log\n")
    }
}

pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")],
        shared.relay.metrics().text(),
    )
}
