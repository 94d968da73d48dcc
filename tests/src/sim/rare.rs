//! What happens seldom, drawn apart from all else: the office takes a change out of service, and a tab hears what no relay
//! of ours would say.

use huigao_engine::session::event::{Command, Event as SessionEvent};
use huigao_engine::session::view::DocumentSync;
use huigao_shared::change::check;
use huigao_shared::graph::{ChangeGraph, InsertError};
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::wire::{Message, SyncFrame, sync};

use super::tab::Tab;
use super::world::{TROUBLE, World};
use crate::broken::unfounded;

/// With fewer changes in a document all of them may be so new that not everybody has them.
const SETTLED: usize = 12;
/// Nothing of this begins so shortly before the trouble ends, in milliseconds.
const CALM: u64 = 2_000;

impl World {
    /// A change, and what builds on it, is taken out of service while the relay is down. Never a document's first: without
    /// that there is none.
    pub(super) fn withhold(&mut self) {
        if self.rare.u8(..12) > 0 || self.relay.is_up() {
            return;
        }
        let Some(document) = self.rare.choice(self.relay.disk.documents()) else { return };
        let history = self.relay.disk.history(&document);
        if history.len() < 2 {
            return;
        }
        let hash = history[self.rare.usize(1..history.len())].hash();
        let mut secret = [0; 16];
        self.rare.fill(&mut secret);
        if self.relay.disk.withhold(document, hash, secret).is_some() {
            self.trace.say(self.now, || format!("{hash} of {document} is withheld"));
            // A copy from before would bring it back, and nobody would be told.
            self.relay.copies.clear();
            self.outcome.withheld += 1;
        }
    }

    /// A tab is told a change that parses and cannot be applied, as by a relay that does not look.
    pub(super) fn pass_the_relay_by(&mut self) {
        if self.rare.u8(..12) > 0 || self.now + CALM > TROUBLE {
            return;
        }
        let profile = self.rare.usize(..self.profiles.len());
        let state = &self.profiles[profile];
        // By itself, a tab has all that lies on the disk; the change must not wait for what it builds on.
        let index = match &state.tabs {
            [Some(_), None] => 0,
            [None, Some(_)] => 1,
            [Some(_), Some(_)] | [None, None] => return,
        };
        let hears = |tab: &Tab| tab.leading && tab.connection.is_some();
        if state.hostile || self.moved.contains(&state.member) || !state.tabs[index].as_ref().is_some_and(hears) {
            return;
        }
        let Some(document) = self.rare.choice(self.relay.disk.documents()) else { return };
        let (history, held) = (self.relay.disk.history(&document), state.disk.hashes(document));
        if history.len() < SETTLED || self.relay.disk.is_withheld_in(&document) {
            return;
        }
        let honest = &history[self.rare.usize(1..SETTLED / 2)];
        if !held.contains(&honest.hash()) || !honest.deps().iter().all(|dep| held.contains(dep)) {
            return;
        }
        let Some(change) = unfounded(honest, actor_of(MemberId::from_key("stranger"), [0xee; 8])) else { return };
        let mut graph = ChangeGraph::default();
        for honest in &history {
            let _ = check(honest.raw_bytes()).map(|meta| graph.insert(&meta));
        }
        let Ok(meta) = check(&change) else { return };
        if !matches!(graph.insert(&meta), Err(InsertError::Unfounded(_))) {
            return;
        }
        self.trace.say(self.now, || format!("p{profile}.{index} hears {} of {document} past the relay", meta.hash));
        let data = sync::advance(&[meta.hash], vec![change], false).into();
        let frame = Message::Sync(SyncFrame { sender: "sim".into(), target: "".into(), document, data }).encode();
        self.tab(profile, index, SessionEvent::Frame(frame));
    }

    /// The user tries again with what was set aside.
    pub(super) fn take_up_again(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_ref() else { return };
        let mut aside: Vec<DocumentId> = state
            .session()
            .rows()
            .into_iter()
            .filter(|row| row.sync == DocumentSync::Aside)
            .map(|row| row.document)
            .collect();
        aside.sort_unstable();
        self.outcome.set_aside += aside.len();
        for document in aside {
            self.tab(profile, tab, SessionEvent::Command(Command::TakeUpAgain(document)));
        }
    }
}
