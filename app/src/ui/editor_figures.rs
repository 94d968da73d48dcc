//! What the editor says about its text: counts, sections, faulty numbers, the line at the caret.

use huigao_shared::text::count::Count;
use huigao_shared::text::lines::Lines;
use huigao_shared::text::outline::{Heading, LineKind, Numbering, line_kind, outline_of};

/// A heading with the length of what stands beneath it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// The heading.
    pub heading: Heading,
    /// Characters up to the next heading of its level or above, the heading itself not counted.
    pub characters: usize,
}

/// Figures of a text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// Both counts.
    pub count: Count,
    /// Its sections, the title among them.
    pub sections: Vec<Section>,
    /// Numbers used twice.
    pub duplicates: usize,
    /// Places where numbers are missing.
    pub gaps: usize,
    /// Numbers that follow, and are written otherwise than the rules have it.
    pub irregular: usize,
}

impl Figures {
    /// Computes them; `known` are lines that have been read before.
    pub fn of(text: &str, known: &mut Lines) -> Self {
        let lines = known.read(text);
        let headings = outline_of(lines.iter().map(|(raw, reading)| (*raw, reading.line)));
        let mut sections: Vec<Section> =
            headings.into_iter().map(|heading| Section { heading, characters: 0 }).collect();
        let mut total = Count::default();
        // The section that each level is in; a heading ends those of its level and below.
        let mut open: Vec<usize> = Vec::new();
        let (mut next, mut offset) = (0, 0);
        for (_, reading) in &lines {
            total.with_punctuation += reading.count.with_punctuation;
            total.without_punctuation += reading.count.without_punctuation;
            let mut beneath = reading.count.with_punctuation;
            if sections.get(next).is_some_and(|section| section.heading.offset == offset) {
                let level = sections.get(next).map_or(0, |section| section.heading.level);
                open.retain(|at| sections.get(*at).is_some_and(|section| (1..level).contains(&section.heading.level)));
                open.push(next);
                next += 1;
                beneath = reading.run_in.with_punctuation;
            }
            for at in &open {
                if let Some(section) = sections.get_mut(*at) {
                    section.characters += beneath as usize;
                }
            }
            offset += reading.line.units + 1;
        }
        let numbered = |numbering| sections.iter().filter(|section| section.heading.numbering == numbering).count();
        let (duplicates, gaps) = (numbered(Numbering::Duplicate), numbered(Numbering::Gap));
        let irregular = numbered(Numbering::Irregular);
        Self { count: total, sections, duplicates, gaps, irregular }
    }

    /// The section in which an offset lies.
    pub fn section_at(&self, offset: usize) -> Option<usize> {
        self.sections.iter().rposition(|section| section.heading.offset <= offset)
    }
}

/// What the line at an offset is.
pub fn kind_at(text: &str, offset: usize) -> LineKind {
    let (mut start, mut first) = (0, true);
    for line in text.split('\n') {
        let end = start + line.encode_utf16().count();
        if offset <= end {
            return line_kind(line, first);
        }
        first &= line.trim().is_empty();
        start = end + 1;
    }
    LineKind::Empty
}
