//! What a process costs, read from `/proc`, and what the relay says of itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

/// The clock of `/proc`: 100 ticks a second on every Linux, whatever the kernel's own.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of a process so far: user and system, all threads.
pub(super) fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the command in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(") ").context("no such line in /proc")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |index: usize| -> Result<u32> { Ok(fields.get(index).context("a short line in /proc")?.parse()?) };
    Ok(TICK * (ticks(11)? + ticks(12)?))
}

/// CPU time of this process so far.
pub(super) fn own_cpu() -> Result<Duration> {
    cpu(std::process::id())
}

/// How long the threads of a process were ready to run and had no core, so far: what others on the machine cost it.
pub(super) fn starved(pid: u32) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end meanwhile.
        let Ok(line) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        let waited = line.split(' ').nth(1).context("a short schedstat")?;
        total += Duration::from_nanos(waited.parse()?);
    }
    Ok(total)
}

/// Resident memory of a process in MiB.
pub(super) fn resident(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}

/// Waits until the process has used next to no CPU for half a second, ten seconds at most.
pub(super) async fn quiet(pid: u32) -> Result<()> {
    let mut before = cpu(pid)?;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let after = cpu(pid)?;
        if after <= before + TICK {
            break;
        }
        before = after;
    }
    Ok(())
}

/// One of the relay's own gauges.
pub(super) fn gauge(port: u16, name: &str) -> Result<f64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET /metrics HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(value.with_context(|| format!("/metrics has no {name}"))?.trim().parse()?)
}
