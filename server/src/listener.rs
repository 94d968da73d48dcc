//! Sockets of the operating system, with or without TLS.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::inflow::Inflow;
use crate::office::limits::network;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many may be under way at once, in all and for each network: an office behind one address comes back from an
/// outage all at once, each browser with several connections over a slow line, and what is beyond this is turned away.
const HANDSHAKES: usize = 1_024;
const HANDSHAKES_EACH: usize = 256;
/// How many connections one network may have: a county of two thousand browsers may have one address, each with a socket
/// and one that asked for it.
const PER_NETWORK: usize = 4_096;
/// A connection on which nothing moves for so long is given up; sockets are pinged far more often.
const IDLE: Duration = Duration::from_secs(120);

/// Where clients come in.
pub enum Listener {
    /// As they are.
    Plain {
        /// The socket.
        listener: TcpListener,
        /// Who is connected.
        places: Places,
    },
    /// Over TLS: handshakes go on beside each other, so that a slow one holds up nobody.
    Tls {
        /// Those that are through.
        ready: mpsc::Receiver<(Stream, SocketAddr)>,
    },
}

impl Listener {
    /// Serves as it comes.
    #[must_use]
    pub fn plain(listener: TcpListener) -> Self {
        Self::Plain { listener, places: Places::default() }
    }

    /// Serves TLS on a socket.
    #[must_use]
    pub fn tls(listener: TcpListener, acceptor: impl Fn() -> TlsAcceptor + Send + 'static) -> Self {
        let (send, ready) = mpsc::channel(64);
        tokio::spawn(async move {
            let mut under_way = JoinSet::new();
            let (places, halls) = (Places::default(), Places::of(HANDSHAKES_EACH));
            loop {
                let (stream, peer, place) = accept(&listener, &places).await;
                let Some(hall) = halls.take(peer.ip()) else { continue };
                while under_way.len() >= HANDSHAKES {
                    under_way.join_next().await;
                }
                while under_way.try_join_next().is_some() {}
                let (acceptor, send) = (acceptor(), send.clone());
                under_way.spawn(async move {
                    let through = timeout(HANDSHAKE, acceptor.accept(stream)).await;
                    drop(hall);
                    if let Ok(Ok(stream)) = through {
                        let _ = send.send((Stream::new(stream, place), peer)).await;
                    }
                });
            }
        });
        Self::Tls { ready }
    }

    /// The next connection, and its other end.
    pub async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self {
            Self::Plain { listener, places } => {
                let (stream, peer, place) = accept(listener, places).await;
                (Stream::new(stream, place), peer)
            }
            Self::Tls { ready } => match ready.recv().await {
                Some(through) => through,
                None => std::future::pending().await,
            },
        }
    }
}

/// The next connection. What keeps one from being accepted (too many open files) passes.
async fn accept(listener: &TcpListener, places: &Places) -> (TcpStream, SocketAddr, Place) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let Some(place) = places.take(peer.ip()) else {
                    tracing::warn!(%peer, "its network has too many connections");
                    continue;
                };
                // Without this a small frame holds back the next one until the peer's delayed acknowledgement, up to
                // 40 ms.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a socket keeps its delay");
                }
                return (stream, peer, place);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// A connection, with its place among those of its network. One on which nothing moves for long is given up:
