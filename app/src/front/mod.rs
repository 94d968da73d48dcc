//! The page's half: what it knows of the profile, and its ends of the editors. Pure, like the engine's half: the
//! simulator runs both, with a queue between them.

mod draft;
mod kept;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use huigao_protocol::command::{Command, OpenError, Splice, StoreError};
use huigao_protocol::first_words::FirstWords;
use huigao_protocol::message::{Answer, Ask, FromEngine, People, Ticket, ToEngine, VERSION};
use huigao_protocol::view::{DocumentSync, DocumentView, Row, SaveState, SideCopy, Status, SyncState};
use huigao_protocol::words::{Count, LastWords};
use huigao_protocol::work::Work;
use huigao_shared::ids::DocumentId;

use self::draft::Draft;

/// What comes of a message of the engine.
#[derive(Clone, PartialEq, Debug)]
pub enum Heard {
    /// Pages are told.
    Page(Notice),
    /// The driver is told.
    Driver(Word),
}

impl From<Notice> for Heard {
    fn from(notice: Notice) -> Self {
        Self::Page(notice)
    }
}

impl From<Word> for Heard {
    fn from(word: Word) -> Self {
        Self::Driver(word)
    }
}

/// What concerns the engine itself.
#[derive(Clone, PartialEq, Debug)]
pub enum Word {
    /// The profile is open.
    Started,
    /// The profile cannot be opened.
    NotStarted(StoreError),
    /// What was asked for.
    Answer {
        /// Of the question.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
    },
    /// How far the work on a question has come.
    Progress {
        /// Of the question.
        ticket: Ticket,
        /// So much is done.
        done: u32,
        /// Of so much.
        of: u32,
    },
    /// What the engine does to a document from now on.
    Working(Option<Work>),
    /// What was typed in a page is saved.
    Kept {
        /// Which life of which page.
        page: String,
        /// In which document.
        document: DocumentId,
    },
    /// The engine lives.
    Alive,
    /// The engine has closed the profile.
    Ended,
}

/// What pages are told.
#[derive(Clone, PartialEq, Debug)]
pub enum Notice {
    /// Sync and save state have changed.
    Status,
    /// Lists have changed.
    Rows,
    /// People, units or acts have changed.
    People,
    /// Texts that the relay refused have changed.
    SideCopies,
    /// A document that was asked for is here, or cannot be.
    Opened {
        /// Which.
        document: DocumentId,
        /// An editor is to begin with the draft's text. Else one that there is has been told what it lacks.
        anew: bool,
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
    /// The engine had fallen, and another one is in its place.
    EngineReplaced,
    /// The state of an opened document has changed.
    View(DocumentId),
    /// Something in a document has changed.
    Touched(DocumentId),
}

/// What a page knows.
#[derive(Default)]
pub struct Front {
    page: String,
    status: Option<Status>,
    rows: BTreeMap<DocumentId, Arc<Row>>,
    people: Option<Arc<People>>,
    side_copies: Arc<Vec<SideCopy>>,
    drafts: BTreeMap<DocumentId, Draft>,
    last: Ticket,
    /// Counts what is typed, over all documents.
    typed: Count,
}

impl Front {
    /// A page that knows nothing. `page` names its life.
    #[must_use]
    pub fn new(page: String) -> Self {
        Self { page, ..Self::default() }
    }

    /// The name of the page's life.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// What was typed and is not known to be saved.
    pub fn last_words(&mut self) -> Vec<LastWords> {
        let page = &self.page;
        self.drafts.iter_mut().filter_map(|(document, draft)| draft.last_words(page, *document)).collect()
    }

    /// The engine has fallen and another one comes: what it is to be given, and what is to be said to it once it is
    /// there. Editors keep what they show.
    pub fn begin_anew(&mut self, say: &mut Vec<ToEngine>) -> Vec<LastWords> {
        let words = self.last_words();
        self.rows.clear();
        for (document, draft) in &mut self.drafts {
            draft.begin_anew();
            // What nobody shows any more is only to be saved.
            if draft.waits {
                say.push(ToEngine::Command(Command::Open(*document)));
            }
        }
        self.drafts.retain(|_, draft| !draft.leaves || !draft.is_saved());
        words
    }

