//! The audit log: every act of authority, in an order that cannot be changed unseen.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::authority::Edit;
use crate::ids::{DeviceId, DocumentId, MemberId};
use crate::roster::Roster;
use crate::space::Space;

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The campaign was made.
    CampaignMade {
        /// Its title.
        title: String,
    },
    /// A person was invited to enrol a device.
    Invited {
        /// Whom.
        member: MemberId,
        /// The invitation's public name.
        invitation: String,
        /// Until when, in seconds since 1970.
        expires: i64,
    },
    /// An invitation was taken back.
    InvitationRevoked {
        /// Whose.
        member: MemberId,
        /// Its public name.
        invitation: String,
    },
    /// A device was enrolled by an invitation.
    Enrolled {
        /// Whose it is.
        member: MemberId,
        /// Its id.
        device: DeviceId,
        /// What it was called.
        name: String,
        /// The invitation's public name.
        invitation: String,
    },
    /// A device was called otherwise.
    DeviceRenamed {
        /// Which.
        device: DeviceId,
        /// Its new name.
        name: String,
        /// What it was called before; entries of older versions do not have it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        before: String,
    },
    /// A device was cut off.
    DeviceRevoked {
        /// Whose it was.
        member: MemberId,
        /// Which.
        device: DeviceId,
        /// What it was called; entries of older versions do not have it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
    },
    /// The roster was changed: people, units, roles, grants.
    RosterChanged {
        /// The version that it led to.
        version: u64,
        /// What was done.
        edit: Box<Edit>,
    },
    /// A list was taken out of the relay as a file.
    Exported {
        /// Which: `roster` or `audit`.
        list: String,
        /// How many rows.
        rows: usize,
    },
    /// An office's device or program received a unit's or a person's document for the first time.
    Delivered {
        /// Which document.
        document: DocumentId,
        /// Where it lives.
        space: Space,
    },
    /// The office published a document for evaluation: its first change is in that space since the same commit.
    Published {
        /// Which.
        document: DocumentId,
        /// Who wrote it, if that is somebody else than who brought it: the device of a colleague, or of one who brings it
        /// again after the relay was put back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<MemberId>,
    },
    /// A bearer token was made.
    TokenMade {
        /// For whom.
        member: MemberId,
        /// Its public name.
        token: String,
    },
    /// A bearer token was revoked.
    TokenRevoked {
        /// Its public name.
        token: String,
    },
}

impl Deed {
    /// Its name, as filters use it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CampaignMade { .. } => "campaign-made",
            Self::Invited { .. } => "invited",
            Self::InvitationRevoked { .. } => "invitation-revoked",
            Self::Enrolled { .. } => "enrolled",
            Self::DeviceRenamed { .. } => "device-renamed",
            Self::DeviceRevoked { .. } => "device-revoked",
            Self::RosterChanged { .. } => "roster-changed",
            Self::Exported { .. } => "exported",
            Self::Delivered { .. } => "delivered",
            Self::Published { .. } => "published",
            Self::TokenMade { .. } => "token-made",
            Self::TokenRevoked { .. } => "token-revoked",
        }
    }

    /// The person whom it was done to, if it was one.
    #[must_use]
    pub fn subject(&self) -> Option<MemberId> {
        match self {
            Self::Invited { member, .. }
            | Self::InvitationRevoked { member, .. }
            | Self::Enrolled { member, .. }
            | Self::DeviceRevoked { member, .. }
            | Self::TokenMade { member, .. } => Some(*member),
            Self::RosterChanged { edit, .. } => match edit.as_ref() {
                Edit::Member { after, .. } => Some(after.id),
                Edit::Remove { before } => Some(before.id),
                Edit::Grant { grant, .. } => Some(grant.member),
                Edit::Title { .. } | Edit::Unit { .. } => None,
            },
            Self::CampaignMade { .. }
            | Self::DeviceRenamed { .. }
            | Self::Exported { .. }
            | Self::Delivered { .. }
            | Self::Published { .. }
            | Self::TokenRevoked { .. } => None,
        }
    }
}

/// One entry, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Who did it; none for the relay's own command line.
    pub by: Option<MemberId>,
    /// On which device, if it was an enrolled one.
    pub device: Option<DeviceId>,
    /// By which bearer token, by its public name, if it was another program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What.
    pub deed: Deed,
}

/// An entry in its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Placed {
    /// Counts from 1, without gaps.
    pub number: u64,
    /// Seconds since 1970 by the relay's clock.
    pub at: i64,
    /// The entry.
    pub entry: Entry,
    /// The chain up to here, in hexadecimal.
    pub hash: String,
}

/// A roster with those besides who were taken off it, as these entries name them: to read the log by.
#[must_use]
pub fn with_removed(roster: &Roster, entries: &[Placed]) -> Roster {
    let mut all = roster.clone();
    for placed in entries {
        if let Deed::RosterChanged { edit, .. } = &placed.entry.deed
            && let Edit::Remove { before } = edit.as_ref()
            && all.member(before.id).is_none()
        {
            all.members.push(before.as_ref().clone());
        }
    }
    all
}

/// The hash of an entry's place: over everything before it, its number, its time, and its bytes as stored.
#[must_use]
pub fn chain(before: &[u8], number: u64, at: i64, entry: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(before)
        .chain_update(number.to_be_bytes())
        .chain_update(at.to_be_bytes())
        .chain_update(entry)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_before_are_read_and_written_as_they_were() {
        for json in [
            format!(r#"{{"device-revoked":{{"member":"{}","device":"{}"}}}}"#, "01".repeat(16), "02".repeat(16)),
            format!(r#"{{"device-renamed":{{"device":"{}","name":"电脑"}}}}"#, "02".repeat(16)),
        ] {
            let deed: Deed = serde_json::from_str(&json).expect("an entry");
            assert_eq!(serde_json::to_string(&deed).expect("plain"), json);
        }
    }
}
