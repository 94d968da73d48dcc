//! What pages ask of readers: a third machine beside page and engine, which may fall or hang at any step.

use std::collections::{BTreeMap, BTreeSet};

use huigao_engine::host::Input;
use huigao_engine::reader::Reader;
use huigao_engine::reader::job::{JobNumber, ReadJob, Said};
use huigao_protocol::message::{Ask, FromEngine, Message, Ticket, ToEngine};
use huigao_shared::ids::DocumentId;

use super::world::{Step, World};

/// A tab's reader, and what its page waits for.
#[derive(Default)]
pub struct Readings {
    reader: Reader,
    /// Which one it is: what was on its way to or from an earlier one is lost.
    life: u64,
    /// The last arrival there and back: nothing overtakes.
    there: u64,
    back: u64,
    /// What is to be said of a job: as a fresh reader says it that was given the whole document at that moment.
    expected: BTreeMap<JobNumber, String>,
    asked: BTreeSet<Ticket>,
}

impl Readings {
    /// A question that nobody will answer, once nothing happens any more.
    pub fn waits_in_vain(&self) -> Option<Ticket> {
        self.asked.first().copied()
    }
}

/// What happens at a reader.
pub enum AtReader {
    /// It is given a job.
    Given(Box<ReadJob>),
    /// It hears that nobody waits for that any more.
    Stops(JobNumber),
    /// It does the next step.
    Steps,
    /// The engine hears what it says.
    Says(Said),
}

impl AtReader {
    /// For the trace.
    pub fn brief(&self) -> String {
        match self {
            Self::Given(job) => format!("is given {} of {}", job.job.number, job.job.document),
            Self::Stops(number) => format!("stops {number}"),
            Self::Steps => "steps".to_owned(),
            Self::Says(Said::Done { number, .. }) => format!("has done {number}"),
            Self::Says(said) => format!("says {said:?}"),
        }
    }
}

impl World {
    /// Now and then a page asks who wrote what, or takes a question back.
    pub(super) fn ask_who_wrote(&mut self) {
        let profiles = self.profiles.len();
        let Some(between) = self.between.as_mut() else { return };
        if between.u8(..8) > 0 {
            return;
        }
        let (profile, index, takes_back) = (between.usize(..profiles), between.usize(..2), between.u8(..4) == 0);
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let taken_back = if takes_back { tab.readings.asked.pop_first() } else { None };
        if let Some(ticket) = taken_back {
            return self.send_to_engine(profile, index, ToEngine::Cancel { ticket });
        }
        let open: Vec<DocumentId> = tab.editors.keys().copied().collect();
        let Some(document) = between.choice(open) else { return };
        let (ticket, message) = tab.front.ask(Ask::Merged(document));
        tab.readings.asked.insert(ticket);
        self.send_to_engine(profile, index, message);
    }

    /// A page has an answer.
    pub(super) fn answered(&mut self, profile: usize, index: usize, ticket: Ticket) {
        if let Some(tab) = self.profiles[profile].tabs[index].as_mut() {
            // It may have been taken back while the answer was on its way.
            tab.readings.asked.remove(&ticket);
        }
    }

    /// What the engine passes on as text goes to the page as all else.
    pub(super) fn pass_on(&mut self, profile: usize, index: usize, text: &str) {
        match FromEngine::decode(text) {
            Some(message) => self.send_to_page(profile, index, message),
            None => self.is_wrong(format!("the page cannot read {text}")),
        }
    }

    pub(super) fn give_reader(&mut self, profile: usize, index: usize, job: Box<ReadJob>) {
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let whole = tab.host.whole_reading(job.job.document);
        let said = whole.map(|whole| Reader::default().run(whole.job, whole.bytes));
        let Some(Said::Done { answer, .. }) = said else {
            return self.is_wrong(format!("no reader can read the whole of {}", job.job.document));
        };
        tab.readings.expected.insert(job.job.number, answer);
        self.at_reader(profile, index, AtReader::Given(job));
    }

    pub(super) fn end_reader(&mut self, profile: usize, index: usize) {
        if let Some(tab) = self.profiles[profile].tabs[index].as_mut() {
            let Readings { life, asked, .. } = std::mem::take(&mut tab.readings);
            tab.readings = Readings { life: life + 1, asked, ..Readings::default() };
        }
    }

    /// Something happens at a reader, after a while; now and then it is busy.
    pub(super) fn at_reader(&mut self, profile: usize, index: usize, what: AtReader) {
        let now = self.now;
        let Some(between) = self.between.as_mut() else { return };
        let wait = if between.u8(..30) == 0 { between.u64(50..3_000) } else { between.u64(1..20) };
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let Readings { life: reader, there, back, .. } = &mut tab.readings;
        let last = if matches!(what, AtReader::Says(_)) { back } else { there };
        *last = (now + wait).max(*last);
        let (delay, life, reader) = (*last - now, tab.life, *reader);
        self.schedule(delay, Step::Reader { profile, tab: index, life, reader, what });
    }

    /// What was to happen at a reader does.
    pub(super) fn reader(&mut self, profile: usize, index: usize, life: u64, reader: u64, what: AtReader) {
        let Some(tab) = self.profiles[profile].tabs[index].as_mut().filter(|tab| tab.life == life) else { return };
        let readings = &mut tab.readings;
        if readings.life != reader {
            return;
        }
        match what {
            AtReader::Given(job) => {
                readings.reader.take(job.job, job.bytes);
                self.at_reader(profile, index, AtReader::Steps);
            }
            AtReader::Stops(number) => {
                if let Some(said) = readings.reader.stop(number) {
                    self.at_reader(profile, index, AtReader::Says(said));
                }
            }
            AtReader::Steps => {
                let fate = self.between.as_mut().filter(|_| !self.peace).map_or(u8::MAX, |between| between.u8(..));
                match fate {
                    0..5 => return self.engine(profile, index, Input::ReaderFell),
                    // It hangs.
                    5..8 => return,
                    8.. => {}
                }
                let Some(said) = readings.reader.step() else { return };
                if matches!(said, Said::Progress { .. }) {
                    self.at_reader(profile, index, AtReader::Steps);
                }
                self.at_reader(profile, index, AtReader::Says(said));
            }
            AtReader::Says(said) => {
                if let Said::Done { number, answer } = &said {
                    let expected = readings.expected.remove(number);
                    self.outcome.readings += 1;
                    if expected.as_ref() != Some(answer) {
                        self.is_wrong(format!("profile {profile}: a reader says {answer} instead of {expected:?}"));
                    }
                }
                self.engine(profile, index, Input::Read(said));
            }
        }
    }
}
