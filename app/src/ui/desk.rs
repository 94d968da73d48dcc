//! What pages hold of the opened profile: its driver, and signals that follow its engine.
//!
//! Pages read plain values and send commands; only this file knows when a value is to be read again.

use std::sync::Arc;

use huigao_protocol::message::{Answer, Ask};
use huigao_shared::access::{Access, access};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use leptos::prelude::*;

use crate::driver::{Handle, Notice, Subscription};
use crate::front::Front;
use crate::ui::office::Office;
use huigao_protocol::act::Act;
use huigao_protocol::command::Command;
use huigao_protocol::view::{DocumentView, Merged, Row, SideCopy, Status};

/// The opened profile.
#[derive(Clone, Copy)]
pub struct Desk {
    handle: StoredValue<Handle, LocalStorage>,
    /// Who works here.
    pub me: MemberId,
    /// Whether the engine has told of all that follows: not while first words are all there is.
    pub started: ReadSignal<bool>,
    /// Sync and save state.
    pub status: ReadSignal<Status>,
    /// All documents of all readable spaces.
    pub rows: ReadSignal<Arc<Vec<Arc<Row>>>>,
    /// People and units.
    pub roster: ReadSignal<Arc<Roster>>,
    /// The same with the changes that wait for the relay: what is edited further.
    pub roster_ahead: ReadSignal<Arc<Roster>>,
    /// Changes of the roster that wait, or were refused.
    pub acts: ReadSignal<Arc<Vec<Act>>>,
    /// Texts that the relay refused.
    pub side_copies: ReadSignal<Arc<Vec<SideCopy>>>,
}

/// Who wrote what could not be found out this time. It may be asked again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotRead;

/// The opened profile of the page around.
pub fn use_desk() -> Desk {
    expect_context()
}

impl Desk {
    /// Follows an engine from here on, as long as the present owner lives.
    pub fn over(handle: Handle) -> Self {
        let me = handle.profile().member;
        let (status, set_status) = signal(handle.with(|front| read_status(front)));
        let (started, set_started) = signal(handle.with(|front| front.has_started()));
        let (rows, set_rows) = signal(handle.with(|front| Arc::new(front.rows())));
        let first = handle.with(|front| read_people(front));
        let (roster, set_roster) = signal(first.roster);
        let (roster_ahead, set_ahead) = signal(first.ahead);
        let (acts, set_acts) = signal(first.acts);
        let (side_copies, set_copies) = signal(handle.with(|front| front.side_copies().clone()));
        let handle = StoredValue::new_local(handle);
        let desk = Self { handle, me, started, status, rows, roster, roster_ahead, acts, side_copies };
        desk.listen(move |notice| match notice {
            Notice::Status => {
                let now = desk.read(|front| read_status(front));
                if status.with_untracked(|before| *before != now) {
                    set_status.set(now);
                }
                if !started.get_untracked() && desk.read(|front| front.has_started()) {
                    set_started.set(true);
                }
            }
            Notice::Rows => set_rows.set(desk.read(|front| Arc::new(front.rows()))),
            Notice::People => {
                let people = desk.read(|front| read_people(front));
                set_roster.set(people.roster);
                set_ahead.set(people.ahead);
                set_acts.set(people.acts);
            }
            Notice::SideCopies => set_copies.set(desk.read(|front| front.side_copies().clone())),
            Notice::EngineReplaced
            | Notice::Opened { .. }
            | Notice::Text { .. }
            | Notice::View(_)
            | Notice::Touched(_) => {}
        });
        desk
    }

    /// Sends what the user wants. What is to be typed is in the draft when this returns.
    pub fn command(&self, command: Command) {
        if let Some(handle) = self.handle.try_get_value() {
            handle.command(command);
        }
    }

    /// Reads what the page knows.
    fn read<R>(&self, read: impl FnOnce(&mut Front) -> R) -> R {
        self.handle.get_value().with(read)
    }

