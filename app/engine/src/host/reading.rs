//! Questions that the reader answers: which one is its turn, what becomes of those that nobody waits for any more, and of
//! a reader that falls or hangs.
//!
//! The reader does one job at a time, and a job is made when its turn comes. So whoever asks twice about a document
//! before then gets one answer to both, and it is the newest.

use std::collections::{BTreeMap, VecDeque};

use huigao_protocol::command::Millis;
use huigao_protocol::message::{Answer, FromEngine, Ticket};
use huigao_shared::ids::DocumentId;

use super::Output;
use crate::reader::job::{JobNumber, ReadJob, Said};
use crate::reader::plain;
use crate::session::Session;
use crate::session::reading::{NOBODY, ReaderLife, Reading};

/// How often it is looked whether the reader still says something, in milliseconds. Counted, not only timed: a device that
/// slept wakes both at once.
const LOOK: Millis = 2_000;
/// After so many looks in silence it hangs, and after so many more for each such size of what it reads, in characters and
/// bytes.
const SILENT: usize = 5;
const SILENT_SIZE: usize = 200_000;
/// One that was told to stop has less time: somebody else may wait for it.
const STOPPING: usize = 2;
/// Work that takes longer is told how far it has come, in milliseconds.
const LONG: Millis = 400;
/// A reader that has had nothing to do for so long is ended, which gives its room back, in milliseconds.
const IDLE: Millis = 60_000;
/// After so many falls in a row at one document it is not read any more: its text alone is shown.
const FALLS: u8 = 2;

/// All that is asked of the reader.
pub struct Readings {
    waiting: VecDeque<Question>,
    running: Option<Running>,
    last: JobNumber,
    /// Which reader it is.
    life: ReaderLife,
    /// It has been given something.
    is_here: bool,
    /// When it is ended, if it has nothing to do until then.
    ends_at: Option<Millis>,
    /// Falls in a row.
    falls: BTreeMap<DocumentId, u8>,
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            running: None,
            last: 0,
            life: NOBODY + 1,
            is_here: false,
            ends_at: None,
            falls: BTreeMap::new(),
        }
    }
}

/// What is to be read, and who waits for it.
struct Question {
    document: DocumentId,
    tickets: Vec<Ticket>,
}

/// The job that the reader has.
struct Running {
    number: JobNumber,
    question: Question,
    /// It was given all of the document.
    is_whole: bool,
    begun: Millis,
    /// When it is looked next, and how often in silence before it hangs.
    look_at: Millis,
    looks: usize,
    patience: usize,
}

impl Readings {
    /// A page asks who wrote what stands in a document.
    pub fn ask(&mut self, ticket: Ticket, document: DocumentId) {
        match self.waiting.iter_mut().find(|question| question.document == document) {
            Some(question) => question.tickets.push(ticket),
            None => self.waiting.push_back(Question { document, tickets: vec![ticket] }),
        }
    }

    /// Nobody waits for an answer any more.
    pub fn cancel(&mut self, ticket: Ticket, out: &mut Vec<Output>) {
        for question in &mut self.waiting {
            question.tickets.retain(|other| *other != ticket);
        }
        self.waiting.retain(|question| !question.tickets.is_empty());
        let Some(running) = self.running.as_mut().filter(|running| running.question.tickets.contains(&ticket)) else {
            return;
        };
        running.question.tickets.retain(|other| *other != ticket);
        if running.question.tickets.is_empty() {
            running.patience = STOPPING;
            running.looks = running.looks.min(STOPPING);
            out.push(Output::StopReading(running.number));
        }
    }

    /// The reader says something.
    pub fn said(&mut self, now: Millis, said: Said, session: &mut Session, out: &mut Vec<Output>) {
        // What was said of an earlier one means nothing any more.
        let Some(running) = self.running.as_mut().filter(|running| running.number == said.number()) else { return };
        (running.look_at, running.looks) = (now + LOOK, running.patience);
        if let Said::Progress { done, of, .. } = said {
            if now - running.begun >= LONG {
                let progress = |ticket: &Ticket| Output::Say(FromEngine::Progress { ticket: *ticket, done, of });
                out.extend(running.question.tickets.iter().map(progress));
            }
            return;
        }
        let Some(Running { question, is_whole, .. }) = self.running.take() else { return };
        match said {
            Said::Done { answer, .. } => {
                self.falls.remove(&question.document);
                // What may not be read any more is shown to nobody, though it was asked for in time.
                let answer = if session.holds(question.document) { answer } else { Answer::Merged(None).encode() };
                out.extend(question.tickets.iter().map(|ticket| Output::Pass(FromEngine::answer(*ticket, &answer))));
            }
            // What the engine holds the reader cannot read.
            Said::Lacks(_) if is_whole => self.failed(&question, session, out),
            Said::Lacks(_) => {
                session.reader_lacks(question.document);
                if !question.tickets.is_empty() {
                    self.waiting.push_front(question);
                }
            }
            Said::Stopped(_) | Said::Progress { .. } => {}
        }
    }

