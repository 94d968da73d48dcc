//! `/api/enrolment`: a new device comes in by an invitation.

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use huigao_shared::roster::seen_by;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Address;
use super::error::ApiError;
use super::{Shared, now};
use crate::office::{Code, OfficeError};

#[derive(Deserialize)]
pub(super) struct Look {
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Enrol {
    code: String,
    /// Hexadecimal.
    key: String,
    /// Hexadecimal.
    signature: String,
    name: String,
}

/// Whom a code invites.
pub(super) async fn look(
    State(shared): State<Shared>,
    Address(address): Address,
    Json(look): Json<Look>,
) -> Result<Json<Value>, ApiError> {
    let code = read(&shared, address, &look.code)?;
    let welcome = shared.office(move |office| office.welcome(&code, now())).await?;
    shared.doorkeeper().was_good(address);
    let unit = welcome.member.unit.as_ref().and_then(|unit| welcome.roster.unit(unit));
    Ok(Json(json!({
        "campaign": welcome.roster.campaign,
        "campaignEn": welcome.roster.campaign_en,
        "member": welcome.member,
        "unit": unit,
        "expires": welcome.expires,
    })))
}

/// Enrols the device.
pub(super) async fn enrol(
    State(shared): State<Shared>,
    Address(address): Address,
    Json(enrol): Json<Enrol>,
) -> Result<Json<Value>, ApiError> {
    let code = read(&shared, address, &enrol.code)?;
    let bytes = |text: &str| hex::decode(text).map_err(|_| ApiError::malformed());
    let (key, signature, name) = (bytes(&enrol.key)?, bytes(&enrol.signature)?, enrol.name);
    let enrolled = shared.office(move |office| office.enrol(&code, &key, &signature, &name, now())).await?;
    shared.doorkeeper().was_good(address);
    // By whom there are words to read the socket tells.
    let roster = seen_by(&enrolled.roster, enrolled.member.id, &BTreeSet::new());
    Ok(Json(json!({
        "device": enrolled.device,
        "member": enrolled.member,
        "roster": roster,
    })))
}

/// Reads a code, and counts the try: codes are short, so nobody may try many.
fn read(shared: &Shared, address: IpAddr, text: &str) -> Result<Code, ApiError> {
    let code = text.parse().map_err(|()| ApiError::from(OfficeError::CodeUnknown))?;
    if shared.doorkeeper().may_try_code(address) { Ok(code) } else { Err(ApiError::too_many()) }
}
