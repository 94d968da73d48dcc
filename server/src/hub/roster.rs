//! The roster as connections live under it: who may do what changes while they are open, in both directions.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use huigao_shared::access::{Access, access_of};
use huigao_shared::authority::{Outcome, Step, manages};
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::DocumentId;
use huigao_shared::roster::{Grant, Member, Role, Roster, sees_everybody};
use huigao_shared::space::Space;
use huigao_shared::wire::{CataloguePage, Message};

use super::catalogue::PAGE;
use super::json::json_of;
use super::views::opens;
use super::{ConnectionId, Effect, Errand, Hub, Identity, Proof};

/// How many steps are kept for clients that were away; who lacks more gets the whole roster.
pub const MAX_STEPS: usize = 200;
/// The largest act, in bytes: an import of everybody, with room.
const MAX_ACT: usize = 8 << 20;

/// The same for people who do not manage the roster, in bytes.
const MAX_SMALL_ACT: usize = 64 << 10;
/// How many acts of one connection may wait for their answers.
const MAX_ACTS: usize = 64;

/// The steps that are kept.
pub(super) fn latest(steps: Vec<Step>) -> VecDeque<Step> {
    let skip = steps.len().saturating_sub(MAX_STEPS);
    steps.into_iter().skip(skip).collect()
}

/// A roster as it is sent.
pub(super) fn frame(roster: &Roster) -> Bytes {
    Message::Roster { json: json_of(roster).into() }.encode().into()
}

/// Where a client stands when it asks for the catalogue.
pub(super) struct Standing {
    /// In the catalogue.
    pub since: Option<Cursor>,
    /// The furthest receipt it holds.
    pub witness: Option<Cursor>,
    /// The roster version that it holds; 0 for none.
    pub roster: u64,
    /// That version's mark.
    pub mark: String,
}

impl Hub {
    /// Hands an act over to be decided on.
    pub(super) fn act(&mut self, connection: ConnectionId, id: String, json: Vec<u8>) {
        let Some(state) = self.connections.get_mut(&connection) else { return };
        let most = if state.person.as_deref().is_some_and(manages) { MAX_ACT } else { MAX_SMALL_ACT };
        if id.len() > 64 || json.len() > most {
            return self.reject(connection, "an act is too large");
        }
        state.acts += 1;
        if state.acts > MAX_ACTS {
            return self.close(connection, "too many acts at once");
        }
        let identity = state.identity.clone();
        let mut named = BTreeSet::new();
        // Nobody else's acts take people off.
        if state.person.as_deref().is_some_and(manages) {
            named = self.commits.named();
            let unstored = self.records.values().filter(|record| record.heads.is_empty());
            named.extend(unstored.flat_map(|record| record.space.people()));
        }
        self.out.push(Effect::Errand(Errand::Act { connection, identity, id, json, named }));
    }

    /// An act was decided on.
    pub(super) fn answered(&mut self, connection: ConnectionId, id: String, json: Vec<u8>) {
        if let Some(state) = self.connections.get_mut(&connection) {
            state.acts = state.acts.saturating_sub(1);
        }
        self.send(connection, &Message::Answer { id: id.into(), json: json.into() });
    }

    /// Brings a client's copy of the roster up to date. Returns whether its catalogue may go on from where it stands,
    /// which it may not where what it may read has changed since.
    pub(super) fn tell_roster(&mut self, connection: ConnectionId, from: &Standing, goes_on: bool) -> bool {
        let Some(person) = self.connections.get(&connection).and_then(|state| state.person.clone()) else {
            return false;
        };
        let is_current = from.roster == self.roster.version && from.mark == self.roster.mark;
        // A mark that does not fit is of a history that this relay has lost.
        let steps = self.steps_from(from.roster).filter(|steps| steps.first().is_some_and(|s| s.mark == from.mark));
        let too_old = self.steps.front().is_some_and(|step| from.roster < step.from);
        let is_known = steps.is_some() || too_old;
        let same_rights = (person.since..=self.roster.version).contains(&from.roster);
        if sees_everybody(&person) && !is_current {
            // Who did not see everybody before holds nothing that steps could lead on from.
            match steps.filter(|steps| !steps.iter().any(|step| opens(step, person.id))) {
                Some(steps) => self.send_steps(connection, &steps),
                None => self.send_frame(connection, self.roster_frame.clone()),
            }
        }
        // Who does not is told what they see once the catalogue is begun, whatever they hold.
        goes_on && (is_current || is_known && same_rights)
    }

