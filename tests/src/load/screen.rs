//! `screen`: the app itself in a real browser, and its peers in the same.

mod keys;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Bench;
use super::js::lines;
use super::report::{Bound, Figure};

/// What the script says, by place.
struct Found(Value);

impl Found {
    fn number(&self, path: &str) -> Result<f64> {
        self.0.pointer(path).and_then(Value::as_f64).with_context(|| format!("no {path} in {}", self.0))
    }

    /// All that was said there.
    fn all(&self, path: &str) -> Value {
        self.0.pointer(path).cloned().unwrap_or_default()
    }

    /// A figure that stands at `number`, with what stands around it at `all`.
    fn figure(
        &self,
        (name, what): (&'static str, &'static str),
        (all, number): (&str, &str),
        unit: &'static str,
        bound: Bound,
    ) -> Result<Figure> {
        Ok(Figure::new(name, what, self.number(&format!("{all}{number}"))?, unit, bound).with("all", self.all(all)))
    }
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let found = Found(lines("screen.mjs", &[], &bench.huigao).await?);
    let mut figures = vec![
        Figure::new(
            "first-load",
            "what one can read and type with, as it comes over the wire",
            found.number("/firstLoad/first")? / 1000.0,
            "KB",
            Bound::AtMost(650.0),
        ),
        Figure::new(
            "offline-load",
            "everything that is kept for work without a line",
            found.number("/firstLoad/all")? / 1000.0,
            "KB",
            Bound::None,
        ),
        found.figure(
            (
                "cold-start",
                "a new browser process without a line, at the address of a note of 20,000 characters, until it can be \
                 typed in, median",
            ),
            ("/coldStart/typing", "/p50"),
            "ms",
            Bound::AtMost(800.0),
        )?,
        found.figure(
            ("cold-words", "the same, from the shell to the words, median"),
            ("/coldStart/wordsAfterShell", "/p50"),
            "ms",
            Bound::AtMost(150.0),
        )?,
        found.figure(
            ("cold-engine", "the same, until the engine has told how it stands, median"),
            ("/coldStart/engine", "/p50"),
            "ms",
            Bound::None,
        )?,
    ];
    figures.extend(keys::figures(&found)?);
    figures.extend([
        found.figure(
            ("paste-200k", "the page's longest task from Ctrl+V with 200,000 characters until they are saved"),
            ("/pastes/200000", "/page/longest"),
            "ms",
            Bound::AtMost(100.0),
        )?,
        found.figure(
            (
                "branches",
                "30,000 characters, 3,000 edits on each of two devices while apart: all that the engine does from the \
                 line's return until both branches are on the screen",
            ),
            ("/branches", "/engine/busy"),
            "ms",
            Bound::AtMost(150.0),
        )?,
        found.figure(
            ("branches-task", "the page's longest task meanwhile"),
            ("/branches", "/page/longest"),
            "ms",
            Bound::AtMost(50.0),
        )?,
        found.figure(
            ("saved-here", "from the last key to the words that say it is saved on this device, p95"),
            ("/savedHere", "/p95"),
            "ms",
            Bound::AtMost(500.0),
        )?,
        Figure::new(
            "renderer-memory",
            "private memory of the page's process after 34 documents were opened and read",
            found.number("/memory")?,
            "KB",
            Bound::None,
        ),
    ]);
    Ok(figures)
}