    /// The reader has fallen, or could not be started. Another one is, when there is something to read.
    pub fn fell(&mut self, session: &Session, out: &mut Vec<Output>) {
        self.end(out);
        if let Some(running) = self.running.take() {
            self.failed(&running.question, session, out);
        }
    }

    /// When something is due.
    pub fn next_wake(&self) -> Option<Millis> {
        self.running.as_ref().map(|running| running.look_at).or(self.ends_at)
    }

    /// Does what is due: gives the reader what is next, and ends one that hangs or has nothing to do.
    pub fn due(&mut self, now: Millis, session: &mut Session, out: &mut Vec<Output>) {
        if let Some(running) = self.running.as_mut().filter(|running| running.look_at <= now) {
            running.look_at = now + LOOK;
            running.looks = running.looks.saturating_sub(1);
            if running.looks == 0 {
                self.fell(session, out);
            }
        }
        while self.running.is_none()
            && let Some(question) = self.waiting.pop_front()
        {
            self.begin(now, question, session, out);
        }
        if self.running.is_some() || !self.is_here {
            self.ends_at = None;
        } else if *self.ends_at.get_or_insert(now + IDLE) <= now {
            self.end(out);
        }
    }

    fn begin(&mut self, now: Millis, question: Question, session: &mut Session, out: &mut Vec<Output>) {
        let document = question.document;
        if self.is_given_up(document) {
            return answer(&question, text_alone(session, document), out);
        }
        let number = self.last + 1;
        match session.reading(document, number, self.life) {
            None => answer(&question, Answer::Merged(None), out),
            Some(Reading::Plain(text)) => answer(&question, Answer::Merged(Some(Box::new(plain(&text)))), out),
            Some(Reading::Job(job)) => {
                (self.last, self.is_here) = (number, true);
                let patience = SILENT * (1 + job.size / SILENT_SIZE);
                let (is_whole, look_at) = (job.job.from.is_empty(), now + LOOK);
                let begun = now;
                self.running = Some(Running { number, question, is_whole, begun, look_at, looks: patience, patience });
                out.push(Output::Read(job));
            }
        }
    }

    fn is_given_up(&self, document: DocumentId) -> bool {
        self.falls.get(&document).is_some_and(|falls| *falls >= FALLS)
    }

    /// It could not be read. It can be tried again, but not for ever.
    fn failed(&mut self, question: &Question, session: &Session, out: &mut Vec<Output>) {
        let document = question.document;
        let falls = self.falls.entry(document).or_default();
        *falls = falls.saturating_add(1);
        let said = if self.is_given_up(document) { text_alone(session, document) } else { Answer::Failed };
        answer(question, said, out);
    }

    fn end(&mut self, out: &mut Vec<Output>) {
        self.life += 1;
        (self.is_here, self.ends_at) = (false, None);
        out.push(Output::EndReader);
    }
}

fn answer(question: &Question, answer: Answer, out: &mut Vec<Output>) {
    let say = |ticket: &Ticket| Output::Say(FromEngine::Answer { ticket: *ticket, answer: answer.clone() });
    out.extend(question.tickets.iter().map(say));
}

fn text_alone(session: &Session, document: DocumentId) -> Answer {
    Answer::Merged(session.text(document).map(|text| Box::new(plain(&text))))
}

/// All of a document, as a reader that has nothing of it would be given it: for whoever checks what readers say.
pub(super) fn whole(session: &mut Session, document: DocumentId) -> Option<Box<ReadJob>> {
    match session.reading(document, 0, NOBODY)? {
        Reading::Job(job) => Some(job),
        Reading::Plain(_) => None,
    }
}
