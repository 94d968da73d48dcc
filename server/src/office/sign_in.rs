//! Signing in: a device answers a challenge with its key. No clock of the device's is trusted.

use huigao_shared::ids::DeviceId;
use huigao_shared::space::Space;

use super::enrolment::{is_signed, random};
use super::passes::{Holder, SESSION};
use super::{Office, OfficeError, Seconds};
use crate::hub::{Identity, Proof};

/// A session that began.
pub struct Session {
    /// By which the device is known from now on.
    pub token: String,
    /// How long, in seconds.
    pub seconds: Seconds,
}

impl Office {
    /// A challenge for a device, and whether it is one that may sign in. One that is not known gets one as well, which
    /// nobody can answer.
    ///
    /// # Errors
    /// If there is no randomness, or the store fails.
    pub fn challenge(&mut self, device: DeviceId, now: Seconds) -> Result<(String, bool), OfficeError> {
        let nonce = hex::encode(random::<32>()?);
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
        let known = self.store.device(device)?.ok_or(OfficeError::NotSignedIn)?;
        let statement = format!("huigao sign-in\n{device}\n{nonce}");
        if !is_signed(&known.key, statement.as_bytes(), signature) {
            return Err(OfficeError::NotSignedIn);
        }
        // Only the device itself learns that it was revoked.
        if known.revoked.is_some() {
            return Err(OfficeError::Revoked);
        }
        self.person(known.member)?;
        let token = hex::encode(random::<32>()?);
        self.passes.begin(holder, &token, now);
        if let Err(error) = self.store.device_seen(device, now) {
            // On a full disk there is no room for the date; what is there can be read all the same.
            tracing::warn!(%error, "when a device signed in could not be noted");
        }
        Ok(Session { token, seconds: SESSION })
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

    /// A ticket for one socket of this device, under this peer id.
    ///
    /// # Errors
    /// If who asks is no enrolled device, or the peer id does not fit.
    pub fn ticket(&mut self, by: &Identity, peer_id: &str, now: Seconds) -> Result<String, OfficeError> {
        let Proof::Device(device) = by.proof else { return Err(OfficeError::NotAllowed) };
        if peer_id.is_empty() || peer_id.len() > 128 {
            return Err(OfficeError::Malformed("a peer id has 1 to 128 characters"));
        }
        let ticket = hex::encode(random::<32>()?);
        self.passes.ticket(Holder { device, member: by.member }, &ticket, peer_id.to_owned(), now);
        Ok(ticket)
    }

    /// Who comes in by a ticket.
    ///
    /// # Errors
    /// If it is used, too old, or none.
    pub fn redeem(&mut self, ticket: &str, now: Seconds) -> Result<Identity, OfficeError> {
        let (holder, peer_id) = self.passes.redeem(ticket, now).ok_or(OfficeError::NotSignedIn)?;
        self.person(holder.member)?;
        Ok(identity_of(holder, Some(peer_id)))
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
