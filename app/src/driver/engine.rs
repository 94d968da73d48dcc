//! Events into the session, effects out of it.
//!
//! An event is applied to the session at once, also when a listener causes it, so that the text in an editor and the
//! session's never part: nothing can come between a keystroke and the session. What the session wants done is queued,
//! and done one after the other when the session is free again. Only changes of an editor's text are not queued: they
//! are told before anything else can happen to that text.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::line::Line;
use super::listeners::{Listeners, Notice};
use super::saving::Saving;
use super::wake::Wake;
use crate::platform::channel::Channel;
use crate::platform::clock;
use crate::session::Session;
use crate::session::event::{Effect, Event, Now};

/// What effects need.
pub struct Means {
    /// The database.
    pub saving: Saving,
    /// The relay.
    pub line: Line,
    /// The other tabs.
    pub tabs: Channel,
    /// The session's alarm clock.
    pub wake: Rc<Wake>,
}

/// The session and all that moves it.
pub struct Engine {
    session: RefCell<Session>,
    means: Means,
    listeners: Listeners,
    /// What happened while a page was reading from the session.
    late: RefCell<VecDeque<(Now, Event)>>,
    effects: RefCell<VecDeque<Effect>>,
    performing: Cell<bool>,
    over: Cell<bool>,
}

impl Engine {
    /// A session that has just been opened, and what it wants done first.
    pub fn new(session: Session, effects: Vec<Effect>, means: Means) -> Rc<Self> {
        Rc::new(Self {
            session: RefCell::new(session),
            means,
            listeners: Listeners::default(),
            late: RefCell::default(),
            effects: RefCell::new(effects.into()),
            performing: Cell::new(false),
            over: Cell::new(false),
        })
    }

    /// Those who are told what pages show.
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Something happened now.
    pub fn feed(&self, event: Event) {
        if !self.over.get() {
            self.late.borrow_mut().push_back((clock::both(), event));
            self.run();
        }
    }

    /// Has the session make a change of what was typed last, whatever it would wait for.
    pub fn flush(&self) {
        self.feed(Event::Leaving);
    }

    /// Reads from the session. What `read` causes happens right after it.
    pub fn with<R>(&self, read: impl FnOnce(&Session) -> R) -> R {
        let result = read(&self.session.borrow());
        let is_late = !self.late.borrow().is_empty();
        if is_late {
            self.run();
        }
        result
    }

    /// Applies what happened and does what is to be done.
    pub fn run(&self) {
        while self.apply_one() {}
        if self.performing.replace(true) {
            return;
        }
        loop {
            // Not in the loop's head: the borrow would last as long as the effect.
            let next = self.effects.borrow_mut().pop_front();
            let Some(effect) = next else { break };
            self.perform(effect);
        }
        self.performing.set(false);
        if let Ok(session) = self.session.try_borrow()
            && !self.over.get()
        {
            self.means.wake.set(session.next_wake());
        }
    }

    /// The last event: nothing is heard any more, what is being written is written.
    pub fn end(&self) {
        self.over.set(true);
        self.means.wake.set(None);
        self.means.line.disconnect();
    }

    fn apply_one(&self) -> bool {
        let Ok(mut session) = self.session.try_borrow_mut() else { return false };
        let next = self.late.borrow_mut().pop_front();
        let Some((at, event)) = next else { return false };
        let mut effects = Vec::new();
        session.handle(at, event, &mut effects);
        drop(session);

        let is_urgent = |effect: &Effect| matches!(effect, Effect::Editor { .. });
        let (urgent, others): (Vec<_>, Vec<_>) = effects.into_iter().partition(is_urgent);
        self.effects.borrow_mut().extend(others);
        // What listeners cause meanwhile waits with the others until all of these are told.
        let performing = self.performing.replace(true);
        urgent.into_iter().for_each(|effect| self.perform(effect));
        self.performing.set(performing);
        true
    }

    fn perform(&self, effect: Effect) {
        let means = &self.means;
        match effect {
            Effect::Persist { ticket, writes } => means.saving.write(ticket, writes),
            Effect::LoadChunks(document) => means.saving.read(document),
            // A listener may have ended the profile while this waited.
            Effect::Connect if self.over.get() => {}
            Effect::Connect => means.line.connect(),
            Effect::Disconnect => means.line.disconnect(),
            Effect::Send(frame) => means.line.send(&frame),
            Effect::Broadcast(message) => means.tabs.send(&message),
            Effect::Editor { document, splices } => {
                self.listeners.tell(&Notice::Editor { document, splices });
            }
            Effect::Opened { document, result } => {
                self.listeners.tell(&Notice::Opened { document, result });
            }
            Effect::Changed(changed) => self.listeners.tell(&Notice::Changed(changed)),
        }
    }
}
