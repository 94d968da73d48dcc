//! A real relay as a process of its own, and a Rust client for it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use huigao_shared::ids::MemberId;
use huigao_shared::wire::{EXTENSION_VERSION, Message, PeerMetadata};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The relay's binary: `HUIGAO_BIN`, or the one that cargo builds beside the tests.
///
/// # Errors
/// If it cannot be built.
pub fn binary() -> Result<PathBuf> {
    static BUILT: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        if let Some(path) = std::env::var_os("HUIGAO_BIN") {
            return Ok(path.into());
        }
        let test = std::env::current_exe().map_err(|error| error.to_string())?;
        let folder = test.ancestors().nth(2).ok_or("the test has no target folder")?.to_owned();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "huigao-server", "--bin", "huigao"])
            .status()
            .map_err(|error| error.to_string())?;
        if status.success() { Ok(folder.join("huigao")) } else { Err("cargo build failed".to_owned()) }
    });
    built.clone().map_err(anyhow::Error::msg)
}

/// A running relay; killed when dropped.
pub struct RelayProcess {
    child: Child,
    binary: PathBuf,
    port: u16,
    data: PathBuf,
    more: Vec<String>,
}

impl RelayProcess {
    /// Starts a relay in demonstration mode on a free port.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start(data: &Path) -> Result<Self> {
        Self::start_on(data, 0, &[])
    }

    /// Starts a relay on a given port with more arguments.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start_on(data: &Path, port: u16, more: &[&str]) -> Result<Self> {
        Self::start_binary(&binary()?, data, port, more)
    }

    /// Starts the relay that is this program.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start_binary(binary: &Path, data: &Path, port: u16, more: &[&str]) -> Result<Self> {
        Self::spawn(binary, data, port, &[&["--demo"], more].concat())
    }

    /// Starts a relay that is no demonstration.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start_plain(data: &Path, port: u16, more: &[&str]) -> Result<Self> {
        Self::spawn(&binary()?, data, port, more)
    }

    /// Starts the relay that is this program, and no demonstration.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start_plain_binary(binary: &Path, data: &Path, port: u16) -> Result<Self> {
        Self::spawn(binary, data, port, &[])
    }

    /// Starts a relay for which no file may grow, as on a full disk, until [`RelayProcess::make_room`].
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start_without_room(data: &Path, more: &[&str]) -> Result<Self> {
        // Its log goes nowhere: that may be a file as well.
        let script = "trap '' XFSZ; ulimit -S -f 0; exec \"$@\" 2>/dev/null";
        let binary = binary()?;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(&binary);
        Self::run(command, &binary, data, 0, more)
    }

    /// Lets its files grow again.
    ///
    /// # Errors
    /// If the system does not.
    pub fn make_room(&self) -> Result<()> {
        let pid = self.pid().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status()?;
        ensure!(done.success(), "the limit stays");
        Ok(())
    }

    /// Why a relay does not start on this data.
    ///
    /// # Errors
    /// If it does start.
    pub fn refused(data: &Path) -> Result<String> {
        let mut command = Command::new(binary()?);
        command.args(["serve", "--demo", "--port", "0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        if !line.is_empty() {
            child.kill()?;
            child.wait()?;
            bail!("the relay said {line:?}");
        }
        Ok(String::from_utf8_lossy(&child.wait_with_output()?.stderr).into_owned())
    }

    fn spawn(binary: &Path, data: &Path, port: u16, more: &[&str]) -> Result<Self> {
        Self::run(Command::new(binary), binary, data, port, more)
    }

    fn run(mut command: Command, binary: &Path, data: &Path, port: u16, more: &[&str]) -> Result<Self> {
        let mut child = command
            .args(["serve", "--port", &port.to_string(), "--data"])
            .arg(data)
            .args(more)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .context("the relay does not start")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Some(port) = line.trim().rsplit(':').next().and_then(|port| port.parse().ok()) else {
            let _ = child.kill();
            bail!("the relay said {line:?}");
        };
        let more = more.iter().map(|argument| (*argument).to_owned()).collect();
        Ok(Self { child, binary: binary.to_owned(), port, data: data.to_owned(), more })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -TERM`, and waits for its end.
    ///
    /// # Errors
    /// If it does not end well.
    pub fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        ensure!(told.success(), "the relay is gone already");
        let status = self.child.wait()?;
        ensure!(status.success(), "the relay ended with {status}");
        Ok(())
    }

    /// `kill -9`, and a new one on the same port and data, in the same way.
    ///
    /// # Errors
    /// If the new one does not come up.
    pub fn kill_and_restart(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        let again = {
            let more: Vec<&str> = self.more.iter().map(String::as_str).collect();
            Self::spawn(&self.binary, &self.data, self.port, &more)?
        };
        *self = again;
        Ok(())
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that speaks our messages, over TCP or over a stream that counts or delays.
pub struct Client<S = MaybeTlsStream<TcpStream>> {
    socket: WebSocketStream<S>,
    /// Its peer id.
    pub peer_id: String,
}

impl Client {
    /// Connects as a member of the demonstration county and joins.
    ///
    /// # Errors
    /// If the relay does not answer.
    pub async fn connect(port: u16, member: MemberId, peer_id: &str, ours: bool) -> Result<Self> {
        let mut client = Self::open(&address(port, &of_member(member)), peer_id).await?;
        client.join(ours).await?;
        Ok(client)
    }
}

impl Client {
    /// Connects to an address and joins.
    ///
    /// # Errors
    /// If the relay does not let it in.
    pub async fn by(address: &str, peer_id: &str) -> Result<Self> {
        let mut client = Self::open(address, peer_id).await?;
        client.join(true).await?;
        Ok(client)
    }

    /// Connects to an address and says nothing yet.
    ///
    /// # Errors
    /// If there is no socket.
    pub async fn open(address: &str, peer_id: &str) -> Result<Self> {
        let (socket, _) = tokio_tungstenite::connect_async(address).await?;
        Ok(Self { socket, peer_id: peer_id.to_owned() })
    }
}

fn address(port: u16, query: &str) -> String {
    format!("ws://127.0.0.1:{port}/sync{query}")
}

fn of_member(member: MemberId) -> String {
    format!("?member={member}")
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Joins over a stream that is connected already, with buffers of `buffer` bytes.
    ///
    /// # Errors
    /// If the relay does not answer.
    pub async fn over(stream: S, port: u16, member: MemberId, peer_id: &str, buffer: usize) -> Result<Self> {
        let mut client = Self::open_over(stream, port, &of_member(member), peer_id, buffer).await?;
        client.join(true).await?;
        Ok(client)
    }

    /// Opens a socket over a stream, by what stands behind its path, and says nothing yet.
    ///
    /// # Errors
    /// If there is no socket.
    pub async fn open_over(stream: S, port: u16, query: &str, peer_id: &str, buffer: usize) -> Result<Self> {
        let config = WebSocketConfig::default().read_buffer_size(buffer).write_buffer_size(buffer);
        let upgrade = tokio_tungstenite::client_async_with_config(address(port, query), stream, Some(config));
        Ok(Self { socket: upgrade.await?.0, peer_id: peer_id.to_owned() })
    }

    /// Joins on a socket that is open.
    ///
    /// # Errors
    /// If the relay does not answer.
    pub async fn join(&mut self, ours: bool) -> Result<()> {
        let metadata = PeerMetadata { huigao: ours.then_some(EXTENSION_VERSION), ..PeerMetadata::default() };
        let sender = self.peer_id.clone();
        self.send(&Message::Join { sender: sender.into(), versions: vec!["1".into()], metadata }).await?;
        let frame = self.next().await?;
        let answer = Message::decode(&frame)?;
        ensure!(matches!(answer, Message::Peer { .. }), "expected peer, got {answer:?}");
        Ok(())
    }

    /// The socket itself, to send and receive at the same time.
    #[must_use]
    pub fn into_socket(self) -> WebSocketStream<S> {
        self.socket
    }

    /// Sends a message.
    ///
    /// # Errors
    /// If the socket is gone.
    pub async fn send(&mut self, message: &Message<'_>) -> Result<()> {
        Ok(self.socket.send(Frame::Binary(message.encode().into())).await?)
    }

    /// Sends bytes that may be no message.
    ///
    /// # Errors
    /// If the socket is gone.
    pub async fn send_bytes(&mut self, frame: Vec<u8>) -> Result<()> {
        Ok(self.socket.send(Frame::Binary(frame.into())).await?)
    }

    /// Queues a message for the next [`Client::flush`].
    ///
    /// # Errors
    /// If the socket is gone.
    pub async fn feed(&mut self, message: &Message<'_>) -> Result<()> {
        Ok(self.socket.feed(Frame::Binary(message.encode().into())).await?)
    }

    /// Sends what is queued.
    ///
    /// # Errors
    /// If the socket is gone.
    pub async fn flush(&mut self) -> Result<()> {
        Ok(self.socket.flush().await?)
    }

    /// The next binary frame.
    ///
    /// # Errors
    /// If the socket is gone.
    pub async fn next(&mut self) -> Result<Vec<u8>> {
        loop {
            match self.socket.next().await.context("the relay closed the connection")?? {
                Frame::Binary(frame) => return Ok(frame.to_vec()),
                Frame::Close(close) => bail!("closed: {close:?}"),
                Frame::Text(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
            }
        }
    }
}
