//! What `/metrics` says.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::hub::{Hub, Stats};

/// A moment's figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Metrics {
    stats: Stats,
    connections: usize,
    open_documents: usize,
    graph_bytes: usize,
    uncommitted: usize,
    documents: usize,
    slowed: u64,
    /// How many documents cannot be read, as far as was seen since the start.
    pub quarantined: usize,
    /// Whether the last commit went through.
    pub storing: bool,
}

impl Metrics {
    /// The hub's figures now, and how many frames had to be paid for by waiting.
    #[must_use]
    pub fn of(hub: &Hub, slowed: u64) -> Self {
        let (connections, open_documents, graph_bytes, uncommitted) = hub.gauges();
        let storing = hub.is_storing();
        Self {
            stats: hub.stats(),
            connections,
            open_documents,
            graph_bytes,
            uncommitted,
            documents: hub.documents(),
            slowed,
            quarantined: hub.quarantined(),
            storing,
        }
    }

    /// The figures in Prometheus' text form.
    #[must_use]
    pub fn text(&self) -> String {
        let mut registry = Registry::with_prefix("huigao");
        let counters = [
            ("changes", "Changes taken", self.stats.changes),
            ("refused_changes", "Changes refused", self.stats.refused),
            ("bad_frames", "Frames that could not be read or were not allowed", self.stats.bad_frames),
            ("slowed_frames", "Frames whose sender is read more slowly for them", self.slowed),
            ("commits", "Durable commits", self.stats.commits),
            ("failed_commits", "Commits that failed", self.stats.failed_commits),
            ("quarantined_reads", "Reads of documents that failed", self.stats.quarantined),
        ];
        for (name, help, value) in counters {
            registry.register(name, help, ConstCounter::new(value));
        }
        let gauges = [
            ("connections", "Open connections", self.connections),
            ("open_documents", "Documents somebody syncs", self.open_documents),
            ("graph_bytes", "Memory of loaded change graphs", self.graph_bytes),
            ("uncommitted_changes", "Changes that wait for a commit", self.uncommitted),
            ("documents", "Documents in the store", self.documents),
            ("quarantined_documents", "Documents found damaged since the start that still are", self.quarantined),
            ("storing", "1 if the last commit went through", usize::from(self.storing)),
        ];
        for (name, help, value) in gauges {
            registry.register(name, help, ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)));
        }
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }
}
