//! What is remembered of a document besides its history.

use automerge::ChangeHash;
use huigao_shared::catalogue::Label;
use huigao_shared::space::Space;
use serde::{Deserialize, Serialize};

use super::event::{Heads, Millis};

/// A date so much ahead of this device's clock is not believed, in milliseconds: clocks of offices are wrong by hours.
const AHEAD: Millis = 86_400_000;

/// A document's remembered state, stored as JSON beside its chunks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredDocument {
    /// Where it lives.
    pub space: Space,
    /// The label as far as it is known here: computed from the text, else the catalogue's.
    #[serde(default)]
    pub label: Label,
    /// The heads that the label was computed from.
    #[serde(default, with = "hashes")]
    pub label_heads: Heads,
    /// When this device first met a date in the label that is ahead of its clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<Met>,
    /// The heads of what is stored here; none: the text has not come yet.
    #[serde(default, with = "hashes")]
    pub heads: Heads,
    /// Changes made here that no receipt covers yet. Not in the record, which several tabs write: each such
    /// change has a marker of its own, see [`super::marks`].
    #[serde(skip)]
    pub unreceipted: Heads,
    /// The furthest heads that the relay receipted and that are known here. This and the other words of the relay
    /// are stored by the tab with the connection alone, see [`super::known`].
    #[serde(skip)]
    pub receipted: Heads,
    /// The relay's committed heads as last told.
    #[serde(skip)]
    pub relay_heads: Heads,
    /// The heads when this reader last read it.
    #[serde(default, with = "hashes")]
    pub read: Heads,
    /// Whether the relay has it, as far as is known.
    #[serde(skip)]
    pub announced: bool,
    /// The relay started over: what it had receipted must be compared again.
    #[serde(skip)]
    pub doubtful: bool,
}

/// A date that is not believed, and when it was met: a document of the year 2099 takes its place in lists by that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Met {
    date: Millis,
    at: Millis,
}

/// When a document was changed, as lists have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Dated {
    /// By the author's clock, or when this device met a date that cannot be.
    pub at: Millis,
    /// It is the latter.
    pub uncertain: bool,
}

impl StoredDocument {
    fn is_ahead(&self, calendar: Millis) -> bool {
        // Before the first event no clock has been told.
        calendar > 0 && self.label.changed_at > calendar.saturating_add(AHEAD)
    }

    /// Notes a date of the label that cannot be, when it is first met; to be called before the record is written.
    pub(super) fn note_date(&mut self, calendar: Millis) {
        let date = self.label.changed_at;
        if self.is_ahead(calendar) {
            if self.met.is_none_or(|met| met.date != date) {
                self.met = Some(Met { date, at: calendar });
            }
        } else {
            self.met = None;
        }
    }

    /// When it was last changed, if that is known.
    pub(super) fn dated(&self, calendar: Millis) -> Option<Dated> {
        let date = self.label.changed_at;
        if self.is_ahead(calendar) {
            let met = self.met.filter(|met| met.date == date).map_or(calendar, |met| met.at.min(calendar));
            return Some(Dated { at: met, uncertain: true });
        }
        (date > 0).then_some(Dated { at: date, uncertain: false })
    }

    /// A document nothing is known of but its space.
    #[must_use]
    pub fn new(space: Space) -> Self {
        Self {
            space,
            label: Label::default(),
            label_heads: Vec::new(),
            met: None,
            heads: Vec::new(),
            unreceipted: Vec::new(),
            receipted: Vec::new(),
            relay_heads: Vec::new(),
            read: Vec::new(),
            announced: false,
            doubtful: false,
        }
    }

    /// Whether something made here is not known to be safe at the relay.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.unreceipted.is_empty() || (self.doubtful && !self.heads.is_empty())
    }

    /// Notes that everything up to `heads` is durable at the relay, when those are exactly the heads here.
    pub(super) fn all_receipted(&mut self) {
        self.receipted.clone_from(&self.heads);
        self.unreceipted.clear();
        self.doubtful = false;
        self.announced = true;
    }
}

/// What is stored or said as JSON: strings, numbers and hashes, which always can be written.
///
/// Never nothing in place of what cannot be: it would stand for what was there before.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings, numbers and hashes can be written as JSON")
}

pub(super) mod hash {
    //! A hash as a hexadecimal string.

    use super::{ChangeHash, Deserialize};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hash: &ChangeHash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChangeHash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

pub(super) mod hashes {
    //! Hashes as hexadecimal strings.

    use super::{ChangeHash, Deserialize};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hashes: &[ChangeHash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(hashes.iter().map(ToString::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ChangeHash>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
    }
}
