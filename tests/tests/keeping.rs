//! How a running relay keeps what it was given: on a disk that rots, through stops, with what is beside the database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use automerge::legacy::OpId;
use automerge::sync::{State, SyncDoc};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ChangeHash, ROOT};
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, Refusal, SyncFrame, sync};
use huigao_tests::process::{Client, RelayProcess, binary};
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

/// The document of a number and so many changes; long ones from 100 on, which the store keeps aside.
fn written(number: u8, changes: usize) -> Result<AutoCommit> {
    let mut doc = AutoCommit::new().with_actor(actor_of(member(), [number; 8]));
    let tail: String =
        (0..if number < 100 { 0 } else { 600u32 }).filter_map(|n| char::from_u32(0x4e00 + 7 * n)).collect();
    for change in 0..changes {
        doc.put(ROOT, "title", format!("第 {change} 稿{tail}"))?;
        doc.commit();
    }
    Ok(doc)
}

/// Writes a document of so many changes, until it is receipted.
async fn write(port: u16, number: u8, changes: usize) -> Result<()> {
    let mut client = Client::connect(port, member(), &format!("writer-{number}"), true).await?;
    let mut doc = written(number, changes)?;
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

fn log_of(data: &Path) -> PathBuf {
    data.join("huigao.sqlite-wal")
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
    assert_eq!(heard, BTreeMap::from([(document(1), (0, 1)), (document(2), (3, 0))]));
    let http = Http::of(relay.port());
    let health = http.raw("GET", "/healthz", None).await?;
    assert!(health.contains("degraded"), "{health}");
    let metrics = http.raw("GET", "/metrics", None).await?;
    assert!(metrics.contains("huigao_quarantined_documents 1"), "{metrics}");
    assert!(metrics.contains("huigao_quarantined_reads_total 1"), "{metrics}");
    Ok(())
}

/// A device that holds a document syncs it, as Automerge does, until the relay says that it has it all.
async fn come_with(client: &mut Client, number: u8, doc: &mut AutoCommit) -> Result<()> {
    let mut state = State::new();
    while state.their_heads.as_ref() != Some(&doc.get_heads()) {
        if let Some(message) = doc.sync().generate_sync_message(&mut state) {
            say(client, document(number), message.encode()).await?;
        }
        loop {
            let frame = timeout(PATIENCE, client.next()).await??;
            if let Message::Sync(frame) = Message::decode(&frame)? {
                doc.sync().receive_sync_message(&mut state, sync::decode(&frame.data)?)?;
                break;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_device_that_holds_what_is_damaged_brings_it_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    for number in [1, 100] {
        write(relay.port(), number, 3).await?;
    }
    relay.stop()?;
    damage(folder.path(), 1, 1)?;
    let lost = rusqlite::Connection::open(folder.path().join("huigao.sqlite"))?.execute(
        "DELETE FROM bodies WHERE number = 1 AND document = (SELECT row FROM documents WHERE id = ?1)",
        [document(100).as_bytes()],
    )?;
    assert_eq!(lost, 1);
    ensure!(people::check(folder.path()).is_err(), "check says nothing");
    let relay = RelayProcess::start(folder.path())?;
    let http = Http::of(relay.port());
    for number in [1, 100] {
        let mut waiting = Client::connect(relay.port(), member(), "waiting", true).await?;
        say(&mut waiting, document(number), sync::reset(&[], Vec::new(), false)).await?;
        let frame = timeout(PATIENCE, waiting.next()).await??;
        assert!(matches!(Message::decode(&frame)?, Message::Unavailable { .. }));
        ensure!(http.raw("GET", "/healthz", None).await?.contains("degraded"), "all is said to be well");
        let mut holding = Client::connect(relay.port(), member(), "holding", true).await?;
        come_with(&mut holding, number, &mut written(number, 3)?).await?;
        hear(&mut waiting, number, 3).await?;
        ensure!(http.raw("GET", "/healthz", None).await?.ends_with("ok\n"), "it is not well");
        let metrics = http.raw("GET", "/metrics", None).await?;
        assert!(metrics.contains("huigao_quarantined_documents 0"), "{metrics}");
        read_back(relay.port(), number, 3).await?;
    }
    relay.stop()?;
    let said = people::check(folder.path())?;
    assert!(said.contains("all is well"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_stop_leaves_one_whole_file_every_time() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for number in 1..=6 {
        let relay = RelayProcess::start(folder.path())?;
        // Lines that are open, and one that reads, when the relay is told to stop.
        let _idle = Client::connect(relay.port(), member(), "idle", true).await?;
        write(relay.port(), number, 2).await?;
        let mut reading = Client::connect(relay.port(), member(), "reading", true).await?;
        say(&mut reading, document(number), sync::reset(&[], Vec::new(), false)).await?;
        relay.stop()?;
        assert!(!log_of(folder.path()).exists(), "stop {number}");
    }
    let moved = tempfile::tempdir()?;
    std::fs::copy(folder.path().join("huigao.sqlite"), moved.path().join("huigao.sqlite"))?;
    let relay = RelayProcess::start(moved.path())?;
    for number in 1..=6 {
        read_back(relay.port(), number, 2).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_was_parted_from_its_log_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    write(relay.port(), 1, 3).await?;
    // `kill -9`.
    drop(relay);
    let aside = folder.path().join("aside");
    std::fs::rename(log_of(folder.path()), &aside)?;
    for _ in 0..2 {
        let why = RelayProcess::refused(folder.path())?;
        assert!(why.contains("huigao.sqlite-wal") && why.contains("huigao backup"), "{why}");
    }
    ensure!(people::check(folder.path()).is_err(), "check says nothing");
    std::fs::rename(&aside, log_of(folder.path()))?;
    people::check(folder.path())?;
    let relay = RelayProcess::start(folder.path())?;
    read_back(relay.port(), 1, 3).await
}

#[tokio::test]
async fn on_a_full_disk_the_relay_starts_is_read_and_goes_on_when_there_is_room() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    write(relay.port(), 1, 3).await?;
    relay.stop()?;
    let relay = RelayProcess::start_without_room(folder.path(), &["--demo"])?;
    let (port, http) = (relay.port(), Http::of(relay.port()));
    let health = http.raw("GET", "/healthz", None).await?;
    assert!(health.starts_with("HTTP/1.1 503") && health.contains("degraded"), "{health}");
    let mut client = Client::connect(port, member(), "told", true).await?;
    let frame = timeout(PATIENCE, client.next()).await??;
    assert!(matches!(Message::decode(&frame)?, Message::Storing { ok: false }));
    read_back(port, 1, 3).await?;
    let mut writing = std::pin::pin!(write(port, 2, 2));
    let receipted = timeout(Duration::from_secs(2), &mut writing).await;
    assert!(receipted.is_err(), "it was receipted, and is on no disk");
    relay.make_room()?;
    timeout(PATIENCE, writing).await??;
    let health = http.raw("GET", "/healthz", None).await?;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    relay.stop()?;
    let relay = RelayProcess::start(folder.path())?;
    for (number, changes) in [(1, 3), (2, 2)] {
        read_back(relay.port(), number, changes).await?;
    }
    Ok(())
}

#[tokio::test]
async fn devices_sign_in_though_the_disk_is_full() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, office) = people::found(folder.path()).await?;
    relay.stop()?;
    let relay = RelayProcess::start_without_room(folder.path(), &[])?;
    office.connect(&Http::of(relay.port()), "office").await?;
    Ok(())
}

#[cfg(unix)]
#[test]
fn nothing_that_lies_in_the_data_folder_is_anybody_elses() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    let tls = || {
        std::process::Command::new(binary()?)
            .args(["tls", "init", "--name", "127.0.0.1", "--data"])
            .arg(folder.path())
            .output()
            .map_err(anyhow::Error::from)
    };
    ensure!(tls()?.status.success(), "no certificates");
    RelayProcess::start(folder.path())?.stop()?;
    let private = ["", "huigao.sqlite", "huigao.lock", "tls", "tls/ca.key", "tls/server.key"]
        .map(|name| folder.path().join(name));
    let open_all = || private.iter().try_for_each(|path| set(path, if path.is_dir() { 0o755 } else { 0o644 }));
    let is_private = || -> Result<()> {
        for path in private.iter().chain([&log_of(folder.path())]) {
            let others = std::fs::metadata(path)?.permissions().mode() & 0o077;
            ensure!(others == 0, "{} is open to others", path.display());
        }
        Ok(())
    };
    open_all()?;
    let relay = RelayProcess::start(folder.path())?;
    is_private()?;
    relay.stop()?;
    // A key that is written anew does not keep what it had either.
    open_all()?;
    ensure!(tls()?.status.success(), "no certificates");
    for key in ["tls", "tls/server.key"] {
        let others = std::fs::metadata(folder.path().join(key))?.permissions().mode() & 0o077;
        ensure!(others == 0, "{key} is open to others");
    }
    Ok(())
}

/// What came until a refusal did.
async fn refusal(client: &mut Client) -> Result<(Vec<ChangeHash>, Refusal)> {
    loop {
        let frame = timeout(PATIENCE, client.next()).await??;
        if let Message::Refused { hashes, why, .. } = Message::decode(&frame)? {
            return Ok((hashes, why));
        }
    }
}

#[tokio::test]
async fn a_change_that_nobody_could_apply_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    write(relay.port(), 1, 3).await?;
    let mut client = Client::connect(relay.port(), member(), "forger", true).await?;
    let mut doc = AutoCommit::new().with_actor(actor_of(member(), [9; 8]));
    doc.put(ROOT, "title", "题")?;
    let mut expanded = doc.get_last_local_change().context("a change")?.decode();
    // It takes the place of what never was.
    expanded.operations[0].pred = [OpId::new(7, &actor_of(member(), [1; 8]))].into_iter().collect();
    let bad = Change::from(expanded);
    say(&mut client, document(1), sync::advance(&[bad.hash()], vec![bad.raw_bytes().to_vec()], false)).await?;
    assert_eq!(refusal(&mut client).await?, (vec![bad.hash()], Refusal::Malformed));
    // Nor does it make a document of its own.
    client.send(&Message::Create { document: document(2), space: Space::Private(member()) }).await?;
    say(&mut client, document(2), sync::advance(&[bad.hash()], vec![bad.raw_bytes().to_vec()], false)).await?;
    assert_eq!(refusal(&mut client).await?.1, Refusal::Malformed);
    read_back(relay.port(), 1, 3).await?;
    relay.stop()?;
    let deep = Command::new(binary()?).args(["check", "--deep", "--data"]).arg(folder.path()).output()?;
    let said = String::from_utf8_lossy(&deep.stdout).into_owned();
    ensure!(deep.status.success() && said.contains("all is well"), "{said}");
    Ok(())
}

/// What `huigao quarantine` says of a change of document 1, and whether it went well.
fn quarantine(data: &Path, hash: &str, more: &[&str]) -> Result<(bool, String)> {
    let document = document(1).to_string();
    let output =
        Command::new(binary()?).args(["quarantine", &document, hash]).args(more).arg("--data").arg(data).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test]
async fn what_was_taken_out_of_service_by_mistake_is_put_back_and_devices_get_it_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    write(relay.port(), 1, 3).await?;
    relay.stop()?;
    let hashes: Vec<String> = written(1, 3)?.get_changes(&[]).iter().map(|change| change.hash().to_string()).collect();
    let (well, said) = quarantine(folder.path(), &hashes[1], &[])?;
    assert!(well, "{said}");
    // A device has taken them out.
    let relay = RelayProcess::start(folder.path())?;
    let mut device = written(1, 1)?;
    let mut line = Client::connect(relay.port(), member(), "device", true).await?;
    come_with(&mut line, 1, &mut device).await?;
    relay.stop()?;
    let (well, said) = quarantine(folder.path(), &hashes[2], &["--undo"])?;
    assert!(!well && said.contains(&hashes[1]), "{said}");
    let (well, said) = quarantine(folder.path(), &hashes[1], &["--undo"])?;
    assert!(well && said.contains("1 that build on it"), "{said}");
    let (well, said) = quarantine(folder.path(), &hashes[1], &["--undo"])?;
    assert!(well && said.contains("is in service"), "{said}");
    let said = people::check(folder.path())?;
    assert!(!said.contains("out of service"), "{said}");
    let relay = RelayProcess::start(folder.path())?;
    read_back(relay.port(), 1, 3).await?;
    let mut line = Client::connect(relay.port(), member(), "device", true).await?;
    come_with(&mut line, 1, &mut device).await?;
    assert_eq!(device.get_heads(), written(1, 3)?.get_heads());
    Ok(())
}

#[tokio::test]
async fn what_nobody_can_apply_is_not_put_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    write(relay.port(), 1, 3).await?;
    relay.stop()?;
    // As an older relay took it: it takes the place of what never was.
    let mut doc = written(1, 3)?;
    let heads = doc.get_heads();
    doc.put(ROOT, "title", "题")?;
    let mut expanded = doc.get_last_local_change().context("a change")?.decode();
    expanded.operations[0].pred = [OpId::new(700, &actor_of(member(), [1; 8]))].into_iter().collect();
    let bad = Change::from(expanded);
    let db = rusqlite::Connection::open(folder.path().join("huigao.sqlite"))?;
    let stored = db.execute(
        "INSERT INTO changes (document, number, hash, deps, actor, seq, body)
         SELECT document, 3, ?1, x'02000000', actor, 4, ?2 FROM changes WHERE number = 2 AND hash = ?3",
        (bad.hash().0, bad.raw_bytes(), heads[0].0),
    )?;
    assert_eq!(stored, 1);
    db.execute("INSERT INTO withheld (document, number, at) SELECT document, 3, 1 FROM changes WHERE number = 3", [])?;
    drop(db);
    let (well, said) = quarantine(folder.path(), &bad.hash().to_string(), &["--undo"])?;
    assert!(!well && said.contains("stays out of service"), "{said}");
    let relay = RelayProcess::start(folder.path())?;
    read_back(relay.port(), 1, 3).await
}

