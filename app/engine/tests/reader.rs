//! The reader, and how the engine deals with one: what is asked, what is taken back, and what becomes of falls.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks at the outputs it is about")]

use std::collections::VecDeque;

use huigao_engine::host::{Host, Input, Output};
use huigao_engine::port::ProfileContents;
use huigao_engine::reader::Reader;
use huigao_engine::reader::job::{JobNumber, ReadJob, Said};
use huigao_engine::session::Setup;
use huigao_engine::session::event::{Command, Effect, Event, Now, Splice, TypedMark};
use huigao_protocol::message::{Answer, Ask, FromEngine, Message, Ticket, ToEngine};
use huigao_protocol::view::Merged;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;

#[path = "reader/steps.rs"]
mod steps;

const FIRST: DocumentId = DocumentId::from_bytes([7; 16]);
const SECOND: DocumentId = DocumentId::from_bytes([8; 16]);

/// An engine with two documents, and a reader that does what it is given when the test wants it to.
struct Office {
    host: Host,
    reader: Reader,
    now: i64,
    last: Ticket,
    jobs: VecDeque<ReadJob>,
    stopped: Vec<JobNumber>,
    /// How many readers were ended.
    ended: usize,
    /// What the page was told that concerns questions.
    told: Vec<FromEngine>,
    /// How many transactions were begun.
    written: usize,
}

impl Office {
    fn open() -> Self {
        let me = MemberId::from_key("me");
        let roster = Some(Roster { version: 1, members: vec![Member::new(me, "me", "我")], ..Roster::default() });
        let (words, fell) = (Vec::new(), Vec::new());
        let setup = Setup { member: me, session: [1; 8], peer_id: "tab".into(), roster, watch: |_| {}, words, fell };
        let at = Now { monotonic: 0, calendar: 1_700_000_000_000 };
        let (host, outputs) = Host::open("page".into(), setup, ProfileContents::default(), at);
        let mut office = Self {
            host,
            reader: Reader::default(),
            now: 0,
            last: 0,
            jobs: VecDeque::new(),
            stopped: Vec::new(),
            ended: 0,
            told: Vec::new(),
            written: 0,
        };
        office.put_out(outputs);
        for (document, text) in [(FIRST, "第一篇"), (SECOND, "第二篇的正文")] {
            let (space, title, text) = (Space::Private(me), "题".into(), text.into());
            office.page(ToEngine::Command(Command::Create { document, kind: "note".into(), space, title, text }));
            office.page(ToEngine::Command(Command::Open(document)));
        }
        office
    }

    fn put_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Say(message @ (FromEngine::Answer { .. } | FromEngine::Progress { .. })) => {
                    self.told.push(message);
                }
                Output::Pass(text) => self.told.push(FromEngine::decode(&text).expect("a message")),
                Output::Read(job) => self.jobs.push_back(*job),
                Output::StopReading(number) => self.stopped.push(number),
                Output::EndReader => {
                    self.ended += 1;
                    self.jobs.clear();
                    self.reader = Reader::default();
                }
                Output::Do(Effect::Persist { ticket, .. }) => {
                    self.written += 1;
                    self.input(Input::World(Event::Persisted { ticket, result: Ok(()) }));
                }
                _ => {}
            }
        }
    }

    fn input(&mut self, input: Input) {
        let mut outputs = Vec::new();
        let now = Now { monotonic: self.now, calendar: 1_700_000_000_000 + self.now };
        self.host.handle(now, input, &mut outputs);
        self.put_out(outputs);
    }

    fn page(&mut self, message: ToEngine) {
        self.input(Input::Page(ToEngine::decode(&message.encode()).expect("a message")));
    }

    fn ask(&mut self, document: DocumentId) -> Ticket {
        self.last += 1;
        self.page(ToEngine::Ask { ticket: self.last, ask: Ask::Merged(document) });
        self.last
    }

    fn pass(&mut self, time: i64) {
        self.now += time;
        self.input(Input::World(Event::Tick));
    }

    fn types(&mut self, document: DocumentId, at: usize, insert: &str) {
        let splices = vec![Splice { at, delete: 0, insert: insert.into() }];
        let mark = TypedMark { page: "page".into(), number: 1 };
        self.input(Input::World(Event::Typed { document, splices, mark }));
    }

    /// The reader does the job that it has.
    fn reads(&mut self) -> ReadJob {
        let job = self.jobs.pop_front().expect("a job");
        let said = self.reader.run(job.job.clone(), job.bytes.clone());
        let (head, beside) = said.encode();
        self.input(Input::Read(Said::decode(&head, beside).expect("the reader's word")));
        job
    }

    /// The answer to a question, if there is one; there is one at most.
    fn answer(&self, ticket: Ticket) -> Option<&Answer> {
        let mut answers = self.told.iter().filter_map(|message| match message {
            FromEngine::Answer { ticket: of, answer } if *of == ticket => Some(answer),
            _ => None,
        });
        let first = answers.next();
        assert!(answers.next().is_none(), "one answer to a question");
        first
    }

    fn merged(&self, ticket: Ticket) -> &Merged {
        match self.answer(ticket) {
            Some(Answer::Merged(Some(merged))) => merged,
            other => panic!("{other:?}"),
        }
    }

    fn text(&self, ticket: Ticket) -> String {
        let lines = self.merged(ticket).lines.iter();
        lines.map(|line| line.parts.iter().map(|part| part.text.as_str()).collect::<String>()).collect()
    }
}

