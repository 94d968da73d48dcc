//! Spaces: where a document lives for good, and so who may read and write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{IdError, MemberId, UnitId};

/// One space. Every document is in exactly one, from its creation on.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Space {
    /// `member/M/private`: nobody but M.
    Private(MemberId),
    /// `unit/U/member/M`: M's work within unit U; it stays with U.
    UnitMember(UnitId, MemberId),
    /// `unit/U`: the unit's common work.
    Unit(UnitId),
    /// `pair/A+B`: records of talks between two members. The smaller id first.
    Pair(MemberId, MemberId),
    /// `opinions/S/M`: M's opinions on what is in space S.
    Opinions(Box<Space>, MemberId),
    /// `group`: the leading group and the campaign office.
    Group,
    /// `campaign`: published by the campaign office to all enrolled.
    Campaign,
    /// `evaluation`: what evaluators are asked about.
    Evaluation,
}

/// Why a string is not a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// No space has this form.
    #[error("no space has the form {0:?}")]
    Form(String),
    /// A member or unit within it is malformed.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Space {
    /// The pair space of two members, whichever is named first.
    #[must_use]
    pub fn pair(a: MemberId, b: MemberId) -> Self {
        Self::Pair(a.min(b), a.max(b))
    }

    /// The unit whose work this is, if it is a unit's.
    #[must_use]
    pub fn unit(&self) -> Option<&UnitId> {
        match self {
            Self::UnitMember(unit, _) | Self::Unit(unit) => Some(unit),
            Self::Opinions(space, _) => space.unit(),
            Self::Private(_) | Self::Pair(..) | Self::Group | Self::Campaign | Self::Evaluation => None,
        }
    }

    /// The people whom its name names.
    #[must_use]
    pub fn people(&self) -> Vec<MemberId> {
        match self {
            Self::Private(owner) | Self::UnitMember(_, owner) => vec![*owner],
            Self::Pair(a, b) => vec![*a, *b],
            Self::Opinions(about, author) => {
                let mut people = about.people();
                people.push(*author);
                people
            }
            Self::Unit(_) | Self::Group | Self::Campaign | Self::Evaluation => Vec::new(),
        }
    }

    /// The kind of space, as campaign templates name it.
    #[must_use]
    pub fn kind(&self) -> SpaceKind {
        match self {
            Self::Private(_) => SpaceKind::Private,
            Self::UnitMember(..) => SpaceKind::Own,
            Self::Unit(_) => SpaceKind::Unit,
            Self::Pair(..) => SpaceKind::Pair,
            Self::Opinions(..) => SpaceKind::Opinions,
            Self::Group => SpaceKind::Group,
            Self::Campaign => SpaceKind::Campaign,
            Self::Evaluation => SpaceKind::Evaluation,
        }
    }
}

/// The eight kinds of space.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpaceKind {
    /// `member/M/private`
    Private,
    /// `unit/U/member/M`
    Own,
    /// `unit/U`
    Unit,
    /// `pair/A+B`
    Pair,
    /// `opinions/S/M`
    Opinions,
    /// `group`
    Group,
    /// `campaign`
    Campaign,
    /// `evaluation`
    Evaluation,
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(member) => write!(f, "member/{member}/private"),
            Self::UnitMember(unit, member) => write!(f, "unit/{unit}/member/{member}"),
            Self::Unit(unit) => write!(f, "unit/{unit}"),
            Self::Pair(a, b) => write!(f, "pair/{a}+{b}"),
            Self::Opinions(space, member) => {
                write!(f, "opinions/{}/{member}", space.to_string().replace('/', "~"))
            }
            Self::Group => f.write_str("group"),
            Self::Campaign => f.write_str("campaign"),
            Self::Evaluation => f.write_str("evaluation"),
        }
    }
}

impl FromStr for Space {
    type Err = SpaceError;

    fn from_str(text: &str) -> Result<Self, SpaceError> {
        // The longest space (opinions on a unit member's work) has about 150 characters.
        let form = || SpaceError::Form(text.chars().take(200).collect());
        if text.len() > 200 {
            return Err(form());
        }
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            ["group"] => Ok(Self::Group),
            ["campaign"] => Ok(Self::Campaign),
            ["evaluation"] => Ok(Self::Evaluation),
            ["member", member, "private"] => Ok(Self::Private(member.parse()?)),
            ["unit", unit] => Ok(Self::Unit(unit.parse()?)),
            ["unit", unit, "member", member] => Ok(Self::UnitMember(unit.parse()?, member.parse()?)),
            ["pair", pair] => {
                let (a, b) = pair.split_once('+').ok_or_else(form)?;
                let (a, b): (MemberId, MemberId) = (a.parse()?, b.parse()?);
                if a < b { Ok(Self::Pair(a, b)) } else { Err(form()) }
            }
            ["opinions", space, member] => {
                let about: Self = space.replace('~', "/").parse()?;
                // Opinions on opinions would nest without end and mean nothing.
                if matches!(about, Self::Opinions(..)) {
                    Err(form())
                } else {
                    Ok(Self::Opinions(Box::new(about), member.parse()?))
                }
            }
            _ => Err(form()),
        }
    }
}

impl Serialize for Space {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_space_round_trips() {
        let (a, b) = (MemberId::from_key("a"), MemberId::from_key("b"));
        let unit: UnitId = "shiling".parse().expect("a unit key");
        let spaces = [
            Space::Private(a),
            Space::UnitMember(unit.clone(), a),
            Space::Unit(unit.clone()),
            Space::pair(a, b),
            Space::Opinions(Box::new(Space::UnitMember(unit, b)), a),
            Space::Group,
            Space::Campaign,
            Space::Evaluation,
        ];
        for space in spaces {
            assert_eq!(space.to_string().parse(), Ok(space));
        }
    }

    #[test]
    fn a_pair_has_one_name_only() {
        let (a, b) = (MemberId::from_key("a"), MemberId::from_key("b"));
        let (low, high) = (a.min(b), a.max(b));
        assert!(format!("pair/{high}+{low}").parse::<Space>().is_err());
        assert!(format!("pair/{low}+{low}").parse::<Space>().is_err());
    }
}
