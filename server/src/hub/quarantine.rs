//! What the store has and cannot give: it is left as it is, counted and not served. Other documents go on.

use huigao_shared::ids::DocumentId;

use super::{ConnectionId, Hub};

impl Hub {
    /// Notes that something of a document could not be read, and tells those who wait for it, once. Their connections
    /// stay open.
    pub(super) fn quarantine(&mut self, document: DocumentId, waiting: impl IntoIterator<Item = ConnectionId>) {
        self.stats.quarantined += 1;
        self.quarantined.insert(document);
        for connection in waiting {
            let Some(state) = self.connections.get_mut(&connection) else { continue };
            if state.unreadable.insert(document) {
                self.unavailable(connection, document);
            }
        }
    }

    /// Whether this connection has been told that it cannot have what it lacks of a document. It is not read for it
    /// again: a client that asks once more would ask for ever.
    pub(super) fn is_unreadable(&self, connection: ConnectionId, document: DocumentId) -> bool {
        self.connections.get(&connection).is_some_and(|state| state.unreadable.contains(&document))
    }

    /// How many documents and records could not be read since the start.
    #[must_use]
    pub fn quarantined(&self) -> usize {
        self.quarantined.len() + self.unreadable
    }
}
