//! Who calls: established before an endpoint runs.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::client::{Address, Client};
use super::error::ApiError;
use super::{Shared, guard, now};
use crate::hub::Identity;
use crate::office::OfficeError;

/// A person who is signed in.
pub(super) struct Caller(pub Identity);

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, credentials) = header.and_then(|header| header.split_once(' ')).unwrap_or_default();
        let (scheme, credentials) = (scheme.to_owned(), credentials.to_owned());
        if scheme.eq_ignore_ascii_case("bearer") {
            let identity = shared.office(move |office| office.signed_in(&credentials, now())).await?;
            let Address(address) = Address::from_request_parts(parts, shared).await?;
            shared.know(address, &identity);
            return Ok(Self(identity));
        }
        // Demonstration mode: whoever is on this machine may be anyone.
        if scheme.eq_ignore_ascii_case("demonstration") && shared.demo {
            let Client(client) = Client::from_request_parts(parts, shared).await?;
            let member = credentials.parse().map_err(|_| OfficeError::NotSignedIn)?;
            let known = shared.office(move |office| Ok(office.roster().member(member).is_some())).await?;
            if known && guard::is_local(client, &parts.headers) {
                return Ok(Self(Identity::demonstration(member)));
            }
        }
        Err(OfficeError::NotSignedIn.into())
    }
}
