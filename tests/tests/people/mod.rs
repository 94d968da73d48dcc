//! People of a campaign that is not a demonstration: devices with keys of their own, over plain HTTP.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ChangeHash};
use huigao_shared::authority::{Edit, Outcome};
use huigao_shared::ids::{DeviceId, MemberId, actor_of};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::wire::Message;
use huigao_tests::device::{self, DeviceKey};
use huigao_tests::process::{Client, RelayProcess, binary};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// A relay's HTTP side.
#[derive(Clone, Copy)]
pub struct Http {
    port: u16,
}

impl Http {
    pub fn of(port: u16) -> Self {
        Self { port }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        self.ask("GET", path, token, "").await
    }

    pub async fn delete(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        self.ask("DELETE", path, token, "").await
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Answer> {
        self.ask("POST", path, token, &body.to_string()).await
    }

    /// Sends a file.
    pub async fn send(&self, path: &str, token: Option<&str>, file: &str) -> Result<Answer> {
        self.ask("POST", path, token, file).await
    }

    pub async fn raw(&self, method: &str, path: &str, token: Option<&str>) -> Result<String> {
        self.exchange(method, path, token, "").await
    }

    async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Result<Answer> {
        let text = self.exchange(method, path, token, body).await?;
        let (head, body) = text.split_once("\r\n\r\n").context("no end of the head")?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        Ok(Answer { status, body: serde_json::from_str(body).unwrap_or_default() })
    }

    async fn exchange(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let scheme = |token: &str| if token.contains(' ') { token.to_owned() } else { format!("Bearer {token}") };
        let authorization = token.map(|token| format!("authorization: {}\r\n", scheme(token))).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{authorization}\r\n{body}",
            self.port,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// A socket by what stands behind its path.
    pub async fn socket(&self, query: &str, peer_id: &str) -> Result<Client> {
        Client::by(&format!("ws://127.0.0.1:{}/sync{query}", self.port), peer_id).await
    }

    /// A device's socket on which nothing was said yet.
    pub async fn knock(&self, device: DeviceId, peer_id: &str) -> Result<Client> {
        Client::open(&format!("ws://127.0.0.1:{}/sync{}", self.port, device::query(device)), peer_id).await
    }
}

/// A device with its key.
pub struct Device {
    pub key: DeviceKey,
    pub id: DeviceId,
    pub member: MemberId,
    pub code: Option<String>,
}

impl Device {
    pub fn new() -> Result<Self> {
        let key = DeviceKey::new()?;
        let (id, member) = (DeviceId::from_bytes([0; 16]), MemberId::from_bytes([0; 16]));
        Ok(Self { key, id, member, code: None })
    }

    pub fn sign(&self, statement: &str) -> Result<String> {
        Ok(hex::encode(self.key.sign(statement)?))
    }

    pub async fn enrol(&self, http: &Http, code: &str) -> Result<Answer> {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let body = json!({
            "code": digits,
            "key": hex::encode(self.key.public()),
            "signature": self.sign(&format!("huigao enrol\n{digits}"))?,
            "name": "一台电脑",
        });
        http.post("/api/enrolment", None, &body).await
    }

    /// Enrols and remembers as whom.
    pub async fn joined(http: &Http, code: &str) -> Result<Self> {
        let device = Self::new()?;
        let answer = device.enrol(http, code).await?;
        ensure!(answer.status == 200, "not enrolled: {answer:?}");
        let id = serde_json::from_value(answer.body["device"].clone())?;
        let member: Member = serde_json::from_value(answer.body["member"].clone())?;
        Ok(Self { id, member: member.id, code: Some(code.to_owned()), ..device })
    }

    pub async fn sign_in(&self, http: &Http) -> Result<Answer> {
        let challenge = http.post("/api/sign-in/challenge", None, &json!({ "device": self.id })).await?;
        let nonce = challenge.body["nonce"].as_str().context("no challenge")?;
        let signature = self.sign(&format!("huigao sign-in\n{}\n{nonce}", self.id))?;
        http.post("/api/sign-in", None, &json!({ "device": self.id, "nonce": nonce, "signature": signature })).await
    }

    pub async fn token(&self, http: &Http) -> Result<String> {
        let answer = self.sign_in(http).await?;
        Ok(answer.body["token"].as_str().with_context(|| format!("not signed in: {answer:?}"))?.to_owned())
    }

    pub async fn connect(&self, http: &Http, peer_id: &str) -> Result<Client> {
        let mut client = http.knock(self.id, peer_id).await?;
        device::come_in(&mut client, self.id, &self.key).await?;
        Ok(client)
    }
}

/// A relay whose campaign was made on the command line, and the office's first device.
pub async fn found(data: &Path) -> Result<(RelayProcess, Device)> {
    let made = std::process::Command::new(binary()?)
        .args(["init", "--campaign", "清河县学习实践活动", "--person", "秦立川", "--data"])
        .arg(data)
        .output()?;
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let code = said.lines().find_map(|line| line.strip_prefix("invitation: ")).context("no invitation")?.to_owned();
    let relay = RelayProcess::start_plain(data, 0, &[])?;
    let office = Device::joined(&Http::of(relay.port()), &code).await?;
    Ok((relay, office))
}

/// A campaign with its office, whose line is open. The folder goes with it.
pub struct County {
    /// Where the relay keeps its data.
    pub folder: tempfile::TempDir,
    /// The relay.
    pub relay: RelayProcess,
    /// The campaign office's device.
    pub office: Device,
    /// Asks the relay.
    pub http: Http,
    /// The office's socket.
    pub line: Client,
}

impl County {
    /// Founds one.
    pub async fn found() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (relay, office) = found(folder.path()).await?;
        let http = Http::of(relay.port());
        let line = office.connect(&http, "office").await?;
        Ok(Self { folder, relay, office, http, line })
    }
}

/// Adds a person to the roster, invites them, and enrols their device.
pub async fn join(http: &Http, office: &Device, line: &mut Client, name: &str) -> Result<Device> {
    let member = add(line, name, |_| {}).await?;
    let token = office.token(http).await?;
    let invited = http.post("/api/invitations", Some(&token), &json!({ "member": member, "hours": 24 })).await?;
    Device::joined(http, invited.body["code"].as_str().with_context(|| format!("no code: {invited:?}"))?).await
}

/// Adds a person as `change` has them.
pub async fn add(line: &mut Client, name: &str, change: impl FnOnce(&mut Member)) -> Result<MemberId> {
    let roster = roster(line).await?;
    let key = format!("p-{}", roster.version);
    let mut member = Member { unit: "office".parse().ok(), ..Member::new(MemberId::from_key(&key), &key, name) };
    change(&mut member);
    let id = member.id;
    let outcome = act(line, &key, &[Edit::member(None, member)]).await?;
    ensure!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    Ok(id)
}

/// The roster as the relay tells it.
pub async fn roster(line: &mut Client) -> Result<Roster> {
    line.send(&Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() }).await?;
    loop {
        let frame = line.next().await?;
        if let Message::Roster { json } = Message::decode(&frame)? {
            return Ok(serde_json::from_slice(&json)?);
        }
    }
}

