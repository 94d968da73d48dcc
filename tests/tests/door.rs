//! The door of a running relay: what it serves, to whom, with which headers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use futures_util::StreamExt;
use huigao_shared::ids::MemberId;
use huigao_tests::process::{Client, RelayProcess, binary};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// One request; the whole answer as text.
fn ask(port: u16, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    // A refused upgrade keeps the connection; the head is all that is looked at.
    while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&piece[..read]);
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn get(port: u16, path: &str, headers: &str) -> Result<String> {
    ask(port, &format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n{headers}\r\n"))
}

fn upgrade(port: u16, query: &str, headers: &str) -> Result<String> {
    let socket = "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    ask(
        port,
        &format!("GET /sync{query} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: upgrade\r\n{socket}{headers}\r\n"),
    )
}

fn status(answer: &str) -> Result<u16> {
    answer.split(' ').nth(1).context("no status line")?.parse().context("no status")
}

fn new_token(data: &Path) -> Result<String> {
    let made = Command::new(binary()?).arg("token").arg("--data").arg(data).output()?;
    Ok(String::from_utf8(made.stdout)?.trim().to_owned())
}

#[test]
fn only_the_right_ones_get_in_and_missing_files_are_missing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let site = tempfile::tempdir()?;
    std::fs::write(site.path().join("index.html"), "<!doctype html><title>汇稿</title>")?;
    std::fs::write(site.path().join("app-0123456789abcdef.js"), "export {}")?;
    std::fs::write(site.path().join("engine-0123456789abcdef.js"), "0")?;
    let assets = site.path().to_str().context("a plain path")?;
    let relay = RelayProcess::start_on(folder.path(), 0, &["--assets", assets])?;
    let port = relay.port();

    let page = get(port, "/", "")?;
    assert_eq!(status(&page)?, 200);
    assert!(
        page.contains("content-security-policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"),
        "{page}"
    );
    assert!(page.contains("content-type: text/html; charset=utf-8"), "{page}");
    assert!(page.contains("cache-control: no-cache"), "{page}");
    let etag = page.lines().find_map(|line| line.strip_prefix("etag: ")).context("an etag")?.trim().to_owned();
    assert_eq!(status(&get(port, "/", &format!("if-none-match: {etag}\r\n"))?)?, 304);
    assert_eq!(status(&get(port, "/", &format!("if-none-match: \"x\", W/{etag}\r\n"))?)?, 304);
    for said in [
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: ",
        format!("connect-src 'self' ws://127.0.0.1:{port} wss://127.0.0.1:{port};").as_str(),
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // Nothing of TLS is promised without it, and what is about a person is not kept.
    assert!(!page.contains("strict-transport-security"), "{page}");
    let session = get(port, "/api/session", "")?;
    assert!(session.contains("cache-control: no-store"), "{session}");
    let script = get(port, "/app-0123456789abcdef.js", "")?;
    assert!(script.contains("immutable") && script.contains("javascript"), "{script}");
    // A worker compiles and connects by what comes with its script, not by what the page may.
    let worker = get(port, "/engine-0123456789abcdef.js", "")?;
    for said in [
        "script-src 'self' 'wasm-unsafe-eval';",
        format!("connect-src 'self' ws://127.0.0.1:{port} wss://127.0.0.1:{port};").as_str(),
    ] {
        assert!(worker.contains(said), "{said}: {worker}");
    }
    for missing in ["/no-such-file.js", "/documents/1", "/../Cargo.toml", "/%2e%2e/Cargo.toml"] {
        assert_eq!(status(&get(port, missing, "")?)?, 404, "{missing}");
    }
    assert_eq!(status(&get(port, "/healthz", "")?)?, 200);
    assert_eq!(status(&get(port, "/metrics", "")?)?, 200);

    assert_eq!(status(&upgrade(port, "", "")?)?, 401);
    assert_eq!(status(&upgrade(port, "?token=wrong", "")?)?, 401);
    let token = new_token(folder.path())?;
    assert_eq!(status(&upgrade(port, &format!("?token={token}"), "")?)?, 101);
    assert_eq!(status(&upgrade(port, "", &format!("authorization: Bearer {token}\r\n"))?)?, 101);
    assert_eq!(status(&upgrade(port, &format!("?token={token}"), "authorization: Bearer wrong\r\n")?)?, 401);
    let member = MemberId::from_key("zhou-min");
    assert_eq!(status(&upgrade(port, &format!("?member={member}"), "")?)?, 101);
    assert_eq!(status(&upgrade(port, &format!("?member={member}"), "origin: http://elsewhere.example\r\n")?)?, 403);
    assert_eq!(status(&upgrade(port, &format!("?member={member}"), "x-forwarded-for: 10.0.0.9\r\n")?)?, 401);
    for passed_on in
        ["x-forwarded-for: 10.0.0.9", "via: 1.1 proxy", "x-forwarded-proto: https", "cf-connecting-ip: 10.0.0.9"]
    {
        assert_eq!(status(&get(port, "/api/session", &format!("{passed_on}\r\n"))?)?, 403, "{passed_on}");
    }
    Ok(())
}

#[test]
fn a_bind_beyond_this_machine_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let refused = RelayProcess::start_on(folder.path(), 0, &["--host", "0.0.0.0"]);
    assert!(refused.is_err());
    Ok(())
}

#[test]
fn a_large_body_is_refused_before_it_comes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    let port = relay.port();
    for path in ["/api/enrolment/look", "/api/sign-in/challenge", "/api/sign-in", "/api/setup"] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 2000000\r\n");
        let answer = ask(port, &format!("{head}content-type: application/json\r\n\r\n{{"))?;
        assert_eq!(status(&answer)?, 413, "{path}: {answer}");
    }
    // The one that takes files asks first who sends it.
    let head = format!("POST /api/roster/preview HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 2000000\r\n");
    assert_eq!(status(&ask(port, &format!("{head}\r\n{{"))?)?, 401);
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn a_relay_that_stops_says_that_it_goes_away() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProcess::start(folder.path())?;
    let mut socket = Client::connect(relay.port(), MemberId::from_key("zhou-min"), "here", true).await?.into_socket();
    let told = Command::new("kill").args(["-TERM", &relay.pid().to_string()]).status()?;
    assert!(told.success());
    let code = loop {
        match socket.next().await.context("it closed without a word")?? {
            Frame::Close(close) => break close.map(|close| close.code),
            Frame::Binary(_) | Frame::Text(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
        }
    };
    assert_eq!(code, Some(CloseCode::Away));
    Ok(())
}
