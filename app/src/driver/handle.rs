//! What pages hold of the engine.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use huigao_protocol::message::{Answer, Ask};
use huigao_protocol::view::SyncState;
use huigao_shared::ids::DocumentId;

use super::listeners::Subscription;
use super::page::{Page, senses};
use crate::front::{Front, Notice};
use huigao_browser::account::Account;
use huigao_browser::listener::Listener;
use huigao_browser::profiles::ProfileInfo;
use huigao_browser::{clock, random, spawn};
use huigao_protocol::command::Command;

/// The running profile. Clones are the same one.
#[derive(Clone)]
pub struct Handle {
    inner: Rc<Inner>,
}

struct Inner {
    page: Rc<Page>,
    profile: ProfileInfo,
    account: Rc<Account>,
    senses: RefCell<Vec<Listener>>,
}

impl Handle {
    pub(super) fn new(page: Rc<Page>, profile: ProfileInfo, account: Rc<Account>) -> Self {
        let senses = RefCell::new(senses(&page));
        Self { inner: Rc::new(Inner { page, profile, account, senses }) }
    }

    /// Whether this is the same one.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }

    /// What can be asked of the relay only while there is a line: devices, invitations, the audit log, files.
    pub fn account(&self) -> Rc<Account> {
        self.inner.account.clone()
    }

    /// The user wants something. A change of a text is in the draft before this returns, and on its way to the engine.
    pub fn command(&self, command: Command) {
        self.inner.page.command(command);
    }

    /// Reads what the page knows.
    pub fn with<R>(&self, read: impl FnOnce(&mut Front) -> R) -> R {
        read(&mut self.inner.page.front.borrow_mut())
    }

    /// Asks the engine; none if it ends before it has answered. `progress` is told how far long work has come, and of how
    /// much. Who drops the future takes the question back.
    pub async fn ask(&self, ask: Ask, progress: impl Fn(u32, u32) + 'static) -> Option<Answer> {
        self.inner.page.ask(ask, progress)?.answer().await
    }

    /// Waits until all that was typed is saved on this device or cannot be, and no longer than so many milliseconds.
    pub async fn saved(&self, patience: u32) {
        let (ended, waiting) = oneshot::channel::<()>();
        let ended = Rc::new(RefCell::new(Some(ended)));
        let late = ended.clone();
        let asking = self.inner.page.clone();
        spawn(async move {
            if let Some(asking) = asking.ask(Ask::Saved, |_, _| {}) {
                asking.answer().await;
            }
            let _ = ended.take().map(|ended| ended.send(()));
        });
        spawn(async move {
            clock::sleep(patience).await;
            let _ = late.take().map(|late| late.send(()));
        });
        let _ = waiting.await;
    }

    /// Calls with every notice, until the subscription is dropped.
    pub fn subscribe(&self, listener: Box<dyn Fn(&Notice)>) -> Subscription {
        self.inner.page.listeners.subscribe(listener)
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
        self.with(|front| front.status().is_some_and(|status| matches!(status.sync, SyncState::ShutOut(_))))
    }

    /// Ends the profile: what was typed is saved, the line and the lead are given up, commands are ignored from now on.
    pub fn shutdown(&self) {
        drop(self.inner.senses.take());
        self.inner.page.end();
    }
}
