//! Who uses the app, and how the relay knows. The one place that a later enrolment of devices replaces.

use huigao_shared::ids::MemberId;
use huigao_shared::roster::Roster;
use serde::Deserialize;

use crate::platform::http::{HttpError, get_json};

/// People wait for this before they see anything, on lines that may be dead.
const PATIENCE: u32 = 5_000;

/// What the relay says to whoever opens the page.
#[derive(Clone, Debug, Deserialize)]
pub struct Greeting {
    /// Whether it is a demonstration: anybody may be anyone of the roster.
    pub demo: bool,
    /// The roster to choose from.
    #[serde(default)]
    pub roster: Option<Roster>,
}

/// Asks the relay who it is.
pub async fn greet() -> Result<Greeting, HttpError> {
    get_json("/api/session", PATIENCE).await
}

/// Who uses the app.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The person.
    pub member: MemberId,
    /// The roster that the person was chosen from; none for somebody who was here before.
    pub roster: Option<Roster>,
}

impl Identity {
    /// The person who was chosen.
    pub fn chosen(member: MemberId, greeting: Option<Greeting>) -> Self {
        Self { member, roster: greeting.and_then(|greeting| greeting.roster) }
    }

    /// Where the relay's socket is for this person.
    pub(super) fn sync_path(&self) -> String {
        format!("/sync?member={}", self.member)
    }
}
