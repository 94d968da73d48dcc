//! One tab: an engine, its page with what the editors show, and transactions under way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::ActorId;

use huigao_app::front::Front;
use huigao_app::host::{Host, Output};
use huigao_app::session::event::{Now, Splice, Write};
use huigao_app::session::{Session, Setup};
use huigao_server::hub::ConnectionId;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;

use super::disk::Disk;

pub struct Tab {
    pub host: Host,
    pub front: Front,
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

impl Tab {
    pub fn open(
        member: MemberId,
        life: u64,
        session_bytes: [u8; 8],
        (roster, insists): (Roster, bool),
        disk: &Disk,
        now: Now,
    ) -> (Self, Vec<Output>) {
        let setup = Setup {
            member,
            session: session_bytes,
            peer_id: format!("tab-{life}"),
            roster: Some(roster),
            watch: |_| {},
            fell: Vec::new(),
        };
        let mut contents = disk.contents();
        // A profile that believes in another roster than it was told.
        contents.meta.retain(|(key, _)| !insists || key != "roster");
        let (host, outputs) = Host::open(setup, contents, now);
        let actors = BTreeSet::from([host.session().actor().clone()]);
        let tab = Self {
            host,
            front: Front::default(),
            on_the_way: 0,
            life,
            actors,
            editors: BTreeMap::new(),
            composing: None,
            leading: false,
            connection: None,
            alarm: None,
            transactions: VecDeque::new(),
        };
        (tab, outputs)
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