#[tokio::test]
async fn what_is_taken_out_of_service_leaves_every_copy_and_the_disk_keeps_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    write(relay.port(), 1, 3).await?;
    relay.stop()?;
    let db = rusqlite::Connection::open(folder.path().join("huigao.sqlite"))?;
    let (row, hash): (i64, Vec<u8>) = db.query_row(
        "SELECT document, hash FROM changes WHERE number = 1 AND document = (SELECT row FROM documents WHERE id = ?1)",
        [document(1).as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    drop(db);
    let hash = hex::encode(hash);
    let quarantine = |document: &str| {
        Command::new(binary()?)
            .args(["quarantine", document, &hash, "--data"])
            .arg(folder.path())
            .output()
            .map_err(Into::into)
    };
    let done: Result<std::process::Output> = quarantine(&document(1).to_string());
    let done = done?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    ensure!(done.status.success() && said.contains("1 that build on it"), "{said}");
    let unknown: Result<std::process::Output> = quarantine(&document(2).to_string());
    ensure!(!unknown?.status.success(), "there is no such document");
    let relay = RelayProcess::start(folder.path())?;
    let mut client = Client::connect(relay.port(), member(), "reader", true).await?;
    say(&mut client, document(1), sync::reset(&[], Vec::new(), false)).await?;
    let (hashes, why) = refusal(&mut client).await?;
    assert_eq!((hashes.len(), why), (2, Refusal::Withheld));
    ensure!(hashes.iter().any(|named| named.to_string() == hash), "it is named");
    read_back(relay.port(), 1, 1).await?;
    // Nobody brings it in again.
    let mut again = written(1, 3)?;
    let bytes = again.get_changes(&[]).into_iter().map(|mut change| change.bytes().into_owned()).collect();
    let mut client = Client::connect(relay.port(), member(), "again", true).await?;
    say(&mut client, document(1), sync::reset(&[], Vec::new(), false)).await?;
    assert_eq!(refusal(&mut client).await?.1, Refusal::Withheld);
    say(&mut client, document(1), sync::advance(&again.get_heads(), bytes, false)).await?;
    assert_eq!(refusal(&mut client).await?.1, Refusal::Withheld);
    // Nor does another change get the number of one that is out: the store would not take it.
    let mut other = AutoCommit::new().with_actor(actor_of(member(), [1; 8]));
    for title in ["第 0 稿", "另一稿"] {
        other.put(ROOT, "title", title)?;
        other.commit();
    }
    let change = other.get_last_local_change().context("a change")?;
    say(&mut client, document(1), sync::advance(&[change.hash()], vec![change.raw_bytes().to_vec()], false)).await?;
    let mut why = refusal(&mut client).await?;
    while why.0 != [change.hash()] {
        why = refusal(&mut client).await?;
    }
    assert_eq!(why.1, Refusal::DuplicateSequence);
    // Other documents are stored as ever.
    write(relay.port(), 3, 1).await?;
    relay.stop()?;
    let check = Command::new(binary()?).args(["check", "--deep", "--data"]).arg(folder.path()).output()?;
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    ensure!(check.status.success() && said.contains("2 changes are out of service"), "{said}");
    let db = rusqlite::Connection::open(folder.path().join("huigao.sqlite"))?;
    let kept: i64 = db.query_row("SELECT count(*) FROM changes WHERE document = ?1", [row], |row| row.get(0))?;
    assert_eq!(kept, 3);
    Ok(())
}
