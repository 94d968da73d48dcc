//! One socket's incoming side.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::SplitStream;
use futures_util::{FutureExt, SinkExt, StreamExt};
use huigao_shared::wire::{Message, sync};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::progress::Progress;
use super::{Sink, holds, name, number};

/// How every change begins.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

pub(super) struct Place {
    pub socket: usize,
    pub sockets: usize,
}

impl Place {
    /// Which client of document `d` is here.
    fn client(&self, d: usize) -> usize {
        (self.socket + self.sockets - d % self.sockets) % self.sockets
    }
}

/// Reads until the connection ends, which is a fault: the run ends first.
pub(super) async fn run(
    place: Place,
    stream: SplitStream<WebSocketStream<TcpStream>>,
    acks: Option<Arc<Sink>>,
    progress: Arc<Progress>,
) {
    if let Err(error) = read(&place, stream, acks, &progress).await {
        progress.fail(format!("socket {}: {error:#}", place.socket));
    }
}

async fn read(
    place: &Place,
    mut stream: SplitStream<WebSocketStream<TcpStream>>,
    acks: Option<Arc<Sink>>,
    progress: &Progress,
) -> Result<()> {
    // Documents that moved since this client last said what it has, and how many edits it has of them.
    let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
    loop {
        let frame = match stream.next().now_or_never() {
            Some(frame) => frame,
            // Nothing more has come: time to say what was received, once for all of it.
            None => {
                progress.moved();
                if let Some(sink) = acks.as_ref().filter(|_| !moved.is_empty()) {
                    let mut sink = sink.lock().await;
                    for (d, count) in std::mem::take(&mut moved) {
                        let head = progress.chains.get(d).and_then(|chain| chain.edits().get(count - 1));
                        sink.feed(holds(&name(place.socket), d, head.context("more edits than were made")?.hash))
                            .await?;
                    }
                    sink.flush().await?;
                }
                stream.next().await
            }
        };
        let frame = frame.context("the relay closed the connection")??;
        if let Frame::Binary(frame) = frame
            && let Some((d, count)) = take(place, &frame, progress)?
            && acks.is_some()
        {
            moved.insert(d, count);
        }
    }
}

/// Works a frame in. Returns how many edits this client has of the document that it moved.
fn take(place: &Place, frame: &[u8], progress: &Progress) -> Result<Option<(usize, usize)>> {
    let message = Message::decode(frame)?;
    if let Message::Receipt { document, heads, .. } = &message {
        progress.receipt(number(*document), heads);
        return Ok(None);
    }
    let Message::Sync(message) = message else { bail!("unexpected: {message:?}") };
    let d = number(message.document);
    let changes = message.data.windows(MAGIC.len()).filter(|bytes| *bytes == MAGIC).count();
    if changes == 0 {
        progress.answered();
        return Ok(None);
    }
    let has = progress.arrives(d, place.client(d), changes);
    let chain = progress.chains.get(d).context("a document that nobody made")?;
    ensure!(has <= chain.edits().len(), "document {d}: more edits than were made");
    if has == chain.edits().len() {
        let last = sync::decode(&message.data)?;
        ensure!(last.heads == [chain.last_head()], "document {d} ended with other heads");
    }
    Ok(Some((d, has)))
}
