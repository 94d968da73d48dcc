//! Renumbering headings: every number follows from the one before it, in the form it has.

use huigao_shared::text::outline::{LineKind, line_kind, number_of};

use crate::session::event::Splice;

/// The edits that put all numbers of a text in order, last one first, so that none moves another.
pub fn renumber(text: &str) -> Vec<Splice> {
    let mut splices = Vec::new();
    let mut last = [0_u32; 5];
    let (mut offset, mut first) = (0, true);
    for raw in text.split('\n') {
        let line = raw.trim();
        if let (LineKind::Heading(level), Some(number)) = (line_kind(line, first), number_of(line)) {
            let value = last.get(usize::from(level)).copied().unwrap_or_default() + 1;
            if let Some(counter) = last.get_mut(usize::from(level)) {
                *counter = value;
            }
            if let Some(below) = last.get_mut(usize::from(level) + 1..) {
                below.fill(0);
            }
            let margin = raw.len() - raw.trim_start().len();
            let before = raw.get(..margin).map_or(0, |space| space.encode_utf16().count());
            let bracket = usize::from(line.starts_with(['（', '(']));
            if number.value != value
                && let Some(words) = numeral(level, value)
                && let Some(old) =
                    line.get(..number.len).map(|old| old.trim_matches(['（', '(', '）', ')', '、', '.', '．']))
            {
                let at = offset + before + bracket;
                splices.push(Splice { at, delete: old.encode_utf16().count(), insert: words });
            }
        }
        first &= line.is_empty();
        offset += raw.encode_utf16().count() + 1;
    }
    splices.reverse();
    splices
}

/// A number as headings of a level write it; none above 99, which official texts do not have.
fn numeral(level: u8, value: u32) -> Option<String> {
    if level > 2 {
        return Some(value.to_string());
    }
    let digit = |value: u32| "一二三四五六七八九".chars().nth(value.checked_sub(1)? as usize);
    let (tens, ones) = (value / 10, value % 10);
    let mut words = String::new();
    match tens {
        0 => {}
        1 => words.push('十'),
        2..=9 => {
            words.extend(digit(tens));
            words.push('十');
        }
        _ => return None,
    }
    words.extend(digit(ones));
    Some(words)
}