/// whoever opens sockets and says nothing does not keep others out.
pub struct Stream {
    io: Box<dyn Io>,
    _place: Place,
    moved: Instant,
    idle: Pin<Box<Sleep>>,
    inflow: Arc<Inflow>,
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Stream {
    fn new(io: impl Io + 'static, place: Place) -> Self {
        let (moved, idle) = (Instant::now(), Box::pin(sleep(IDLE)));
        Self { io: Box::new(io), _place: place, moved, idle, inflow: Arc::default() }
    }

    /// Where what comes on it is counted.
    #[must_use]
    pub fn inflow(&self) -> Arc<Inflow> {
        self.inflow.clone()
    }

    /// What came of reading or writing, unless nothing has moved for too long.
    fn moved<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.moved = Instant::now();
            return outcome;
        }
        while self.idle.as_mut().poll(cx).is_ready() {
            let until = self.moved + IDLE;
            if until <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.idle.as_mut().reset(until);
        }
        Poll::Pending
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buffer);
        if !this.inflow.came(buffer.filled().len().saturating_sub(before)) {
            return Poll::Ready(Err(io::Error::other("too much is under way that is no whole message")));
        }
        this.moved(cx, read)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.moved(cx, written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, slices);
        this.moved(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// How many connections each network has, and how many it may have.
#[derive(Clone)]
pub struct Places {
    counts: Arc<Mutex<HashMap<[u8; 8], usize>>>,
    most: usize,
}

/// One connection's place; free again when it is dropped.
struct Place {
    places: Places,
    network: [u8; 8],
}

impl Default for Places {
    fn default() -> Self {
        Self::of(PER_NETWORK)
    }
}

impl Places {
    fn of(most: usize) -> Self {
        Self { counts: Arc::default(), most }
    }

    /// A place for a connection, if its network has not too many. What comes from this machine is a proxy, which has
    /// many people behind it.
    fn take(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network(address);
        let count = counts.entry(network).or_default();
        if *count >= self.most && !address.to_canonical().is_loopback() {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn a_network_has_so_many_places_and_gets_them_back() {
        let places = Places::default();
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut taken: Vec<Place> = (0..PER_NETWORK).filter_map(|_| places.take(here)).collect();
        assert_eq!(taken.len(), PER_NETWORK);
        assert!(places.take(here).is_none());
        assert!(places.take(there).is_some(), "others have theirs");
        taken.pop();
        assert!(places.take(here).is_some());
        let local: Vec<Option<Place>> =
            (0..=PER_NETWORK).map(|_| places.take(IpAddr::from(Ipv4Addr::LOCALHOST))).collect();
        assert!(local.iter().all(Option::is_some));
        drop((taken, local));
        assert!(places.counts.lock().expect("a lock").is_empty());
    }

    #[tokio::test]
    async fn a_socket_that_brings_too_much_of_no_whole_message_ends() {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let place = Places::default().take(IpAddr::from([10, 0, 0, 1])).expect("a place");
        let mut stream = Stream::new(ours, place);
        let unfinished = crate::inflow::Ledger::default();
        stream.inflow().watch(unfinished.of(huigao_shared::ids::MemberId::from_bytes([1; 16])));
        let sending = tokio::spawn(async move { while theirs.write_all(&[0; 64 << 10]).await.is_ok() {} });
        let (mut piece, mut came) = (vec![0; 64 << 10], 0);
        let ended = loop {
            match stream.read(&mut piece).await {
                Ok(read) => came += read,
                Err(error) => break error,
            }
        };
        assert_eq!(ended.kind(), io::ErrorKind::Other);
        assert!(came <= 48 << 20, "{came} bytes");
        drop(stream);
        sending.await.expect("an end");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nothing_moves_is_given_up() {
        let (ours, _theirs) = tokio::io::duplex(64);
        let place = Places::default().take(IpAddr::from([10, 0, 0, 1])).expect("a place");
        let mut stream = Stream::new(ours, place);
        let begin = Instant::now();
        let ended = stream.read_u8().await.expect_err("nothing ever comes");
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed(), IDLE);
        // Nor does somebody who asks and does not listen.
        let (ours, _theirs) = tokio::io::duplex(64);
        let place = Places::default().take(IpAddr::from([10, 0, 0, 1])).expect("a place");
        let begin = Instant::now();
        let ended = Stream::new(ours, place).write_all(&[0; 65]).await.expect_err("nobody reads");
        assert_eq!((ended.kind(), begin.elapsed()), (io::ErrorKind::TimedOut, IDLE));
    }
}
