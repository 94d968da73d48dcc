//! The engine's life in its worker: the page says whose profile it is, and all that follows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use huigao_protocol::command::StoreError;
use huigao_protocol::message::{FromEngine, Message, Start, ToEngine, VERSION};
use huigao_protocol::work::Work;

use super::engine::{Engine, Means};
use super::inlet::Inlet;
use super::line::Line;
use super::reading::Reading;
use super::saving::Saving;
use super::wake::Wake;
use crate::host::{Host, Input};
use crate::platform::channel::Channel;
use crate::platform::lock::Leadership;
use crate::platform::page_port::PagePort;
use crate::platform::store::BrowserStore;
use crate::port::Store;
use crate::session::Setup;
use crate::session::event::Event;
use huigao_browser::account::Account;
use huigao_browser::identity::Identity;
use huigao_browser::{clock, random, spawn};

/// How often the engine says that it lives, in milliseconds.
const ALIVE_MS: u32 = 1_000;

thread_local! {
    /// Whom to tell what is worked on: the session's watch has no place for it.
    static PAGE: RefCell<Option<PagePort>> = const { RefCell::new(None) };
}

/// An engine at work: for as long as the worker lives.
struct Running {
    lead: Leadership,
    _engine: Rc<Engine>,
}

/// Runs an engine for the page at the other end.
pub fn run(page: PagePort) {
    PAGE.set(Some(page.clone()));
    spawn(live(page.clone()));
    let inlet = Inlet::default();
    let running: Rc<RefCell<Option<Running>>> = Rc::default();
    let is_shown: Rc<Cell<bool>> = Rc::default();
    let heard = page.clone();
    page.on_message(move |words| {
        let Some(message) = ToEngine::decode(&words) else { return };
        if let ToEngine::Start(start) = message {
            is_shown.set(start.shown);
            return begin(*start, heard.clone(), inlet.clone(), running.clone(), is_shown.clone());
        }
        if let ToEngine::Shown(shown) = &message {
            is_shown.set(*shown);
            if let Some(running) = running.borrow().as_ref() {
                running.lead.shown(*shown);
            }
        }
        inlet.feed(Input::Page(message));
    });
}

/// Opens the profile and seeks the lead, as long as the worker lives.
fn begin(start: Start, page: PagePort, inlet: Inlet, running: Rc<RefCell<Option<Running>>>, is_shown: Rc<Cell<bool>>) {
    spawn(async move {
        let opened = if start.version == VERSION { open(start, &page, &inlet).await } else { Err(mismatch()) };
        match opened {
            Ok((engine, name)) => {
                let leads = move |leads| inlet.feed(Input::World(Event::Leading(leads)));
                running
                    .replace(Some(Running { lead: Leadership::seek(&name, is_shown.get(), leads), _engine: engine }));
            }
            Err(error) => page.say(&FromEngine::NotStarted(error).encode()),
        }
    });
}

fn mismatch() -> StoreError {
    StoreError::Failed("page and engine are of different versions".to_owned())
}

/// Opens the profile's database and its session, and joins the other tabs. Needs no network.
async fn open(start: Start, page: &PagePort, inlet: &Inlet) -> Result<(Rc<Engine>, String), StoreError> {
    let name = format!("huigao-{}", start.profile);
    // Before the database is read: what another tab writes and says in between must not be missed.
    let tabs = Channel::open(&name, {
        let inlet = inlet.clone();
        move |message| inlet.feed(Input::World(Event::Tab(message)))
    });
    let store = BrowserStore::open(&start.profile).await?;
    let contents = store.contents().await?;
    let Identity { member, roster, credential } = Identity::of_profile(start.member, start.demo, start.roster).await;
    let account = Rc::new(Account::new(member, credential));
    let session: [u8; 8] = random::bytes();
    let peer_id = format!("{member}-{}", hex::encode(session));
    let setup = Setup {
        member,
        session,
        peer_id: peer_id.clone(),
        roster,
        watch: tell_work,
        words: start.words,
        fell: start.fell,
    };
    let line = Line::new(account, peer_id, inlet.clone());
    let (host, outputs) = Host::open(start.page, setup, contents, clock::both());
    let saving = Saving::new(Box::new(store), inlet.clone());
    let wake = Wake::new(inlet.clone()).into();
    let reading = Reading::new(inlet.clone());
    let engine = Engine::new(host, outputs, Means { saving, line, tabs, wake, reading, page: page.clone() });
    engine.run();
    inlet.bind(&engine);
    engine.feed(Input::World(Event::Online(start.online)));
    Ok((engine, name))
}

/// Says that the engine lives, for as long as the worker does.
async fn live(page: PagePort) {
    loop {
        clock::sleep(ALIVE_MS).await;
        page.say(&FromEngine::Alive.encode());
    }
}

/// Should the engine fall, the page knows at what.
fn tell_work(work: Option<&Work>) {
    let message = FromEngine::Working(work.cloned()).encode();
    PAGE.with_borrow(|page| {
        if let Some(page) = page {
            page.say(&message);
        }
    });
}
