//! One WebSocket: frames in, frames out, pings, and an end to peers that stall.

use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseCode, CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::{SinkExt, Stream, StreamExt};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, Sleep, interval_at, sleep, timeout, timeout_at};

use super::{Input, Out, Outbox, Relay};
use crate::hub::{ConnectionId, Event, Identity, Proof};
use crate::inflow::{Buffer, Inflow};
use crate::office::limits::{Bucket, Rate};

/// How often a silent peer is pinged.
const PING: Duration = Duration::from_secs(20);
/// How long a peer may stay silent, pongs included, or take nothing of what is sent.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a message may take to be whole: the largest over a slow line, with room.
const MESSAGE: Duration = Duration::from_secs(300);
/// With fewer bytes under way nothing is looked at: so much may be read beyond the end of a message.
const FEW: usize = 8 << 10;
/// How long a connection that the hub has closed may take to hear of it.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(3);
/// How long a client has to take in a large message before its connection ends for the room that this end keeps for it.
/// What lies between here and there by then is no more than the system's buffers; what it has not taken in comes again.
const TAKEN_IN: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(16);
/// What a slow line takes in, in bytes a second.
const SLOWLY: usize = 32 << 10;
/// How long the other end may take to answer when this one says that it goes away.
const GOODBYE: Duration = Duration::from_secs(1);
/// How long a socket may be open without having joined.
const JOINING: Duration = Duration::from_secs(10);
/// What one connection may send: a day's work of a whole office at once, and then so much a second. A frame costs as
/// much as some bytes, since small ones are work too.
const BYTES: Rate = Rate { burst: 256e6, per_second: 32e6 };
const FRAME_COST: usize = 256;
/// How many frames that are no message of ours one connection may send: pings of a program, answers to our own. Each
/// ping makes an answer, which waits in memory until it is taken.
const BESIDES: Rate = Rate { burst: 64.0, per_second: 2.0 };
/// What the head and the mask of a ping take, in bytes.
const PING_HEAD: usize = 6;
/// How much of one connection may wait for the hub: so many places, a frame taking some and one more for each so many
/// bytes. A hundred small frames, or one of the largest and some.
const PLACES: usize = 8_192;
const FRAME_PLACES: usize = 64;
const PLACE: usize = 4 << 10;
/// Why this end goes away.
const STOPS: (CloseCode, &str) = (close_code::AWAY, "the server stops");
const FULL: (CloseCode, &str) = (close_code::AGAIN, "connect again: this line keeps much room for a large message");
/// How many sent bytes are reported to the hub at once.
const REPORT: usize = 64 << 10;

/// Serves one connection until either side ends it. What comes on it is counted in `inflow`.
pub async fn serve(relay: Relay, socket: WebSocket, identity: Identity, inflow: Arc<Inflow>) {
    let (outbox, frames) = mpsc::unbounded_channel();
    let over = Arc::new(Notify::new());
    let member = (identity.proof != Proof::Demonstration).then_some(identity.member);
    // Only the hub keeps it open.
    let away = outbox.downgrade();
    let outbox = Outbox { frames: outbox, member, over: over.clone() };
    let (id, assigned) = oneshot::channel();
    let mut stopping = relay.stopping.subscribe();
    let told = stopping.clone();
    inflow.watch(relay.unfinished.of(identity.member));
    let [incoming, outgoing] = [(); 2].map(|()| Buffer::of(relay.kept.of(identity.member)));
    if relay.input.send(Input::Connect { identity, outbox, id }).is_err() {
        return;
    }
    let Ok(connection) = assigned.await else { return };
    let (sink, stream) = socket.split();
    tokio::select! {
        () = receive(&relay, connection, stream, &inflow, incoming, away) => {}
        () = send(&relay, connection, sink, frames, outgoing, told) => {}
        () = async { let _ = stopping.changed().await; sleep(LAST_WORDS).await } => {}
        () = async { over.notified().await; sleep(LAST_WORDS).await } => {}
    }
    let _ = relay.input.send(Input::Event(Event::Closed { connection }));
}

