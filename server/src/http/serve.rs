//! HTTP over each connection, with the deadlines that `axum::serve` cannot set.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Peer;
use crate::inflow::Inflow;
use crate::listener::Listener;

/// How long a request's headers may take to come, from when the connection is open or its last answer is out.
const HEADERS: Duration = Duration::from_secs(30);
/// How many headers a request may have; browsers send about twenty.
const MAX_HEADERS: usize = 64;
/// How much is read ahead on a connection that speaks HTTP, in bytes: the longest headers, with room.
const BUFFER: usize = 32 << 10;
/// How long requests under way may take to end when the relay stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Serves until told to stop, and then what is under way.
pub async fn serve(mut listener: Listener, router: Router, stop: impl Future<Output = ()>) {
    let (ending, under_way) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let inflow = stream.inflow();
        tokio::spawn(connection(stream, peer, inflow, router.clone(), under_way.clone()));
    }
    drop(under_way);
    let _ = ending.send(());
    if timeout(LAST_REQUESTS, ending.closed()).await.is_err() {
        tracing::warn!("requests were cut off");
    }
}

/// Serves one connection until it ends, or after its present request when `ending` changes.
async fn connection<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    peer: SocketAddr,
    inflow: Arc<Inflow>,
    router: Router,
    mut ending: watch::Receiver<()>,
) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(Peer(peer)));
        request.extensions_mut().insert(inflow.clone());
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_headers(MAX_HEADERS).max_buf_size(BUFFER);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, sleep};

    use super::*;

    fn client() -> (tokio::io::DuplexStream, watch::Sender<()>, Instant) {
        let (ours, theirs) = tokio::io::duplex(4 << 10);
        let router = Router::new().route("/", get(|| async { "here" }));
        let (ending, under_way) = watch::channel(());
        let peer = SocketAddr::from(([10, 0, 0, 1], 9));
        tokio::spawn(connection(ours, peer, Arc::default(), router, under_way));
        (theirs, ending, Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn headers_that_trickle_in_have_a_deadline() {
        let (mut client, _ending, begin) = client();
        client.write_all(b"GET / HTTP/1.1\r\nhost: here\r\nx: ").await.expect("a start");
        while client.write_all(b"x").await.is_ok() {
            assert!(begin.elapsed() < 2 * HEADERS, "it goes on for ever");
            sleep(Duration::from_secs(1)).await;
        }
        assert!(begin.elapsed() >= HEADERS);
    }

    #[tokio::test(start_paused = true)]
    async fn one_after_another_is_answered_on_one_connection() {
        let (mut client, ending, _) = client();
        for _ in 0..3 {
            client.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.expect("a request");
            let mut answer = Vec::new();
            while !answer.ends_with(b"here") {
                assert_ne!(client.read_buf(&mut answer).await.expect("an answer"), 0);
            }
            sleep(HEADERS / 2).await;
        }
        ending.send(()).expect("a connection");
        ending.closed().await;
        assert_eq!(client.read(&mut [0]).await.expect("an end"), 0, "an idle one ends at once");
    }
}