/// Sends an act and waits for what becomes of it.
pub async fn act(line: &mut Client, name: &str, edits: &[Edit]) -> Result<Outcome> {
    line.send(&Message::Act { id: name.into(), json: serde_json::to_vec(edits)?.into() }).await?;
    loop {
        let frame = line.next().await?;
        if let Message::Answer { id, json } = Message::decode(&frame)?
            && id == name
        {
            return Ok(serde_json::from_slice(&json)?);
        }
    }
}

/// What `huigao check` says.
pub fn check(data: &Path) -> Result<String> {
    let output = std::process::Command::new(binary()?).arg("check").arg("--data").arg(data).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(said) } else { bail!(said) }
}

/// Changes an entry of the audit log behind the relay's back.
pub fn tamper(data: &Path) -> Result<()> {
    let db = rusqlite::Connection::open(data.join("huigao.sqlite"))?;
    let changed = db.execute("UPDATE audit SET entry = replace(entry, '清河', '浊河') WHERE number = 1", [])?;
    ensure!(changed == 1);
    Ok(())
}

/// A first change of this member's, and its heads.
pub fn honest_change(member: MemberId) -> (Vec<ChangeHash>, Vec<Vec<u8>>) {
    let mut doc = AutoCommit::new().with_actor(actor_of(member, [1; 8]));
    let _ = doc.put(automerge::ROOT, "title", "题");
    doc.commit();
    let changes = doc.get_changes(&[]).into_iter().map(|mut change| change.bytes().into_owned()).collect();
    (doc.get_heads(), changes)
}

/// A change of a few bytes that claims 1,900,000 operations and whose checksum is wrong.
pub fn dear_change() -> Vec<u8> {
    // An actor of one byte, no dependencies; keys, inserts, actions, values and predecessors, each a run of one value.
    let run = |value: u8| [0xe0, 0xfb, 0xf3, 0x00, value];
    let columns: [(u8, Vec<u8>); 5] = [
        (0x15, [&run(1)[..], b"k"].concat()),
        (0x34, vec![0xe0, 0xfb, 0x73]),
        (0x42, run(1).to_vec()),
        (0x56, run(0).to_vec()),
        (0x70, run(0).to_vec()),
    ];
    let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0, columns.len() as u8];
    body.extend(columns.iter().flat_map(|(spec, column)| [*spec, column.len() as u8]));
    body.extend(columns.iter().flat_map(|(_, column)| column.clone()));
    [&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, body.len() as u8][..], &body].concat()
}