    /// A document is shown as it was saved last, until its engine has opened it. The engine need not have started.
    pub fn begin_with(&mut self, document: DocumentId, words: FirstWords, say: &mut Vec<ToEngine>) {
        if let Entry::Vacant(place) = self.drafts.entry(document) {
            place.insert(Draft::of_first_words(words));
            say.push(ToEngine::Command(Command::Open(document)));
        }
    }

    /// What was typed in a document that could not be opened then.
    fn say_homeless(&mut self, document: DocumentId, say: &mut Vec<ToEngine>) {
        let words = self.drafts.get_mut(&document).and_then(|draft| draft.homeless(&self.page, document));
        say.extend(words.map(|words| ToEngine::Words(Box::new(words))));
    }

    /// A document that nobody shows any more is kept until all that was typed in it is saved.
    fn forget_if_saved(&mut self, document: DocumentId) {
        if self.drafts.get(&document).is_some_and(|draft| draft.leaves && !draft.waits && draft.is_saved()) {
            self.drafts.remove(&document);
        }
    }

    /// Sync and save state; none before the engine has started. What was typed and has not reached the engine, or is not
    /// saved there, counts: nothing is called saved or synced before it is.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        let mut status = self.status.clone()?;
        let unsaved = self.drafts.values().filter(|draft| !draft.is_saved()).count();
        if unsaved > 0 {
            if status.save == SaveState::Saved {
                status.save = SaveState::Saving;
            }
            match status.sync {
                SyncState::OfflineSaved => status.sync = SyncState::OfflinePending(unsaved),
                SyncState::Synced(_) => status.sync = SyncState::Pending(unsaved),
                SyncState::OfflinePending(_)
                | SyncState::Pending(_)
                | SyncState::Syncing
                | SyncState::ShutOut(_)
                | SyncState::Failed(_) => {}
            }
        }
        Some(status)
    }

