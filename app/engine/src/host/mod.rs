//! The engine as its page meets it: the session, what the page has been told of it, and the engine's ends of the
//! page's editors. Pure, like the session: the simulator runs it.
//!
//! Pages are told what has changed, and ask for what is large. A value that is the same is not told again. What takes the
//! whole history of a document the reader works out.

mod editors;
mod reading;
mod told;

use std::collections::BTreeSet;

use huigao_protocol::command::{Command, Millis};
use huigao_protocol::message::{Answer, Ask, FromEngine, OfText, Ticket, ToEngine, VERSION};
use huigao_protocol::view::SaveState;
use huigao_shared::ids::DocumentId;

use self::editors::Editors;
use self::reading::Readings;
use self::told::Told;
use crate::port::ProfileContents;
use crate::reader::job::{JobNumber, ReadJob, Said};
use crate::session::event::{Changed, Effect, Event, Now, TypedMark};
use crate::session::{Session, Setup};

/// What happens.
#[derive(Debug)]
pub enum Input {
    /// The page said something.
    Page(ToEngine),
    /// The reader said something.
    Read(Said),
    /// The reader has fallen, or could not be started.
    ReaderFell,
    /// Anything else.
    World(Event),
}

/// What is to be done.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// The page is to be told. In order.
    Say(FromEngine),
    /// The same, as text already.
    Pass(String),
    /// The reader is to do this; it is started if it is not there. Then [`Input::Read`].
    Read(Box<ReadJob>),
    /// The reader need not do this any more.
    StopReading(JobNumber),
    /// The reader is to be ended, with what it has under way.
    EndReader,
    /// Anything else that the session wants; what concerns pages is not among it.
    Do(Effect),
}

/// The session and its page.
pub struct Host {
    page: String,
    session: Session,
    told: Told,
    editors: Editors,
    readings: Readings,
    /// Who waits until all is saved.
    waiting: Vec<Ticket>,
    /// The profile is being closed.
    ending: bool,
}

impl Host {
    /// Opens a profile from what its database holds. What pages show of it is told at once.
    /// `page` names the page's life.
    #[must_use]
    pub fn open(page: String, setup: Setup, contents: ProfileContents, now: Now) -> (Self, Vec<Output>) {
        let (session, effects) = Session::open(setup, contents);
        let mut host = Self {
            page,
            session,
            told: Told::default(),
            editors: Editors::default(),
            readings: Readings::default(),
            waiting: Vec::new(),
            ending: false,
        };
        let mut out = Vec::new();
        host.pass_on(effects, &mut out);
        host.told.all(&host.session, now.monotonic, &mut out);
        out.push(Output::Say(FromEngine::Started { version: VERSION }));
        (host, out)
    }

