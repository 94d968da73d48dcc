//! How a running relay keeps what it was given: on a disk that rots, through stops, with what is beside the database.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};
use huigao_tests::process::{Client, RelayProcess};
use people::Http;
use tokio::time::timeout;

mod people;

const PATIENCE: Duration = Duration::from_secs(30);

fn member() -> MemberId {
    MemberId::from_key("zhou-min")
}

fn document(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

async fn say(client: &mut Client, document: DocumentId, data: Vec<u8>) -> Result<()> {
    let sender = client.peer_id.clone().into();
    client.send(&Message::Sync(SyncFrame { sender, target: "".into(), document, data: data.into() })).await
}

/// Writes a document of so many changes, until it is receipted.
async fn write(port: u16, number: u8, changes: usize) -> Result<()> {
    let mut client = Client::connect(port, member(), &format!("writer-{number}"), true).await?;
    let mut doc = AutoCommit::new().with_actor(actor_of(member(), [number; 8]));
    for change in 0..changes {
        doc.put(ROOT, "title", format!("第 {change} 稿"))?;
        doc.commit();
    }
    let bytes = doc.get_changes(&[]).into_iter().map(|mut change| change.bytes().into_owned()).collect();
    client.send(&Message::Create { document: document(number), space: Space::Private(member()) }).await?;
    say(&mut client, document(number), sync::advance(&doc.get_heads(), bytes, false)).await?;
    loop {
        let frame = timeout(PATIENCE, client.next()).await??;
        if matches!(Message::decode(&frame)?, Message::Receipt { document: of, .. } if of == document(number)) {
            return Ok(());
        }
    }
}

/// How many changes of each document came to a client, and how often each was said to be unavailable, until it had
/// `enough` of document `last`.
async fn hear(client: &mut Client, last: u8, enough: usize) -> Result<BTreeMap<DocumentId, (usize, usize)>> {
    let mut heard: BTreeMap<DocumentId, (usize, usize)> = BTreeMap::new();
    while heard.get(&document(last)).is_none_or(|(changes, _)| *changes < enough) {
        let frame = timeout(PATIENCE, client.next()).await??;
        match Message::decode(&frame)? {
            Message::Sync(frame) => {
                heard.entry(frame.document).or_default().0 += sync::decode(&frame.data)?.changes.iter().count()
            }
            Message::Unavailable { document, .. } => heard.entry(document).or_default().1 += 1,
            _ => {}
        }
    }
    Ok(heard)
}

/// A new client reads a document whole.
async fn read_back(port: u16, number: u8, changes: usize) -> Result<()> {
    let mut client = Client::connect(port, member(), "reader", true).await?;
    say(&mut client, document(number), sync::reset(&[], Vec::new(), false)).await?;
    hear(&mut client, number, changes).await?;
    Ok(())
}

fn damage(data: &Path, number: u8, change: u32) -> Result<()> {
    let db = rusqlite::Connection::open(data.join("huigao.sqlite"))?;
    let changed = db.execute(
        "UPDATE changes SET body = zeroblob(length(body)) WHERE number = ?2
         AND document = (SELECT row FROM documents WHERE id = ?1)",
        (document(number).as_bytes(), change),
    )?;
    ensure!(changed == 1, "there is no such change");
    Ok(())
}

#[tokio::test]
async fn a_damaged_change_is_not_served_and_the_line_and_other_documents_go_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    for number in [1, 2] {
        write(relay.port(), number, 3).await?;
    }
    ensure!(Http::of(relay.port()).raw("GET", "/healthz", None).await?.ends_with("ok\n"), "not well");
    relay.stop()?;
    damage(folder.path(), 1, 1)?;
    let relay = RelayProcess::start(folder.path())?;
    let mut client = Client::connect(relay.port(), member(), "reader", true).await?;
    for _ in 0..20 {
        say(&mut client, document(1), sync::reset(&[], Vec::new(), false)).await?;
    }
    say(&mut client, document(2), sync::reset(&[], Vec::new(), false)).await?;
    let heard = hear(&mut client, 2, 3).await?;
    assert_eq!(heard, BTreeMap::from([(document(1), (1, 1)), (document(2), (3, 0))]));
    let http = Http::of(relay.port());
    let health = http.raw("GET", "/healthz", None).await?;
    assert!(health.contains("degraded"), "{health}");
    let metrics = http.raw("GET", "/metrics", None).await?;
    assert!(metrics.contains("huigao_quarantined_documents 1"), "{metrics}");
    assert!(metrics.contains("huigao_quarantined_reads_total 1"), "{metrics}");
    Ok(())
}
