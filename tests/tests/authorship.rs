//! Writing in another's name is seen: against a running relay.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ReadDoc};
use huigao_shared::authorship::{Attestation, AuthorRows, Handover, Verdict};
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};
use huigao_tests::process::{Client, RelayProcess};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);

fn author() -> MemberId {
    MemberId::from_key("zhou-min")
}

fn carrier() -> MemberId {
    MemberId::from_key("he-jing")
}

fn document() -> DocumentId {
    DocumentId::from_bytes([5; 16])
}

/// A document with one change of an actor.
fn written_by(actor: ActorId) -> Result<AutoCommit> {
    let mut doc = AutoCommit::new().with_actor(actor);
    doc.put(automerge::ROOT, "title", "谈心谈话记录")?;
    doc.commit();
    Ok(doc)
}

struct Peer {
    client: Client,
    name: &'static str,
}

impl Peer {
    async fn open(relay: &RelayProcess, member: MemberId, name: &'static str) -> Result<Self> {
        let mut client = Client::connect(relay.port(), member, name, true).await?;
        client.send(&Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() }).await?;
        Ok(Self { client, name })
    }

    /// Sends all that a document holds.
    async fn push(&mut self, doc: &mut AutoCommit) -> Result<()> {
        let changes = doc.get_changes(&[]).into_iter().map(|mut change| change.bytes().into_owned()).collect();
        self.say(sync::advance(&doc.get_heads(), changes, false)).await
    }

    async fn say(&mut self, data: Vec<u8>) -> Result<()> {
        let (sender, data) = (self.name.into(), data.into());
        self.client.send(&Message::Sync(SyncFrame { sender, target: "".into(), document: document(), data })).await
    }

    async fn attest(&mut self, handover: &Handover, genuine: bool) -> Result<()> {
        let Handover { actor, from, to, hash, .. } = handover.clone();
        let json = serde_json::to_vec(&Attestation { actor, from, to, hash, genuine })?;
        self.client.send(&Message::Attest { document: document(), json: json.into() }).await
    }

    /// What the relay tells of the document's authors next; whether it is the whole.
    async fn told(&mut self) -> Result<(AuthorRows, bool)> {
        self.until(|message| match message {
            Message::Authors { json, reset, .. } => serde_json::from_slice(&json).ok().map(|rows| (rows, reset)),
            _ => None,
        })
        .await
    }

    async fn until<T>(&mut self, mut found: impl FnMut(Message<'_>) -> Option<T>) -> Result<T> {
        loop {
            let frame = timeout(PATIENCE, self.client.next()).await.context("nothing came")??;
            if let Some(found) = found(Message::decode(&frame)?) {
                return Ok(found);
            }
        }
    }
}

#[tokio::test]
async fn what_comes_in_anothers_name_is_taken_shown_and_settled_by_the_author_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut relay = RelayProcess::start(folder.path())?;
    let mut forger = Peer::open(&relay, carrier(), "forger").await?;
    let space = Space::pair(author(), carrier());
    forger.client.send(&Message::Create { document: document(), space }).await?;
    let actor = actor_of(author(), [1; 8]);
    let mut doc = written_by(actor.clone())?;
    forger.push(&mut doc).await?;
    forger.until(|message| matches!(message, Message::Receipt { .. }).then_some(())).await?;
    let (rows, _) = {
        let mut reader = Peer::open(&relay, author(), "author").await?;
        // A reminder first, and on the first sync all that is known.
        let (rows, _) = reader.told().await?;
        ensure!(rows.is_empty());
        reader.say(sync::reset(&[], Vec::new(), false)).await?;
        reader.told().await?
    };
    let handover = rows.handed.first().context("nothing was noted")?.clone();
    ensure!((handover.author, handover.via, handover.verdict) == (author(), carrier(), Verdict::Open));
    ensure!((handover.from, handover.to, handover.actor == actor) == (1, 1, true));

    // It is remembered, and only the author's word counts.
    relay.kill_and_restart()?;
    let mut forger = Peer::open(&relay, carrier(), "forger").await?;
    forger.push(&mut doc).await?;
    ensure!(forger.told().await?.0.handed == std::slice::from_ref(&handover));
    forger.attest(&handover, true).await?;
    ensure!(forger.told().await? == (AuthorRows { handed: vec![handover.clone()], ..AuthorRows::default() }, true));
    let mut victim = Peer::open(&relay, author(), "author").await?;
    victim.attest(&handover, false).await?;
    let disowned = Handover { verdict: Verdict::Disowned, ..handover };
    let (rows, whole) = forger.told().await?;
    ensure!(rows.handed == [disowned.clone()] && !whole, "its readers hear at once");
    victim.until(|message| matches!(message, Message::CataloguePage(page) if page.complete).then_some(())).await?;

    // An author who speaks over a connection of their own leaves no trace.
    let mut own = doc.fork().with_actor(actor_of(carrier(), [2; 8]));
    own.put(automerge::ROOT, "title", "自己改的题目")?;
    own.commit();
    forger.push(&mut own).await?;
    forger.until(|message| matches!(message, Message::Receipt { .. }).then_some(())).await?;
    relay.kill_and_restart()?;
    let mut forger = Peer::open(&relay, carrier(), "forger").await?;
    forger.push(&mut own).await?;
    ensure!(forger.told().await?.0 == AuthorRows { handed: vec![disowned], ..AuthorRows::default() });
    Ok(())
}

#[tokio::test]
async fn an_actor_of_another_program_belongs_to_who_first_brought_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    let mut first = Peer::open(&relay, author(), "first").await?;
    let space = Space::pair(author(), carrier());
    first.client.send(&Message::Create { document: document(), space }).await?;
    let actor = ActorId::from([9u8; 16].as_slice());
    let mut doc = written_by(actor.clone())?;
    first.push(&mut doc).await?;
    first.until(|message| matches!(message, Message::Receipt { .. }).then_some(())).await?;
    ensure!(doc.get_changes(&[]).len() == 1);

    let mut second = Peer::open(&relay, carrier(), "second").await?;
    doc.put(automerge::ROOT, "title", "改过的题目")?;
    doc.commit();
    second.push(&mut doc).await?;
    let (rows, _) = second.told().await?;
    ensure!(rows.bound.iter().map(|bound| (bound.actor.clone(), bound.member)).eq([(actor.clone(), author())]));
    let (rows, _) = second.told().await?;
    let handed: Vec<_> = rows.handed.iter().map(|handed| (handed.from, handed.author, handed.via)).collect();
    ensure!(handed == [(2, author(), carrier())]);
    ensure!(doc.get(automerge::ROOT, "title")?.is_some());
    Ok(())
}
