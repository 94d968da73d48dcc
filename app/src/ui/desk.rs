//! What pages hold of the opened profile: its driver, and signals that follow the session.
//!
//! Pages read plain values and send commands; only this file knows when a value is to be read again.

use std::sync::Arc;

use huigao_shared::access::Access;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use leptos::prelude::*;

use crate::driver::{Handle, Notice, Subscription};
use crate::platform::clock;
use crate::session::Session;
use crate::session::acts::Act;
use crate::session::event::{Changed, Command};
use crate::session::view::{Row, SideCopy, Status};
use crate::ui::office::Office;
use crate::ui::soon::Soon;

/// A change to one document changes lists too, many times a second while somebody types.
const ROWS_WAIT_MS: u32 = 120;
/// A list of thousands takes its time on an old computer; it may take this part of all time, and no more.
const ROWS_SHARE: f64 = 0.05;
/// But nobody waits longer than this for a list.
const ROWS_WAIT_MOST_MS: f64 = 2_000.0;

/// The opened profile.
#[derive(Clone, Copy)]
pub struct Desk {
    handle: StoredValue<Handle, LocalStorage>,
    /// Who works here.
    pub me: MemberId,
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

/// The opened profile of the page around.
pub fn use_desk() -> Desk {
    expect_context()
}

impl Desk {
    /// Follows a session from here on, as long as the present owner lives.
    pub fn over(handle: Handle) -> Self {
        let (me, first_status, first_rows, first_roster, first_copies) = handle
            .with(|s| (s.me(), s.status(), read_rows(s), Arc::new(s.roster().clone()), Arc::new(s.side_copies())));
        let (status, set_status) = signal(first_status);
        let (rows, set_rows) = signal(first_rows);
        let (roster, set_roster) = signal(first_roster);
        let (roster_ahead, set_ahead) = signal(Arc::new(handle.with(Session::roster_ahead)));
        let (acts, set_acts) = signal(Arc::new(handle.with(Session::acts)));
        let (side_copies, set_copies) = signal(first_copies);
        let handle = StoredValue::new_local(handle);
        let desk = Self { handle, me, status, rows, roster, roster_ahead, acts, side_copies };
        let rows_wait = StoredValue::new(ROWS_WAIT_MS);
        let rows_soon = Soon::new(ROWS_WAIT_MS, move || {
            let begin = clock::monotonic();
            set_rows.set(desk.read(read_rows));
            rows_wait.set_value(wait_after(clock::monotonic() - begin));
        });
        desk.listen(move |notice| {
            let Notice::Changed(changed) = notice else { return };
            match changed {
                Changed::Status => {
                    let now = desk.read(Session::status);
                    if status.with_untracked(|before| *before != now) {
                        set_status.set(now);
                    }
                }
                Changed::Rows => rows_soon.ask_in(rows_wait.get_value()),
                Changed::Roster => {
                    set_roster.set(Arc::new(desk.read(|s| s.roster().clone())));
                    set_ahead.set(Arc::new(desk.read(Session::roster_ahead)));
                    set_acts.set(Arc::new(desk.read(Session::acts)));
                    rows_soon.ask();
                }
                Changed::SideCopies => set_copies.set(Arc::new(desk.read(Session::side_copies))),
                Changed::Document(_) => {}
            }
        });
        desk
    }

    /// Sends what the user wants; it is applied when this returns.
    pub fn command(&self, command: Command) {
        if let Some(handle) = self.handle.try_get_value() {
            handle.command(command);
        }
    }

    /// Reads from the session.
    pub fn read<R>(&self, read: impl FnOnce(&Session) -> R) -> R {
        self.handle.get_value().with(read)
    }

    /// Reads from the session, unless the profile has been closed meanwhile: for work that takes long.
    pub fn read_if_open<R>(&self, read: impl FnOnce(&Session) -> R) -> Option<R> {
        self.handle.try_get_value().map(|handle| handle.with(read))
    }

    /// Hears of everything until the present owner is gone.
    pub fn listen(&self, listener: impl Fn(&Notice) + 'static) {
        let subscription = self.handle.get_value().subscribe(Box::new(listener));
        StoredValue::new_local(subscription);
    }

    /// Hears of everything for as long as what is returned is kept.
    pub fn subscribe(&self, listener: impl Fn(&Notice) + 'static) -> Subscription {
        self.handle.get_value().subscribe(Box::new(listener))
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
        self.read(|session| session.access(space))
    }

    /// The row of a document, if this person may read it.
    pub fn row(&self, document: DocumentId) -> Option<Arc<Row>> {
        self.rows.with(|rows| rows.iter().find(|row| row.document == document).cloned())
    }
}

fn read_rows(session: &Session) -> Arc<Vec<Arc<Row>>> {
    Arc::new(session.rows().into_iter().map(Arc::new).collect())
}

/// How long to wait before reading the rows again, when it took so many milliseconds.
fn wait_after(took: f64) -> u32 {
    // Pages draw at once what they show of the rows, which takes about as long again.
    let wait = (2.0 * took / ROWS_SHARE).clamp(f64::from(ROWS_WAIT_MS), ROWS_WAIT_MOST_MS);
    wait as u32
}
