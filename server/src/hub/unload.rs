//! Keeping loaded graphs within a budget.

use huigao_shared::authorship::Authorship;

use super::Hub;
use super::document::Open;

impl Hub {
    /// Drops the graphs that were used longest ago once their sum passes the budget. Who has what is kept by hash,
    /// so a document that is asked for again is simply read again.
    pub(super) fn unload_beyond_budget(&mut self) {
        if self.graph_bytes <= self.config.graph_bytes {
            return;
        }
        let mut idle: Vec<_> = self
            .open
            .iter()
            .filter(|(_, open)| open.graph.is_some() && open.is_committed() && open.waiting.is_empty())
            .filter(|(_, open)| !open.peers.values().any(|peer| peer.reading))
            .map(|(document, open)| (open.last_used, *document))
            .collect();
        idle.sort_unstable();
        // An estimate grew while changes came in; the sum over all that is loaded puts it right.
        let mut total: usize = self.open.values().map(Open::bytes).sum();
        for (_, document) in idle {
            if total <= self.config.graph_bytes / 4 * 3 {
                break;
            }
            let Some(open) = self.open.get_mut(&document) else { continue };
            total -= open.bytes();
            open.graph = None;
            open.authors = Authorship::default();
            if open.peers.is_empty() && open.waiting_bytes() == 0 {
                self.open.remove(&document);
            }
        }
        self.graph_bytes = total;
    }
}
