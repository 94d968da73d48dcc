//! The page's half at work: the worker with the engine, and what passes between them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use futures_channel::oneshot;
use huigao_protocol::first_words::FirstWords;
use huigao_protocol::message::{Answer, Ask, FromEngine, Message, Start, Ticket, ToEngine};
use huigao_shared::ids::{DocumentId, MemberId};

use super::listeners::Listeners;
use crate::front::{Front, Heard, Notice, Word};
use crate::platform::engine::EngineWorker;
use crate::platform::last_words::Held;
use crate::platform::{fall, last_words, online, update, visibility};
use huigao_browser::listener::Listener;
use huigao_browser::{clock, random, spawn};
use huigao_protocol::command::{Command, StoreError};

/// How long an engine that is to end may take to save what was typed last, in milliseconds.
const ENDING_MS: u32 = 5_000;

/// How often the page looks whether the engine lives, in milliseconds, and after how many times of silence in a row it
/// takes it for hung.
const LOOK_MS: u32 = 2_000;
const SILENT: u32 = 5;
/// With more falls than this within a minute the page stops, and says so.
const FALLS: usize = 3;
const FALLS_WITHIN_MS: f64 = 60_000.0;

/// Told once whether the profile is open.
pub type Opened = oneshot::Sender<Result<(), StoreError>>;

/// A question that the engine has not answered.
struct Question {
    /// Said again to the next engine, should this one fall.
    message: ToEngine,
    answered: oneshot::Sender<Answer>,
    progress: Rc<dyn Fn(u32, u32)>,
}

/// The page's half, and the worker with the engine.
pub struct Page {
    member: MemberId,
    pub front: RefCell<Front>,
    worker: RefCell<Option<EngineWorker>>,
    /// With what an engine was started: another one is started with the same.
    start: RefCell<Option<Start>>,
    pub listeners: Listeners,
    opened: RefCell<Option<Opened>>,
    questions: RefCell<BTreeMap<Ticket, Question>>,
    ended: RefCell<Option<oneshot::Sender<()>>>,
    /// What dead pages left is being taken in: of so many documents.
    claim: RefCell<Option<(Held, usize)>>,
    /// That the page lives, and nobody takes in what it puts down.
    life: RefCell<Option<Held>>,
    /// This page has put down last words.
    has_put_down: Cell<bool>,
    /// The time of the engine's last word.
    last_word: Cell<f64>,
    falls: RefCell<Vec<f64>>,
    /// The page may be about to go: what an editor still tells is put down too.
    leaving: Cell<bool>,
    over: Cell<bool>,
}

impl Page {
    /// Without an engine.
    pub fn new(member: MemberId, claim: Option<Held>) -> Rc<Self> {
        let name = hex::encode(random::bytes::<8>());
        let life = RefCell::new(Some(last_words::live(&name)));
        Rc::new(Self {
            member,
            front: RefCell::new(Front::new(name)),
            worker: RefCell::default(),
            start: RefCell::default(),
            listeners: Listeners::default(),
            opened: RefCell::default(),
            questions: RefCell::default(),
            ended: RefCell::default(),
            claim: RefCell::new(claim.map(|claim| (claim, 0))),
            life,
            has_put_down: Cell::new(false),
            last_word: Cell::new(clock::monotonic()),
            falls: RefCell::default(),
            leaving: Cell::new(false),
            over: Cell::new(false),
        })
    }

    /// The name of the page's life.
    pub fn name(&self) -> String {
        self.front.borrow().page().to_owned()
    }

    /// Shows a document as it was saved last, whether the engine has started or not.
    pub fn begin_with(&self, document: DocumentId, words: FirstWords) {
        let mut say = Vec::new();
        self.front.borrow_mut().begin_with(document, words, &mut say);
        say.iter().for_each(|message| self.say(message));
    }

    /// Starts an engine.
    pub fn start(self: &Rc<Self>, start: Start, opened: Opened) -> Result<(), StoreError> {
        self.opened.replace(Some(opened));
        if let Some((_, left)) = self.claim.borrow_mut().as_mut() {
            *left = start.words.len();
        }
        let again = Start { fell: Vec::new(), ..start.clone() };
        self.start.replace(Some(again));
        self.start_engine(start)?;
        self.watch();
        Ok(())
    }

    fn start_engine(self: &Rc<Self>, start: Start) -> Result<(), StoreError> {
        let (heard, fell): (Weak<Self>, Weak<Self>) = (Rc::downgrade(self), Rc::downgrade(self));
        let worker = EngineWorker::start(
            move |words| {
                if let Some(page) = heard.upgrade() {
                    page.hear(&words);
                }
            },
            move |why| {
                if let Some(page) = fell.upgrade() {
                    page.fell(&why);
                }
            },
        );
        self.worker.replace(Some(worker.map_err(StoreError::Failed)?));
        self.last_word.set(clock::monotonic());
        self.say(&ToEngine::Start(Box::new(start)));
        Ok(())
    }

