//! The messages, one JSON text each.

use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::command::{Command, OpenError, StoreError};
use crate::delta::Delta;
use crate::strand::Said;
use crate::view::{DocumentView, Merged, Row, SideCopy, Status};
use crate::words::{Count, LastWords};
use crate::work::Work;

/// Both ends are of one build; a page that met an engine of another one would say so instead of guessing.
pub const VERSION: u32 = 2;

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
    /// Names this life of the page.
    pub page: String,
    /// What was typed in pages that went before it was saved, this one's too if an engine has fallen.
    pub words: Vec<LastWords>,
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
        /// By the page's count of all that is typed.
        typed: Count,
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
    /// What was typed in a document that could not be opened: it is taken in as what a page left that went.
    Words(Box<LastWords>),
    /// Nobody waits for the answer any more.
    Cancel {
        /// Of the question.
        ticket: Ticket,
    },
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
    /// To [`Ask::Holds`].
    Holds(bool),
    /// To [`Ask::Saved`]: whether it is.
    Saved(bool),
    /// To what is read in the reader's worker: that one fell or hung. The document is as it was, and may be asked about
    /// again.
    Failed,
}

impl Answer {
    /// As text: what [`FromEngine::answer`] takes.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
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

/// What an engine says of a document's text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum OfText {
    /// It is here, or cannot be.
    Opened(Result<Box<Opened>, OpenError>),
    /// It has changed, not by its editor.
    Edit {
        /// Which time it was opened.
        opening: Opening,
        /// Its number, and what the engine had heard.
        said: Said,
        /// What.
        delta: Delta,
    },
    /// The engine has the editor's changes.
    Heard {
        /// Which time it was opened.
        opening: Opening,
        /// How many.
        number: u64,
    },
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
    /// Of a document that was asked for, in order.
    Text {
        /// Which.
        document: DocumentId,
        /// What.
        said: OfText,
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
    /// How far the work on a question has come that takes its time.
    Progress {
        /// Of the question.
        ticket: Ticket,
        /// So much is done.
        done: u32,
        /// Of so much.
        of: u32,
    },
    /// What was typed in a page is saved up to this number, or needs no saving any more.
    Kept {
        /// Which life of which page.
        page: String,
        /// In which document.
        document: DocumentId,
        /// The number.
        typed: Count,
    },
    /// What the engine begins to do to a document, or that it has ended: should it fall, this was it.
    Working(Option<Work>),
    /// The engine lives: said each second.
    Alive,
    /// The profile is closed, and what was typed is saved.
    Ended,
}

impl FromEngine {
    /// [`FromEngine::Answer`] as text, around an answer that is text already: one of a whole document is large, and is
    /// encoded once, by whoever has worked it out.
    #[must_use]
    pub fn answer(ticket: Ticket, answer: &str) -> String {
        format!(r#"{{"Answer":{{"ticket":{ticket},"answer":{answer}}}}}"#)
    }
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

#[cfg(test)]
mod tests {
    use huigao_shared::space::Space;

    use super::*;
    use crate::view::{DocumentSync, SaveState};

    #[test]
    fn an_answer_that_is_text_already_goes_as_any_other() {
        let merged = Merged { authors: vec![(None, 3)], ..Merged::default() };
        let merged = Answer::Merged(Some(Box::new(merged)));
        for answer in [Answer::Merged(None), merged, Answer::Holds(true), Answer::Failed] {
            let text = FromEngine::answer(7, &answer.encode());
            assert_eq!(text, FromEngine::Answer { ticket: 7, answer }.encode());
        }
    }

    #[test]
    fn what_nobody_did_is_not_what_did_not_happen() {
        let document = DocumentId::from_bytes([1; 16]);
        for (aside, overlaid) in [(None, None), (Some(None), None), (Some(Some(MemberId::from_key("a"))), Some(None))] {
            let view = DocumentView {
                document,
                space: Space::Group,
                kind: "minutes".into(),
                title: "记录".into(),
                writable: true,
                sync: DocumentSync::Synced,
                save: SaveState::Saved,
                aside,
                overlaid,
                origin: None,
                moved_to: None,
                put_away: false,
            };
            let message = FromEngine::View { document, view: Some(Box::new(view)) };
            assert_eq!(FromEngine::decode(&message.encode()), Some(message));
        }
    }
}
