//! The lines of a text as they were read last, so that of a text that has changed only the lines that did are read anew:
//! figures follow every key, and texts are long.

use hashbrown::HashMap;

use super::count::{Count, count};
use super::outline::{Line, heading_len};

/// What is read of a line by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// What it is.
    pub line: Line,
    /// How long it is.
    pub count: Count,
    /// How long what follows a run-in heading in its own line is; nothing in other lines.
    pub run_in: Count,
}

impl Reading {
    fn of(raw: &str) -> Self {
        let run_in = count(raw.get(heading_len(raw)..).unwrap_or_default());
        Self { line: Line::of(raw), count: count(raw), run_in }
    }
}

/// Lines that have been read.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    known: HashMap<Box<str>, Reading>,
    /// How much text the known lines are, in bytes.
    bytes: usize,
}

impl Lines {
    /// The lines of a text, with what is read of each.
    pub fn read<'a>(&mut self, text: &'a str) -> Vec<(&'a str, Reading)> {
        let lines: Vec<_> = text.split('\n').map(|raw| (raw, self.line(raw))).collect();
        // Lines that stand there no more are kept for a while: what was cut is often put in again.
        if self.bytes > 2 * text.len() {
            self.known = lines.iter().map(|(raw, reading)| (Box::from(*raw), *reading)).collect();
            self.bytes = self.known.keys().map(|raw| raw.len()).sum();
        }
        lines
    }

    fn line(&mut self, raw: &str) -> Reading {
        if let Some(reading) = self.known.get(raw) {
            return *reading;
        }
        let reading = Reading::of(raw);
        self.bytes += raw.len();
        self.known.insert(Box::from(raw), reading);
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::outline::{outline, outline_of};
    use proptest::prelude::*;

    #[test]
    fn what_stands_there_no_more_is_forgotten() {
        let mut lines = Lines::default();
        for n in 0..1_000 {
            lines.read(&format!("题目\n{}{n}\n正文", "很长的一段。".repeat(50)));
        }
        assert!(lines.known.len() < 10, "{}", lines.known.len());
    }

    proptest! {
        #[test]
        fn known_lines_are_read_as_new_ones(texts in prop::collection::vec("([一1（]?[、.）]?[情况。，a ]{0,6}\n){0,8}", 1..6)) {
            let mut lines = Lines::default();
            for text in &texts {
                let found = lines.read(text);
                prop_assert_eq!(&found, &Lines::default().read(text));
                let headings = outline_of(found.iter().map(|(raw, reading)| (*raw, reading.line)));
                prop_assert_eq!(headings, outline(text));
                let sum: u32 = found.iter().map(|(_, reading)| reading.count.with_punctuation).sum();
                prop_assert_eq!(sum, count(text).with_punctuation);
            }
        }
    }
}
