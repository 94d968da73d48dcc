//! Figures beside their targets, as a table and as JSON.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};

/// What a figure should keep to.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// Told for what it is worth.
    None,
}

/// Another system's figure.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Which system.
    pub name: &'static str,
    /// Its figure.
    pub value: f64,
    /// In this run, rather than quoted from an earlier one on a like machine.
    pub measured: bool,
}

/// One measured number.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Short, the same from run to run.
    pub name: &'static str,
    /// What was counted.
    pub what: &'static str,
    /// The number.
    pub ours: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it should keep to.
    pub target: Bound,
    /// What would be better still.
    pub stretch: Option<f64>,
    /// Others under the same load.
    pub peers: Vec<Peer>,
    /// What else the run showed.
    pub details: Map<String, Value>,
}

impl Figure {
    /// A figure without peers.
    #[must_use]
    pub fn new(name: &'static str, what: &'static str, ours: f64, unit: &'static str, target: Bound) -> Self {
        Self { name, what, ours, unit, target, stretch: None, peers: Vec::new(), details: Map::new() }
    }

    /// Adds what else the run showed.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Whether it keeps to its target.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.target {
            Bound::AtMost(most) => self.ours <= most,
            Bound::AtLeast(least) => self.ours >= least,
            Bound::None => true,
        }
    }

    fn target(&self) -> String {
        let stretch = self.stretch.map(|stretch| format!(" ({})", number(stretch))).unwrap_or_default();
        match self.target {
            Bound::AtMost(most) => format!("≤ {}{stretch}", number(most)),
            Bound::AtLeast(least) => format!("≥ {}{stretch}", number(least)),
            Bound::None => "–".to_owned(),
        }
    }

    fn peers(&self) -> String {
        let one = |peer: &Peer| format!("{} {}{}", peer.name, number(peer.value), if peer.measured { "" } else { "*" });
        self.peers.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn json(&self) -> Value {
        let peer = |peer: &Peer| json!({ "name": peer.name, "value": peer.value, "measured": peer.measured });
        json!({
            "name": self.name,
            "what": self.what,
            "ours": rounded(self.ours),
            "unit": self.unit,
            "target": self.target(),
            "stretch": self.stretch,
            "holds": self.holds(),
            "peers": self.peers.iter().map(peer).collect::<Vec<_>>(),
            "details": self.details,
        })
    }
}

/// All figures of one run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order in which they were measured.
    pub figures: Vec<Figure>,
}

impl Report {
    /// The table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = String::from(
            "| figure | ours | target (stretch) | | peers (* quoted, not of this run) |\n|---|---|---|---|---|\n",
        );
        for figure in &self.figures {
            let verdict = match figure.target {
                Bound::None => "",
                Bound::AtMost(_) | Bound::AtLeast(_) if figure.holds() => "holds",
                Bound::AtMost(_) | Bound::AtLeast(_) => "MISSED",
            };
            // Writing into a string cannot fail.
            let _ = writeln!(
                table,
                "| {}: {} | {} {} | {} | {verdict} | {} |",
                figure.name,
                figure.what,
                number(figure.ours),
                figure.unit,
                figure.target(),
                figure.peers(),
            );
        }
        table
    }

    /// Writes the JSON file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let figures: Vec<Value> = self.figures.iter().map(Figure::json).collect();
        Ok(std::fs::write(path, format!("{:#}\n", json!({ "figures": figures })))?)
    }
}

/// Three digits that count, or all of a whole number.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => thousands(value),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For JSON: no digits beyond what was measured.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0.0214, 1.5, 17.62, 98.0, 42_000.4].map(number), ["0.021", "1.50", "17.6", "98", "42,000"]);
    }

    #[test]
    fn a_missed_target_is_named() {
        let missed = Figure::new("a", "x", 2.0, "ms", Bound::AtMost(1.0));
        let report = Report { figures: vec![missed, Figure::new("b", "y", 2.0, "ms", Bound::AtLeast(1.0))] };
        assert_eq!(report.table().matches("MISSED").count(), 1);
    }
}
