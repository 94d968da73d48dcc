//! Typed identifiers. Each parses from and prints as the form used on the wire.

use std::fmt;
use std::str::FromStr;

use automerge::ActorId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a string is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The characters are not of the id's alphabet, or its check digits do not fit.
    #[error("not a valid id")]
    Malformed,
    /// It decodes, but to another number of bytes.
    #[error("an id of {expected} bytes was expected, this has {found}")]
    Length {
        /// How many bytes the id has.
        expected: usize,
        /// How many were found.
        found: usize,
    },
}

/// A document: 16 random bytes, printed as automerge-repo does (base58 with check digits).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId([u8; 16]);

impl DocumentId {
    /// The id made of these bytes; the caller brings the randomness.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).with_check().into_string())
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for DocumentId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // 16 bytes and 4 check bytes never print longer than this; longer input is not worth decoding.
        if text.len() > 32 {
            return Err(IdError::Malformed);
        }
        let bytes = bs58::decode(text).with_check(None).into_vec().map_err(|_| IdError::Malformed)?;
        let found = bytes.len();
        bytes.try_into().map(Self).map_err(|_| IdError::Length { expected: 16, found })
    }
}

impl Serialize for DocumentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DocumentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An id of 16 bytes, printed in hexadecimal.
macro_rules! hexadecimal_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id made of these bytes; the caller brings the randomness.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = hex::decode(text).map_err(|_| IdError::Malformed)?;
                let found = bytes.len();
                bytes.try_into().map(Self).map_err(|_| IdError::Length { expected: 16, found })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hexadecimal_id!(
    /// A person in the roster.
    MemberId
);
hexadecimal_id!(
    /// A device that a person enrolled: one browser's profile on one machine.
    DeviceId
);

impl MemberId {
    /// The id that belongs to a short key of a demonstration roster, the same on every machine.
    #[must_use]
    pub fn from_key(key: &str) -> Self {
        let digest = Sha256::new().chain_update(b"huigao member ").chain_update(key).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

/// A unit of the roster: a short key of lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct UnitId(String);

impl UnitId {
    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UnitId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=40).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Malformed)
        }
    }
}

impl<'de> Deserialize<'de> for UnitId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The actor under which one tab session of a member writes: member id, then eight random bytes.
///
/// A fresh one for each session, so no two writers ever share a sequence of changes and
/// history names its authors without a look-up.
#[must_use]
pub fn actor_of(member: MemberId, session: [u8; 8]) -> ActorId {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(member.as_bytes());
    bytes[16..].copy_from_slice(&session);
    ActorId::from(bytes.as_slice())
}

/// The member an actor names, if it is one of ours (24 bytes).
#[must_use]
pub fn member_of(actor: &ActorId) -> Option<MemberId> {
    let bytes: &[u8; 24] = actor.to_bytes().try_into().ok()?;
    let mut member = [0; 16];
    member.copy_from_slice(&bytes[..16]);
    Some(MemberId(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_ids_round_trip_in_the_automerge_repo_form() {
        let id = DocumentId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("3mJr7AoUXx2Wqd".parse::<DocumentId>(), Err(IdError::Malformed));
    }

    #[test]
    fn actors_name_their_member() {
        let member = MemberId::from_key("zhou-min");
        assert_eq!(member_of(&actor_of(member, [1; 8])), Some(member));
        assert_eq!(member_of(&ActorId::from([0u8; 16].as_slice())), None);
    }

    #[test]
    fn unit_keys_cannot_break_out_of_a_space_path() {
        assert!("shi/ling".parse::<UnitId>().is_err());
        assert!("".parse::<UnitId>().is_err());
        assert!("shiling".parse::<UnitId>().is_ok());
    }
}
