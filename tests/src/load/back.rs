//! `back`: the relay is killed and started again, and all devices of an office, or of a county, come back from behind one
//! address, each with the app's own pauses.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use huigao_engine::session::pause_before_retry;
use huigao_server::store::{Author, NewDevice, NewInvitation, Store};
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::{Member, Roster};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Bench;
use super::report::{Bound, Figure, rounded};
use crate::device::{DeviceKey, come_in, query};
use crate::process::{Client, RelayProcess};

const OFFICE: u16 = 500;
const COUNTY: u16 = 2_000;
/// As long as the app gives a line to open.
const CONNECTING: Duration = Duration::from_secs(45);
/// How long all of them may take.
const PATIENCE: Duration = Duration::from_secs(180);
const BUFFER: usize = 4 << 10;

struct Device {
    number: u16,
    id: DeviceId,
    key: DeviceKey,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let office = "devices back after a restart, p95: 500 behind one address";
    let county = "devices back after a restart, p95: 2,000 behind one address";
    Ok(vec![
        figure("back-500", office, 10.0, &all_come_back(bench, OFFICE).await?),
        figure("back-2000", county, 60.0, &all_come_back(bench, COUNTY).await?),
    ])
}

fn figure(name: &'static str, what: &'static str, most: f64, took: &[Duration]) -> Figure {
    let at = |share: f64| {
        let place = (took.len() as f64 * share) as usize;
        took.get(place.min(took.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64)
    };
    Figure::new(name, what, at(0.95), "s", Bound::AtMost(most))
        .with("p50_s", rounded(at(0.5)))
        .with("max_s", rounded(at(1.0)))
}

/// How long each took from when the relay listens again to when it has joined, ascending.
async fn all_come_back(bench: &Bench, count: u16) -> Result<Vec<Duration>> {
    let folder = tempfile::Builder::new().prefix("huigao-bench-").tempdir()?;
    let devices = enrol(folder.path(), count)?;
    let mut relay = RelayProcess::start_plain_binary(&bench.huigao, folder.path(), 0)?;
    let (joined, mut arrivals) = mpsc::unbounded_channel();
    let mut lives = JoinSet::new();
    for device in devices {
        lives.spawn(live(device, relay.port(), joined.clone()));
    }
    timeout(PATIENCE, first_of_each(&mut arrivals, count, None)).await.context("they do not come in")??;

    let killed = Instant::now();
    let restart = tokio::task::spawn_blocking(move || {
        relay.kill_and_restart()?;
        anyhow::Ok((relay, Instant::now()))
    });
    let (_relay, listens) = restart.await??;
    let back = first_of_each(&mut arrivals, count, Some(killed));
    let back = timeout(PATIENCE, back).await.context("they do not come back")??;
    let mut took: Vec<Duration> = back.iter().map(|at| at.saturating_duration_since(listens)).collect();
    took.sort();
    lives.shutdown().await;
    Ok(took)
}

/// When each device has joined for the first time after a moment.
async fn first_of_each(
    arrivals: &mut mpsc::UnboundedReceiver<(u16, Instant)>,
    count: u16,
    after: Option<Instant>,
) -> Result<Vec<Instant>> {
    let (mut first, mut seen) = (Vec::new(), vec![false; usize::from(count)]);
    while first.len() < usize::from(count) {
        let (number, at) = arrivals.recv().await.context("all devices are gone")?;
        if let Some(seen) = seen.get_mut(usize::from(number))
            && after.is_none_or(|after| at > after)
            && !std::mem::replace(seen, true)
        {
            first.push(at);
        }
    }
    Ok(first)
}

/// A device that has a line, or waits as the app does until it tries again.
async fn live(device: Device, port: u16, joined: mpsc::UnboundedSender<(u16, Instant)>) {
    let mut session = [0u8; 8];
    fastrand::Rng::with_seed(u64::from(device.number)).fill(&mut session);
    let mut failures = 0;
    loop {
        if let Ok(Ok(mut client)) = timeout(CONNECTING, connect(&device, port)).await {
            failures = 0;
            if joined.send((device.number, Instant::now())).is_err() {
                return;
            }
            while client.next().await.is_ok() {}
        }
        sleep(Duration::from_millis(pause_before_retry(failures, session).unsigned_abs())).await;
        failures += 1;
    }
}

async fn connect(device: &Device, port: u16) -> Result<Client<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let peer_id = format!("back-{}", device.number);
    let mut client = Client::open_over(stream, port, &query(device.id), &peer_id, BUFFER).await?;
    come_in(&mut client, device.id, &device.key).await?;
    Ok(client)
}

/// Enrols a device for each person of a campaign, as an office does at the relay, in its store.
fn enrol(folder: &Path, count: u16) -> Result<Vec<Device>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().cast_signed();
    let by = Author::console(now);
    let mut store = Store::open(folder)?;
    let members = (0..count).map(|number| {
        let key = format!("p-{number}");
        Member::new(MemberId::from_key(&key), &key, "何静")
    });
    let members: Vec<Member> = members.collect();
    let invitations = members.iter().zip(0..count).map(|(member, number)| NewInvitation {
        id: format!("i-{number}"),
        digest: digest(number),
        member: member.id,
        expires: now + 3_600,
    });
    let invitations: Vec<NewInvitation> = invitations.collect();
    let roster = Roster { version: 1, mark: "back".to_owned(), members, ..Roster::default() };
    store.set_first_roster(&by, &roster)?;
    store.invite(&by, &invitations)?;
    let mut devices = Vec::new();
    for number in 0..count {
        let key = DeviceKey::new()?;
        let mut id = [0xb5; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        let id = DeviceId::from_bytes(id);
        let invitation = store.invitation(&digest(number))?.context("no invitation")?;
        let new = NewDevice { id, key: key.public().to_vec(), name: format!("电脑 {number}") };
        ensure!(store.enrol(now, &invitation, &new)?, "the invitation was used");
        devices.push(Device { number, id, key });
    }
    Ok(devices)
}

fn digest(number: u16) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..2].copy_from_slice(&number.to_be_bytes());
    digest
}
