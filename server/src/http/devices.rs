//! `/api/devices`: seen, named, revoked.

use axum::Json;
use axum::extract::{Path, Query, State};
use huigao_shared::ids::{DeviceId, MemberId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{Shared, now};
use crate::hub::Proof;

#[derive(Deserialize)]
pub(super) struct Whose {
    /// None for everybody's.
    member: Option<MemberId>,
}

#[derive(Deserialize)]
pub(super) struct Name {
    name: String,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Query(Whose { member }): Query<Whose>,
) -> Result<Json<Value>, ApiError> {
    let proof = identity.proof.clone();
    let devices = shared.office(move |office| office.devices(&identity, member)).await?;
    let rows = devices.into_iter().map(|device| {
        json!({
            "id": device.id,
            "member": device.member,
            "name": device.name,
            "enrolled": device.enrolled,
            "seen": device.seen,
            "revoked": device.revoked,
            "this": proof == Proof::Device(device.id),
        })
    });
    Ok(Json(rows.collect()))
}

pub(super) async fn rename(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Path(device): Path<DeviceId>,
    Json(Name { name }): Json<Name>,
) -> Result<Json<Value>, ApiError> {
    shared.office(move |office| office.rename_device(&identity, device, &name, now())).await?;
    Ok(Json(json!({})))
}

pub(super) async fn revoke(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Path(device): Path<DeviceId>,
) -> Result<Json<Value>, ApiError> {
    shared.office(move |office| office.revoke_device(&identity, device, now())).await?;
    Ok(Json(json!({})))
}