    /// The text of an opened document, as its editor has it.
    pub fn text(&self, document: DocumentId) -> Option<String> {
        self.handle.try_get_value()?.with(|front| front.text(document))
    }

    /// The state of an opened document.
    pub fn view(&self, document: DocumentId) -> Option<DocumentView> {
        self.handle.try_get_value()?.with(|front| front.view(document))
    }

    /// Whether an opened document has an engine that knows it: what it can do to one needs that.
    pub fn has_engine(&self, document: DocumentId) -> bool {
        self.handle.try_get_value().is_some_and(|handle| handle.with(|front| front.has_engine(document)))
    }

    /// How to call this person before the roster is told.
    pub fn called(&self) -> String {
        self.handle.try_get_value().map(|handle| handle.profile().name.clone()).unwrap_or_default()
    }

    /// Who wrote what stands in a document; none if it is not in memory, or if the profile is closed meanwhile. `progress`
    /// is told how far it has come, and of how much, if it takes its time. Who drops the future takes the question back.
    pub async fn merged(
        self,
        document: DocumentId,
        progress: impl Fn(u32, u32) + 'static,
    ) -> Result<Option<Merged>, NotRead> {
        match self.ask(Ask::Merged(document), progress).await {
            Some(Answer::Merged(merged)) => Ok(merged.map(|merged| *merged)),
            Some(Answer::Failed) => Err(NotRead),
            Some(Answer::Holds(_) | Answer::Saved(_)) | None => Ok(None),
        }
    }

    /// Whether there is such a document: asked after what was commanded before.
    pub async fn holds(self, document: DocumentId) -> bool {
        matches!(self.ask(Ask::Holds(document), |_, _| {}).await, Some(Answer::Holds(true)))
    }

    async fn ask(self, ask: Ask, progress: impl Fn(u32, u32) + 'static) -> Option<Answer> {
        let handle = self.handle.try_get_value()?;
        handle.ask(ask, progress).await
    }

    /// Hears of everything until the present owner is gone.
    pub fn listen(&self, listener: impl Fn(&Notice) + 'static) {
        let subscription = self.handle.get_value().subscribe(Box::new(listener));
        StoredValue::new_local(subscription);
    }

    /// Hears of everything for as long as what is returned is kept; none once the profile is closed.
    pub fn subscribe(&self, listener: impl Fn(&Notice) + 'static) -> Option<Subscription> {
        Some(self.handle.try_get_value()?.subscribe(Box::new(listener)))
    }

    /// What can be asked of the relay only while there is a line; none once the profile is closed.
    pub fn office(&self) -> Option<Office> {
        self.handle.try_get_value().map(|handle| Office::of(handle.account()))
    }

    /// A fresh id for a new document.
    pub fn new_document_id(&self) -> DocumentId {
        self.handle.get_value().new_document_id()
    }

    /// What this person may do in a space.
    pub fn access(&self, space: &Space) -> Access {
        self.roster.with_untracked(|roster| access(roster, self.me, space))
    }

    /// The row of a document, if this person may read it.
    pub fn row(&self, document: DocumentId) -> Option<Arc<Row>> {
        self.rows.with(|rows| rows.iter().find(|row| row.document == document).cloned())
    }
}

fn read_status(front: &Front) -> Status {
    front.status().unwrap_or_else(Status::unknown)
}

struct Known {
    roster: Arc<Roster>,
    ahead: Arc<Roster>,
    acts: Arc<Vec<Act>>,
}

fn read_people(front: &Front) -> Known {
    let Some(people) = front.people() else {
        return Known { roster: Arc::default(), ahead: Arc::default(), acts: Arc::default() };
    };
    let roster = Arc::new(people.roster.clone());
    let ahead = people.ahead.clone().map_or_else(|| roster.clone(), Arc::new);
    Known { roster, ahead, acts: Arc::new(people.acts.clone()) }
}
