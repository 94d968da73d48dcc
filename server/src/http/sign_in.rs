//! `/api/sign-in`: from a device's key to a session, for what is asked over HTTP.

use axum::Json;
use axum::extract::State;
use huigao_shared::ids::DeviceId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Address;
use super::error::ApiError;
use super::{Shared, now};

#[derive(Deserialize)]
pub(super) struct Device {
    device: DeviceId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    device: DeviceId,
    nonce: String,
    /// Hexadecimal.
    signature: String,
}

pub(super) async fn challenge(
    State(shared): State<Shared>,
    Address(address): Address,
    Json(Device { device }): Json<Device>,
) -> Result<Json<Value>, ApiError> {
    let (nonce, is_known) = shared.office(move |office| office.challenge(device, now())).await?;
    if is_known {
        shared.doorkeeper().is_known(address, device);
    }
    Ok(Json(json!({ "nonce": nonce })))
}

pub(super) async fn sign_in(
    State(shared): State<Shared>,
    Address(address): Address,
    Json(answer): Json<Answer>,
) -> Result<Json<Value>, ApiError> {
    let signature = hex::decode(&answer.signature).map_err(|_| ApiError::malformed())?;
    let device = answer.device;
    let session = shared.office(move |office| office.sign_in(answer.device, &answer.nonce, &signature, now())).await?;
    shared.doorkeeper().is_known(address, device);
    Ok(Json(json!({ "token": session.token, "seconds": session.seconds })))
}
