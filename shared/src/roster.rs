//! The roster: units, people, roles, grants. It is the relay's; clients hold a copy to read.

mod seen;

use serde::{Deserialize, Serialize};

pub use seen::{seen_by, sees_everybody, spaces_of_others};

use crate::ids::{MemberId, UnitId};
use crate::space::Space;

/// The largest file of people that is looked at, in bytes, and the most rows it may have.
pub const MAX_FILE: usize = 4 << 20;
/// See [`MAX_FILE`].
pub const MAX_FILE_ROWS: usize = 5_000;

/// What a person does in the campaign; one may have several.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 组长, head of the leading group.
    Head,
    /// 副组长, deputy head.
    Deputy,
    /// 成员, member of the leading group.
    LeadingMember,
    /// 活动办公室, campaign office.
    CampaignOffice,
    /// Staff of the person's own unit.
    UnitStaff,
    /// 督导, reads what is published, and more by a named grant.
    Supervisor,
    /// 评议代表, sees what is put to evaluation.
    Evaluator,
}

impl Role {
    /// Every one, from the head down.
    pub const ALL: [Self; 7] = [
        Self::Head,
        Self::Deputy,
        Self::LeadingMember,
        Self::CampaignOffice,
        Self::UnitStaff,
        Self::Supervisor,
        Self::Evaluator,
    ];
}

/// The kinds of unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// 党组, the leading group itself.
    Group,
    /// 活动办公室.
    Office,
    /// 乡（镇）.
    Township,
    /// 县直部门.
    Department,
}

/// A unit of the campaign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// Its key.
    pub id: UnitId,
    /// Township, department, or one of the county's own.
    pub kind: UnitKind,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
}

/// A person of the campaign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The person's id.
    pub id: MemberId,
    /// A short key to name the person on a command line.
    pub key: String,
    /// The person's Chinese name.
    pub name: String,
    /// The person's name in Latin letters.
    pub name_en: String,
    /// The unit the person belongs to; supervisors and evaluators may have none.
    pub unit: Option<UnitId>,
    /// What the person does.
    pub roles: Vec<Role>,
    /// 分管: the work that a member of the leading group heads, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub division: String,
    /// 联系单位: the units that the person looks after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked: Vec<UnitId>,
    /// The person left the campaign: may do nothing any more, and is still the author of what they wrote.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
    /// The roster version at which what the person may do last changed. The relay's; nobody edits it.
    #[serde(default)]
    pub since: u64,
}

impl Member {
    /// A person of whom no more is known than this; nothing may be done by them yet.
    #[must_use]
    pub fn new(id: MemberId, key: &str, name: &str) -> Self {
        Self {
            id,
            key: key.to_owned(),
            name: name.to_owned(),
            name_en: String::new(),
            unit: None,
            roles: Vec::new(),
            division: String::new(),
            linked: Vec::new(),
            left: false,
            since: 0,
        }
    }

    /// Whether the person has the role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the person sits in the leading group, in whatever office.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.has(Role::Head) || self.has(Role::Deputy) || self.has(Role::LeadingMember)
    }

    /// Whether the person's work is with the documents of every unit.
    #[must_use]
    pub fn works_county_wide(&self) -> bool {
        self.has(Role::CampaignOffice) || self.leads()
    }
}

/// Leave for one person to read one space besides what the roles give.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Who may read.
    pub member: MemberId,
    /// What.
    pub space: Space,
}

/// One version of the whole roster.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Roster {
    /// Grows by one with each change.
    pub version: u64,
    /// Follows from all changes so far: two rosters of one version with different marks have different histories.
    #[serde(default)]
    pub mark: String,
    /// The campaign's Chinese title.
    pub campaign: String,
    /// The campaign's English title.
    pub campaign_en: String,
    /// All units, in the order in which they are shown.
    pub units: Vec<Unit>,
    /// All people, in the order in which they are shown.
    pub members: Vec<Member>,
    /// Named grants.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// These are not all people and grants, but those that one person sees: see [`seen_by`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

impl Roster {
    /// The person with this id.
    #[must_use]
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The unit with this key.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == *id)
    }
}