    /// Looks every so often whether the engine still says that it lives.
    fn watch(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        spawn(async move {
            let mut silent = 0;
            loop {
                clock::sleep(LOOK_MS).await;
                let Some(page) = weak.upgrade().filter(|page| !page.over.get()) else { return };
                // Counted, not only timed: a device that slept wakes both at once. And a large profile takes its time to open.
                let is_silent = clock::monotonic() - page.last_word.get() > f64::from(LOOK_MS);
                let is_due = page.worker.borrow().is_some() && page.opened.borrow().is_none();
                silent = if is_silent && is_due { silent + 1 } else { 0 };
                if silent >= SILENT {
                    silent = 0;
                    page.fell("the engine hangs");
                }
            }
        });
    }

    /// Says something to the engine.
    pub fn say(&self, message: &ToEngine) {
        if let Some(worker) = self.worker.borrow().as_ref() {
            worker.say(&message.encode());
        }
    }

    fn hear(&self, words: &str) {
        let Some(message) = FromEngine::decode(words) else { return };
        self.last_word.set(clock::monotonic());
        let mut say = Vec::new();
        let heard = self.front.borrow_mut().hear(message, &mut say);
        say.iter().for_each(|message| self.say(message));
        for heard in heard {
            match heard {
                Heard::Page(notice) => self.tell(&notice),
                Heard::Driver(word) => self.note(word),
            }
        }
    }

    fn tell(&self, notice: &Notice) {
        if !self.over.get() {
            self.listeners.tell(notice);
        }
    }

    fn note(&self, word: Word) {
        match word {
            Word::Started => self.has_opened(Ok(())),
            Word::NotStarted(error) if self.opened.borrow().is_some() => {
                // Typed after first words.
                self.put_down();
                self.worker.take();
                self.has_opened(Err(error));
            }
            // The one that should take the place of another.
            Word::NotStarted(error) => {
                self.worker.take();
                self.put_down();
                self.give_up(&error.to_string(), false);
            }
            Word::Answer { ticket, answer } => {
                let question = self.questions.borrow_mut().remove(&ticket);
                // Nobody may be waiting any more.
                let _ = question.map(|question| question.answered.send(answer));
            }
            Word::Progress { ticket, done, of } => {
                let told = self.questions.borrow().get(&ticket).map(|question| question.progress.clone());
                if let Some(told) = told {
                    told(done, of);
                }
            }
            Word::Working(work) => fall::watch(work.as_ref()),
            Word::Ended => {
                let _ = self.ended.take().map(|ended| ended.send(()));
            }
            Word::Kept { page, document } => self.kept(&page, document),
            Word::Alive => {}
        }
    }

    fn has_opened(&self, result: Result<(), StoreError>) {
        let _ = self.opened.take().map(|opened| opened.send(result));
    }

    /// The engine has fallen, or hangs: another one takes its place, and what it fell at is set aside. Editors keep what
    /// they show.
    fn fell(self: &Rc<Self>, why: &str) {
        self.worker.take();
        self.put_down();
        let is_marked = fall::note();
        fall::watch(None);
        if self.opened.borrow().is_some() {
            return self.has_opened(Err(StoreError::Failed(why.to_owned())));
        }
        if self.over.get() {
            let _ = self.ended.take().map(|ended| ended.send(()));
            return;
        }
        let now = clock::monotonic();
        let mut falls = self.falls.borrow_mut();
        falls.retain(|at| now - at < FALLS_WITHIN_MS);
        falls.push(now);
        let is_often = falls.len() > FALLS;
        drop(falls);
        let Some(start) = self.start.borrow().clone().filter(|_| !is_often) else {
            return self.give_up(why, is_marked);
        };
        let mut say = Vec::new();
        // And what dead pages left, if it was not taken in yet.
        let mut words = self.front.borrow_mut().begin_anew(&mut say);
        words.extend(start.words.iter().cloned());
        let (fell, online, shown) = (fall::begin(self.member), online::online(), visibility::visible());
        if let Err(error) = self.start_engine(Start { words, fell, online, shown, ..start }) {
            return self.give_up(&error.to_string(), is_marked);
        }
        say.iter().for_each(|message| self.say(message));
        // What was asked of the former one is asked again.
        self.questions.borrow().values().for_each(|question| self.say(&question.message));
        self.tell(&Notice::EngineReplaced);
    }

    /// There will be no engine any more: whoever waits for an answer gets none.
    fn give_up(&self, why: &str, is_marked: bool) {
        self.questions.take();
        update::engine_fell(why, is_marked);
    }

