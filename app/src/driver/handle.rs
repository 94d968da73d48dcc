//! What pages hold of the driver.

use std::cell::RefCell;
use std::rc::Rc;

use huigao_shared::ids::DocumentId;

use super::account::Account;
use super::engine::Engine;
use super::listeners::{Notice, Subscription};
use crate::platform::listener::Listener;
use crate::platform::lock::Leadership;
use crate::platform::profiles::ProfileInfo;
use crate::platform::random;
use crate::session::Session;
use crate::session::event::{Command, Event};
use crate::session::view::SyncState;

/// The running profile. Clones are the same one.
#[derive(Clone)]
pub struct Handle {
    inner: Rc<Inner>,
}

struct Inner {
    engine: Rc<Engine>,
    profile: ProfileInfo,
    account: Rc<Account>,
    senses: RefCell<Option<Senses>>,
}

/// What tells the engine about the browser, as long as the profile runs: whether this tab leads, the network, the page.
pub struct Senses {
    _leadership: Leadership,
    _listeners: Vec<Listener>,
}

impl Senses {
    /// All of them.
    pub fn new(leadership: Leadership, listeners: Vec<Listener>) -> Self {
        Self { _leadership: leadership, _listeners: listeners }
    }
}

impl Handle {
    pub(super) fn new(engine: Rc<Engine>, profile: ProfileInfo, account: Rc<Account>, senses: Senses) -> Self {
        let senses = RefCell::new(Some(senses));
        Self { inner: Rc::new(Inner { engine, profile, account, senses }) }
    }

    /// What can be asked of the relay only while there is a line: devices, invitations, the audit log, files.
    pub fn account(&self) -> Rc<Account> {
        self.inner.account.clone()
    }

    /// The user wants something: the session knows before this returns, also if a listener calls it.
    pub fn command(&self, command: Command) {
        self.inner.engine.feed(Event::Command(command));
    }

    /// Reads from the session. Commands that are given meanwhile are carried out right afterwards.
    pub fn with<R>(&self, read: impl FnOnce(&Session) -> R) -> R {
        self.inner.engine.with(read)
    }

    /// Calls with every notice, until the subscription is dropped.
    pub fn subscribe(&self, listener: Box<dyn Fn(&Notice)>) -> Subscription {
        self.inner.engine.listeners().subscribe(listener)
    }

    /// A new document's id.
    pub fn new_document_id(&self) -> DocumentId {
        DocumentId::from_bytes(random::bytes())
    }

    /// Whose profile it is.
    pub fn profile(&self) -> &ProfileInfo {
        &self.inner.profile
    }

    /// Whether the relay will not have this device: then the profile may be opened again, by a new enrolment.
    pub fn is_shut_out(&self) -> bool {
        self.with(|session| matches!(session.status().sync, SyncState::ShutOut(_)))
    }

    /// Makes a change of what was typed last, without waiting for more, and begins to save it.
    pub fn flush(&self) {
        self.inner.engine.flush();
    }

    /// Ends the profile: what was typed is saved, the line and the lead are given up, commands are ignored from now on.
    pub fn shutdown(&self) {
        self.flush();
        self.inner.engine.end();
        // Apart from the borrow: the end of the lead is told, to nobody.
        let senses = self.inner.senses.take();
        drop(senses);
    }
}
