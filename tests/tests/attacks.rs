//! What a hostile program may send: each is refused, within bounds of memory, and others go on.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use automerge::sync::{BloomFilter, Have};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use futures_util::SinkExt;
use huigao_shared::change::type_and_length;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;
use huigao_shared::wire::{EphemeralFrame, Message, Refusal, SyncFrame, sync};
use huigao_tests::process::{Client, RelayProcess};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Piece;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

const PATIENCE: Duration = Duration::from_secs(60);

fn member() -> MemberId {
    MemberId::from_key("zhou-min")
}

/// The relay's memory in MiB.
fn memory(relay: &RelayProcess) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", relay.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().split(' ').next().context("no number")?.parse::<u64>()? / 1024)
}

/// Somebody else's line still works: a document is written and receipted.
async fn others_go_on(relay: &RelayProcess) -> Result<()> {
    let mut client = Client::connect(relay.port(), MemberId::from_key("he-jing"), "honest", true).await?;
    client.send(&Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() }).await?;
    loop {
        let frame = timeout(PATIENCE, client.next()).await??;
        if let Message::CataloguePage(page) = Message::decode(&frame)?
            && page.complete
        {
            return Ok(());
        }
    }
}

fn sync_frame(peer: &str, document: DocumentId, data: Vec<u8>) -> Message<'static> {
    Message::Sync(SyncFrame { sender: peer.to_owned().into(), target: "".into(), document, data: data.into() })
}

/// Sends changes into a new private document; what the relay says to them.
async fn push(relay: &RelayProcess, changes: Vec<Vec<u8>>) -> Result<Option<Refusal>> {
    let mut client = Client::connect(relay.port(), member(), "hostile", true).await?;
    let document = DocumentId::from_bytes([7; 16]);
    client.send(&Message::Create { document, space: Space::Private(member()) }).await?;
    let head = automerge::ChangeHash([9; 32]);
    client.send(&sync_frame("hostile", document, sync::advance(&[head], changes, false))).await?;
    loop {
        let frame = match timeout(PATIENCE, client.next()).await? {
            Ok(frame) => frame,
            Err(_) => return Ok(None),
        };
        match Message::decode(&frame)? {
            Message::Refused { why, .. } => return Ok(Some(why)),
            Message::Error { .. } => return Ok(None),
            _ => {}
        }
    }
}

/// A change chunk of this type around a body.
fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0][..], &type_and_length(kind, body.len()), body].concat()
}

#[tokio::test]
async fn a_spray_of_a_million_unknown_documents_costs_no_memory() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    others_go_on(&relay).await?;
    let before = memory(&relay)?;
    let mut client = Client::connect(relay.port(), member(), "spray", true).await?;
    let data = sync::reset(&[], Vec::new(), false);
    for round in 0..1_000u32 {
        for number in 0..1_000u32 {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&round.to_be_bytes());
            id[4..8].copy_from_slice(&number.to_be_bytes());
            let document = DocumentId::from_bytes(id);
            let frame = SyncFrame { sender: "spray".into(), target: "".into(), document, data: data.as_slice().into() };
            client.feed(&Message::Request(frame)).await?;
        }
        client.flush().await?;
        for _ in 0..1_000 {
            let frame = timeout(PATIENCE, client.next()).await??;
            ensure!(matches!(Message::decode(&frame)?, Message::Unavailable { .. }));
        }
    }
    let after = memory(&relay)?;
    ensure!(after < before + 32, "the relay grew from {before} to {after} MiB");
    others_go_on(&relay).await
}

#[tokio::test]
async fn bombs_are_refused_before_they_go_off() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    others_go_on(&relay).await?;
    let before = memory(&relay)?;
    let begin = Instant::now();
    // 64 MiB of zeros in 64 KiB, a hundred times in one message.
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 64 << 20])?;
    let bomb = chunk(2, &encoder.finish()?);
    ensure!(push(&relay, vec![bomb; 100]).await? == Some(Refusal::Malformed));
    // A hundred bytes that claim 2⁴⁰ operations, and 2⁴⁰ predecessors of one.
    let huge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    for (column, values) in [(0x42, [&huge[..], &[1]].concat()), (0x70, [&[1][..], &huge].concat())] {
        let head = [0, 16, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 1, 1, 0, 0, 0, 1, column];
        let body = [&head[..], &[values.len() as u8], &values].concat();
        ensure!(push(&relay, vec![chunk(1, &body)]).await? == Some(Refusal::Malformed));
    }
    ensure!(begin.elapsed() < Duration::from_secs(20), "it took {:?}", begin.elapsed());
    let after = memory(&relay)?;
    ensure!(after < before + 160, "the relay grew from {before} to {after} MiB");
    others_go_on(&relay).await
}

