//! `js`: the relay under official JavaScript clients, beside other systems' servers under the same load.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::report::{Bound, Figure, Peer};
use super::{Bench, member};

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (relay, folder) = bench.relay()?;
    let url = format!("ws://127.0.0.1:{}/sync?member={}", relay.port(), member());
    let ours = load("load-automerge.mjs", &url, relay.pid()).await?;
    drop((relay, folder));

    let mut peers = Vec::new();
    let mut details = vec![("ours", ours.clone())];
    for (name, server, script) in [
        ("automerge-repo", "server-automerge-repo.mjs", "load-automerge.mjs"),
        ("Hocuspocus", "server-hocuspocus.mjs", "load-yjs.mjs"),
    ] {
        let folder = tempfile::Builder::new().prefix("huigao-bench-").tempdir()?;
        let server = Server::start(server, folder.path())?;
        let figures = load(script, &format!("ws://127.0.0.1:{}/", server.port), server.child.id()).await?;
        peers.push(Peer { name, value: cpu(&figures)?, measured: true });
        details.push((name, figures));
    }
    peers.push(Peer { name: "samod", value: 6.4, measured: false });
    peers.push(Peer { name: "y-sweet (saves every 10 s)", value: 0.41, measured: false });

    let what = "relay CPU per edit, 40 documents × 4 official JS clients, 100 edits/s, durable";
    let mut figure = Figure::new("js", what, cpu(&ours)?, "ms", Bound::AtMost(0.6));
    figure.stretch = Some(0.4);
    figure.peers = peers;
    Ok(vec![details.into_iter().fold(figure, |figure, (name, value)| figure.with(name, value))])
}

fn cpu(figures: &Value) -> Result<f64> {
    figures["serverCpuMsPerEdit"].as_f64().context("the load says nothing of CPU")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench")
}

/// Runs one of the loads and returns the line of JSON that it ends with.
async fn load(script: &str, url: &str, pid: u32) -> Result<Value> {
    lines(script, &["--url", url, "--pid", &pid.to_string()], Path::new("")).await
}

/// Runs a script and returns the line of JSON that it ends with. `huigao` is the program for those that start it.
pub(super) async fn lines(script: &str, arguments: &[&str], huigao: &Path) -> Result<Value> {
    let mut node = tokio::process::Command::new("node");
    node.arg(folder().join(script)).args(arguments).env("HUIGAO_BIN", huigao);
    let output = node.stderr(Stdio::inherit()).kill_on_drop(true).output().await.context("node does not run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(figures) = text.lines().last().and_then(|line| serde_json::from_str(line).ok()) else {
        bail!("{script} says {text:?}");
    };
    if !output.status.success() {
        bail!("{script}: not all was delivered: {figures}");
    }
    Ok(figures)
}

/// Another system's server; ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(script: &str, data: &Path) -> Result<Self> {
        let mut child = Command::new("node")
            .arg(folder().join(script))
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .context("node does not run")?;
        let stdout = child.stdout.take().context("no standard output")?;
        // Owned from here on, so that it ends whatever it says.
        let mut server = Self { child, port: 0 };
        for line in BufReader::new(stdout).lines() {
            if let Some(port) = line?.rsplit(':').next().and_then(|port| port.trim().parse().ok()) {
                server.port = port;
                return Ok(server);
            }
        }
        bail!("{script} ended without listening")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
