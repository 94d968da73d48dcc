//! Who uses the app: what the relay says to whoever comes, and how one becomes somebody by an invitation.

use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::{Member, Roster, Unit};
use serde::{Deserialize, Serialize};

use super::account::Credential;
use crate::http::{HttpError, Request};
use crate::keys::DeviceKey;
use crate::profiles;

/// People wait for this before they see anything, on lines that may be dead.
const PATIENCE: u32 = 5_000;
/// Enrolling is asked for by somebody who has a line.
const PATIENCE_ENROL: u32 = 30_000;

/// What the relay says to whoever opens the page.
#[derive(Clone, Debug, Deserialize)]
pub struct Greeting {
    /// Whether it is a demonstration: anybody may be anyone of the roster.
    pub demo: bool,
    /// The roster to choose from.
    #[serde(default)]
    pub roster: Option<Roster>,
    /// There is no campaign yet, and whoever is here may found it.
    #[serde(default)]
    pub setup: bool,
}

/// Asks the relay who it is.
pub async fn greet() -> Result<Greeting, HttpError> {
    Request::new("GET", "/api/session", PATIENCE).read().await
}

/// Whom an invitation is for.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// The campaign's Chinese title.
    pub campaign: String,
    /// And its English one.
    pub campaign_en: String,
    /// The person.
    pub member: Member,
    /// The person's unit.
    pub unit: Option<Unit>,
}

/// Whom a code invites; it is not used by this.
pub async fn look(code: &str) -> Result<Welcome, HttpError> {
    #[derive(Serialize)]
    struct Look<'a> {
        code: &'a str,
    }
    Request::new("POST", "/api/enrolment/look", PATIENCE_ENROL).json(&Look { code }).read().await
}

/// The campaign was founded; its first person is invited.
#[derive(Deserialize)]
pub struct Founded {
    /// The invitation's code.
    pub code: String,
}

/// Founds the campaign.
pub async fn found(campaign: &str, person: &str) -> Result<Founded, HttpError> {
    #[derive(Serialize)]
    struct Setup<'a> {
        campaign: &'a str,
        person: &'a str,
    }
    Request::new("POST", "/api/setup", PATIENCE_ENROL).json(&Setup { campaign, person }).read().await
}

/// Why a device was not enrolled.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnrolError {
    /// The relay gave no good answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The browser gives no keys, or does not keep them.
    #[error("{0}")]
    Device(String),
}

impl EnrolError {
    fn device(error: impl std::fmt::Display) -> Self {
        Self::Device(error.to_string())
    }
}

#[derive(Serialize)]
struct Enrol<'a> {
    code: &'a str,
    name: &'a str,
    key: String,
    signature: String,
}

#[derive(Deserialize)]
struct Enrolled {
    device: DeviceId,
    member: Member,
    roster: Roster,
}

/// Enrols this browser by an invitation under a name. If the answer is lost, the same code may be used here again.
pub async fn enrol(code: &str, name: &str) -> Result<Identity, EnrolError> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let key = match profiles::joining_key(&code).await.map_err(EnrolError::device)? {
        Some(key) => key,
        None => {
            let key = DeviceKey::generate().await.map_err(EnrolError::device)?;
            // Before the relay hears of it: a key that is not kept would be a device that nobody has.
            profiles::keep_joining_key(&code, &key).await.map_err(EnrolError::device)?;
            key
        }
    };
    let public = key.public().await.map_err(EnrolError::device)?;
    let signature = key.sign(&format!("huigao enrol\n{code}")).await.map_err(EnrolError::device)?;
    let ask = Enrol { code: &code, name, key: hex::encode(public), signature: hex::encode(signature) };
    let enrolled = Request::new("POST", "/api/enrolment", PATIENCE_ENROL).json(&ask).read::<Enrolled>().await?;
    let member = enrolled.member.id;
    profiles::keep_key(member, enrolled.device, &key, &code).await.map_err(EnrolError::device)?;
    Ok(Identity { member, roster: Some(enrolled.roster), credential: Credential::Device(enrolled.device, key) })
}

/// Who uses the app.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The person.
    pub member: MemberId,
    /// The roster that the person was found in; none for somebody who was here before.
    pub roster: Option<Roster>,
    /// How the person is proved to the relay.
    pub credential: Credential,
}

impl Identity {
    /// The person of a profile on this browser: by its key, or by nothing in a demonstration.
    pub async fn of_profile(member: MemberId, demo: bool, roster: Option<Roster>) -> Self {
        let credential = match profiles::key_of(member).await {
            _ if demo => Credential::Demonstration,
            Ok(Some((device, key))) => Credential::Device(device, key),
            Ok(None) | Err(_) => Credential::Missing,
        };
        Self { member, roster, credential }
    }
}
