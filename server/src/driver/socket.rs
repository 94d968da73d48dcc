//! One WebSocket: frames in, frames out, pings, and an end to peers that stall.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::{SinkExt, Stream, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval_at, timeout};

use super::{Input, Out, Relay};
use crate::hub::{ConnectionId, Event, Identity};

/// How often a silent peer is pinged.
const PING: Duration = Duration::from_secs(20);
/// How long a peer may stay silent, pongs included, or take nothing of what is sent.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many sent bytes are reported to the hub at once.
const REPORT: usize = 64 << 10;

/// Serves one connection until either side ends it.
pub async fn serve(relay: Relay, socket: WebSocket, identity: Identity) {
    let (outbox, frames) = mpsc::unbounded_channel();
    let (id, assigned) = oneshot::channel();
    let mut stopping = relay.stopping.subscribe();
    if relay.input.send(Input::Connect { identity, outbox, id }).is_err() {
        return;
    }
    let Ok(connection) = assigned.await else { return };
    let (sink, stream) = socket.split();
    tokio::select! {
        () = receive(&relay, connection, stream) => {}
        () = send(&relay, connection, sink, frames) => {}
        _ = stopping.changed() => {}
    }
    let _ = relay.input.send(Input::Event(Event::Closed { connection }));
}

async fn receive(
    relay: &Relay,
    connection: ConnectionId,
    mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
) {
    loop {
        let Ok(Some(Ok(message))) = timeout(PATIENCE, stream.next()).await else { return };
        match message {
            Message::Binary(frame) => {
                if relay.input.send(Input::Event(Event::Frame { connection, frame })).is_err() {
                    return;
                }
            }
            Message::Close(_) => return,
            // The protocol has no text; pings are answered and pongs noticed below us.
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

async fn send(
    relay: &Relay,
    connection: ConnectionId,
    mut sink: impl SinkExt<Message, Error = axum::Error> + Unpin,
    mut frames: mpsc::UnboundedReceiver<Out>,
) {
    let mut pings = interval_at(Instant::now() + PING, PING);
    let mut batch = Vec::with_capacity(64);
    let mut unreported = 0;
    loop {
        tokio::select! {
            count = frames.recv_many(&mut batch, 64) => {
                if count == 0 {
                    return;
                }
                for out in batch.drain(..) {
                    let frame: Bytes = match out {
                        Out::Frame(frame) => frame,
                        Out::Close(why) => {
                            let close = CloseFrame { code: close_code::POLICY, reason: why.into() };
                            let _ = timeout(PATIENCE, sink.send(Message::Close(Some(close)))).await;
                            return;
                        }
                    };
                    unreported += frame.len();
                    if !matches!(timeout(PATIENCE, sink.feed(Message::Binary(frame))).await, Ok(Ok(()))) {
                        return;
                    }
                }
                // One write for all that came together.
                if !matches!(timeout(PATIENCE, sink.flush()).await, Ok(Ok(()))) {
                    return;
                }
                if unreported >= REPORT {
                    let _ = relay.input.send(Input::Event(Event::Drained { connection, bytes: unreported }));
                    unreported = 0;
                }
            }
            _ = pings.tick() => {
                if !matches!(timeout(PATIENCE, sink.send(Message::Ping(Bytes::new()))).await, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}
