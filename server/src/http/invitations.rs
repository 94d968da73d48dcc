//! `/api/invitations`: made, listed, taken back.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use huigao_shared::ids::MemberId;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{Shared, now};
use crate::office::Invited;

#[derive(Deserialize)]
pub(super) struct New {
    member: MemberId,
    hours: i64,
}

pub(super) async fn invite(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    headers: HeaderMap,
    Json(New { member, hours }): Json<New>,
) -> Result<Json<Value>, ApiError> {
    let invited = shared.office(move |office| office.invite(&identity, member, hours, now())).await?;
    Ok(Json(shown(&invited, member, &headers)))
}

pub(super) async fn list(State(shared): State<Shared>, Caller(identity): Caller) -> Result<Json<Value>, ApiError> {
    let invitations = shared.office(move |office| office.invitations(&identity)).await?;
    let rows = invitations.into_iter().map(|invitation| {
        json!({
            "id": invitation.id,
            "member": invitation.member,
            "by": invitation.by,
            "created": invitation.created,
            "expires": invitation.expires,
            "device": invitation.device,
            "revoked": invitation.revoked,
        })
    });
    Ok(Json(rows.collect()))
}

pub(super) async fn revoke(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    shared.office(move |office| office.revoke_invitation(&identity, &id, now())).await?;
    Ok(Json(json!({})))
}

/// An invitation as it is handed over: the code, the link, and the link's picture. This is the only time.
pub(super) fn shown(invited: &Invited, member: MemberId, headers: &HeaderMap) -> Value {
    let link = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        // The part behind # is never sent to anybody: the code stays out of logs.
        .map(|origin| format!("{origin}/#/join/{}", invited.code.digits()));
    let picture = link
        .as_ref()
        .and_then(|link| QrCode::new(link).ok())
        .map(|code| code.render::<svg::Color<'_>>().quiet_zone(true).min_dimensions(200, 200).build());
    json!({
        "id": invited.id,
        "member": member,
        "code": invited.code.to_string(),
        "link": link,
        "picture": picture,
        "expires": invited.expires,
    })
}