async fn receive(
    relay: &Relay,
    connection: ConnectionId,
    mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
    inflow: &Inflow,
    mut buffer: Buffer,
    away: mpsc::WeakUnboundedSender<Out>,
) {
    let (start, mut joined) = (Instant::now(), false);
    let mut bucket = Bucket::full(BYTES, 0);
    let mut besides = Bucket::full(BESIDES, 0);
    let places = Arc::new(Semaphore::new(PLACES));
    // Since when a message is under way, as far as was seen.
    let mut begun: Option<Instant> = None;
    // How much of it there was when its sender was last waited for.
    let mut grown = 0;
    loop {
        // Whoever has not said who it is has less time, whatever else it says; so has a message, whatever comes between.
        let patience = if joined { Instant::now() + PATIENCE } else { start + JOINING };
        let until = begun.map_or(patience, |begun| patience.min(begun + MESSAGE).max(Instant::now()));
        let message = match timeout_at(until, stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_)) | None) => return,
            // A browser's message is one frame, within which nothing else comes: over a slow line it takes long.
            Err(_) if joined && inflow.bytes() > grown && begun.is_none_or(|begun| begun.elapsed() < MESSAGE) => {
                grown = inflow.bytes();
                begun.get_or_insert_with(|| Instant::now() - PATIENCE);
                continue;
            }
            Err(_) => return,
        };
        grown = 0;
        let now = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        match message {
            Message::Binary(frame) => {
                joined = true;
                begun = None;
                inflow.settle(usize::MAX);
                // Who sends faster than anybody writes is read more slowly: nothing is lost, and others get their turn.
                let wait = bucket.wait(BYTES, (frame.len() + FRAME_COST) as f64, now);
                if wait > 0 {
                    sleep(Duration::from_millis(wait)).await;
                }
                let length = frame.len();
                let size = u32::try_from(FRAME_PLACES + length / PLACE).unwrap_or(u32::MAX);
                let Ok(place) = places.clone().acquire_many_owned(size).await else { return };
                if relay.input.send(Input::Frame { connection, frame, place }).is_err() {
                    // The hub is gone: the other half says so.
                    return std::future::pending().await;
                }
                if !buffer.held(length) {
                    // It has the message, and the other half says that it ends.
                    if let Some(frames) = away.upgrade() {
                        let _ = frames.send(Out::Away);
                    }
                    return sleep(LAST_WORDS).await;
                }
            }
            Message::Close(_) => return,
            // The protocol has no text; pings are answered and pongs noticed below us.
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) if !besides.take(BESIDES, 1.0, now) => {
                tracing::debug!(connection, "too much that is no message");
                return;
            }
            // A long one would leave its room behind, and nobody of ours sends any.
            Message::Text(text) if text.len() > FEW => return,
            Message::Text(_) => {
                begun = None;
                inflow.settle(usize::MAX);
            }
            Message::Ping(data) | Message::Pong(data) => {
                inflow.settle(data.len() + PING_HEAD);
                begun = (inflow.bytes() > FEW).then(|| begun.unwrap_or_else(Instant::now));
            }
        }
    }
}

