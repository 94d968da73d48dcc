//! Changes of the roster that this member made: kept until the relay has answered, also over days without a line.

use std::collections::BTreeSet;

use super::Session;
use super::event::{Changed, Effect, Write};
use super::stored::json;
pub use huigao_protocol::act::Act;
use huigao_shared::authority::{Decision, Edit, Outcome, decide};
use huigao_shared::roster::Roster;
use huigao_shared::wire::Message;

/// Acts are named values of the profile under this prefix, in the order in which they were made.
const PREFIX: &str = "act/";

/// How many acts may wait for their answers at the relay at once: it closes on whoever asks for much more.
const UNANSWERED: usize = 16;

pub(super) fn parse(key: &str, bytes: &[u8]) -> Option<Act> {
    key.strip_prefix(PREFIX)?;
    serde_json::from_slice(bytes).ok()
}

fn put(act: &Act) -> Write {
    // Whether it was handed over is true of one connection only.
    let waiting = Act { sent: false, ..act.clone() };
    Write::PutMeta { key: format!("{PREFIX}{}", act.id), bytes: json(&waiting) }
}

fn remove(id: &str) -> Write {
    Write::DeleteMeta { key: format!("{PREFIX}{id}") }
}

impl Session {
    /// The user changes the roster.
    pub(super) fn act(&mut self, edits: Vec<Edit>) {
        let act = Act { id: self.unique(), edits, at: self.calendar, refused: None, sent: false };
        self.write(vec![put(&act)]);
        self.broadcast_act(&act);
        self.take_act(act);
    }

    /// An act that this tab or another one made.
    pub(super) fn take_act(&mut self, act: Act) {
        self.keep_act(act);
        self.pump_acts();
        self.changed(Changed::Roster);
    }

    /// What is made later is later in order too, whatever the clock says by then.
    pub(super) fn keep_act(&mut self, act: Act) {
        self.make_names_after(&act.id);
        self.acts.insert(act.id.clone(), act);
    }

    /// Sends what waits, in order, as long as few answers are due.
    fn pump_acts(&mut self) {
        if !self.is_up() {
            return;
        }
        for act in self.acts.values_mut().filter(|act| act.refused.is_none()) {
            if self.acts_asked.len() >= UNANSWERED {
                return;
            }
            if self.acts_asked.insert(act.id.clone()) {
                act.sent = true;
                let json = json(&act.edits);
                self.out.push(Effect::Send(Message::Act { id: act.id.as_str().into(), json: json.into() }.encode()));
            }
        }
    }

    /// The relay can be spoken to again: whatever was not answered is said once more. What had been done is found
    /// standing, and done once.
    pub(super) fn send_acts(&mut self) {
        self.acts_asked.clear();
        self.pump_acts();
    }

    /// The relay's answer, in the tab that asked and in the others.
    pub(super) fn answered(&mut self, id: &str, json: &[u8], direct: bool) {
        let Ok(outcome) = serde_json::from_slice::<Outcome>(json) else { return };
        self.acts_asked.remove(id);
        if let Some(write) = self.take_outcome(id, outcome)
            && direct
        {
            self.write(vec![write]);
        }
        self.pump_acts();
        self.changed(Changed::Roster);
    }

    /// Returns what is to be stored of it; none if the act was taken back meanwhile.
    fn take_outcome(&mut self, id: &str, outcome: Outcome) -> Option<Write> {
        let act = self.acts.get_mut(id)?;
        Some(match outcome {
            Outcome::Done { .. } => {
                self.acts.remove(id);
                remove(id)
            }
            Outcome::Refused { objection } => {
                act.refused = Some(objection);
                put(act)
            }
        })
    }

    /// The user has seen that an act was refused, or takes back one that was not carried out yet.
    pub(super) fn drop_act(&mut self, id: &str) {
        if self.acts.remove(id).is_some() {
            self.write(vec![remove(id)]);
            self.broadcast_dropped(id);
            self.changed(Changed::Roster);
        }
    }

    /// Another tab dropped an act.
    pub(super) fn dropped(&mut self, id: &str) {
        if self.acts.remove(id).is_some() {
            self.changed(Changed::Roster);
        }
    }

    /// Refused acts whose end somebody else has brought about need no attention any more.
    pub(super) fn drop_acts_that_stand(&mut self) {
        let stands = |act: &Act| {
            act.refused.is_some()
                && matches!(decide(&self.roster, self.me, &act.edits, &BTreeSet::new()), Ok(Decision::Standing))
        };
        let done: Vec<String> = self.acts.values().filter(|act| stands(act)).map(|act| act.id.clone()).collect();
        for id in done {
            self.drop_act(&id);
        }
    }

    /// Acts that wait, and those that were refused, in the order in which they were made.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        self.acts.values().cloned().collect()
    }

    /// The roster as it will be once the acts that wait are carried out: what is edited further.
    #[must_use]
    pub fn roster_ahead(&self) -> Roster {
        let waiting = self.acts.values().filter(|act| act.refused.is_none());
        // Whom documents name only the relay knows.
        let named = BTreeSet::new();
        waiting.fold(self.roster.clone(), |roster, act| match decide(&roster, self.me, &act.edits, &named) {
            Ok(Decision::Changed { roster, .. }) => *roster,
            Ok(Decision::Standing) | Err(_) => roster,
        })
    }
}
