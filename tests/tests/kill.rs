//! `kill -9` under write load: nothing that was receipted is lost, and clients catch up by themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use automerge::sync::{State, SyncDoc};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ChangeHash, ROOT};
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame};
use huigao_tests::process::{Client, RelayProcess};
use tokio::time::timeout;

/// How often the relay is killed.
const KILLS: usize = 30;
/// How many changes are receipted between two kills.
const RECEIPTED: usize = 12;

struct Writer {
    member: MemberId,
    document: DocumentId,
    doc: AutoCommit,
    state: State,
    written: i64,
    receipted: BTreeSet<ChangeHash>,
}

impl Writer {
    fn new() -> Self {
        let member = MemberId::from_key("zhou-min");
        let mut doc = AutoCommit::new();
        doc.set_actor(actor_of(member, [7; 8]));
        Self {
            member,
            document: DocumentId::from_bytes([42; 16]),
            doc,
            state: State::new(),
            written: 0,
            receipted: BTreeSet::new(),
        }
    }

    async fn join(&mut self, port: u16) -> Result<Client> {
        self.state = State::new();
        let mut client = Client::connect(port, self.member, "writer", true).await?;
        let space = Space::Private(self.member);
        client.send(&Message::Create { document: self.document, space }).await?;
        Ok(client)
    }

    fn write(&mut self) -> Result<()> {
        self.written += 1;
        self.doc.put(ROOT, "n", self.written)?;
        self.doc.commit();
        Ok(())
    }

    async fn say(&mut self, client: &mut Client) -> Result<()> {
        if let Some(message) = self.doc.sync().generate_sync_message(&mut self.state) {
            let sender = client.peer_id.clone().into();
            let sync = SyncFrame { sender, target: "".into(), document: self.document, data: message.encode().into() };
            client.send(&Message::Sync(sync)).await?;
        }
        Ok(())
    }

    fn hear(&mut self, frame: &[u8]) -> Result<()> {
        match Message::decode(frame)? {
            Message::Sync(sync) => {
                let message = automerge::sync::Message::decode(&sync.data)?;
                self.doc.sync().receive_sync_message(&mut self.state, message)?;
            }
            Message::Receipt { heads, .. } => {
                let open: BTreeSet<ChangeHash> =
                    self.doc.get_changes_meta(&heads).into_iter().map(|meta| meta.hash).collect();
                let all = self.doc.get_changes_meta(&[]).into_iter().map(|meta| meta.hash);
                self.receipted.extend(all.filter(|hash| !open.contains(hash)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes until enough new changes are receipted.
    async fn work(&mut self, port: u16) -> Result<()> {
        let mut client = self.join(port).await?;
        let goal = self.receipted.len() + RECEIPTED;
        while self.receipted.len() < goal {
            self.write()?;
            self.say(&mut client).await?;
            // Take what is there, and go on writing: the kill comes with changes on their way.
            while let Ok(frame) = timeout(Duration::from_millis(3), client.next()).await {
                self.hear(&frame?)?;
                self.say(&mut client).await?;
            }
        }
        Ok(())
    }
}

/// A fresh client reads the document until it has everything that `expected` names.
async fn read_back(port: u16, document: DocumentId, expected: &BTreeSet<ChangeHash>) -> Result<usize> {
    let mut client = Client::connect(port, MemberId::from_key("zhou-min"), "reader", true).await?;
    let (mut doc, mut state) = (AutoCommit::new(), State::new());
    loop {
        if let Some(message) = doc.sync().generate_sync_message(&mut state) {
            let sync =
                SyncFrame { sender: "reader".into(), target: "".into(), document, data: message.encode().into() };
            client.send(&Message::Sync(sync)).await?;
        }
        let have: BTreeSet<ChangeHash> = doc.get_changes_meta(&[]).into_iter().map(|meta| meta.hash).collect();
        let lost = expected.difference(&have).count();
        if lost == 0 {
            return Ok(have.len());
        }
        let frame = timeout(Duration::from_secs(10), client.next())
            .await
            .with_context(|| format!("{lost} receipted changes are lost"))??;
        if let Message::Sync(sync) = Message::decode(&frame)? {
            doc.sync().receive_sync_message(&mut state, automerge::sync::Message::decode(&sync.data)?)?;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_lose_nothing_that_was_receipted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut relay = RelayProcess::start(folder.path())?;
    let mut writer = Writer::new();
    for _ in 0..KILLS {
        timeout(Duration::from_secs(30), writer.work(relay.port())).await.context("receipts stopped coming")??;
        relay.kill_and_restart()?;
        read_back(relay.port(), writer.document, &writer.receipted).await?;
    }
    // The writer comes back with what the last kill may have cost, and the relay has all of it in the end.
    writer.work(relay.port()).await?;
    assert!(writer.receipted.len() >= KILLS * RECEIPTED);
    Ok(())
}
