//! `GET /api/session`: how one becomes somebody here.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{Client, Shared, guard};

/// In demonstration mode: the people to choose from. Otherwise: that there are none to choose.
pub(super) async fn session(
    State(shared): State<Shared>,
    Client { 0: client }: Client,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    if !shared.demo {
        return Ok(Json(json!({ "demo": false })));
    }
    if !guard::is_local(client, &headers) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(Json(json!({ "demo": true, "roster": shared.roster.as_ref() })))
}
