//! Telling clients what there is: from where they stand, in pages, then live.

use std::collections::VecDeque;

use huigao_shared::access::Access;
use huigao_shared::catalogue::Cursor;
use huigao_shared::wire::{CataloguePage, Message};

use super::connection::CatalogueState;
use super::roster::Standing;
use super::{ConnectionId, Hub, Millis};

/// How many rows a page has at most; about 30 KiB.
pub(super) const PAGE: usize = 100;

impl Hub {
    pub(super) fn catalogue(&mut self, connection: ConnectionId, from: &Standing) {
        let last = self.commits.committed_seq;
        let known = |cursor: Option<Cursor>| cursor.is_none_or(|cursor| self.runs.knows(cursor, last));
        // A witness we do not know means that this store is an older copy of what the client spoke to.
        let goes_on = from.since.is_some() && known(from.since) && known(from.witness);
        let goes_on = self.tell_roster(connection, from, goes_on);
        let roster = self.roster.version;
        let Some(state) = self.connections.get_mut(&connection).filter(|state| state.ours) else { return };
        state.catalogue = Some(CatalogueState {
            sent: from.since.filter(|_| goes_on).map_or(0, |cursor| cursor.seq),
            reset: !goes_on,
            witness: from.witness.filter(|witness| !goes_on && self.runs.knows(*witness, last)),
            catching_up: true,
            gained: VecDeque::new(),
            roster,
            view: None,
        });
        if !self.sees_everybody(connection) {
            self.tell_view(connection);
        }
        self.catalogue_page(connection);
        self.tell_awaiting(connection);
    }

    /// Sends pages while there are rows that the client has not seen and room on its socket.
    pub(super) fn catalogue_page(&mut self, connection: ConnectionId) {
        while !self.is_full(connection) {
            let last = self.commits.committed_seq;
            let Some(state) = self.connections.get(&connection) else { return };
            let Some(catalogue) = state.catalogue.as_ref() else { return };
            if catalogue.sent >= last && !catalogue.catching_up {
                return self.tell_gained(connection);
            }
            let (mut entries, mut sent) = (Vec::new(), last);
            for (seq, document) in self.by_seq.range(catalogue.sent + 1..=last.max(catalogue.sent + 1)) {
                let Some(record) = self.records.get(document) else { continue };
                // One that was never committed is nobody's to hear of. One without heads may be: all of it is out of service.
                if record.seq == 0 || self.access(connection, &record.space) < Access::Read {
                    continue;
                }
                if entries.len() == PAGE {
                    sent = seq - 1;
                    break;
                }
                entries.push(record.entry(*document));
            }
            let complete = sent == last;
            let worth = !entries.is_empty() || catalogue.catching_up;
            let CatalogueState { reset, witness, .. } = *catalogue;
            let page = CataloguePage { reset, witness, entries, cursor: self.runs.cursor(sent), complete };
            let Some(catalogue) = self.connections.get_mut(&connection).and_then(|state| state.catalogue.as_mut())
            else {
                return;
            };
            catalogue.sent = sent;
            catalogue.reset = false;
            catalogue.witness = None;
            catalogue.catching_up &= !complete;
            if worth {
                self.send(connection, &Message::CataloguePage(page));
            }
        }
    }

    fn wants_page(&self, state: &CatalogueState) -> bool {
        state.sent < self.commits.committed_seq
    }

    pub(super) fn live_catalogue(&mut self) {
        if self.catalogue_due().is_none_or(|due| due > self.now) {
            return;
        }
        let due: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, state)| state.catalogue.as_ref().is_some_and(|catalogue| self.wants_page(catalogue)))
            .map(|(id, _)| *id)
            .collect();
        self.last_catalogue = self.now;
        self.last_catalogue_seq = self.commits.committed_seq;
        for connection in due {
            self.catalogue_page(connection);
        }
    }

    /// All clients are served in one round, at most one in every pause.
    pub(super) fn catalogue_due(&self) -> Option<Millis> {
        (self.last_catalogue_seq < self.commits.committed_seq)
            .then(|| self.last_catalogue + self.config.catalogue_pause)
    }
}
