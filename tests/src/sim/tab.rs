//! One tab: an engine, its page with what the editors show, and transactions under way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::ActorId;

use huigao_app::front::Front;
use huigao_engine::host::{Host, Output};
use huigao_engine::session::event::{Now, Splice, Write};
use huigao_engine::session::{Session, Setup};
use huigao_protocol::words::LastWords;
use huigao_server::hub::ConnectionId;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;

use super::disk::Disk;
use super::reading::Readings;

pub struct Tab {
    pub host: Host,
    pub front: Front,
    /// What the page has asked, and the engine's reader.
    pub readings: Readings,
    /// What is on its way between page and engine.
    pub on_the_way: usize,
    /// Names this life of the tab: what was under way for an earlier one means nothing.
    pub life: u64,
    /// Under which it has written: it takes a new one when some of its words are refused.
    pub actors: BTreeSet<ActorId>,
    /// What the editors show.
    pub editors: BTreeMap<DocumentId, Vec<u16>>,
    pub composing: Option<DocumentId>,
    pub leading: bool,
    pub connection: Option<ConnectionId>,
    /// When its timer rings.
    pub alarm: Option<u64>,
    /// Transactions in order, not completed.
    pub transactions: VecDeque<(u64, Vec<Write>)>,
}

/// What an engine is started with.
pub struct Engine {
    pub member: MemberId,
    pub life: u64,
    pub session_bytes: [u8; 8],
    pub roster: Roster,
    /// It believes in that roster, whatever it was told.
    pub insists: bool,
}

impl Engine {
    pub fn open(self, front: &Front, disk: &Disk, now: Now, words: Vec<LastWords>) -> (Host, Vec<Output>) {
        let setup = Setup {
            member: self.member,
            session: self.session_bytes,
            peer_id: format!("tab-{}", self.life),
            roster: Some(self.roster),
            watch: |_| {},
            words,
            fell: Vec::new(),
        };
        let mut contents = disk.contents();
        contents.meta.retain(|(key, _)| !self.insists || key != "roster");
        Host::open(front.page().to_owned(), setup, contents, now)
    }
}

impl Tab {
    pub fn open(
        member: MemberId,
        life: u64,
        session_bytes: [u8; 8],
        (roster, insists): (Roster, bool),
        disk: &Disk,
        now: Now,
        words: Vec<LastWords>,
    ) -> (Self, Vec<Output>) {
        let front = Front::new(format!("page-{life}"));
        let engine = Engine { member, life, session_bytes, roster, insists };
        let (host, outputs) = engine.open(&front, disk, now, words);
        let tab = Self::of(life, host, front, BTreeMap::new(), None);
        (tab, outputs)
    }

    /// One whose engine has just been opened.
    pub fn of(
        life: u64,
        host: Host,
        front: Front,
        editors: BTreeMap<DocumentId, Vec<u16>>,
        composing: Option<DocumentId>,
    ) -> Self {
        let actors = BTreeSet::from([host.session().actor().clone()]);
        Self {
            host,
            front,
            readings: Readings::default(),
            on_the_way: 0,
            life,
            actors,
            editors,
            composing,
            leading: false,
            connection: None,
            alarm: None,
            transactions: VecDeque::new(),
        }
    }

    pub fn session(&self) -> &Session {
        self.host.session()
    }

    pub fn editor(&mut self, document: DocumentId, splices: &[Splice]) {
        if let Some(text) = self.editors.get_mut(&document) {
            apply(text, splices);
        }
    }
}

pub fn apply(text: &mut Vec<u16>, splices: &[Splice]) {
    for splice in splices {
        text.splice(splice.at..splice.at + splice.delete, splice.insert.encode_utf16());
    }
}
