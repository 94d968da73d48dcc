//! Signing in: a device answers a challenge with its key, for one socket or for a session over HTTP. No clock of the
//! device's is trusted.

use huigao_shared::ids::DeviceId;
use huigao_shared::space::Space;
use huigao_shared::wire::proof;

use super::enrolment::{is_signed, random};
use super::passes::{Holder, SESSION};
use super::{Office, OfficeError, Seconds};
use crate::hub::{Identity, Proof};
use crate::store::{Device, StoreError};

/// A session that began.
pub struct Session {
    /// By which the device is known from now on.
    pub token: String,
    /// How long, in seconds.
    pub seconds: Seconds,
}

/// What a device is asked to sign, different every time.
///
/// # Errors
/// If there is no randomness.
pub fn nonce() -> Result<String, StoreError> {
    Ok(hex::encode(random::<32>()?))
}

impl Office {
    /// A challenge for a device, and whether it is one that may sign in. One that is not known gets one as well, which
    /// nobody can answer.
    ///
    /// # Errors
    /// If there is no randomness, or the store fails.
    pub fn challenge(&mut self, device: DeviceId, now: Seconds) -> Result<(String, bool), OfficeError> {
        let nonce = nonce()?;
        let Some(known) = self.store.device(device)? else { return Ok((nonce, false)) };
        self.passes.challenge(Holder { device, member: known.member }, &nonce, now);
        Ok((nonce, known.revoked.is_none()))
    }

    /// Begins a session for a device that has signed its challenge.
    ///
    /// # Errors
    /// If the signature is not good, the device was revoked, or its person left.
    pub fn sign_in(
        &mut self,
        device: DeviceId,
        nonce: &str,
        signature: &[u8],
        now: Seconds,
    ) -> Result<Session, OfficeError> {
        let holder = self.passes.answer(device, nonce, now).ok_or(OfficeError::NotSignedIn)?;
        self.signed(device, &format!("huigao sign-in\n{device}\n{nonce}"), signature, now)?;
        let token = hex::encode(random::<32>()?);
        self.passes.begin(holder, &token, now);
        Ok(Session { token, seconds: SESSION })
    }

    /// Who comes in on a socket: a device that has signed the challenge of this socket, and this peer id.
    ///
    /// # Errors
    /// If the peer id does not fit, the signature is not good, the device was revoked, or its person left.
    pub fn let_in(
        &mut self,
        device: DeviceId,
        peer_id: String,
        nonce: &str,
        signature: &[u8],
        now: Seconds,
    ) -> Result<Identity, OfficeError> {
        if peer_id.is_empty() || peer_id.len() > 128 {
            return Err(OfficeError::Malformed("a peer id has 1 to 128 characters"));
        }
        let known = self.signed(device, &proof::statement(device, nonce, &peer_id), signature, now)?;
        Ok(identity_of(Holder { device, member: known.member }, Some(peer_id)))
    }

    /// The device that has signed a statement, if it may come in.
    fn signed(
        &mut self,
        device: DeviceId,
        statement: &str,
        signature: &[u8],
        now: Seconds,
    ) -> Result<Device, OfficeError> {
        let known = self.store.device(device)?.ok_or(OfficeError::NotSignedIn)?;
        if !is_signed(&known.key, statement.as_bytes(), signature) {
            return Err(OfficeError::NotSignedIn);
        }
        // Only the device itself learns that its person is out, or that it was revoked: with whoever goes their devices go.
        self.person(known.member)?;
        if known.revoked.is_some() {
            return Err(OfficeError::Revoked);
        }
        self.seen.insert(device, now);
        Ok(known)
    }

    /// Who holds a session.
    ///
    /// # Errors
    /// If it is over, or there was none.
    pub fn signed_in(&self, token: &str, now: Seconds) -> Result<Identity, OfficeError> {
        let holder = self.passes.session(token, now).ok_or(OfficeError::NotSignedIn)?;
        self.person(holder.member)?;
        Ok(identity_of(holder, None))
    }

    /// Who comes in by a bearer token of the command line.
    ///
    /// # Errors
    /// If it is not good, or its person left.
    pub fn by_token(&mut self, token: &str, now: Seconds) -> Result<Identity, OfficeError> {
        let identity = self.store.identify(token, now)?.ok_or(OfficeError::NotSignedIn)?;
        self.person(identity.member)?;
        if let Proof::Token(id) = &identity.proof {
            self.tokens.insert(id.clone());
        }
        Ok(identity)
    }
}

fn identity_of(holder: Holder, peer_id: Option<String>) -> Identity {
    Identity {
        member: holder.member,
        home: Space::Private(holder.member),
        proof: Proof::Device(holder.device),
        peer_id,
    }
}
