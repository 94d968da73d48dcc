//! The connection to the relay: opening it, losing it, greeting, and where each message goes.

use std::collections::{BTreeSet, HashSet};

use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{EXTENSION_VERSION, Message, PROTOCOL_VERSION, PeerMetadata};

use super::Session;
use super::event::{Changed, Effect, Millis, ShutOut};
use super::life::Life;

/// The first pause between two tries to connect, and the longest, in milliseconds. However long the relay was away, an
/// office is back within ten seconds of its return; that costs a relay that is not there nothing, and one that is there
/// one request of each.
const PAUSE: Millis = 1_000;
const PAUSE_MOST: Millis = 6_000;
/// How long a device that was shut out waits before it asks again: somebody may have thought better of it.
const SHUT_OUT_PAUSE: Millis = 300_000;

/// How the profile stands with the relay.
#[derive(Default)]
pub(super) struct Link {
    /// This tab holds the connection.
    pub leading: bool,
    /// The browser says that there is no network.
    pub offline: bool,
    pub state: LinkState,
    pub failures: u32,
    pub retry_at: Option<Millis>,
    /// What the platform said of the last failure.
    pub reason: Option<String>,
    /// The relay will not have this device.
    pub shut_out: Option<ShutOut>,
    /// The relay says that it cannot store.
    pub not_storing: bool,
    /// Documents named in a catalogue told from the start.
    pub seen: Option<HashSet<DocumentId>>,
    /// Background documents whose sync is under way.
    pub active: BTreeSet<DocumentId>,
    pub life: Life,
    /// When the relay was last heard, by the calendar.
    pub confirmed_at: Option<Millis>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LinkState {
    #[default]
    Down,
    Connecting,
    /// The socket is open; the relay has not answered yet.
    Greeting,
    /// The catalogue is coming.
    CatchingUp,
    Up,
}

/// How long a tab waits before it connects again, after so many tries that failed in a row: doubling, and a spread of a
/// quarter by tab, so that a county does not come back in one moment.
#[must_use]
pub fn pause_before_retry(failures: u32, session: [u8; 8]) -> Millis {
    let pause = (PAUSE << failures.min(5)).min(PAUSE_MOST);
    pause + pause * i64::from(session[7]) / 1024
}

impl Session {
    pub(super) fn lead(&mut self, leading: bool) {
        if self.link.leading == leading {
            return;
        }
        self.link.leading = leading;
        // What was known of the connection was the other tab's.
        self.down();
        if leading {
            self.take_over();
            self.connect_now();
        } else {
            self.out.push(Effect::Disconnect);
        }
        self.changed(Changed::Status);
    }

    pub(super) fn online(&mut self, online: bool) {
        self.link.offline = !online;
        if online {
            self.connect_now();
        }
        self.changed(Changed::Status);
    }

    pub(super) fn connect_now(&mut self) {
        if self.link.leading && self.link.state == LinkState::Down {
            self.link.retry_at = None;
            self.link.state = LinkState::Connecting;
            self.life_goes_on();
            self.out.push(Effect::Connect);
        }
    }

    pub(super) fn reconnect_due(&mut self) {
        if self.link.retry_at.is_some_and(|at| at <= self.now) {
            self.connect_now();
        }
    }

    pub(super) fn connected(&mut self) {
        if self.link.state != LinkState::Connecting {
            return;
        }
        self.link.state = LinkState::Greeting;
        self.life_goes_on();
        let join = Message::Join {
            sender: self.peer_id.as_str().into(),
            versions: vec![PROTOCOL_VERSION.to_owned()],
            metadata: PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(EXTENSION_VERSION) },
        };
        self.out.push(Effect::Send(join.encode()));
    }

    pub(super) fn disconnected(&mut self, reason: String) {
        if self.link.state == LinkState::Down {
            return;
        }
        self.down();
        self.link.reason = Some(reason);
        self.link.shut_out = None;
        let pause = pause_before_retry(self.link.failures, self.session);
        self.link.failures += 1;
        self.link.retry_at = self.link.leading.then_some(self.now + pause);
        self.changed(Changed::Status);
        self.broadcast_link();
    }

