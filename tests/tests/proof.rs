//! A device proves itself on its socket: who gets in, who hears why not, and what it costs the relay.

mod people;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::SinkExt;
use huigao_shared::authority::{Edit, Outcome};
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::Member;
use huigao_shared::wire::Message;
use huigao_shared::wire::proof::{TurnedAway, statement};
use huigao_tests::device::{DeviceKey, answer, challenge, prove};
use huigao_tests::process::{Client, RelayProcess};
use people::{County, Device, Http, found, join};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Piece;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

const PATIENCE: Duration = Duration::from_secs(30);
const NOBODY: DeviceId = DeviceId::from_bytes([7; 16]);

/// What becomes of a proof whose statement is made by `say` from the challenge.
async fn tried(
    http: &Http,
    device: DeviceId,
    key: &DeviceKey,
    say: impl Fn(&str) -> String,
) -> Result<Option<TurnedAway>> {
    let mut client = http.knock(device, "tab").await?;
    let nonce = challenge(&mut client).await?;
    prove(&mut client, key.sign(&say(&nonce))?).await
}

#[tokio::test]
async fn a_device_is_in_with_one_request_and_under_its_peer_id_only() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, office) = found(folder.path()).await?;
    let http = Http::of(relay.port());
    let mut line = office.connect(&http, "tab").await?;
    ensure!(people::roster(&mut line).await?.member(office.member).is_some());

    let mut client = http.knock(office.id, "tab").await?;
    let nonce = challenge(&mut client).await?;
    let proof = office.key.sign(&statement(office.id, &nonce, "tab"))?;
    ensure!(prove(&mut client, proof.clone()).await?.is_none());
    client.peer_id = "another".to_owned();
    ensure!(client.join(true).await.is_err(), "it joined under a peer id that it had not signed");
    // What let it in once does not let anybody in again.
    let mut replayed = http.knock(office.id, "tab").await?;
    ensure!(challenge(&mut replayed).await? != nonce);
    ensure!(prove(&mut replayed, proof).await? == Some(TurnedAway::NotKnown));
    Ok(())
}

#[tokio::test]
async fn only_a_signature_for_this_very_socket_lets_a_device_in() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let honest = |nonce: &str| statement(office.id, nonce, "tab");
    let not_known = Some(TurnedAway::NotKnown);
    ensure!(tried(&http, office.id, &DeviceKey::new()?, honest).await? == not_known, "another key");
    ensure!(tried(&http, office.id, &ann.key, honest).await? == not_known, "another device's key");
    let hers = |nonce: &str| statement(ann.id, nonce, "tab");
    ensure!(tried(&http, office.id, &ann.key, hers).await? == not_known, "another device's statement");
    let session = |nonce: &str| format!("huigao sign-in\n{}\n{nonce}", office.id);
    ensure!(tried(&http, office.id, &office.key, session).await? == not_known, "a signature for a session");
    let other_peer = |nonce: &str| statement(office.id, nonce, "another");
    ensure!(tried(&http, office.id, &office.key, other_peer).await? == not_known, "for another peer id");
    ensure!(tried(&http, NOBODY, &office.key, |nonce| statement(NOBODY, nonce, "tab")).await? == not_known, "nobody");

    let (mut first, mut second) = (http.knock(office.id, "tab").await?, http.knock(office.id, "tab").await?);
    let (nonce, _) = (challenge(&mut first).await?, challenge(&mut second).await?);
    ensure!(prove(&mut second, office.key.sign(&honest(&nonce))?).await? == not_known, "another socket's challenge");
    ensure!(prove(&mut first, office.key.sign(&honest(&nonce))?).await?.is_none(), "its own");
    Ok(())
}

#[tokio::test]
async fn what_is_no_proof_ends_the_socket_and_silence_does_too() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, office) = found(folder.path()).await?;
    let http = Http::of(relay.port());
    let mut silent = http.knock(office.id, "silent").await?;
    challenge(&mut silent).await?;

    let mut client = http.knock(office.id, "tab").await?;
    challenge(&mut client).await?;
    client.send(&Message::Alive).await?;
    ensure!(answer(&mut client).await? == Some(TurnedAway::Malformed), "not the message that is waited for");
    ensure!(timeout(PATIENCE, client.next()).await?.is_err(), "it stayed open");
    for peer_id in [String::new(), "p".repeat(129)] {
        let mut client = http.knock(office.id, &peer_id).await?;
        let nonce = challenge(&mut client).await?;
        let proof = office.key.sign(&statement(office.id, &nonce, &peer_id))?;
        ensure!(prove(&mut client, proof).await? == Some(TurnedAway::Malformed), "a peer id of {}", peer_id.len());
    }

    let late = timeout(PATIENCE, answer(&mut silent)).await.context("it may be silent for ever")??;
    ensure!(late == Some(TurnedAway::Late), "{late:?}");
    Ok(())
}