    /// Takes what happens, and appends what is to be done.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::World(event) => self.feed(now, event, out),
            Input::Page(message) => self.page(now, message, out),
            Input::Read(said) => self.readings.said(now.monotonic, said, &mut self.session, out),
            Input::ReaderFell => self.readings.fell(&self.session, out),
        }
        self.readings.due(now.monotonic, &mut self.session, out);
        self.told.due(&self.session, now.monotonic, out);
        self.answer_if_saved(out);
    }

    /// When the next [`Event::Tick`] is due, by the monotonic clock.
    #[must_use]
    pub fn next_wake(&self) -> Option<Millis> {
        [self.session.next_wake(), self.told.next_wake(), self.readings.next_wake()].into_iter().flatten().min()
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// All of an open document, as a reader that has nothing of it would be given it: to check what readers say.
    pub fn whole_reading(&mut self, document: DocumentId) -> Option<Box<ReadJob>> {
        reading::whole(&mut self.session, document)
    }

    fn page(&mut self, now: Now, message: ToEngine, out: &mut Vec<Output>) {
        match message {
            // Its platform has opened the profile by it.
            ToEngine::Start(_) => {}
            ToEngine::Command(command) => self.command(now, command, out),
            ToEngine::Edit { document, opening, said, typed, delta } => {
                let Some(delta) = self.editors.heard(document, opening, said, delta.clone()) else {
                    if self.session.text(document).is_none() {
                        // The document left while the words were on their way.
                        let mark = TypedMark { page: self.page.clone(), number: typed };
                        self.feed(now, Event::Typed { document, splices: delta.splices(), mark }, out);
                    }
                    return;
                };
                let heard = OfText::Heard { opening, number: said.number };
                out.push(Output::Say(FromEngine::Text { document, said: heard }));
                let mark = TypedMark { page: self.page.clone(), number: typed };
                self.feed(now, Event::Typed { document, splices: delta.splices(), mark }, out);
            }
            ToEngine::Heard { document, opening, number } => self.editors.was_heard(document, opening, number),
            ToEngine::Ask { ticket, ask: Ask::Saved } => {
                self.feed(now, Event::Leaving, out);
                self.waiting.push(ticket);
            }
            ToEngine::Ask { ticket, ask: Ask::Merged(document) } => self.readings.ask(ticket, document),
            ToEngine::Ask { ticket, ask: Ask::Holds(document) } => {
                let answer = Answer::Holds(self.session.holds(document));
                out.push(Output::Say(FromEngine::Answer { ticket, answer }));
            }
            ToEngine::Words(words) => self.feed(now, Event::Words(*words), out),
            ToEngine::Cancel { ticket } => {
                self.waiting.retain(|other| *other != ticket);
                self.readings.cancel(ticket, out);
            }
            ToEngine::Online(online) => self.feed(now, Event::Online(online), out),
            // Timers of hidden pages are late.
            ToEngine::Shown(true) => self.feed(now, Event::Tick, out),
            ToEngine::Shown(false) | ToEngine::Leaving => self.feed(now, Event::Leaving, out),
            ToEngine::End => {
                self.ending = true;
                self.feed(now, Event::Leaving, out);
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all but a few go to the session as they are")]
    fn command(&mut self, now: Now, command: Command, out: &mut Vec<Output>) {
        match command {
            // Comes by its strand.
            Command::Edit { .. } => {}
            Command::Close(document) => {
                // The page says so once, and a document that had gone and came back was opened more often.
                for _ in 0..self.editors.close(document).max(1) {
                    self.feed(now, Event::Command(Command::Close(document)), out);
                }
            }
            command => self.feed(now, Event::Command(command), out),
        }
    }

    fn feed(&mut self, now: Now, event: Event, out: &mut Vec<Output>) {
        let mut effects = Vec::new();
        self.session.handle(now, event, &mut effects);
        self.pass_on(effects, out);
    }

    /// What concerns pages is told them, each in its order.
    fn pass_on(&mut self, effects: Vec<Effect>, out: &mut Vec<Output>) {
        let mut begun = BTreeSet::new();
        for effect in effects {
            match effect {
                // The text that the page begins with has it already.
                Effect::Editor { document, .. } if begun.contains(&document) => {}
                Effect::Editor { document, splices } => {
                    out.extend(self.editors.say(document, &splices).map(Output::Say));
                }
                Effect::Opened { document, result } => {
                    if result.is_ok() {
                        begun.insert(document);
                    }
                    let opened = self.editors.open(&self.session, document, result);
                    out.push(Output::Say(opened));
                }
                Effect::Kept { document, mark: TypedMark { page, number: typed } } => {
                    out.push(Output::Say(FromEngine::Kept { page, document, typed }));
                }
                Effect::Changed(changed) => self.changed(changed, out),
                Effect::Persist { .. }
                | Effect::KeepText { .. }
                | Effect::LoadChunks(_)
                | Effect::Connect
                | Effect::Disconnect
                | Effect::Send(_)
                | Effect::Broadcast(_) => out.push(Output::Do(effect)),
            }
        }
    }

    fn changed(&mut self, changed: Changed, out: &mut Vec<Output>) {
        if let Changed::Document(document) = changed {
            out.extend(self.editors.look(&self.session, document).map(Output::Say));
        }
        self.told.changed(changed);
    }

    fn answer_if_saved(&mut self, out: &mut Vec<Output>) {
        if self.waiting.is_empty() && !self.ending {
            return;
        }
        let save = self.session.status().save;
        if save == SaveState::Saving {
            return;
        }
        for ticket in self.waiting.drain(..) {
            out.push(Output::Say(FromEngine::Answer { ticket, answer: Answer::Saved(save == SaveState::Saved) }));
        }
        if std::mem::take(&mut self.ending) {
            out.push(Output::Say(FromEngine::Ended));
        }
    }
}
