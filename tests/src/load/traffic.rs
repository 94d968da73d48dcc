//! Edits from one client of each document to the others: sent, forwarded, receipted, counted.
//!
//! Documents are spread over sockets as in the JavaScript loads: client `c` of document `d` is on socket
//! `(d + c) % sockets`, and client 0 writes. Frames are made in advance; a chain arrives in order, so counting
//! changes says which ones came, and the last message must name the chain's head.

mod progress;
mod reader;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::SinkExt;
use futures_util::stream::{SplitSink, StreamExt};
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::chain::{Chain, Edit};
use super::{member, server};
use crate::process::{Client, RelayProcess};
use progress::{Progress, Stage};

/// How many edits of a document follow one another in one write of a saturated run.
const RUN: usize = 4;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);
const BUFFER: usize = 32 << 10;

type Sink = Mutex<SplitSink<WebSocketStream<TcpStream>, Frame>>;

/// Who edits what and when.
pub(super) struct Plan {
    /// Clients of each document.
    pub clients: usize,
    /// Sockets over which the clients are spread.
    pub sockets: usize,
    /// When edits are sent.
    pub pace: Pace,
    /// Readers answer what they receive, as clients that hold the document do.
    pub acks: bool,
}

/// When edits are sent.
pub(super) enum Pace {
    /// So many a second over all documents.
    Rate(f64),
    /// As fast as they arrive, with at most so many on their way.
    Window(usize),
}

/// What a run showed. Everything was delivered and receipted, or there is none.
pub(super) struct Outcome {
    pub edits: usize,
    pub wall: Duration,
    /// Of the relay.
    pub cpu: Duration,
    /// Of this process: near one core, the figures are the generator's own.
    pub own_cpu: Duration,
    /// How long the relay and this process waited for a core that others had.
    pub starved: Duration,
    /// From before the writer's send to the reader's decoding, ascending.
    pub latencies: Vec<Duration>,
}

impl Outcome {
    pub fn cpu_ms(&self) -> f64 {
        self.cpu.as_secs_f64() * 1000.0 / self.edits as f64
    }

    pub fn percentile_ms(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share) as usize;
        let latency = self.latencies.get(place.min(self.latencies.len().saturating_sub(1)));
        latency.map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// Runs a plan with one document for each chain.
pub(super) async fn run(relay: &RelayProcess, plan: &Plan, chains: &[Arc<Chain>]) -> Result<Outcome> {
    let progress = Arc::new(Progress::new(chains.to_vec(), plan.clients));
    let mut sinks: Vec<Arc<Sink>> = Vec::new();
    let mut readers = Vec::new();
    for socket in 0..plan.sockets {
        let stream = TcpStream::connect(("127.0.0.1", relay.port())).await?;
        stream.set_nodelay(true)?;
        let client = Client::over(stream, relay.port(), member(), &name(socket), BUFFER).await?;
        let (sink, stream) = client.into_socket().split();
        let sink = Arc::new(Mutex::new(sink));
        let place = reader::Place { socket, sockets: plan.sockets };
        let acks = plan.acks.then(|| sink.clone());
        readers.push(tokio::spawn(reader::run(place, stream, acks, progress.clone())));
        sinks.push(sink);
    }
    let outcome = tokio::time::timeout(PATIENCE, drive(relay, plan, chains, &sinks, &progress))
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("{} after {PATIENCE:?}", progress.describe())));
    for reader in readers {
        reader.abort();
    }
    outcome
}

async fn drive(
    relay: &RelayProcess,
    plan: &Plan,
    chains: &[Arc<Chain>],
    sinks: &[Arc<Sink>],
    progress: &Progress,
) -> Result<Outcome> {
    open(plan, chains, sinks, progress).await?;
    let frames: Vec<Vec<Frame>> = chains.iter().enumerate().map(|(d, chain)| edits(d, sinks.len(), chain)).collect();
    server::quiet(relay.pid()).await?;

    let (cpu, own_cpu, start) = (server::cpu(relay.pid())?, server::own_cpu()?, Instant::now());
    let both_starved = || Ok::<_, anyhow::Error>(server::starved(relay.pid())? + server::starved(std::process::id())?);
    let starved = both_starved()?;
    match plan.pace {
        Pace::Rate(rate) => steadily(rate, &frames, sinks, progress).await?,
        Pace::Window(window) => fast(window, frames, sinks, progress).await?,
    }
    progress.reach(Stage::Delivered).await?;
    let wall = start.elapsed();
    progress.reach(Stage::Receipted).await?;
    let own_cpu = server::own_cpu()? - own_cpu;
    let starved = both_starved()?.saturating_sub(starved);
    // What the relay puts off counts as well.
    server::quiet(relay.pid()).await?;
    let cpu = server::cpu(relay.pid())? - cpu;
    let edits = chains.iter().map(|chain| chain.edits().len()).sum();
    Ok(Outcome { edits, wall, cpu, own_cpu, starved, latencies: progress.latencies() })
}

