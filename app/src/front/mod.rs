//! The page's half: what it knows of the profile, and its ends of the editors. Pure, like the engine's half: the
//! simulator runs both, with a queue between them.

mod draft;

use std::collections::BTreeMap;
use std::sync::Arc;

use huigao_protocol::command::{Command, OpenError, Splice, StoreError};
use huigao_protocol::message::{Answer, Ask, FromEngine, People, Ticket, ToEngine, VERSION};
use huigao_protocol::view::{DocumentView, Row, SideCopy, Status};
use huigao_protocol::work::Work;
use huigao_shared::ids::DocumentId;

use self::draft::Draft;

/// What pages are told.
#[derive(Clone, PartialEq, Debug)]
pub enum Notice {
    /// The profile is open.
    Started,
    /// The profile cannot be opened.
    NotStarted(StoreError),
    /// Sync and save state have changed.
    Status,
    /// Lists have changed.
    Rows,
    /// People, units or acts have changed.
    People,
    /// Texts that the relay refused have changed.
    SideCopies,
    /// A document that was asked for is here, or cannot be. An editor that there is begins anew.
    Opened {
        /// Which.
        document: DocumentId,
        /// Whether it can be shown; the reason if not.
        result: Result<(), OpenError>,
    },
    /// Change the text in the editor, in order; in the same turn, for the draft has changed already.
    Text {
        /// In which document.
        document: DocumentId,
        /// What.
        splices: Vec<Splice>,
    },
    /// The state of an opened document has changed.
    View(DocumentId),
    /// Something in a document has changed.
    Touched(DocumentId),
    /// What was asked for.
    Answer {
        /// Of the question.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
    },
    /// What the engine does to a document from now on.
    Working(Option<Work>),
    /// The engine lives.
    Alive,
    /// The engine has closed the profile.
    Ended,
}

/// What a page knows.
#[derive(Default)]
pub struct Front {
    status: Option<Arc<Status>>,
    rows: BTreeMap<DocumentId, Arc<Row>>,
    people: Option<Arc<People>>,
    side_copies: Arc<Vec<SideCopy>>,
    drafts: BTreeMap<DocumentId, Draft>,
    last: Ticket,
}

impl Front {
    /// Sync and save state; none before the engine has started.
    #[must_use]
    pub fn status(&self) -> Option<&Arc<Status>> {
        self.status.as_ref()
    }

    /// All documents of all readable spaces.
    #[must_use]
    pub fn rows(&self) -> Vec<Arc<Row>> {
        self.rows.values().cloned().collect()
    }

    /// One of them.
    #[must_use]
    pub fn row(&self, document: DocumentId) -> Option<&Arc<Row>> {
        self.rows.get(&document)
    }

    /// People and units; none before the engine has started.
    #[must_use]
    pub fn people(&self) -> Option<&Arc<People>> {
        self.people.as_ref()
    }

    /// Texts that the relay refused.
    #[must_use]
    pub fn side_copies(&self) -> &Arc<Vec<SideCopy>> {
        &self.side_copies
    }

    /// The text of an opened document, as its editor has it.
    pub fn text(&mut self, document: DocumentId) -> Option<String> {
        self.drafts.get_mut(&document)?.text()
    }

    /// The state of an opened document.
    #[must_use]
    pub fn view(&self, document: DocumentId) -> Option<&DocumentView> {
        self.drafts.get(&document)?.view.as_ref()
    }

    /// Whether all that was changed in a document's editor has reached the engine.
    #[must_use]
    pub fn is_heard(&self, document: DocumentId) -> bool {
        self.drafts.get(&document).is_none_or(Draft::is_heard)
    }

    /// A new question. The answer bears the ticket.
    pub fn ask(&mut self, ask: Ask) -> (Ticket, ToEngine) {
        self.last += 1;
        (self.last, ToEngine::Ask { ticket: self.last, ask })
    }

    /// The user wants something: what is to be said to the engine, and what pages hear at once.
    pub fn command(&mut self, command: Command, say: &mut Vec<ToEngine>) -> Vec<Notice> {
        match command {
            Command::Edit { document, splices } => {
                let draft = self.drafts.get_mut(&document);
                say.extend(draft.and_then(|draft| draft.edit(document, &splices)));
                Vec::new()
            }
            Command::Open(document) => {
                let draft = self.drafts.entry(document).or_default();
                if draft.is_open() {
                    draft.shown_by += 1;
                    // By another part of the page: the engine has been asked already.
                    return vec![Notice::Opened { document, result: Ok(()) }];
                }
                draft.wanted = true;
                say.push(ToEngine::Command(Command::Open(document)));
                Vec::new()
            }
            Command::Close(document) => {
                let Some(draft) = self.drafts.get_mut(&document) else { return Vec::new() };
                draft.shown_by = draft.shown_by.saturating_sub(1);
                if draft.shown_by == 0 {
                    let mut notices = Vec::new();
                    draft.release(document, say, &mut notices);
                    say.push(ToEngine::Command(Command::Close(document)));
                    self.drafts.remove(&document);
                }
                Vec::new()
            }
            Command::Composing { document, active } => {
                say.push(ToEngine::Command(Command::Composing { document, active }));
                let mut notices = Vec::new();
                if let Some(draft) = self.drafts.get_mut(&document) {
                    draft.composing = active;
                    if !active {
                        draft.release(document, say, &mut notices);
                    }
                }
                notices
            }
            command => {
                say.push(ToEngine::Command(command));
                Vec::new()
            }
        }
    }

    /// The engine said something: what pages are told, and what is to be said to the engine.
    pub fn hear(&mut self, message: FromEngine, say: &mut Vec<ToEngine>) -> Vec<Notice> {
        match message {
            FromEngine::Started { version } if version == VERSION => vec![Notice::Started],
            FromEngine::Started { .. } => {
                vec![Notice::NotStarted(StoreError::Failed("page and engine are of different versions".into()))]
            }
            FromEngine::NotStarted(error) => vec![Notice::NotStarted(error)],
            FromEngine::Status(status) => {
                self.status = Some(Arc::new(status));
                vec![Notice::Status]
            }
            FromEngine::Rows { changed, gone } => {
                for document in gone {
                    self.rows.remove(&document);
                }
                self.rows.extend(changed.into_iter().map(|row| (row.document, Arc::new(row))));
                vec![Notice::Rows]
            }
            FromEngine::People(people) => {
                self.people = Some(people.into());
                vec![Notice::People]
            }
            FromEngine::SideCopies(copies) => {
                self.side_copies = Arc::new(copies);
                vec![Notice::SideCopies]
            }
            FromEngine::View { document, view } => {
                let Some(draft) = self.drafts.get_mut(&document) else { return Vec::new() };
                draft.view = view.map(|view| *view);
                vec![Notice::View(document)]
            }
            FromEngine::Opened { document, .. }
            | FromEngine::Edit { document, .. }
            | FromEngine::Heard { document, .. } => {
                let mut notices = Vec::new();
                if let Some(draft) = self.drafts.get_mut(&document) {
                    draft.hear(document, message, say, &mut notices);
                }
                notices
            }
            FromEngine::Touched(document) => vec![Notice::Touched(document)],
            FromEngine::Answer { ticket, answer } => vec![Notice::Answer { ticket, answer }],
            FromEngine::Working(work) => vec![Notice::Working(work)],
            FromEngine::Alive => vec![Notice::Alive],
            FromEngine::Ended => vec![Notice::Ended],
        }
    }
}