#[tokio::test]
async fn what_cannot_be_read_ends_the_connection_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    let document = DocumentId::from_bytes([7; 16]);
    // A Bloom filter of entries with no bits: its receiver would divide by zero.
    let have = Have { last_sync: Vec::new(), bloom: BloomFilter::try_from(&[5u8, 0, 1][..])? };
    let no_bits = sync::encode(vec![], vec![], vec![have], vec![], false);
    let forged = sync_frame("somebody-else", document, sync::reset(&[], Vec::new(), false));
    let frames: [Vec<u8>; 5] = [
        vec![0xff; 40],
        b"\xa1\x64type".to_vec(),
        // An array of 2³² entries that are not there.
        [&b"\xa2\x64type\x68receipts\x65heads"[..], &[0x9a, 0xff, 0xff, 0xff, 0xff]].concat(),
        sync_frame("hostile", document, no_bits).encode(),
        forged.encode(),
    ];
    for (number, frame) in frames.into_iter().enumerate() {
        let mut client = Client::connect(relay.port(), member(), "hostile", true).await?;
        client.send_bytes(frame).await?;
        let ended = timeout(PATIENCE, async { while client.next().await.is_ok() {} });
        ended.await.with_context(|| format!("frame {number} was taken"))?;
    }
    others_go_on(&relay).await
}

#[tokio::test]
async fn a_client_that_asks_and_does_not_listen_is_let_go() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    others_go_on(&relay).await?;
    let before = memory(&relay)?;
    let mut client = Client::connect(relay.port(), member(), "deaf", true).await?;
    let ask = Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() };
    let asking = async {
        // Each is answered by a roster and a catalogue of many times its size.
        while client.send(&ask).await.is_ok() {}
    };
    timeout(PATIENCE, asking).await.context("it was never cut off")?;
    let after = memory(&relay)?;
    ensure!(after < before + 160, "the relay grew from {before} to {after} MiB");
    others_go_on(&relay).await
}

#[tokio::test]
async fn a_client_that_pings_and_does_not_listen_is_let_go() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    others_go_on(&relay).await?;
    let before = memory(&relay)?;
    let mut socket = Client::connect(relay.port(), member(), "pinging", true).await?.into_socket();
    let pinging = async {
        // Each has an answer of its size, which nobody takes.
        while socket.feed(Frame::Ping(vec![7; 125].into())).await.is_ok() {}
    };
    timeout(Duration::from_secs(30), pinging).await.context("it was never cut off")?;
    let after = memory(&relay)?;
    ensure!(after < before + 32, "the relay grew from {before} to {after} MiB");
    others_go_on(&relay).await
}

#[tokio::test]
async fn messages_that_never_end_are_bounded_for_each_person() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    others_go_on(&relay).await?;
    let before = memory(&relay)?;
    let mut open = Vec::new();
    for number in 0..32 {
        let mut socket =
            Client::connect(relay.port(), member(), &format!("endless-{number}"), true).await?.into_socket();
        for piece in 0..15 {
            let code = OpCode::Data(if piece == 0 { Data::Binary } else { Data::Continue });
            if socket.send(Frame::Frame(Piece::message(vec![7; 1 << 20], code, false))).await.is_err() {
                break;
            }
        }
        open.push(socket);
    }
    let after = memory(&relay)?;
    ensure!(after < before + 200, "the relay grew from {before} to {after} MiB");
    others_go_on(&relay).await
}

/// Sends one message of the largest kind, which the relay takes and passes on to nobody, and asks for a sign of life. How
/// the line ended, if it did.
async fn send_large(client: &mut Client) -> Result<Option<String>> {
    let data = vec![7; 15 << 20].into();
    let (sender, document) = (client.peer_id.clone().into(), DocumentId::from_bytes([7; 16]));
    let large = EphemeralFrame { sender, target: "".into(), count: 1, session: "s".into(), document, data };
    client.send(&Message::Ephemeral(large)).await?;
    // It may be over already.
    let _ = client.send(&Message::Alive).await;
    loop {
        match timeout(PATIENCE, client.next()).await? {
            Ok(frame) if matches!(Message::decode(&frame)?, Message::Alive) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Ok(Some(error.to_string())),
        }
    }
}

#[tokio::test]
async fn the_room_that_large_messages_leave_behind_is_bounded_for_each_person() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    others_go_on(&relay).await?;
    let (mut open, mut ended) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let mut client = Client::connect(relay.port(), member(), &format!("large-{number}"), true).await?;
        match send_large(&mut client).await? {
            None => open.push(client),
            Some(why) => ended.push((number, why)),
        }
    }
    ensure!(open.len() == 6 && ended.first().is_some_and(|(number, _)| *number == 6), "{} stay: {ended:?}", open.len());
    ensure!(ended.iter().all(|(_, why)| why.contains("Again")), "{ended:?}");
    // A device that sends one after another has room already, and another person is not concerned.
    let first = open.first_mut().context("a line")?;
    ensure!(send_large(first).await?.is_none());
    let mut other = Client::connect(relay.port(), MemberId::from_key("he-jing"), "other", true).await?;
    ensure!(send_large(&mut other).await?.is_none());
    others_go_on(&relay).await
}