    /// What leads on from a version, if all of it is kept; never empty.
    fn steps_from(&self, version: u64) -> Option<Vec<Step>> {
        let steps: Vec<Step> = self.steps.iter().filter(|step| step.from >= version).cloned().collect();
        steps.first().is_some_and(|step| step.from == version).then_some(steps)
    }

    fn send_steps(&mut self, connection: ConnectionId, steps: &[Step]) {
        self.send(connection, &Message::RosterSteps { json: json_of(steps).into() });
    }

    pub(super) fn set_roster(&mut self, roster: Arc<Roster>) {
        self.roster_frame = frame(&roster);
        self.roster = roster;
    }

    /// The roster has changed: from now on everything is decided by the new one.
    pub(super) fn new_roster(&mut self, roster: Arc<Roster>, step: Step) {
        let grants_before = self.roster.grants.clone();
        self.set_roster(roster);
        self.steps.push_back(step);
        if self.steps.len() > MAX_STEPS {
            self.steps.pop_front();
        }
        let mut spaces: Option<Vec<Arc<Space>>> = None;
        let connections: Vec<ConnectionId> = self.connections.keys().copied().collect();
        for connection in connections {
            let Some(state) = self.connections.get_mut(&connection) else { continue };
            let after = self.roster.member(state.identity.member).cloned().map(Arc::new);
            let before = std::mem::replace(&mut state.person, after.clone());
            let since = |person: &Option<Arc<Member>>| person.as_ref().map(|person| person.since);
            if since(&before) != since(&after) {
                let spaces = spaces.get_or_insert_with(|| self.spaces());
                let level = |grants: &[Grant], person: &Option<Arc<Member>>, space: &Space| {
                    person.as_ref().map_or(Access::None, |person| access_of(grants, person, space))
                };
                let moved = spaces.iter().map(|space| {
                    (space, level(&grants_before, &before, space), level(&self.roster.grants, &after, space))
                });
                let (mut lost, mut gained) = (BTreeSet::new(), BTreeSet::new());
                for (space, before, after) in moved {
                    if before >= Access::Read && after < Access::Read {
                        lost.insert(space.clone());
                    } else if before < Access::Read && after >= Access::Read {
                        gained.insert(space.clone());
                    }
                }
                self.lose(connection, &lost);
                self.gain(connection, &gained);
            }
            match out_of(after.as_deref()) {
                Some(why) => self.close(connection, why),
                None => self.tell_gained(connection),
            }
        }
    }

    /// Notes that a document's text goes to a device or program of the campaign office.
    pub(super) fn note_delivery(&mut self, connection: ConnectionId, document: DocumentId) {
        let (Some(state), Some(record)) = (self.connections.get_mut(&connection), self.records.get(&document)) else {
            return;
        };
        let office = state.person.as_ref().is_some_and(|person| person.has(Role::CampaignOffice));
        let watched = office && state.identity.proof != Proof::Demonstration && record.space.unit().is_some();
        if watched && state.delivered.insert(document) {
            let (identity, space) = (state.identity.clone(), record.space.clone());
            self.out.push(Effect::Errand(Errand::Delivered { identity, document, space }));
        }
    }

    /// Who publishes a document for evaluation by what is taken now, if it has no change on disk yet.
    pub(super) fn publisher(&self, connection: ConnectionId, document: DocumentId) -> Option<Identity> {
        let record = self.records.get(&document)?;
        let is_first = *record.space == Space::Evaluation && record.heads.is_empty();
        self.connections.get(&connection).filter(|_| is_first).map(|state| state.identity.clone())
    }

    /// Every space that has a document.
    fn spaces(&self) -> Vec<Arc<Space>> {
        let all: BTreeSet<Arc<Space>> = self.records.values().map(|record| record.space.clone()).collect();
        all.into_iter().collect()
    }

