//! The messages, one JSON text each.

use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::text::count::Count;
use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::command::{Command, OpenError, StoreError};
use crate::delta::Delta;
use crate::strand::Said;
use crate::view::{DocumentView, Merged, Row, SideCopy, Status};
use crate::work::Work;

/// Both ends are of one build; a page that met an engine of another one would say so instead of guessing.
pub const VERSION: u32 = 1;

/// Names a question, so that the answer finds its way back.
pub type Ticket = u64;

/// Which time a document was opened: what was meant for an earlier time is dropped.
pub type Opening = u64;

/// Whose profile the engine is to open, and what only the page knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// [`VERSION`] of the page.
    pub version: u32,
    /// The name of the profile's database.
    pub profile: String,
    /// Whose it is.
    pub member: MemberId,
    /// The relay runs a demonstration: nobody proves anything.
    pub demo: bool,
    /// The roster as just fetched, for a profile that has none yet.
    pub roster: Option<Roster>,
    /// In the middle of what the app fell for this profile since it was last opened.
    pub fell: Vec<Work>,
    /// Whether there is a network, as far as the browser says.
    pub online: bool,
    /// Whether the page is visible.
    pub shown: bool,
}

/// What a page says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// The first.
    Start(Box<Start>),
    /// The user wants something. [`Command::Edit`] comes as [`ToEngine::Edit`].
    Command(Command),
    /// The user, or the page for the user, changed the text in an editor.
    Edit {
        /// In which document.
        document: DocumentId,
        /// As it was opened last.
        opening: Opening,
        /// Its number, and what the page had heard.
        said: Said,
        /// What.
        delta: Delta,
    },
    /// The page has worked in what others changed.
    Heard {
        /// In which document.
        document: DocumentId,
        /// As it was opened last.
        opening: Opening,
        /// How many of the engine's changes.
        number: u64,
    },
    /// The page wants to know something.
    Ask {
        /// Comes back with the answer.
        ticket: Ticket,
        /// What.
        ask: Ask,
    },
    /// Nobody waits for an answer any more.
    Cancel(Ticket),
    /// The browser says that there is a network, or none.
    Online(bool),
    /// The page is visible, or hidden.
    Shown(bool),
    /// The page may be about to go: what was typed last is saved without waiting for more.
    Leaving,
    /// The profile is to be closed: [`FromEngine::Ended`] comes when what was typed is saved.
    End,
}

/// What can be asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Who wrote what stands in a document.
    Merged(DocumentId),
    /// A document's state, if it is in memory.
    Document(DocumentId),
    /// Its text, if it is in memory.
    Text(DocumentId),
    /// How long its text is, if it is in memory.
    Count(DocumentId),
    /// Whether there is such a document.
    Holds(DocumentId),
    /// Answered when all that was typed is saved on this device, or cannot be.
    Saved,
}

/// What was asked for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Ask::Merged`].
    Merged(Option<Box<Merged>>),
    /// To [`Ask::Document`].
    Document(Option<DocumentView>),
    /// To [`Ask::Text`].
    Text(Option<String>),
    /// To [`Ask::Count`].
    Count(Option<Count>),
    /// To [`Ask::Holds`].
    Holds(bool),
    /// To [`Ask::Saved`]: whether it is.
    Saved(bool),
}

/// An opened document: what an editor begins with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Which time it is.
    pub opening: Opening,
    /// Its text.
    pub text: String,
    /// Its state.
    pub view: DocumentView,
}

/// People and units, and what is about to change of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct People {
    /// As the relay told last.
    pub roster: Roster,
    /// With the acts that wait, if that is something else.
    pub ahead: Option<Roster>,
    /// The acts that wait or were refused.
    pub acts: Vec<Act>,
}

/// What an engine says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum FromEngine {
    /// The profile is open; what pages show of it has been told.
    Started {
        /// [`VERSION`] of the engine.
        version: u32,
    },
    /// The profile cannot be opened.
    NotStarted(StoreError),
    /// Sync and save state.
    Status(Status),
    /// Documents of the lists that are new or have changed, and those that are gone.
    Rows {
        /// New or changed.
        changed: Vec<Row>,
        /// Gone.
        gone: Vec<DocumentId>,
    },
    /// People and units.
    People(Box<People>),
    /// Texts that the relay refused.
    SideCopies(Vec<SideCopy>),
    /// A document that was asked for is here, or cannot be.
    Opened {
        /// Which.
        document: DocumentId,
        /// What an editor begins with; the reason if there is nothing.
        result: Result<Box<Opened>, OpenError>,
    },
    /// The text of an opened document has changed, not by its editor.
    Edit {
        /// Which document.
        document: DocumentId,
        /// Which time it was opened.
        opening: Opening,
        /// Its number, and what the engine had heard.
        said: Said,
        /// What.
        delta: Delta,
    },
    /// The engine has the editor's changes.
    Heard {
        /// Of which document.
        document: DocumentId,
        /// Which time it was opened.
        opening: Opening,
        /// How many.
        number: u64,
    },
    /// The state of an opened document has changed; none if it is not to be seen any more.
    View {
        /// Which.
        document: DocumentId,
        /// Its state.
        view: Option<Box<DocumentView>>,
    },
    /// Something in a document has changed: who shows more than its state asks again.
    Touched(DocumentId),
    /// To what was asked.
    Answer {
        /// Of the question.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
    },
    /// What the engine begins to do to a document, or that it has ended: should it fall, this was it.
    Working(Option<Work>),
    /// The engine lives: said each second.
    Alive,
    /// The profile is closed, and what was typed is saved.
    Ended,
}

/// A message as it travels.
pub trait Message: Sized {
    /// As text.
    fn encode(&self) -> String;
    /// From text; none if it is not one of this version.
    fn decode(text: &str) -> Option<Self>;
}

impl Message for ToEngine {
    fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Message for FromEngine {
    fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