    /// Puts down what was typed and is not saved: the page or the engine may be about to go.
    fn put_down(&self) {
        let mut front = self.front.borrow_mut();
        let words = front.last_words();
        if !words.is_empty() || self.has_put_down.get() {
            last_words::put_down(self.member, front.page(), &words);
            self.has_put_down.set(!words.is_empty());
        }
    }

    /// What was typed in a page is saved.
    fn kept(&self, page: &str, document: DocumentId) {
        if page != self.front.borrow().page() {
            let mut claim = self.claim.borrow_mut();
            let Some((_, left)) = claim.as_mut() else { return };
            *left = left.saturating_sub(1);
            if let Some(start) = self.start.borrow_mut().as_mut() {
                start.words.retain(|words| words.page != page || words.document != document);
            }
            last_words::forget(self.member, page, document);
            if *left == 0 {
                *claim = None;
            }
        } else if self.has_put_down.get() {
            self.put_down();
        }
    }

    /// The user wants something.
    pub fn command(&self, command: Command) {
        if self.over.get() {
            return;
        }
        let is_late = self.leaving.get() && matches!(command, Command::Edit { .. });
        let mut say = Vec::new();
        let notices = self.front.borrow_mut().command(command, &mut say);
        say.iter().for_each(|message| self.say(message));
        if is_late {
            self.put_down();
        }
        notices.iter().for_each(|notice| self.tell(notice));
    }

    /// Ends the engine once it has saved what was typed.
    pub fn end(self: &Rc<Self>) {
        if self.over.replace(true) {
            return;
        }
        // There may be no engine that saves it.
        self.put_down();
        let (ended, waiting) = oneshot::channel();
        self.ended.replace(Some(ended));
        self.say(&ToEngine::End);
        if self.worker.borrow().is_none() {
            // Nobody will answer.
            let _ = self.ended.take().map(|ended| ended.send(()));
        }
        let (late, page) = (Rc::downgrade(self), self.clone());
        spawn(async move {
            clock::sleep(ENDING_MS).await;
            let _ = late.upgrade().and_then(|page| page.ended.take()).map(|ended| ended.send(()));
        });
        spawn(async move {
            let _ = waiting.await;
            page.put_down();
            page.worker.take();
            page.questions.take();
            // What it put down is for whoever opens the profile next, in this window too.
            page.life.take();
            page.claim.take();
        });
    }

    /// Asks the engine; none if there is none. `progress` is told how far long work has come, and of how much.
    pub fn ask(self: &Rc<Self>, ask: Ask, progress: impl Fn(u32, u32) + 'static) -> Option<Asking> {
        if self.over.get() || self.worker.borrow().is_none() {
            return None;
        }
        let (answered, waiting) = oneshot::channel();
        let (ticket, message) = self.front.borrow_mut().ask(ask);
        self.say(&message);
        self.questions.borrow_mut().insert(ticket, Question { message, answered, progress: Rc::new(progress) });
        Some(Asking { page: self.clone(), ticket, waiting })
    }

    /// Nobody waits for an answer any more.
    fn take_back(&self, ticket: Ticket) {
        let question = self.questions.borrow_mut().remove(&ticket);
        if question.is_some() {
            self.say(&ToEngine::Cancel { ticket });
        }
    }
}

/// A question that waits for its answer. Who drops it before that takes it back.
pub struct Asking {
    page: Rc<Page>,
    ticket: Ticket,
    waiting: oneshot::Receiver<Answer>,
}

impl Asking {
    /// The answer; none if the engine ends before it has answered.
    pub async fn answer(mut self) -> Option<Answer> {
        (&mut self.waiting).await.ok()
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.page.take_back(self.ticket);
    }
}

/// What tells the engine about the browser, as long as the profile runs: the network, and whether the page is seen.
pub fn senses(page: &Rc<Page>) -> Vec<Listener> {
    let say = |page: &Weak<Page>, message: &ToEngine| {
        if let Some(page) = page.upgrade() {
            page.say(message);
        }
    };
    let (network, seen, leaving) = (Rc::downgrade(page), Rc::downgrade(page), Rc::downgrade(page));
    let leave = |page: &Weak<Page>, leaving: bool| {
        if let Some(page) = page.upgrade() {
            page.leaving.set(leaving);
            if leaving {
                page.put_down();
            }
        }
    };
    vec![
        online::on_change(move |online| say(&network, &ToEngine::Online(online))),
        visibility::on_change(move |shown| {
            say(&seen, &ToEngine::Shown(shown));
            leave(&seen, !shown);
        }),
        visibility::on_leaving(move || {
            say(&leaving, &ToEngine::Leaving);
            leave(&leaving, true);
        }),
    ]
}
