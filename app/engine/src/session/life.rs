//! Signs of life: a line on which nothing comes any more is given up, however open it looks. A socket says by itself
//! that it is gone only where somebody tells it so; a cable that was pulled elsewhere, or a proxy that swallows, does not.

use huigao_shared::wire::Message;

use super::Session;
use super::event::{Changed, Effect, Millis};
use super::link::LinkState;

/// How long a socket may take to open, with the proof of the device on it, in milliseconds.
const CONNECTING: Millis = 45_000;
/// How long the relay may take to say who it is.
const GREETING: Millis = 15_000;
/// How long nothing may come before the relay is asked whether it is there.
const IDLE: Millis = 20_000;
/// How long anything may take to come then.
const ANSWER: Millis = 15_000;
/// How long the catalogue may take to go on, from a relay that does not know the question.
const CATALOGUE: Millis = 60_000;
/// How often patience doubles when one line after the other is given up: on a slow one, a large frame takes long.
const DOUBLINGS: u32 = 3;

/// What is known of the line's life.
#[derive(Default)]
pub(super) struct Life {
    /// When the relay was last heard, or something else went on.
    since: Millis,
    /// When it was asked, if nothing has come since.
    asked: Option<Millis>,
    /// It has answered at some time: one of an earlier version does not know the question.
    answers: bool,
    /// How many open lines in a row were given up.
    given_up: u32,
}

impl Session {
    /// Something went on: from now on the relay has its time again.
    pub(super) fn life_goes_on(&mut self) {
        self.link.life.since = self.now;
        self.link.life.asked = None;
    }

    /// Something came from the relay.
    pub(super) fn heard(&mut self) {
        let asked = self.link.life.asked;
        // Not while greeting: there the relay answers at once, also on a line that is too slow for what follows.
        if self.link.state == LinkState::Up && asked.is_some_and(|asked| self.now - asked < ANSWER) {
            self.link.life.given_up = 0;
        }
        self.life_goes_on();
        self.link.confirmed_at = Some(self.calendar);
    }

    /// The relay has answered.
    pub(super) fn alive(&mut self) {
        self.link.life.answers = true;
        // The screens say when it was last heard, in the other tabs too.
        self.changed(Changed::Status);
        self.broadcast_link();
    }

    /// Asks the relay for a sign of life.
    pub(super) fn ask_for_life(&mut self) {
        self.link.life.asked = Some(self.now);
        self.out.push(Effect::Send(Message::Alive.encode()));
    }

    /// When the relay is to be asked, or the line to be given up.
    pub(super) fn life_time(&self) -> Option<Millis> {
        if !self.link.leading {
            return None;
        }
        let life = &self.link.life;
        let patience = |most: Millis| most << life.given_up.min(DOUBLINGS);
        match self.link.state {
            LinkState::Down => None,
            LinkState::Connecting => Some(life.since + CONNECTING),
            LinkState::Greeting => Some(life.since + GREETING),
            LinkState::CatchingUp | LinkState::Up => match life.asked {
                None => Some(life.since + IDLE),
                Some(asked) if life.answers => Some(asked + patience(ANSWER)),
                Some(_) if self.link.state == LinkState::CatchingUp => Some(life.since + patience(CATALOGUE)),
                Some(_) => None,
            },
        }
    }

    pub(super) fn life_due(&mut self) {
        if self.life_time().is_none_or(|at| at > self.now) {
            return;
        }
        let is_open = matches!(self.link.state, LinkState::CatchingUp | LinkState::Up);
        if is_open && self.link.life.asked.is_none() {
            return self.ask_for_life();
        }
        if is_open {
            self.link.life.given_up = self.link.life.given_up.saturating_add(1);
        }
        self.out.push(Effect::Disconnect);
        self.disconnected("nothing came any more".to_owned());
    }
}