#[test]
fn the_next_question_brings_the_reader_only_what_is_new() {
    let mut office = Office::open();
    let first = office.ask(FIRST);
    assert!(office.reads().job.from.is_empty(), "the first time it is given all");
    assert_eq!(office.text(first), "第一篇");
    office.types(FIRST, 3, "，续");
    office.pass(1_000);
    let second = office.ask(FIRST);
    let job = office.reads();
    assert!(!job.job.from.is_empty() && !job.bytes.is_empty());
    assert_eq!(office.text(second), "第一篇，续");
    let third = office.ask(FIRST);
    assert!(office.reads().bytes.is_empty(), "nothing is new");
    assert_eq!(office.merged(third), office.merged(second));
}

#[test]
fn what_is_typed_and_no_change_yet_is_read_too_and_stays_none() {
    let mut office = Office::open();
    office.types(FIRST, 1, "刚写");
    office.types(FIRST, 0, "头");
    let written = office.written;
    let ticket = office.ask(FIRST);
    office.reads();
    assert_eq!(office.text(ticket), "头第刚写一篇");
    assert_eq!(office.merged(ticket).authors, [(Some(MemberId::from_key("me")), 6)]);
    assert_eq!(office.written, written, "to look makes no change of it");
}

#[test]
fn the_reader_has_one_job_and_what_waits_for_it_is_asked_once() {
    let mut office = Office::open();
    let running = office.ask(FIRST);
    let (second, third) = (office.ask(SECOND), office.ask(SECOND));
    assert_eq!(office.jobs.len(), 1);
    office.types(SECOND, 0, "新");
    office.reads();
    assert!(office.answer(running).is_some() && office.answer(second).is_none());
    office.reads();
    assert!(office.jobs.is_empty());
    assert_eq!(office.merged(second), office.merged(third));
    assert_eq!(office.text(second), "新第二篇的正文", "as it is when its turn comes");
}

#[test]
fn a_question_that_waits_is_taken_back_without_a_trace() {
    let mut office = Office::open();
    let running = office.ask(FIRST);
    let waiting = office.ask(SECOND);
    office.page(ToEngine::Cancel { ticket: waiting });
    office.reads();
    assert!(office.answer(running).is_some());
    assert!(office.jobs.is_empty() && office.stopped.is_empty() && office.answer(waiting).is_none());
}

#[test]
fn a_job_that_nobody_waits_for_is_stopped_and_the_next_one_is_done() {
    let mut office = Office::open();
    let given_up = office.ask(FIRST);
    let job = office.jobs.pop_front().expect("a job");
    office.reader.take(job.job.clone(), job.bytes);
    assert!(matches!(office.reader.step(), Some(Said::Progress { .. })));
    office.page(ToEngine::Cancel { ticket: given_up });
    assert_eq!(office.stopped, [job.job.number]);
    let next = office.ask(SECOND);
    assert!(office.jobs.is_empty(), "the reader has not said yet that it has stopped");
    let said = office.reader.stop(job.job.number).expect("it was under way");
    assert_eq!(office.reader.step(), None);
    office.input(Input::Read(said));
    office.reads();
    assert!(office.answer(given_up).is_none() && office.answer(next).is_some());
    // What was stopped in the middle goes on from there.
    let again = office.ask(FIRST);
    office.reads();
    assert_eq!(office.text(again), "第一篇");
}

