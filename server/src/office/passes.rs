//! What a device holds between proving its key and using it over HTTP: a challenge, a session's token.
//!
//! All of it is in memory only, short-lived, and bounded: a few of each kind for each enrolled device.

use std::collections::HashMap;

use huigao_shared::ids::{DeviceId, MemberId};
use sha2::{Digest, Sha256};

use super::Seconds;

/// How long a challenge may be answered.
const CHALLENGE: Seconds = 120;
/// How long a session lasts.
pub const SESSION: Seconds = 600;
/// How many of each a device may hold; the oldest gives way.
const EACH: usize = 8;

/// A secret as it is kept.
type Key = [u8; 32];

/// Who a session stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holder {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub member: MemberId,
}

struct Pass {
    holder: Holder,
    expires: Seconds,
}

/// Secrets of one kind, by digest.
#[derive(Default)]
struct Kind {
    passes: HashMap<Key, Pass>,
    order: HashMap<DeviceId, Vec<Key>>,
}

impl Kind {
    fn add(&mut self, secret: &str, pass: Pass) {
        let key = key(secret);
        let mine = self.order.entry(pass.holder.device).or_default();
        if mine.len() == EACH {
            self.passes.remove(&mine.remove(0));
        }
        mine.push(key);
        self.passes.insert(key, pass);
    }

    fn get(&self, secret: &str, now: Seconds) -> Option<&Pass> {
        self.passes.get(&key(secret)).filter(|pass| pass.expires > now)
    }

    fn take(&mut self, secret: &str, now: Seconds) -> Option<Pass> {
        let key = key(secret);
        let pass = self.passes.remove(&key)?;
        if let Some(mine) = self.order.get_mut(&pass.holder.device) {
            mine.retain(|other| *other != key);
        }
        (pass.expires > now).then_some(pass)
    }

    fn forget(&mut self, device: DeviceId) {
        for key in self.order.remove(&device).unwrap_or_default() {
            self.passes.remove(&key);
        }
    }
}

fn key(secret: &str) -> Key {
    Sha256::digest(secret).into()
}

/// All of them.
#[derive(Default)]
pub struct Passes {
    challenges: Kind,
    sessions: Kind,
}

impl Passes {
    /// A challenge that a device may answer once.
    pub fn challenge(&mut self, holder: Holder, nonce: &str, now: Seconds) {
        self.challenges.add(nonce, Pass { holder, expires: now + CHALLENGE });
    }

    /// Whether this challenge was this device's to answer. It is used up.
    pub fn answer(&mut self, device: DeviceId, nonce: &str, now: Seconds) -> Option<Holder> {
        self.challenges.take(nonce, now).map(|pass| pass.holder).filter(|holder| holder.device == device)
    }

    /// Begins a session.
    pub fn begin(&mut self, holder: Holder, token: &str, now: Seconds) {
        self.sessions.add(token, Pass { holder, expires: now + SESSION });
    }

    /// Whose session this is.
    #[must_use]
    pub fn session(&self, token: &str, now: Seconds) -> Option<Holder> {
        self.sessions.get(token, now).map(|pass| pass.holder)
    }

    /// Ends everything a device holds.
    pub fn forget(&mut self, device: DeviceId) {
        self.challenges.forget(device);
        self.sessions.forget(device);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLDER: Holder = Holder { device: DeviceId::from_bytes([1; 16]), member: MemberId::from_bytes([2; 16]) };
    const OTHER: DeviceId = DeviceId::from_bytes([3; 16]);

    #[test]
    fn a_challenge_is_answered_once_in_time_and_by_its_device() {
        let mut passes = Passes::default();
        passes.challenge(HOLDER, "a", 0);
        assert_eq!(passes.answer(OTHER, "a", 1), None, "another device's");
        assert_eq!(passes.answer(HOLDER.device, "a", 1), None, "used up by the try");
        passes.challenge(HOLDER, "b", 0);
        assert_eq!(passes.answer(HOLDER.device, "b", CHALLENGE), None, "too late");
        passes.challenge(HOLDER, "c", 0);
        assert_eq!(passes.answer(HOLDER.device, "c", 1), Some(HOLDER));
        assert_eq!(passes.answer(HOLDER.device, "c", 1), None, "twice");
    }

    #[test]
    fn what_a_device_may_hold_is_bounded_and_ends_with_it() {
        let mut passes = Passes::default();
        for number in 0..1_000 {
            passes.begin(HOLDER, &number.to_string(), 0);
            passes.challenge(HOLDER, &number.to_string(), 0);
        }
        assert_eq!(passes.sessions.passes.len() + passes.challenges.passes.len(), 2 * EACH);
        assert_eq!(passes.session("999", 1), Some(HOLDER));
        assert_eq!(passes.session("0", 1), None);
        assert_eq!(passes.session("999", SESSION), None);
        passes.forget(HOLDER.device);
        assert_eq!(passes.session("999", 1), None);
        assert_eq!(passes.answer(HOLDER.device, "999", 1), None);
    }
}
