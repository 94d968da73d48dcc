//! The reader: works out what takes the whole history of a document, away from the engine that saves and syncs.
//!
//! Owns: copies of documents that it has read lately, so that the next job for one brings only what is new. It may be
//! ended at any time without loss: whoever gives it jobs sends whole documents again. May not touch: the browser, clocks,
//! storage, the session. It is pure and takes a job in steps, so that it hears between them that nobody waits any more;
//! its worker, native tests and the simulator run the same code.

mod held;
pub mod job;
mod merged;
mod provenance;

use huigao_protocol::message::Answer;
use huigao_shared::authorship::Authorship;

use held::Held;
use job::{Job, JobNumber, Said, What, Whose};
use merged::By;
pub use merged::plain;

/// So many copies are kept.
const COPIES: usize = 6;
/// And of so many bytes; the last one in any case.
const BYTES: usize = 24 << 20;
/// So many changes are followed in one step.
const CHANGES: usize = 256;

/// The state machine.
#[derive(Default)]
pub struct Reader {
    /// The one that was used last comes last.
    copies: Vec<Held>,
    work: Option<Work>,
}

/// A job under way.
struct Work {
    job: Job,
    stage: Stage,
    /// In steps.
    done: u32,
    of: u32,
}

enum Stage {
    /// The bytes are to be taken into the copy.
    Taking(Vec<u8>),
    /// Its changes are followed.
    Following,
    /// What is wanted is worked out.
    Working,
}

impl Reader {
    /// Takes a job. One that was under way is given up.
    pub fn take(&mut self, job: Job, bytes: Vec<u8>) {
        self.work = Some(Work { job, stage: Stage::Taking(bytes), done: 0, of: 0 });
    }

    /// Gives a job up. What is said then; nothing if it is not under way.
    pub fn stop(&mut self, number: JobNumber) -> Option<Said> {
        self.work.take_if(|work| work.job.number == number).map(|_| Said::Stopped(number))
    }

    /// Does the next step of the job under way; none if there is none.
    pub fn step(&mut self) -> Option<Said> {
        let Work { job, stage, done, of } = self.work.take()?;
        let number = job.number;
        match stage {
            Stage::Taking(bytes) => {
                if !self.take_in(&job, &bytes) {
                    return Some(Said::Lacks(number));
                }
                let ahead = self.copies.last().map_or(0, |copy| copy.ahead.len());
                let steps = u32::try_from(ahead.div_ceil(CHANGES)).unwrap_or(u32::MAX - 2);
                Some(self.go_on(Work { job, stage: Stage::Following, done: 1, of: steps + 2 }))
            }
            Stage::Following => {
                let is_done = self.copies.last_mut().is_none_or(follow);
                let stage = if is_done { Stage::Working } else { Stage::Following };
                Some(self.go_on(Work { job, stage, done: (done + 1).min(of), of }))
            }
            Stage::Working => {
                let Some(copy) = self.copies.last_mut() else { return Some(Said::Lacks(number)) };
                let answer = match &job.what {
                    What::Merged(whose) => merged(copy, whose),
                };
                Some(Said::Done { number, answer: answer.encode() })
            }
        }
    }

    /// Does a job to its end.
    pub fn run(&mut self, job: Job, bytes: Vec<u8>) -> Said {
        let number = job.number;
        self.take(job, bytes);
        let mut said = self.step();
        while let Some(Said::Progress { .. }) = said {
            said = self.step();
        }
        said.unwrap_or(Said::Stopped(number))
    }

    fn go_on(&mut self, work: Work) -> Said {
        let said = Said::Progress { number: work.job.number, done: work.done, of: work.of };
        self.work = Some(work);
        said
    }

    /// Makes or completes the copy of a job's document, as the last one. Whether it is what the job says.
    fn take_in(&mut self, job: &Job, bytes: &[u8]) -> bool {
        let place = self.copies.iter().position(|copy| copy.document == job.document);
        let kept = place.map(|place| self.copies.remove(place));
        let copy = if job.from.is_empty() {
            Held::of(job.document, bytes)
        } else {
            kept.and_then(|copy| copy.go_on(&job.from, bytes))
        };
        let Some(mut copy) = copy else { return false };
        if !copy.is_at(&job.heads) {
            return false;
        }
        self.copies.push(copy);
        let is_too_much = |copies: &[Held]| {
            copies.len() > COPIES || copies.len() > 1 && copies.iter().map(|copy| copy.bytes).sum::<usize>() > BYTES
        };
        while is_too_much(&self.copies) {
            self.copies.remove(0);
        }
        true
    }
}

/// Follows some changes; whether none is left.
fn follow(copy: &mut Held) -> bool {
    let Some(text) = &copy.text else { return true };
    for change in copy.ahead.drain(..copy.ahead.len().min(CHANGES)) {
        copy.provenance.take(&change, text);
    }
    copy.ahead.is_empty()
}

fn merged(copy: &mut Held, whose: &Whose) -> Answer {
    let Some(text) = &copy.text else { return Answer::Merged(None) };
    let mut authors = Authorship::default();
    authors.merge(whose.authors.clone());
    let by = By { me: whose.me, read: &whose.read, authors: &authors, typed: &whose.typed };
    Answer::Merged(Some(Box::new(merged::merge(copy.doc.document(), text, &by, &copy.provenance))))
}
