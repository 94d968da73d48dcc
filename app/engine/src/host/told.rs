//! What a page has been told of lists, people and states, and when it is told more.

use std::collections::{BTreeMap, BTreeSet};

use huigao_protocol::command::Millis;
use huigao_protocol::message::{FromEngine, People};
use huigao_protocol::view::{Row, SideCopy, Status};
use huigao_shared::ids::DocumentId;

use super::Output;
use crate::session::Session;
use crate::session::event::Changed;

/// A change to one document changes lists too, many times a second while somebody types.
const ROWS_WAIT: Millis = 120;
/// A list of thousands takes its time on an old computer: it waits a millisecond more for so many rows, which is about a
/// twentieth of all time.
const ROWS_A_MILLISECOND: usize = 10;

/// As the page knows it.
#[derive(Default)]
pub struct Told {
    status: Option<Status>,
    rows: BTreeMap<DocumentId, Row>,
    people: Option<People>,
    side_copies: Vec<SideCopy>,
    /// In which documents something has changed: said once, however much did.
    touched: BTreeSet<DocumentId>,
    stale: Stale,
}

/// What may have changed since.
#[derive(Default)]
struct Stale {
    status: bool,
    people: bool,
    side_copies: bool,
    /// When the lists are told.
    rows: Option<Millis>,
    /// They are to be told soon, and nobody has said when.
    rows_soon: bool,
}

impl Told {
    /// Something has changed.
    pub fn changed(&mut self, changed: Changed) {
        match changed {
            Changed::Status => self.stale.status = true,
            Changed::Rows => self.stale.rows_soon = true,
            Changed::Roster => {
                self.stale.people = true;
                self.stale.rows_soon = true;
            }
            Changed::SideCopies => self.stale.side_copies = true,
            Changed::Document(document) => {
                self.touched.insert(document);
            }
        }
    }

    /// All there is, to a page that knows nothing.
    pub fn all(&mut self, session: &Session, now: Millis, out: &mut Vec<Output>) {
        self.stale = Stale { status: true, people: true, side_copies: true, rows: Some(now), rows_soon: false };
        self.due(session, now, out);
    }

    /// When lists are to be told.
    pub fn next_wake(&self) -> Option<Millis> {
        self.stale.rows
    }

    /// Tells what has changed and is due.
    pub fn due(&mut self, session: &Session, now: Millis, out: &mut Vec<Output>) {
        let mut say = |message| out.push(Output::Say(message));
        for document in std::mem::take(&mut self.touched) {
            say(FromEngine::Touched(document));
        }
        if std::mem::take(&mut self.stale.people) {
            let (roster, ahead) = (session.roster().clone(), session.roster_ahead());
            let people = People { ahead: (ahead != roster).then_some(ahead), roster, acts: session.acts() };
            if self.people.as_ref() != Some(&people) {
                self.people = Some(people.clone());
                say(FromEngine::People(Box::new(people)));
            }
        }
        if std::mem::take(&mut self.stale.side_copies) {
            let copies = session.side_copies();
            if self.side_copies != copies {
                self.side_copies.clone_from(&copies);
                say(FromEngine::SideCopies(copies));
            }
        }
        if std::mem::take(&mut self.stale.rows_soon) {
            let wait = Millis::try_from(self.rows.len() / ROWS_A_MILLISECOND).unwrap_or(ROWS_WAIT);
            self.stale.rows.get_or_insert(now + wait.max(ROWS_WAIT));
        }
        if self.stale.rows.take_if(|at| *at <= now).is_some() {
            let rows: BTreeMap<_, _> = session.rows().into_iter().map(|row| (row.document, row)).collect();
            let changed: Vec<Row> =
                rows.iter().filter(|(id, row)| self.rows.get(id) != Some(row)).map(|(_, row)| row.clone()).collect();
            let gone: Vec<DocumentId> = self.rows.keys().filter(|id| !rows.contains_key(id)).copied().collect();
            self.rows = rows;
            if !changed.is_empty() || !gone.is_empty() {
                say(FromEngine::Rows { changed, gone });
            }
        }
        if std::mem::take(&mut self.stale.status) {
            let status = session.status();
            if self.status.as_ref() != Some(&status) {
                self.status = Some(status.clone());
                say(FromEngine::Status(status));
            }
        }
    }
}
