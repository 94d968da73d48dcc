//! What each connection sees of the roster: the whole, or as little as its person needs.
//!
//! Whoever sees everybody follows the roster by steps. Anybody else gets what they see as a whole, and only when it has
//! changed: most of what happens to a roster concerns them in nothing. Changes of their own rights are told at once,
//! all others in rounds of so many connections, so that a burst of changes costs no more than one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huigao_shared::authority::{Edit, Step};
use huigao_shared::authorship::AuthorRows;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Roster, seen_by, sees_everybody, spaces_of_others};
use huigao_shared::space::Space;
use sha2::{Digest, Sha256};

use super::json::json_of;
use super::{ConnectionId, Effect, Hub, Millis, roster};

/// The shortest time between two rounds.
const PAUSE: Millis = 1_000;
/// How many people one round looks at, for all its connections together: about 20 ms of work.
const ROUND: usize = 400_000;

/// By which it is known that what a person sees has not changed.
pub(super) type Digested = [u8; 32];

/// Who wrote in a space, as far as is known.
#[derive(Default)]
struct Written {
    people: BTreeSet<MemberId>,
    /// Somebody is to be told of them, and the store has been asked for those before this start.
    is_asked: bool,
}

/// What views are made of besides the roster, and whose are to be looked at again.
#[derive(Default)]
pub(super) struct Views {
    written: BTreeMap<Arc<Space>, Written>,
    /// With whom each person has a talk on record.
    partners: BTreeMap<MemberId, BTreeSet<MemberId>>,
    due: BTreeSet<ConnectionId>,
    next: Millis,
}

impl Views {
    pub fn of<'a>(spaces: impl Iterator<Item = &'a Space>) -> Self {
        let mut views = Self::default();
        spaces.for_each(|space| views.note_space(space));
        views
    }

    /// A document is in this space.
    pub fn note_space(&mut self, space: &Space) {
        if let Space::Pair(a, b) = space {
            self.partners.entry(*a).or_default().insert(*b);
            self.partners.entry(*b).or_default().insert(*a);
        }
    }

    /// When the next round is due, if anybody waits for it.
    pub fn due(&self) -> Option<Millis> {
        (!self.due.is_empty()).then_some(self.next)
    }
}

/// What stays the same while nothing changes for whoever sees it.
fn digest_of(view: &Roster) -> Digested {
    let unversioned = Roster { version: 0, mark: String::new(), ..view.clone() };
    Sha256::digest(json_of(&unversioned)).into()
}

/// Whether a step changed how much of the roster a person sees, or brought the person in.
pub(super) fn opens(step: &Step, member: MemberId) -> bool {
    step.edits.iter().any(|edit| match edit {
        Edit::Member { before, after } => after.id == member && !before.as_deref().is_some_and(sees_everybody),
        Edit::Title { .. } | Edit::Unit { .. } | Edit::Remove { .. } | Edit::Grant { .. } => false,
    })
}

impl Hub {
    /// Whether a connection's person sees the whole roster.
    pub(super) fn sees_everybody(&self, connection: ConnectionId) -> bool {
        let person = self.connections.get(&connection).and_then(|state| state.person.as_deref());
        person.is_some_and(sees_everybody)
    }

    /// Tells a client that follows the catalogue what its person sees of the roster, unless it has been told just that.
    pub(super) fn tell_view(&mut self, connection: ConnectionId) {
        let Some(state) = self.connections.get(&connection) else { return };
        let view = self.view_of(state.identity.member);
        let digest = digest_of(&view);
        let Some(catalogue) = self.connections.get_mut(&connection).and_then(|state| state.catalogue.as_mut()) else {
            return;
        };
        if catalogue.view.replace(digest) != Some(digest) {
            self.send_frame(connection, roster::frame(&view));
        }
    }

    fn view_of(&mut self, member: MemberId) -> Roster {
        let mut written_by = self.views.partners.get(&member).cloned().unwrap_or_default();
        for space in spaces_of_others(&self.roster, member) {
            written_by.extend(self.writers(&space));
        }
        seen_by(&self.roster, member, &written_by)
    }

    /// Who wrote in a space. What the store knows of it is asked for once; those whom it concerns are told again then.
    fn writers(&mut self, space: &Space) -> BTreeSet<MemberId> {
        if !self.views.written.get(space).is_some_and(|written| written.is_asked) {
            let there = self.records.values().filter(|record| *record.space == *space && record.seq > 0);
            let rows: Vec<_> = there.map(|record| record.row).collect();
            let space = Arc::new(space.clone());
            self.views.written.entry(space.clone()).or_default().is_asked = true;
            if !rows.is_empty() {
                self.out.push(Effect::ReadWriters { space, rows });
            }
        }
        self.views.written.get(space).map(|written| written.people.clone()).unwrap_or_default()
    }

    /// What the store knows of who wrote in a space; none if it cannot be read.
    pub(super) fn writers_read(&mut self, space: &Arc<Space>, people: Option<BTreeSet<MemberId>>) {
        match people {
            Some(people) => self.note_writers(space, people),
            // It is asked for again with the next view.
            None => {
                if let Some(written) = self.views.written.get_mut(space) {
                    written.is_asked = false;
                }
            }
        }
    }

    /// Notes who wrote changes of a document that came in just now, and who brought them.
    pub(super) fn note_written(&mut self, document: DocumentId, authors: BTreeSet<MemberId>, handed: &AuthorRows) {
        let Some(space) = self.records.get(&document).map(|record| record.space.clone()) else { return };
        // Nobody but those whom they name is in these.
        if matches!(space.as_ref(), Space::Private(_) | Space::Pair(..)) {
            return;
        }
        // Nearly always it is whoever wrote there before.
        let known = self.views.written.get(&space).map(|written| &written.people);
        if handed.is_empty() && authors.iter().all(|author| known.is_some_and(|known| known.contains(author))) {
            return;
        }
        let carriers = handed.handed.iter().flat_map(|handover| [handover.author, handover.via]);
        self.note_writers(&space, authors.into_iter().chain(carriers).collect());
    }

    fn note_writers(&mut self, space: &Arc<Space>, people: BTreeSet<MemberId>) {
        let written = self.views.written.entry(space.clone()).or_default();
        let known = written.people.len();
        written.people.extend(people);
        if written.is_asked && written.people.len() > known {
            let connections: Vec<ConnectionId> = self.connections.keys().copied().collect();
            connections.into_iter().for_each(|connection| self.view_is_due(connection));
        }
    }

    /// What a connection's person sees is to be looked at in the next round, if it is not all.
    pub(super) fn view_is_due(&mut self, connection: ConnectionId) {
        let is_told = self.connections.get(&connection).is_some_and(|state| state.catalogue.is_some());
        if is_told && !self.sees_everybody(connection) {
            self.views.due.insert(connection);
        }
    }

    /// Tells those who wait, so many at a time.
    pub(super) fn tell_views(&mut self) {
        if self.views.due().is_none_or(|due| due > self.now) {
            return;
        }
        self.views.next = self.now + PAUSE;
        for _ in 0..(ROUND / self.roster.members.len().max(1)).clamp(1, 200) {
            let Some(connection) = self.views.due.pop_first() else { return };
            // Where rights have changed that is told before the roster, and the roster comes with it.
            let version = self.roster.version;
            let catalogue = self.connections.get(&connection).and_then(|state| state.catalogue.as_ref());
            if catalogue.is_some_and(|catalogue| catalogue.roster == version) && !self.sees_everybody(connection) {
                self.tell_view(connection);
            }
        }
    }
}
