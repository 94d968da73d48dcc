//! `GET /api/session`: how one becomes somebody here. `POST /api/setup`: the first run.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::error::ApiError;
use super::invitations::shown;
use super::{Shared, guard, now};

/// In demonstration mode: the people to choose from. Otherwise: whether there is a campaign to be enrolled in.
pub(super) async fn session(
    State(shared): State<Shared>,
    Client(client): Client,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let local = guard::is_local(client, &headers) && !shared.behind_proxy;
    let roster = shared.office(|office| Ok(office.roster())).await?;
    if !shared.demo {
        return Ok(Json(json!({ "demo": false, "campaign": roster.campaign, "setup": roster.version == 0 && local })));
    }
    if !local {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "not-local"));
    }
    Ok(Json(json!({ "demo": true, "roster": roster.as_ref() })))
}

#[derive(Deserialize)]
pub(super) struct Setup {
    campaign: String,
    person: String,
}

/// Founds the campaign, from a page on this machine, once.
pub(super) async fn setup(
    State(shared): State<Shared>,
    Client(client): Client,
    headers: HeaderMap,
    Json(setup): Json<Setup>,
) -> Result<Json<Value>, ApiError> {
    if !guard::is_local(client, &headers) || shared.behind_proxy {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "not-local"));
    }
    let founded = shared.office(move |office| office.found(&setup.campaign, &setup.person, now())).await?;
    Ok(Json(shown(&founded.invited, founded.member, &headers)))
}
