//! Moves bytes and time between sockets, the hub and the store.
//!
//! The hub and all sockets share one thread, so handing a frame over wakes nobody; SQLite has two threads
//! of its own, one that commits and one that reads.

mod errands;
mod socket;
mod storage;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use huigao_shared::ids::MemberId;
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, watch};

use crate::hub::{ConnectionId, Effect, Errand, Event, Hub, Identity};
use crate::inflow::Ledger;
use crate::metrics::Metrics;
use crate::office::limits::{Limits, Millis, Rate};
pub use errands::run_errands;
pub use socket::serve;
use storage::Storage;
pub use storage::{StorageEnd, StorageThreads};

/// How many events the hub takes in one go before it looks at the clock again.
const BURST: usize = 512;

/// How long the hub may work on one member's frames, in milliseconds: a backlog of weeks at once, and then a part of its
/// time. Whoever asks for more is read more slowly; others get their turn.
const WORK: Rate = Rate { burst: 4_000.0, per_second: 200.0 };

enum Input {
    Event(Event),
    /// A frame, and its place among those of its connection that wait for the hub.
    Frame {
        connection: ConnectionId,
        frame: Bytes,
        place: OwnedSemaphorePermit,
    },
    Connect {
        identity: Identity,
        outbox: Outbox,
        id: tokio::sync::oneshot::Sender<ConnectionId>,
    },
    Stop(tokio::sync::oneshot::Sender<()>),
}

/// Towards one connection.
struct Outbox {
    frames: mpsc::UnboundedSender<Out>,
    /// Who does the work that it makes; nobody in demonstration mode, where all are on this machine.
    member: Option<MemberId>,
    /// The hub is done with it: what is queued may go out for a little while, and then it ends.
    over: Arc<Notify>,
}

enum Out {
    Frame(Bytes),
    Close(&'static str),
    /// The line ends here, and its client is to come back.
    Away,
}

/// A handle on the running hub.
#[derive(Clone)]
pub struct Relay {
    input: mpsc::UnboundedSender<Input>,
    stopping: watch::Sender<bool>,
    metrics: Arc<Mutex<Metrics>>,
    /// What is under way on sockets.
    unfinished: Arc<Ledger>,
    /// What room their buffers keep.
    kept: Arc<Ledger>,
}

impl Relay {
    /// Starts the hub on this runtime, over these storage threads. What it wants of the office comes out as errands.
    /// The threads end when the runtime is gone.
    pub fn start(hub: Hub, threads: StorageThreads) -> (Self, mpsc::UnboundedReceiver<Errand>, StorageEnd) {
        let (errands, for_office) = mpsc::unbounded_channel();
        let (input, events) = mpsc::unbounded_channel();
        let back = input.clone();
        let (storage, end) = Storage::new(threads, move |event| {
            let _ = back.send(Input::Event(event));
        });
        let metrics = Arc::new(Mutex::new(Metrics::of(&hub, 0)));
        tokio::spawn(run(hub, events, Means { storage, errands }, metrics.clone()));
        let (stopping, unfinished, kept) = (watch::Sender::new(false), Arc::default(), Arc::default());
        (Self { input, stopping, metrics, unfinished, kept }, for_office, end)
    }

    /// Tells the hub of something that happened elsewhere.
    pub fn tell(&self, event: Event) {
        let _ = self.input.send(Input::Event(event));
    }