    fn lose(&mut self, connection: ConnectionId, spaces: &BTreeSet<Arc<Space>>) {
        let Some(state) = self.connections.get_mut(&connection) else { return };
        let is_lost = |document: &DocumentId| {
            self.records.get(document).is_some_and(|record| spaces.contains(record.space.as_ref()))
        };
        let documents: Vec<DocumentId> = state.documents.iter().filter(|document| is_lost(document)).copied().collect();
        state.documents.retain(|document| !documents.contains(document));
        state.blocked.retain(|document| !documents.contains(document));
        if let Some(catalogue) = state.catalogue.as_mut() {
            catalogue.gained.retain(|document| !is_lost(document));
        }
        for document in documents {
            if let Some(open) = self.open.get_mut(&document) {
                open.peers.remove(&connection);
                open.owed.remove(&connection);
                let waited = open.waiting_bytes();
                open.forget_orphans_of(connection);
                self.waiting_bytes = (self.waiting_bytes + open.waiting_bytes()).saturating_sub(waited);
            }
        }
        if self.connections.get(&connection).is_some_and(|state| state.ours) {
            for space in spaces {
                self.send(connection, &Message::Gone { space: space.as_ref().clone() });
            }
        }
    }

    fn gain(&mut self, connection: ConnectionId, spaces: &BTreeSet<Arc<Space>>) {
        let Some(state) = self.connections.get_mut(&connection) else { return };
        let Some(catalogue) = state.catalogue.as_mut() else { return };
        // What is committed later comes with the pages.
        let told = |seq: u64| seq <= catalogue.sent;
        let in_gained = |document: &&DocumentId| {
            self.records.get(document).is_some_and(|record| told(record.seq) && spaces.contains(&record.space))
        };
        let documents: Vec<DocumentId> = self.by_seq.values().filter(in_gained).copied().collect();
        catalogue.gained.extend(documents);
    }

    /// Tells a client that is up to date of documents in spaces that it gained, and then of the roster: a client
    /// that holds a roster holds all that it may read by it.
    pub(super) fn tell_gained(&mut self, connection: ConnectionId) {
        while !self.is_full(connection) {
            let last = self.commits.committed_seq;
            let Some(state) = self.connections.get_mut(&connection) else { return };
            let Some(catalogue) = state.catalogue.as_mut() else { return };
            if catalogue.catching_up {
                return;
            }
            if catalogue.gained.is_empty() {
                return self.tell_steps(connection);
            }
            let count = catalogue.gained.len().min(PAGE);
            let documents: Vec<DocumentId> = catalogue.gained.drain(..count).collect();
            let sent = catalogue.sent;
            let mut entries = Vec::with_capacity(documents.len());
            for document in documents {
                let Some(record) = self.records.get(&document) else { continue };
                if !record.heads.is_empty() && self.access(connection, &record.space) >= Access::Read {
                    entries.push(record.entry(document));
                }
            }
            let page = CataloguePage {
                reset: false,
                witness: None,
                entries,
                cursor: self.runs.cursor(sent),
                complete: sent == last,
            };
            self.send(connection, &Message::CataloguePage(page));
        }
    }

    fn tell_steps(&mut self, connection: ConnectionId) {
        let version = self.roster.version;
        let Some(state) = self.connections.get_mut(&connection) else { return };
        let person = state.person.clone();
        let Some(catalogue) = state.catalogue.as_mut() else { return };
        let told = std::mem::replace(&mut catalogue.roster, version);
        if told == version {
            return;
        }
        if !person.as_deref().is_some_and(sees_everybody) {
            // What others are called may wait for its turn.
            let may_wait = catalogue.view.is_some() && person.is_some_and(|person| person.since <= told);
            return if may_wait { self.view_is_due(connection) } else { self.tell_view(connection) };
        }
        if catalogue.view.take().is_some() {
            // What is held is a part.
            return self.send_frame(connection, self.roster_frame.clone());
        }
        match self.steps_from(told) {
            Some(steps) => self.send_steps(connection, &steps),
            None => self.send_frame(connection, self.roster_frame.clone()),
        }
    }

    /// Ends every connection that stands on a proof which is good no more.
    pub(super) fn revoked(&mut self, proof: &Proof) {
        self.ended.insert(proof.clone());
        let ended: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, state)| state.identity.proof == *proof)
            .map(|(connection, _)| *connection)
            .collect();
        for connection in ended {
            self.close(connection, "revoked");
        }
    }
}

/// Why a person may have no connection.
pub(super) fn out_of(person: Option<&Member>) -> Option<&'static str> {
    match person {
        None => Some("not on the roster"),
        Some(person) => person.left.then_some("left"),
    }
}

/// An outcome as it is sent.
#[must_use]
pub fn outcome_json(outcome: &Outcome) -> Vec<u8> {
    json_of(outcome)
}
