//! `screen`: the app itself in a real browser.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Bench;
use super::js::lines;
use super::report::{Bound, Figure};

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let all = lines("screen.mjs", &[], &bench.huigao).await?;
    let number = |path: &str| all.pointer(path).and_then(Value::as_f64).with_context(|| format!("no {path} in {all}"));
    let spread = |name: &str| all.get(name).cloned().unwrap_or_default();
    Ok(vec![
        Figure::new(
            "first-load",
            "everything that is kept for work without a line, as it comes over the wire",
            number("/offlineBytes")? / 1000.0,
            "KB",
            Bound::AtMost(800.0),
        ),
        Figure::new(
            "cold-start",
            "a new browser process without a line, to a note of 20,000 characters that can be typed in, median",
            number("/coldStart/p50")?,
            "ms",
            Bound::AtMost(1_500.0),
        )
        .with("spread", spread("coldStart")),
        Figure::new(
            "key-to-paint",
            "20,000 characters, 5 edits of others a second, p95; frames come every 16.7 ms",
            number("/keyToPaint/p95")?,
            "ms",
            Bound::AtMost(16.0),
        )
        .with("spread", spread("keyToPaint")),
        Figure::new("key-alone", "the same with nobody else writing, p95", number("/keyAlone/p95")?, "ms", Bound::None)
            .with("spread", spread("keyAlone")),
        Figure::new(
            "key-100k",
            "100,000 characters, the caret at the start, 5 edits of others a second, p95",
            number("/long/100000/keyToPaint/p95")?,
            "ms",
            Bound::None,
        )
        .with("spread", all.pointer("/long/100000").cloned().unwrap_or_default()),
        Figure::new(
            "key-200k",
            "the same with 200,000 characters",
            number("/long/200000/keyToPaint/p95")?,
            "ms",
            Bound::None,
        )
        .with("spread", all.pointer("/long/200000").cloned().unwrap_or_default()),
        Figure::new(
            "paste-200k",
            "the longest that the page did in one go while 200,000 characters were put in and saved",
            number("/long/200000/pasteTask")?,
            "ms",
            Bound::AtMost(100.0),
        ),
        Figure::new(
            "saved-here",
            "from the last key to the words that say it is saved on this device, p95",
            number("/savedHere/p95")?,
            "ms",
            Bound::AtMost(500.0),
        )
        .with("spread", spread("savedHere")),
    ])
}