#[tokio::test]
async fn whoever_was_cut_off_hears_why_and_nobody_else_does() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let (ann, ben) = (join(&http, &office, &mut line, "安").await?, join(&http, &office, &mut line, "本").await?);
    let token = office.token(&http).await?;
    let revoked = http.delete(&format!("/api/devices/{}", ann.id), Some(&token)).await?;
    ensure!(revoked.status == 200, "{revoked:?}");
    let roster = people::roster(&mut line).await?;
    let before = roster.member(ben.member).cloned().context("Ben is in the roster")?;
    let after = Member { left: true, ..before.clone() };
    let outcome = people::act(&mut line, "leave", &[Edit::member(Some(before), after)]).await?;
    ensure!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");

    let own = async |device: &Device, key: &DeviceKey| {
        let id = device.id;
        tried(&http, id, key, move |nonce| statement(id, nonce, "tab")).await
    };
    ensure!(own(&ann, &ann.key).await? == Some(TurnedAway::Revoked));
    ensure!(own(&ben, &ben.key).await? == Some(TurnedAway::Left));
    let stranger = DeviceKey::new()?;
    ensure!(own(&ann, &stranger).await? == Some(TurnedAway::NotKnown));
    ensure!(own(&ben, &stranger).await? == Some(TurnedAway::NotKnown));
    Ok(())
}

#[tokio::test]
async fn sockets_without_proof_are_few_and_a_known_device_has_its_own() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let mut strangers = Vec::new();
    while let Ok(mut stranger) = http.knock(NOBODY, "stranger").await {
        challenge(&mut stranger).await?;
        strangers.push(stranger);
        ensure!(strangers.len() < 100, "a network has any number of strangers");
    }
    ensure!(strangers.len() >= 16, "{}", strangers.len());

    let mut hers = Vec::new();
    let turned_away = loop {
        let mut client = http.knock(ann.id, "ann").await?;
        let frame = client.next().await?;
        match Message::decode(&frame)? {
            Message::Challenge { .. } => hers.push(client),
            Message::TurnedAway { why } => break why,
            other => anyhow::bail!("{other:?}"),
        }
        ensure!(hers.len() < 100, "a device has any number of sockets");
    };
    ensure!(turned_away == TurnedAway::Busy, "{turned_away:?}");
    // Others come in at the same address all the while.
    office.connect(&http, "office").await?;
    // So does she, over one of those that she has.
    let mut client = hers.pop().context("one at least")?;
    drop(hers);
    ensure!(prove(&mut client, ann.key.sign("something else")?).await? == Some(TurnedAway::NotKnown));
    drop(client);
    let again = async {
        // The relay may not have seen yet that they are gone.
        while ann.connect(&http, "ann").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, again).await.context("she stays out")?;
    Ok(())
}

/// The relay's memory in MiB.
fn memory(relay: &RelayProcess) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", relay.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().split(' ').next().context("no number")?.parse::<u64>()? / 1024)
}

/// Sends a message that goes on until the relay has had enough.
async fn endless(client: Client) -> Result<()> {
    let mut socket = client.into_socket();
    for piece in 0..15 {
        let code = OpCode::Data(if piece == 0 { Data::Binary } else { Data::Continue });
        if socket.send(Frame::Frame(Piece::message(vec![7; 1 << 20], code, false))).await.is_err() {
            return Ok(());
        }
    }
    anyhow::bail!("it was taken")
}

#[tokio::test]
async fn what_comes_before_the_proof_takes_no_memory() -> Result<()> {
    let County { folder: _folder, relay, office, http, mut line } = County::found().await?;
    let before = memory(&relay)?;
    for round in 0..8 {
        let mut open = Vec::new();
        for device in [office.id, NOBODY, NOBODY, NOBODY] {
            let mut client = http.knock(device, &format!("endless-{round}")).await?;
            challenge(&mut client).await?;
            open.push(tokio::spawn(endless(client)));
        }
        for sending in open {
            timeout(PATIENCE, sending).await.context("it was never cut off")???;
        }
    }
    let after = memory(&relay)?;
    ensure!(after < before + 16, "the relay grew from {before} to {after} MiB");
    ensure!(people::roster(&mut line).await?.member(MemberId::from_key("nobody")).is_none());
    Ok(())
}