/// Creates all documents with their first text, then has the other clients open them.
async fn open(plan: &Plan, chains: &[Arc<Chain>], sinks: &[Arc<Sink>], progress: &Progress) -> Result<()> {
    for (d, chain) in chains.iter().enumerate() {
        let socket = d % sinks.len();
        let mut sink = sinks[socket].lock().await;
        let create = Message::Create { document: document(d), space: Space::Campaign };
        sink.send(Frame::Binary(create.encode().into())).await?;
        sink.send(says(&name(socket), d, chain.base())).await?;
    }
    progress.reach(Stage::Created).await?;
    for (d, chain) in chains.iter().enumerate() {
        for client in 1..plan.clients {
            let socket = (d + client) % sinks.len();
            sinks[socket].lock().await.send(holds(&name(socket), d, chain.base_head())).await?;
        }
    }
    progress.reach(Stage::Open).await
}

async fn steadily(rate: f64, frames: &[Vec<Frame>], sinks: &[Arc<Sink>], progress: &Progress) -> Result<()> {
    let start = Instant::now();
    let rounds = frames.iter().map(Vec::len).max().unwrap_or(0);
    let mut number = 0u32;
    for round in 0..rounds {
        for (d, frames) in frames.iter().enumerate() {
            let Some(frame) = frames.get(round) else { continue };
            sleep_until(start + Duration::from_secs_f64(f64::from(number) / rate)).await;
            number += 1;
            let mut sink = sinks[d % sinks.len()].lock().await;
            progress.sends(d, 1);
            sink.send(frame.clone()).await?;
        }
    }
    Ok(())
}

async fn fast(window: usize, frames: Vec<Vec<Frame>>, sinks: &[Arc<Sink>], progress: &Progress) -> Result<()> {
    let mut left: Vec<_> = frames.into_iter().map(Vec::into_iter).collect();
    while left.iter().any(|frames| frames.len() > 0) {
        for (socket, sink) in sinks.iter().enumerate() {
            progress.room(window).await?;
            let mut sink = sink.lock().await;
            for (d, frames) in left.iter_mut().enumerate().skip(socket).step_by(sinks.len()) {
                let run: Vec<Frame> = frames.by_ref().take(RUN).collect();
                progress.sends(d, run.len());
                for frame in run {
                    sink.feed(frame).await?;
                }
            }
            sink.flush().await?;
        }
    }
    Ok(())
}

fn edits(d: usize, sockets: usize, chain: &Chain) -> Vec<Frame> {
    let name = name(d % sockets);
    chain.edits().iter().map(|edit| says(&name, d, std::slice::from_ref(edit))).collect()
}

/// A client has made these.
fn says(sender: &str, d: usize, edits: &[Edit]) -> Frame {
    let heads: Vec<_> = edits.last().map(|edit| edit.hash).into_iter().collect();
    frame(sender, d, sync::advance(&heads, edits.iter().map(|edit| edit.body.clone()).collect(), false))
}

/// A client has all up to here.
fn holds(sender: &str, d: usize, head: automerge::ChangeHash) -> Frame {
    frame(sender, d, sync::advance(&[head], Vec::new(), false))
}

fn frame(sender: &str, d: usize, data: Vec<u8>) -> Frame {
    let sync = SyncFrame { sender: sender.into(), target: "".into(), document: document(d), data: data.into() };
    Frame::Binary(Message::Sync(sync).encode().into())
}

fn name(socket: usize) -> String {
    format!("load-{socket}")
}

/// The id of document number `d`.
fn document(d: usize) -> DocumentId {
    let mut bytes = [0x5a; 16];
    bytes[..8].copy_from_slice(&(d as u64).to_be_bytes());
    DocumentId::from_bytes(bytes)
}

/// The number of a document.
fn number(document: DocumentId) -> usize {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&document.as_bytes()[..8]);
    u64::from_be_bytes(bytes) as usize
}
