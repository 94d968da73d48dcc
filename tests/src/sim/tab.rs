//! One tab: a session, what its editor shows, and its transactions under way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::ActorId;

use huigao_app::session::event::{Effect, Splice, Write};
use huigao_app::session::{Session, Setup};
use huigao_server::hub::ConnectionId;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;

use super::disk::Disk;

pub struct Tab {
    pub session: Session,
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
    ) -> (Self, Vec<Effect>) {
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
        let (session, effects) = Session::open(setup, contents);
        let actors = BTreeSet::from([session.actor().clone()]);
        let tab = Self {
            session,
            life,
            actors,
            editors: BTreeMap::new(),
            composing: None,
            leading: false,
            connection: None,
            alarm: None,
            transactions: VecDeque::new(),
        };
        (tab, effects)
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
