//! `/healthz` and `/metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Shared;

/// 200 while commits go through; 503 while they do not. A document that cannot be read harms no other, so with one the
/// relay is still of use, and says what is wrong.
pub(super) async fn healthz(State(shared): State<Shared>) -> (StatusCode, String) {
    let metrics = shared.relay.metrics();
    if !metrics.storing {
        (StatusCode::SERVICE_UNAVAILABLE, "degraded: commits fail: see the log\n".to_owned())
    } else if metrics.quarantined > 0 {
        let count = metrics.quarantined;
        (StatusCode::OK, format!("degraded: {count} documents cannot be read: see the log, and run huigao check\n"))
    } else {
        (StatusCode::OK, "ok\n".to_owned())
    }
}

pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")],
        shared.relay.metrics().text(),
    )
}
