//! Renumbering headings: every number follows from the one before it. One that is written as the rules have it keeps its
//! form, another is written as they have it.

use super::outline::{LineKind, Number, follow, is_item, line_kind, number_of};

/// A piece of text to be replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rewrite {
    /// Where it starts, in UTF-16 code units from the start of the text.
    pub at: usize,
    /// How long it is.
    pub delete: usize,
    /// What stands there instead.
    pub insert: String,
}

/// What puts all numbers of a text in order, the last one first, so that none moves another.
#[must_use]
pub fn renumber(text: &str) -> Vec<Rewrite> {
    let mut rewrites = Vec::new();
    // As they stand, and as they will.
    let (mut old, mut new) = ([0_u32; 5], [0_u32; 5]);
    let mut offset = 0;
    for raw in text.split('\n') {
        let line = raw.trim();
        if let Some(number) = number_of(line).filter(|number| takes_part(line, *number, &old, &new)) {
            let value = new[usize::from(number.level)] + 1;
            follow(&mut old, number.level, number.value);
            follow(&mut new, number.level, value);
            let margin = raw.len() - raw.trim_start().len();
            let before = raw.get(..margin).map_or(0, |space| space.encode_utf16().count());
            if let Some(rewrite) = rewritten(line, number, value) {
                rewrites.push(Rewrite { at: offset + before + rewrite.at, ..rewrite });
            }
        }
        offset += raw.encode_utf16().count() + 1;
    }
    rewrites.reverse();
    rewrites
}

/// Headings do; items of lists only where they go on from headings, now or when all is done.
fn takes_part(line: &str, number: Number, old: &[u32; 5], new: &[u32; 5]) -> bool {
    let level = usize::from(number.level);
    !is_item(line, number) || number.value == old[level] + 1 || number.value == new[level] + 1
}

/// The number of a trimmed line with this value, if that changes anything.
fn rewritten(line: &str, number: Number, value: u32) -> Option<Rewrite> {
    let is_heading = matches!(line_kind(line, false), LineKind::Heading(_));
    let old = line.get(..number.len)?;
    if number.value == value && (number.regular || !is_heading) {
        return None;
    }
    let words = numeral(number.level, value)?;
    if number.regular {
        let bracket = usize::from(line.starts_with(['（', '(']));
        let old = old.trim_matches(['（', '(', '）', ')', '、', '.', '．']);
        return Some(Rewrite { at: bracket, delete: old.encode_utf16().count(), insert: words });
    }
    let insert = match number.level {
        1 => format!("{words}、"),
        3 => format!("{words}."),
        _ => format!("（{words}）"),
    };
    Some(Rewrite { at: 0, delete: old.encode_utf16().count(), insert })
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

#[cfg(test)]
mod tests {
    use super::super::outline::{Numbering, chinese_numeral, outline};
    use super::*;
    use proptest::prelude::*;

    fn renumbered(text: &str) -> String {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        for Rewrite { at, delete, insert } in renumber(text) {
            units.splice(at..at + delete, insert.encode_utf16());
        }
        String::from_utf16(&units).expect("no character is split")
    }

    #[test]
    fn numbers_follow_and_what_is_written_otherwise_is_written_by_the_rules() {
        assert_eq!(renumbered("一、甲\n三、乙\n(一)丙\n（三)丁"), "一、甲\n二、乙\n(一)丙\n（二)丁");
        assert_eq!(
            renumbered("😀题\n 一.甲\n2、乙\n３．丙\n1)丁\n二）戊"),
            "😀题\n 一、甲\n1.乙\n2.丙\n（1）丁\n（一）戊"
        );
        assert_eq!(renumbered("１．甲\n2．乙"), "1.甲\n2．乙");
        let untouched = "5、6月\n3.5小时\n三.八\n一、甲";
        assert_eq!(renumbered(untouched), untouched);
    }

    #[test]
    fn lists_of_sentences_stay_and_items_among_headings_go_along() {
        let long = "各乡镇要认真组织学习，确保每名党员学习时间不少于四十小时。";
        let lists = format!("（一）甲\n1.{long}\n2.{long}\n正文\n1.{long}\n2、{long}\n（二）乙");
        assert_eq!(renumbered(&lists), lists);
        assert_eq!(renumbered(&format!("1.甲\n3.乙\n4.{long}\n5.丙")), format!("1.甲\n2.乙\n3.{long}\n4.丙"));
    }

    #[test]
    fn numerals_are_read_back() {
        for value in 1..=99 {
            assert_eq!(numeral(1, value).as_deref().and_then(chinese_numeral), Some(value));
        }
        assert_eq!(numeral(1, 100), None);
    }

    proptest! {
        #[test]
        fn once_is_enough_and_nothing_but_numbers_changes(
            lines in prop::collection::vec(
                ("[一二三四]{1,2}[、.）]|（[一二三]）|\\([12]\\)|[1-4１２]{1,2}[.、．)）]|（[1-3２]）|", "甲|😀乙| |正文。后文。|各乡镇要认真组织学习，确保每名党员学习时间都够。"),
                0..14,
            ),
        ) {
            let text = lines.iter().map(|(number, words)| format!("{number}{words}")).collect::<Vec<_>>().join("\n");
            let once = renumbered(&text);
            prop_assert_eq!(renumber(&once), Vec::new(), "{:?} to {:?}", text, once);
            for heading in outline(&once) {
                prop_assert_eq!(heading.numbering, Numbering::Follows, "{:?} to {:?}", text, once);
            }
            let words = |text: &str| -> Vec<String> {
                let rest = |line: &str| number_of(line.trim()).and_then(|n| line.trim().get(n.len..)).map(str::to_owned);
                text.split('\n').map(|line| rest(line).unwrap_or_else(|| line.to_owned())).collect()
            };
            prop_assert_eq!(words(&text), words(&once));
        }
    }
}
