//! Many documents put into a relay at once, and catalogues read from it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use automerge::ChangeHash;
use huigao_shared::catalogue::{Cursor, Entry, Label};
use huigao_shared::ids::DocumentId;
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::chain::Edit;
use super::member;
use crate::process::Client;

/// How many documents one client brings, at most; it may announce 4,096.
const LOT: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);
const BUFFER: usize = 4 << 10;

/// A document to put into the relay.
pub(super) struct Seed<'c> {
    pub document: DocumentId,
    pub space: Space,
    pub edits: &'c [Edit],
    pub label: Option<Label>,
}

/// A client over TCP.
pub(super) async fn connect(port: u16, name: &str) -> Result<Client<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    Client::over(stream, port, member(), name, BUFFER).await
}

/// Puts documents into the relay and waits until all are committed, labels as well.
pub(super) async fn put(port: u16, seeds: &[Seed<'_>]) -> Result<()> {
    for lot in seeds.chunks(LOT) {
        let mut client = connect(port, "seed").await?;
        let mut waiting: BTreeMap<DocumentId, ChangeHash> = BTreeMap::new();
        for seed in lot {
            let head = seed.edits.last().context("a document without changes")?.hash;
            client.send(&Message::Create { document: seed.document, space: seed.space.clone() }).await?;
            let changes = seed.edits.iter().map(|edit| edit.body.clone()).collect();
            let data = sync::advance(&[head], changes, false);
            client.send(&sync_frame(&client.peer_id.clone(), seed.document, data)).await?;
            if let Some(label) = &seed.label {
                let json = serde_json::to_vec(label)?.into();
                client.send(&Message::Label { document: seed.document, heads: vec![head], json }).await?;
            }
            waiting.insert(seed.document, head);
        }
        while !waiting.is_empty() {
            let frame = timeout(PATIENCE, client.next()).await.context("receipts are missing")??;
            let message = Message::decode(&frame)?;
            if let Message::Refused { why, .. } = &message {
                bail!("refused: {}", why.name());
            }
            if let Message::Receipt { document, heads, .. } = message
                && waiting.get(&document) == heads.first()
            {
                waiting.remove(&document);
            }
        }
    }
    Ok(())
}

/// Has a client take part in documents of which it holds everything, and waits until it has been answered.
pub(super) async fn open(client: &mut Client<TcpStream>, documents: &[(DocumentId, ChangeHash)]) -> Result<()> {
    let sender = client.peer_id.clone();
    let mut waiting = BTreeSet::new();
    for (document, head) in documents {
        client.send(&sync_frame(&sender, *document, sync::advance(&[*head], Vec::new(), false))).await?;
        waiting.insert(*document);
    }
    while !waiting.is_empty() {
        let frame = timeout(PATIENCE, client.next()).await.context("answers are missing")??;
        let message = Message::decode(&frame)?;
        if let Message::Unavailable { document, .. } = message {
            bail!("{document} is unavailable");
        }
        if let Message::Sync(sync) = message {
            waiting.remove(&sync.document);
        }
    }
    Ok(())
}

/// Where a client stands in the catalogue.
#[derive(Clone, Default)]
pub(super) struct Standing {
    pub cursor: Option<Cursor>,
    pub roster: u64,
    pub mark: String,
}

/// Asks for the catalogue and reads until it is complete.
pub(super) async fn catalogue<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    standing: &mut Standing,
) -> Result<Vec<Entry>> {
    let mark = standing.mark.as_str().into();
    client.send(&Message::Catalogue { since: standing.cursor, witness: None, roster: standing.roster, mark }).await?;
    let mut entries = Vec::new();
    loop {
        let frame = timeout(PATIENCE, client.next()).await.context("the catalogue is not complete")??;
        let message = Message::decode(&frame)?;
        if let Message::Roster { json } = &message {
            let roster: Roster = serde_json::from_slice(json)?;
            (standing.roster, standing.mark) = (roster.version, roster.mark);
        }
        if let Message::CataloguePage(page) = message {
            entries.extend(page.entries);
            standing.cursor = Some(page.cursor);
            if page.complete {
                return Ok(entries);
            }
        }
    }
}

pub(super) fn sync_frame(sender: &str, document: DocumentId, data: Vec<u8>) -> Message<'static> {
    let (sender, target) = (sender.to_owned().into(), "".into());
    Message::Sync(SyncFrame { sender, target, document, data: data.into() })
}

/// The id of document number `d`.
pub(super) fn document(d: usize) -> DocumentId {
    let mut bytes = [0xa5; 16];
    bytes[..8].copy_from_slice(&(d as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    DocumentId::from_bytes(bytes)
}
