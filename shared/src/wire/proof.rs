//! How a device proves itself on its socket, before anything else is said there.
//!
//! The relay sends [`Challenge`](super::Message::Challenge), the device answers with [`Proof`](super::Message::Proof),
//! and the relay says [`Welcome`](super::Message::Welcome) or [`TurnedAway`](super::Message::TurnedAway).

use crate::ids::DeviceId;

/// What a device signs to come in: it binds the device, the challenge of this very socket, and the peer id. It begins
/// otherwise than what is signed for a session over HTTP, so neither is good for the other.
#[must_use]
pub fn statement(device: DeviceId, nonce: &str, peer_id: &str) -> String {
    format!("huigao socket\n{device}\n{nonce}\n{peer_id}")
}

/// Why a device does not come in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TurnedAway {
    /// The device was cut off.
    Revoked,
    /// Its person left the campaign.
    Left,
    /// No device of this name is known here, or it was not its key that signed for this socket.
    NotKnown,
    /// The relay is busy: another time.
    Busy,
    /// The proof did not come in time.
    Late,
    /// What came was no proof.
    Malformed,
}

impl TurnedAway {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Left => "left",
            Self::NotKnown => "not-known",
            Self::Busy => "busy",
            Self::Late => "late",
            Self::Malformed => "malformed",
        }
    }

    /// The reason of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Revoked, Self::Left, Self::NotKnown, Self::Busy, Self::Late, Self::Malformed];
        all.into_iter().find(|why| why.name() == name)
    }
}