async fn send(
    relay: &Relay,
    connection: ConnectionId,
    mut sink: impl SinkExt<Message, Error = axum::Error> + Unpin,
    mut frames: mpsc::UnboundedReceiver<Out>,
    mut buffer: Buffer,
    mut stopping: watch::Receiver<bool>,
) {
    let mut pings = interval_at(Instant::now() + PING, PING);
    let mut batch = Vec::with_capacity(64);
    let mut unreported = 0;
    // When it ends for what was sent to it.
    let mut end: Option<Pin<Box<Sleep>>> = None;
    loop {
        tokio::select! {
            count = frames.recv_many(&mut batch, 64) => {
                if count == 0 {
                    // The hub is gone.
                    return go_away(&mut sink, STOPS).await;
                }
                let mut largest = 0;
                for out in batch.drain(..) {
                    let frame: Bytes = match out {
                        Out::Frame(frame) => frame,
                        Out::Close(why) => {
                            let close = CloseFrame { code: close_code::POLICY, reason: why.into() };
                            let _ = timeout(PATIENCE, sink.send(Message::Close(Some(close)))).await;
                            return;
                        }
                        Out::Away => return go_away(&mut sink, FULL).await,
                    };
                    unreported += frame.len();
                    largest = largest.max(frame.len());
                    if !matches!(timeout(PATIENCE, sink.feed(Message::Binary(frame))).await, Ok(Ok(()))) {
                        return;
                    }
                }
                // One write for all that came together.
                if !matches!(timeout(PATIENCE, sink.flush()).await, Ok(Ok(()))) {
                    return;
                }
                if !buffer.held(largest) {
                    end.get_or_insert_with(|| Box::pin(sleep(time_to_take_in(largest))));
                }
                if unreported >= REPORT {
                    let _ = relay.input.send(Input::Event(Event::Drained { connection, bytes: unreported }));
                    unreported = 0;
                }
            }
            _ = stopping.changed() => {
                // What is committed was told before; it goes out first.
                while let Ok(Out::Frame(frame)) = frames.try_recv() {
                    if !matches!(timeout(LAST_WORDS, sink.feed(Message::Binary(frame))).await, Ok(Ok(()))) {
                        return;
                    }
                }
                return go_away(&mut sink, STOPS).await;
            }
            () = async { if let Some(end) = &mut end { end.await } }, if end.is_some() => return go_away(&mut sink, FULL).await,
            _ = pings.tick() => {
                if !matches!(timeout(PATIENCE, sink.send(Message::Ping(Bytes::new()))).await, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}

/// How long a message of so many bytes is given.
fn time_to_take_in(bytes: usize) -> Duration {
    let seconds = u64::try_from(bytes / SLOWLY).unwrap_or(u64::MAX);
    Duration::from_secs(seconds).clamp(*TAKEN_IN.start(), *TAKEN_IN.end())
}

/// Says that this end goes away and why, and gives the other a moment to answer: who closes with something unread takes back
/// what it said last.
async fn go_away(
    sink: &mut (impl SinkExt<Message, Error = axum::Error> + Unpin),
    (code, why): (CloseCode, &'static str),
) {
    let close = CloseFrame { code, reason: why.into() };
    if let Ok(Ok(())) = timeout(LAST_WORDS, sink.send(Message::Close(Some(close)))).await {
        sleep(GOODBYE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::Mutex;

    use futures_util::stream::poll_fn;
    use huigao_shared::ids::MemberId;

    use super::*;
    use crate::metrics::Metrics;

    /// The other end of a line, as `receive` sees it.
    struct Line {
        messages: mpsc::UnboundedSender<Result<Message, axum::Error>>,
        inflow: Arc<Inflow>,
        hub: mpsc::UnboundedReceiver<Input>,
    }

    impl Line {
        fn says(&self, size: usize) {
            let _ = self.messages.send(Ok(Message::Binary(vec![7; size].into())));
        }

        /// So many bytes come every so often, for so long.
        async fn trickles(&self, bytes: usize, pause: Duration, long: Duration) {
            let begin = Instant::now();
            while begin.elapsed() < long {
                sleep(pause).await;
                assert!(self.inflow.came(bytes));
            }
        }

        /// Whether a message of this size has reached the hub.
        async fn is_heard(&mut self, size: usize) -> bool {
            matches!(self.hub.recv().await, Some(Input::Frame { frame, .. }) if frame.len() == size)
        }
    }

    /// Receives until the line is given up, or what its other end does is over. After how long it was given up, if it was.
    async fn receiving<F: Future<Output = ()>>(act: impl FnOnce(Line) -> F) -> Option<Duration> {
        let (input, hub) = mpsc::unbounded_channel();
        let relay = Relay {
            input,
            stopping: watch::Sender::new(false),
            metrics: Arc::new(Mutex::new(Metrics::default())),
            unfinished: Arc::default(),
            kept: Arc::default(),
        };
        let (messages, mut coming) = mpsc::unbounded_channel();
        let inflow = Arc::new(Inflow::default());
        inflow.watch(relay.unfinished.of(MemberId::from_key("he-jing")));
        let stream = poll_fn(move |context| coming.poll_recv(context));
        let begin = Instant::now();
        let line = Line { messages, inflow: inflow.clone(), hub };
        let buffer = Buffer::of(relay.kept.of(MemberId::from_key("he-jing")));
        tokio::select! {
            () = receive(&relay, 1, stream, &inflow, buffer, mpsc::unbounded_channel().0.downgrade()) => Some(begin.elapsed()),
            () = act(line) => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_message_over_a_slow_line_is_waited_for_while_its_bytes_come() {
        let given_up = receiving(|mut line| async move {
            line.says(10);
            assert!(line.is_heard(10).await);
            // Nothing whole for four times as long as a peer may stay silent.
            line.trickles(32 << 10, PATIENCE / 2, 4 * PATIENCE).await;
            line.says(256 << 10);
            assert!(line.is_heard(256 << 10).await);
            // And the next one has as long.
            line.trickles(32 << 10, PATIENCE / 2, 4 * PATIENCE).await;
            line.says(256 << 10);
            assert!(line.is_heard(256 << 10).await);
        });
        assert_eq!(given_up.await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_text_ends_the_line_since_it_would_leave_its_room_behind() {
        let given_up = |length: usize| {
            receiving(move |line| async move {
                line.says(10);
                let _ = line.messages.send(Ok(Message::Text("x".repeat(length).into())));
                sleep(PATIENCE / 2).await;
            })
        };
        assert_eq!(given_up(FEW).await, None);
        assert_eq!(given_up(FEW + 1).await, Some(Duration::ZERO));
    }

    #[test]
    fn a_slow_line_has_time_for_what_is_large() {
        assert_eq!(time_to_take_in(320 << 10), Duration::from_secs(10));
        assert_eq!((time_to_take_in(1), time_to_take_in(16 << 20)), (*TAKEN_IN.start(), *TAKEN_IN.end()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_whose_bytes_stop_coming_is_not() {
        let given_up = receiving(|line| async move {
            line.says(10);
            line.trickles(32 << 10, PATIENCE / 2, 2 * PATIENCE).await;
            std::future::pending().await
        });
        let after = given_up.await.expect("it is given up");
        assert!((3 * PATIENCE..5 * PATIENCE).contains(&after), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nor_is_one_that_never_ends() {
        let given_up = receiving(|line| async move {
            line.says(10);
            line.trickles(1, PATIENCE / 2, 10 * MESSAGE).await;
        });
        let after = given_up.await.expect("it is given up");
        assert!((MESSAGE..MESSAGE + 2 * PATIENCE).contains(&after), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_not_joined_has_less_time_whatever_comes() {
        let given_up = receiving(|line| async move {
            line.trickles(1, JOINING / 4, MESSAGE).await;
        });
        let after = given_up.await.expect("it is given up");
        assert!((JOINING..2 * JOINING).contains(&after), "{after:?}");
    }
}
