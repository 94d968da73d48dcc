//! Starting a profile.

use std::rc::Rc;

use huigao_shared::ids::MemberId;
use huigao_shared::roster::Roster;

use super::account::Account;
use super::engine::{Engine, Means};
use super::handle::{Handle, Senses};
use super::identity::Identity;
use super::inlet::Inlet;
use super::line::Line;
use super::saving::Saving;
use super::wake::Wake;
use crate::platform::channel::Channel;
use crate::platform::lock::Leadership;
use crate::platform::profiles::{self, ProfileInfo};
use crate::platform::store::BrowserStore;
use crate::platform::{clock, fall, online, random, spawn, visibility};
use crate::port::Store;
use crate::session::event::{Event, StoreError};
use crate::session::{Session, Setup};

/// Starts profiles.
pub struct Driver;

impl Driver {
    /// Opens a profile's database and its session, joins the other tabs, and seeks the lead. Needs no network.
    pub async fn start(mut profile: ProfileInfo, identity: Identity) -> Result<Handle, StoreError> {
        let name = format!("huigao-{}", profile.id);
        let inlet = Inlet::default();
        // Before the database is read: what another tab writes and says in between must not be missed.
        let tabs = Channel::open(&name, {
            let inlet = inlet.clone();
            move |message| inlet.feed(Event::Tab(message))
        });
        let store = BrowserStore::open(&profile.id).await?;
        let contents = store.contents().await?;

        let Identity { member, roster, credential } = identity;
        let account = Rc::new(Account::new(member, credential));
        let setup = setup(member, roster);
        let line = Line::new(account.clone(), setup.peer_id.clone(), inlet.clone());
        let (session, effects) = Session::open(setup, contents);
        let saving = Saving::new(Box::new(store), inlet.clone());
        let wake = Wake::new(inlet.clone()).into();
        let engine = Engine::new(session, effects, Means { saving, line, tabs, wake });
        engine.run();
        inlet.bind(&engine);
        engine.feed(Event::Online(online::online()));

        profile.last_used = clock::now();
        let senses = senses(&name, &inlet, &engine);
        let handle = Handle::new(engine, profile.clone(), account, senses);
        spawn(async move {
            // The list is for choosing; the profile is found without it.
            let _ = profiles::remember(&profile).await;
        });
        Ok(handle)
    }
}

fn setup(member: MemberId, roster: Option<Roster>) -> Setup {
    let session: [u8; 8] = random::bytes();
    Setup { member, session, peer_id: peer_id(member, session), roster, watch: fall::watch, fell: fall::begin(member) }
}

fn peer_id(member: MemberId, session: [u8; 8]) -> String {
    format!("{member}-{}", hex::encode(session))
}

fn senses(name: &str, inlet: &Inlet, engine: &Rc<Engine>) -> Senses {
    let leading = inlet.clone();
    let leadership = Leadership::seek(name, move |leads| leading.feed(Event::Leading(leads)));

    let network = inlet.clone();
    let mut listeners = vec![online::on_change(move |on| network.feed(Event::Online(on)))];
    let shown = inlet.clone();
    let hidden = Rc::downgrade(engine);
    listeners.push(visibility::on_change(move |visible| {
        if visible {
            // Timers of hidden pages are late.
            shown.feed(Event::Tick);
        } else if let Some(engine) = hidden.upgrade() {
            engine.flush();
        }
    }));
    let leaving = Rc::downgrade(engine);
    listeners.push(visibility::on_leaving(move || {
        if let Some(engine) = leaving.upgrade() {
            engine.flush();
        }
    }));
    Senses::new(leadership, listeners)
}