    /// Whether the engine has told of lists, people and states.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.status.is_some()
    }

    /// All documents of all readable spaces.
    #[must_use]
    pub fn rows(&self) -> Vec<Arc<Row>> {
        self.rows.values().cloned().collect()
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

    /// The state of an opened document. What was typed and is not saved counts.
    #[must_use]
    pub fn view(&self, document: DocumentId) -> Option<DocumentView> {
        let draft = self.drafts.get(&document)?;
        let mut view = draft.view.clone()?;
        if !draft.is_saved() {
            if view.save == SaveState::Saved {
                view.save = SaveState::Saving;
            }
            if view.sync == DocumentSync::Synced {
                view.sync = DocumentSync::Pending;
            }
        }
        Some(view)
    }

    /// Whether an opened document has an engine that knows its text: not while first words are shown, nor between an engine's
    /// fall and the next one's word.
    #[must_use]
    pub fn has_engine(&self, document: DocumentId) -> bool {
        self.drafts.get(&document).is_some_and(|draft| !draft.waits)
    }

    /// A new question. The answer bears the ticket.
    pub fn ask(&mut self, ask: Ask) -> (Ticket, ToEngine) {
        self.last += 1;
        (self.last, ToEngine::Ask { ticket: self.last, ask })
    }

    /// The user wants something: what is to be said to the engine, and what pages hear at once.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all but a few go to the engine as they are")]
    pub fn command(&mut self, command: Command, say: &mut Vec<ToEngine>) -> Vec<Notice> {
        match command {
            Command::Edit { document, splices } => {
                self.typed += 1;
                let Some(draft) = self.drafts.get_mut(&document) else { return Vec::new() };
                let was_saved = draft.is_saved();
                say.extend(draft.edit(document, &splices, self.typed));
                // In the same turn: what a screen calls saved is a promise.
                if was_saved { vec![Notice::View(document), Notice::Status] } else { Vec::new() }
            }
            Command::Open(document) => {
                let draft = self.drafts.entry(document).or_default();
                if draft.is_open() {
                    draft.shown_by += 1;
                    // By another part of the page: the engine has been asked already.
                    return vec![Notice::Opened { document, anew: false, result: Ok(()) }];
                }
                draft.wanted = true;
                draft.leaves = false;
                say.push(ToEngine::Command(Command::Open(document)));
                Vec::new()
            }
            Command::Close(document) => {
                let Some(draft) = self.drafts.get_mut(&document) else { return Vec::new() };
                draft.shown_by = draft.shown_by.saturating_sub(1);
                if draft.shown_by == 0 && !draft.leaves {
                    draft.release(document, say, &mut Vec::new());
                    self.say_homeless(document, say);
                    if let Some(draft) = self.drafts.get_mut(&document) {
                        draft.leave(document, say);
                    }
                    self.forget_if_saved(document);
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
                self.say_homeless(document, say);
                notices
            }
            // What is not of an editor is the engine's, as it is.
            command => {
                say.push(ToEngine::Command(command));
                Vec::new()
            }
        }
    }

    /// The engine said something: what comes of it, and what is to be said to the engine.
    pub fn hear(&mut self, message: FromEngine, say: &mut Vec<ToEngine>) -> Vec<Heard> {
        let one: Heard = match message {
            FromEngine::Started { version } if version == VERSION => Word::Started.into(),
            FromEngine::Started { .. } => {
                let why = "page and engine are of different versions".to_owned();
                Word::NotStarted(StoreError::Failed(why)).into()
            }
            FromEngine::NotStarted(error) => Word::NotStarted(error).into(),
            FromEngine::Status(status) => {
                self.status = Some(status);
                Notice::Status.into()
            }
            FromEngine::Rows { changed, gone } => {
                for document in gone {
                    self.rows.remove(&document);
                }
                self.rows.extend(changed.into_iter().map(|row| (row.document, Arc::new(row))));
                Notice::Rows.into()
            }
            FromEngine::People(people) => {
                self.people = Some(people.into());
                Notice::People.into()
            }
            FromEngine::SideCopies(copies) => {
                self.side_copies = Arc::new(copies);
                Notice::SideCopies.into()
            }
            FromEngine::View { document, view } => {
                let Some(draft) = self.drafts.get_mut(&document) else { return Vec::new() };
                draft.view = view.map(|view| *view);
                Notice::View(document).into()
            }
            FromEngine::Text { document, said } => {
                let Some(draft) = self.drafts.get_mut(&document) else { return Vec::new() };
                let mut notices = Vec::new();
                draft.hear(document, said, say, &mut notices);
                self.say_homeless(document, say);
                self.forget_if_saved(document);
                return notices.into_iter().map(Heard::Page).collect();
            }
            FromEngine::Kept { page, document, typed } => {
                let mut heard = vec![Word::Kept { page: page.clone(), document }.into()];
                if let Some(draft) = self.drafts.get_mut(&document).filter(|_| page == self.page) {
                    draft.saved(typed);
                    if draft.is_saved() {
                        heard.extend([Notice::View(document).into(), Notice::Status.into()]);
                    }
                }
                self.forget_if_saved(document);
                return heard;
            }
            FromEngine::Touched(document) => Notice::Touched(document).into(),
            FromEngine::Answer { ticket, answer } => Word::Answer { ticket, answer }.into(),
            FromEngine::Progress { ticket, done, of } => Word::Progress { ticket, done, of }.into(),
            FromEngine::Working(work) => Word::Working(work).into(),
            FromEngine::Alive => Word::Alive.into(),
            FromEngine::Ended => Word::Ended.into(),
        };
        vec![one]
    }
}