    pub(super) fn shut_out(&mut self, why: ShutOut) {
        self.down();
        self.link.shut_out = Some(why);
        self.link.retry_at = self.link.leading.then_some(self.now + SHUT_OUT_PAUSE);
        self.changed(Changed::Status);
        self.broadcast_link();
    }

    fn down(&mut self) {
        self.link.state = LinkState::Down;
        self.link.retry_at = None;
        self.link.seen = None;
        self.link.not_storing = false;
        self.link.active.clear();
        self.queue.clear();
        for doc in self.docs.values_mut() {
            doc.start_over();
            doc.starts_over = false;
            doc.barred = false;
        }
    }

    pub(super) fn frame(&mut self, frame: &[u8]) {
        self.heard();
        // A frame that cannot be read says nothing; the relay speaks on.
        let Ok(message) = Message::decode(frame) else { return };
        let for_all = matches!(
            message,
            Message::CataloguePage(_)
                | Message::Roster { .. }
                | Message::RosterSteps { .. }
                | Message::Answer { .. }
                | Message::Gone { .. }
                | Message::Receipt { .. }
                | Message::Authors { .. }
                | Message::Storing { .. }
        );
        if let Message::CataloguePage(page) = &message
            && page.reset
            && !self.is_vouched_for(page)
        {
            self.epoch = self.unique();
        }
        if for_all {
            self.broadcast_frame(frame);
        }
        self.message(message, true);
    }

    /// Takes a message of the relay; `direct` if it came over this tab's own connection.
    pub(super) fn message(&mut self, message: Message<'_>, direct: bool) {
        match message {
            Message::Peer { .. } if direct => self.greeted(),
            Message::Sync(sync) | Message::Request(sync) => self.sync_message(sync.document, &sync.data),
            Message::CataloguePage(page) => self.page(page, direct),
            Message::Roster { json } => self.new_roster(&json, direct),
            Message::RosterSteps { json } => self.roster_steps(&json, direct),
            Message::Answer { id, json } => self.answered(&id, &json, direct),
            Message::Gone { space } => self.gone(&space),
            Message::Receipt { document, heads, cursor } => self.receipt(document, heads, cursor, direct),
            Message::Refused { document, hashes, why } => self.refused(document, hashes, why, direct),
            Message::Authors { document, reset, json } => self.authors_told(document, reset, &json, direct),
            Message::Storing { ok } => {
                self.link.not_storing = !ok;
                self.changed(Changed::Status);
            }
            Message::Unavailable { document, .. } => {
                self.link.active.remove(&document);
            }
            Message::Alive if direct => self.alive(),
            Message::Error { message } => self.link.reason = Some(message.into_owned()),
            Message::Peer { .. }
            | Message::Join { .. }
            | Message::Leave
            | Message::Ephemeral(_)
            | Message::Create { .. }
            | Message::Catalogue { .. }
            | Message::Label { .. }
            | Message::Act { .. }
            | Message::Attest { .. }
            | Message::Alive
            // These are said before the session hears of the line.
            | Message::Challenge { .. }
            | Message::Proof { .. }
            | Message::Welcome
            | Message::TurnedAway { .. }
            | Message::Unknown => {}
        }
    }

    fn greeted(&mut self) {
        self.link.state = LinkState::CatchingUp;
        self.link.failures = 0;
        self.link.reason = None;
        self.link.shut_out = None;
        // At once, so that a line that goes silent from the start is noticed.
        self.ask_for_life();
        self.ask_catalogue();
        self.changed(Changed::Status);
        self.broadcast_link();
    }

    /// Another tab knows that the relay has been further than was known here: it is asked whether it still knows that,
    /// also if it has been asked with less.
    pub(super) fn hear_witness(&mut self, cursor: Cursor) {
        let before = self.witness;
        self.note_witness(cursor);
        if self.witness != before && matches!(self.link.state, LinkState::CatchingUp | LinkState::Up) {
            self.ask_catalogue();
        }
    }

    fn ask_catalogue(&mut self) {
        let ask = Message::Catalogue {
            since: self.cursor.filter(|_| self.has_catalogue),
            witness: self.witness,
            roster: self.roster.version,
            mark: self.roster.mark.as_str().into(),
        };
        self.out.push(Effect::Send(ask.encode()));
    }

    pub(super) fn is_up(&self) -> bool {
        self.link.leading && self.link.state == LinkState::Up
    }
}
