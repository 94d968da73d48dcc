//! `/api/invitations`: made, listed, taken back.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use huigao_shared::ids::MemberId;
use qrcode::render::svg;
use qrcode::{Color, QrCode};
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

#[derive(Deserialize)]
pub(super) struct Many {
    members: Vec<MemberId>,
    hours: i64,
}

/// Invites many at once; the pictures come as their squares, which take a fortieth of a drawing.
pub(super) async fn invite_many(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let list = super::body::list(request).await?;
    let Many { members, hours } = serde_json::from_slice(&list).map_err(|_| ApiError::malformed())?;
    let made = shared.office(move |office| office.invite_many(&identity, &members, hours, now())).await?;
    let origin = origin(&headers).map(str::to_owned);
    // Two thousand pictures take a moment.
    let slips = tokio::task::spawn_blocking(move || {
        let slip = |(member, invited): &(MemberId, Invited)| {
            let squares = origin.as_deref().and_then(|origin| squares(&link(origin, invited)));
            json!({
                "id": invited.id,
                "member": member,
                "code": invited.code.to_string(),
                "squares": squares,
                "expires": invited.expires,
            })
        };
        made.iter().map(slip).collect::<Value>()
    });
    slips.await.map(Json).map_err(ApiError::internal)
}

/// The squares of a link's picture, row after row, four to a hexadecimal digit; the dark ones are set.
fn squares(link: &str) -> Option<Value> {
    let code = QrCode::new(link).ok()?;
    let (width, colors) = (code.width(), code.into_colors());
    let digit = |four: &[Color]| {
        let value = (0..4).fold(0, |value, at| value * 2 + u32::from(four.get(at) == Some(&Color::Dark)));
        char::from_digit(value, 16).unwrap_or('0')
    };
    Some(json!({ "width": width, "dark": colors.chunks(4).map(digit).collect::<String>() }))
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
    let link = origin(headers).map(|origin| link(origin, invited));
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

fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok())
}

/// The part behind # is never sent to anybody: the code stays out of logs.
fn link(origin: &str, invited: &Invited) -> String {
    format!("{origin}/#/join/{}", invited.code.digits())
}