    /// Counters and gauges as of the last burst.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        *self.metrics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits what is there and closes all connections, each of which is told.
    pub async fn stop(&self) {
        let (done, wait) = tokio::sync::oneshot::channel();
        let _ = self.input.send(Input::Stop(done));
        // A store that cannot commit must not keep the process alive for ever.
        let _ = tokio::time::timeout(Duration::from_secs(10), wait).await;
        let _ = self.stopping.send(true);
        let _ = tokio::time::timeout(2 * socket::LAST_WORDS, self.stopping.closed()).await;
    }
}

/// What effects need.
struct Means {
    storage: Storage,
    errands: mpsc::UnboundedSender<Errand>,
}

struct Loop {
    hub: Hub,
    means: Means,
    outboxes: HashMap<ConnectionId, Outbox>,
    effects: Vec<Effect>,
    worked: Limits<MemberId>,
    /// How many frames had to be paid for by waiting.
    slowed: u64,
    start: Instant,
    next_id: ConnectionId,
}

async fn run(hub: Hub, mut inputs: mpsc::UnboundedReceiver<Input>, means: Means, metrics: Arc<Mutex<Metrics>>) {
    let mut state = Loop {
        hub,
        means,
        outboxes: HashMap::new(),
        effects: Vec::new(),
        worked: Limits::new(WORK),
        slowed: 0,
        start: Instant::now(),
        next_id: 1,
    };
    let mut burst = Vec::with_capacity(BURST);
    let mut stopping: Option<tokio::sync::oneshot::Sender<()>> = None;
    loop {
        let wake = state.hub.next_wake().map(|at| state.start + Duration::from_millis(at));
        let sleep = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            count = inputs.recv_many(&mut burst, BURST) => {
                if count == 0 {
                    return;
                }
                for input in burst.drain(..) {
                    match input {
                        // What comes now would put off the end for ever; whoever sent it has no receipt and keeps it.
                        Input::Frame { .. } | Input::Connect { .. } if stopping.is_some() => {}
                        Input::Frame { connection, frame, place } => state.work(connection, frame, place),
                        Input::Event(event) => state.feed(event),
                        Input::Connect { identity, outbox, id } => state.connect(identity, outbox, id),
                        Input::Stop(done) => stopping = Some(done),
                    }
                }
            }
            () = sleep => state.feed(Event::Tick),
        }
        *metrics.lock().unwrap_or_else(PoisonError::into_inner) = Metrics::of(&state.hub, state.slowed);
        if state.hub.is_committed()
            && let Some(done) = stopping.take()
        {
            let _ = done.send(());
            return;
        }
    }
}

impl Loop {
    fn connect(&mut self, identity: Identity, outbox: Outbox, id: tokio::sync::oneshot::Sender<ConnectionId>) {
        let connection = self.next_id;
        self.next_id += 1;
        self.outboxes.insert(connection, outbox);
        let _ = id.send(connection);
        self.feed(Event::Connected { connection, identity });
    }

    /// Has the hub take a frame. Its place is free again once that work is paid for.
    fn work(&mut self, connection: ConnectionId, frame: Bytes, place: OwnedSemaphorePermit) {
        let begin = Instant::now();
        self.feed(Event::Frame { connection, frame });
        let spent = begin.elapsed().as_secs_f64() * 1_000.0;
        let Some(member) = self.outboxes.get(&connection).and_then(|outbox| outbox.member) else { return };
        let wait = self.worked.wait(member, spent, self.now());
        if wait > 0 {
            self.slowed += 1;
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                drop(place);
            });
        }
    }

    fn now(&self) -> Millis {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn feed(&mut self, event: Event) {
        if let Event::Closed { connection } = event {
            self.outboxes.remove(&connection);
        }
        if let Event::Committed { result: Err(error) } = &event {
            tracing::error!(error, "a commit failed; receipts stop until one goes through");
        }
        let now = self.now();
        let (hub, effects) = (&mut self.hub, &mut self.effects);
        // A fault in one document closes that document, not the process.
        if std::panic::catch_unwind(AssertUnwindSafe(|| hub.handle(now, event, effects))).is_err() {
            tracing::error!("a fault in one document: its connections are closed");
            hub.recover(effects);
        }
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send { connection, frame } => {
                    if let Some(outbox) = self.outboxes.get(&connection) {
                        let _ = outbox.frames.send(Out::Frame(frame));
                    }
                }
                Effect::Close { connection, why } => {
                    if let Some(outbox) = self.outboxes.remove(&connection) {
                        tracing::warn!(connection, why, "closing a connection");
                        let _ = outbox.frames.send(Out::Close(why));
                        outbox.over.notify_one();
                    }
                }
                Effect::Load { document, row } => self.means.storage.load(document, row),
                Effect::ReadBodies { connection, document, row, indices, most } => {
                    self.means.storage.bodies(connection, document, row, indices, most);
                }
                Effect::Examine { document, row } => self.means.storage.examine(document, row),
                Effect::Mend { document, row, bodies } => self.means.storage.mend(document, row, bodies),
                Effect::ReadWriters { space, rows } => self.means.storage.writers(space, rows),
                Effect::Commit(batch) => self.means.storage.commit(batch),
                Effect::Errand(errand) => {
                    let _ = self.means.errands.send(errand);
                }
            }
        }
    }
}
