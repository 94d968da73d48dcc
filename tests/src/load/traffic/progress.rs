//! What was sent, what arrived where, what was receipted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use automerge::ChangeHash;
use tokio::sync::Notify;

use crate::load::chain::Chain;

/// How far a run has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Every document's first text is committed.
    Created,
    /// Every other client has been answered.
    Open,
    /// Every edit has reached every other client.
    Delivered,
    /// Every edit is committed, and its writer knows.
    Receipted,
}

#[derive(Default)]
struct Document {
    sent_at: Vec<Instant>,
    /// For each client, how many edits have come.
    arrived: Vec<usize>,
    latencies: Vec<Duration>,
}

pub(super) struct Progress {
    pub chains: Vec<Arc<Chain>>,
    documents: Vec<Mutex<Document>>,
    readers: usize,
    sent: AtomicUsize,
    delivered: AtomicUsize,
    created: AtomicUsize,
    open: AtomicUsize,
    receipted: AtomicUsize,
    fault: Mutex<Option<String>>,
    moved: Notify,
}

impl Progress {
    pub fn new(chains: Vec<Arc<Chain>>, clients: usize) -> Self {
        let document = || Mutex::new(Document { arrived: vec![0; clients], ..Document::default() });
        Self {
            documents: chains.iter().map(|_| document()).collect(),
            chains,
            readers: clients - 1,
            sent: AtomicUsize::new(0),
            delivered: AtomicUsize::new(0),
            created: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            receipted: AtomicUsize::new(0),
            fault: Mutex::new(None),
            moved: Notify::new(),
        }
    }

    /// The next `count` edits of document `d` go out now.
    pub fn sends(&self, d: usize, count: usize) {
        self.sent.fetch_add(count, Ordering::Relaxed);
        let now = Instant::now();
        let mut document = self.document(d);
        let length = document.sent_at.len() + count;
        document.sent_at.resize(length, now);
    }

    /// `count` changes came to a client; returns how many it has now.
    pub fn arrives(&self, d: usize, client: usize, count: usize) -> usize {
        let now = Instant::now();
        self.delivered.fetch_add(count, Ordering::Relaxed);
        let document = &mut *self.document(d);
        let Some(arrived) = document.arrived.get_mut(client) else { return 0 };
        let sent = document.sent_at.iter().skip(*arrived).take(count);
        document.latencies.extend(sent.map(|sent| now - *sent));
        *arrived += count;
        *arrived
    }

    pub fn answered(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// The relay has committed up to these heads.
    pub fn receipt(&self, d: usize, heads: &[ChangeHash]) {
        let Some(chain) = self.chains.get(d) else { return };
        if heads == [chain.base_head()] {
            self.created.fetch_add(1, Ordering::Relaxed);
        } else if heads == [chain.last_head()] {
            self.receipted.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn fail(&self, why: String) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.moved.notify_waiters();
    }

    /// Wakes whoever waits for what has been counted.
    pub fn moved(&self) {
        self.moved.notify_waiters();
    }

    pub async fn reach(&self, stage: Stage) -> Result<()> {
        self.until(|| self.is_at(stage)).await
    }

    /// Waits until at most `window` edits are on their way.
    pub async fn room(&self, window: usize) -> Result<()> {
        let under_way = || {
            let delivered = self.delivered.load(Ordering::Relaxed) / self.readers.max(1);
            self.sent.load(Ordering::Relaxed).saturating_sub(delivered)
        };
        self.until(|| under_way() <= window).await
    }

    async fn until(&self, holds: impl Fn() -> bool) -> Result<()> {
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            if let Some(fault) = self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                bail!(fault);
            }
            if holds() {
                return Ok(());
            }
            moved.await;
        }
    }

    fn is_at(&self, stage: Stage) -> bool {
        let edits: usize = self.chains.iter().map(|chain| chain.edits().len()).sum();
        match stage {
            Stage::Created => self.created.load(Ordering::Relaxed) >= self.chains.len(),
            Stage::Open => self.open.load(Ordering::Relaxed) >= self.chains.len() * (self.readers + 1),
            Stage::Delivered => self.delivered.load(Ordering::Relaxed) >= edits * self.readers,
            Stage::Receipted => self.receipted.load(Ordering::Relaxed) >= self.chains.len(),
        }
    }

    /// For whoever waited in vain.
    pub fn describe(&self) -> String {
        format!(
            "{} documents created, {} openings answered, {} edits sent, {} delivered, {} documents receipted",
            self.created.load(Ordering::Relaxed),
            self.open.load(Ordering::Relaxed),
            self.sent.load(Ordering::Relaxed),
            self.delivered.load(Ordering::Relaxed),
            self.receipted.load(Ordering::Relaxed),
        )
    }

    pub fn latencies(&self) -> Vec<Duration> {
        let mut all: Vec<Duration> =
            (0..self.documents.len()).flat_map(|d| self.document(d).latencies.clone()).collect();
        all.sort_unstable();
        all
    }

    fn document(&self, d: usize) -> MutexGuard<'_, Document> {
        self.documents[d].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