#[test]
fn one_that_does_not_stop_is_ended_and_another_one_goes_on() {
    let mut office = Office::open();
    let given_up = office.ask(FIRST);
    office.page(ToEngine::Cancel { ticket: given_up });
    let next = office.ask(SECOND);
    office.pass(2_000);
    assert_eq!(office.ended, 0);
    office.pass(2_000);
    assert_eq!((office.ended, office.answer(given_up)), (1, None));
    office.reads();
    assert_eq!(office.text(next), "第二篇的正文");
}

#[test]
fn a_reader_that_falls_is_told_and_the_next_one_begins_with_the_whole() {
    let mut office = Office::open();
    office.ask(FIRST);
    office.reads();
    let (lost, waits) = (office.ask(FIRST), office.ask(SECOND));
    office.input(Input::ReaderFell);
    assert_eq!(office.answer(lost), Some(&Answer::Failed));
    assert!(office.answer(waits).is_none());
    office.reads();
    assert_eq!(office.text(waits), "第二篇的正文");
    let again = office.ask(FIRST);
    assert!(office.reads().job.from.is_empty());
    assert!(!office.merged(again).is_plain);
}

#[test]
fn after_two_falls_in_a_row_at_one_document_its_text_is_shown_alone() {
    let mut office = Office::open();
    for _ in 0..2 {
        // One that comes through ends the row.
        let ticket = office.ask(FIRST);
        office.input(Input::ReaderFell);
        assert_eq!(office.answer(ticket), Some(&Answer::Failed));
        office.ask(FIRST);
        office.reads();
    }
    office.ask(FIRST);
    office.input(Input::ReaderFell);
    let second = office.ask(FIRST);
    office.input(Input::ReaderFell);
    assert!(office.merged(second).is_plain);
    let third = office.ask(FIRST);
    assert!(office.jobs.is_empty(), "nobody falls at it any more");
    assert_eq!((office.text(third).as_str(), office.merged(third).is_plain), ("第一篇", true));
    // The others are read as ever.
    let other = office.ask(SECOND);
    office.reads();
    assert!(!office.merged(other).is_plain);
}

#[test]
fn a_reader_that_hangs_is_ended_and_one_that_goes_on_is_not() {
    let mut office = Office::open();
    let ticket = office.ask(FIRST);
    let number = office.jobs.front().expect("a job").job.number;
    for _ in 0..4 {
        office.pass(2_000);
    }
    office.input(Input::Read(Said::Progress { number, done: 1, of: 9 }));
    for _ in 0..4 {
        office.pass(2_000);
    }
    assert_eq!((office.ended, office.answer(ticket)), (0, None));
    assert!(office.told.contains(&FromEngine::Progress { ticket, done: 1, of: 9 }));
    office.pass(2_000);
    assert_eq!((office.ended, office.answer(ticket)), (1, Some(&Answer::Failed)));
    // What it says all the same is heard by nobody.
    office.input(Input::Read(Said::Done { number, answer: Answer::Holds(true).encode() }));
    assert_eq!(office.answer(ticket), Some(&Answer::Failed));
    // A device that slept wakes late, and once.
    let slept = office.ask(FIRST);
    office.pass(3_600_000);
    office.reads();
    assert_eq!(office.text(slept), "第一篇");
}

#[test]
fn a_reader_that_has_lost_its_copy_is_given_the_whole() {
    let mut office = Office::open();
    office.ask(FIRST);
    office.reads();
    office.reader = Reader::default();
    let ticket = office.ask(FIRST);
    assert!(!office.reads().job.from.is_empty());
    assert!(office.answer(ticket).is_none());
    assert!(office.reads().job.from.is_empty());
    assert_eq!(office.text(ticket), "第一篇");
}

#[test]
fn a_reader_without_work_is_ended_after_a_minute() {
    let mut office = Office::open();
    office.pass(120_000);
    assert_eq!(office.ended, 0, "there is none");
    office.ask(FIRST);
    office.reads();
    office.pass(59_000);
    assert_eq!(office.ended, 0);
    office.ask(FIRST);
    office.reads();
    office.pass(59_000);
    assert_eq!(office.ended, 0);
    assert!(office.host.next_wake().is_some_and(|at| at <= office.now + 1_000));
    office.pass(1_000);
    assert_eq!(office.ended, 1);
    office.pass(120_000);
    assert_eq!(office.ended, 1);
}
