//! How this device proves to the relay who uses it, for what is asked over HTTP: it signs in with its key when a session
//! is needed, and keeps the session in memory only. On its socket it proves itself without one (`line`).

use std::cell::RefCell;

use huigao_shared::ids::{DeviceId, MemberId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::http::{HttpError, Request};
use crate::keys::DeviceKey;
use huigao_protocol::command::ShutOut;

/// How long the relay may take, in milliseconds: lines are slow, and a file may be large.
const PATIENCE: u32 = 20_000;
const PATIENCE_FILES: u32 = 120_000;

/// What proves who somebody is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Nothing: in demonstration mode whoever is on this machine may be anyone.
    Demonstration,
    /// The key of an enrolled device.
    Device(DeviceId, DeviceKey),
    /// There was a key once, or there never was one.
    Missing,
}

/// Why something could not be asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AskError {
    /// The relay will not have this device.
    #[error("the relay will not have this device")]
    ShutOut(ShutOut),
    /// The relay gave no good answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The browser does not sign.
    #[error("{0}")]
    Key(String),
}

/// A person at the relay, by way of this device.
pub struct Account {
    member: MemberId,
    credential: Credential,
    session: RefCell<Option<String>>,
}

#[derive(Serialize)]
struct WantsChallenge {
    device: DeviceId,
}

#[derive(Serialize)]
struct SignIn {
    device: DeviceId,
    nonce: String,
    signature: String,
}

#[derive(Deserialize)]
struct Challenge {
    nonce: String,
}

#[derive(Deserialize)]
struct SignedIn {
    token: String,
}

impl Account {
    /// Not signed in yet.
    pub fn new(member: MemberId, credential: Credential) -> Self {
        Self { member, credential, session: RefCell::default() }
    }

    /// The person.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// What proves who that is.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Reads something.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, AskError> {
        parsed(&self.ask(|| Request::new("GET", path, PATIENCE)).await?)
    }

    /// Sends something.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, AskError> {
        parsed(&self.ask(|| Request::new("POST", path, PATIENCE).json(body)).await?)
    }

    /// Sends something that is answered at length.
    pub async fn post_long<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, AskError> {
        parsed(&self.ask(|| Request::new("POST", path, PATIENCE_FILES).json(body)).await?)
    }

    /// Changes something.
    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Result<(), AskError> {
        self.ask(|| Request::new("PATCH", path, PATIENCE).json(body)).await.map(drop)
    }

    /// Ends something.
    pub async fn delete(&self, path: &str) -> Result<(), AskError> {
        self.ask(|| Request::new("DELETE", path, PATIENCE)).await.map(drop)
    }

    /// Sends a file.
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, bytes: &[u8]) -> Result<T, AskError> {
        parsed(&self.ask(|| Request::new("POST", path, PATIENCE_FILES).bytes(bytes)).await?)
    }

    /// Fetches a file.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>, AskError> {
        self.ask(|| Request::new("GET", path, PATIENCE_FILES)).await
    }

    /// Asks as this person; signs in first where that is needed.
    async fn ask<'r>(&self, request: impl Fn() -> Request<'r>) -> Result<Vec<u8>, AskError> {
        let before = self.session.borrow().clone();
        let first = match before {
            None => None,
            Some(token) => Some(request().authorization(bearer(&token)).fetch().await),
        };
        let answer = match first {
            // Sessions are short, and end with the relay's process.
            None | Some(Err(HttpError::Status { status: 401, .. })) => {
                let authorization = self.sign_in().await?;
                request().authorization(authorization).fetch().await
            }
            Some(answer) => answer,
        };
        answer.map_err(shut_out)
    }

    async fn sign_in(&self) -> Result<Option<String>, AskError> {
        let (device, key) = match &self.credential {
            Credential::Demonstration => return Ok(Some(format!("Demonstration {}", self.member))),
            Credential::Missing => return Err(AskError::ShutOut(ShutOut::NoKey)),
            Credential::Device(device, key) => (device, key),
        };
        let challenge =
            Request::new("POST", "/api/sign-in/challenge", PATIENCE).json(&WantsChallenge { device: *device });
        let Challenge { nonce } = challenge.read().await?;
        let statement = format!("huigao sign-in\n{device}\n{nonce}");
        let signature = key.sign(&statement).await.map_err(|error| AskError::Key(error.to_string()))?;
        let answer = SignIn { device: *device, nonce, signature: hex::encode(signature) };
        let signed_in = Request::new("POST", "/api/sign-in", PATIENCE).json(&answer).read::<SignedIn>().await;
        let SignedIn { token } = signed_in.map_err(shut_out)?;
        let authorization = bearer(&token);
        self.session.replace(Some(token));
        Ok(authorization)
    }
}

fn bearer(token: &str) -> Option<String> {
    Some(format!("Bearer {token}"))
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AskError> {
    Ok(serde_json::from_slice(bytes).map_err(|error| HttpError::Unreadable(error.to_string()))?)
}

/// What the relay says of the device itself, apart from all else that may be wrong.
fn shut_out(error: HttpError) -> AskError {
    if error.is("revoked") {
        AskError::ShutOut(ShutOut::Revoked)
    } else if error.is("left") {
        AskError::ShutOut(ShutOut::Left)
    } else {
        AskError::Http(error)
    }
}
