//! Structure in plain text: a line's number makes it a heading (GB/T 9704).
//!
//! First level `一、`, second `（一）`, third `1.`, fourth `（1）`. Numbers that clerks write otherwise (`2、`, `四.`, `1)`,
//! digits of full width) make headings too, and are flagged: `renumber` puts them right. After `1.` and `（1）` a long
//! sentence is an item of a list, and no heading. The editor, the table of contents, the merged view and the exports all
//! read this one parse.

use serde::{Deserialize, Serialize};

use super::seen::narrow;

/// The most characters of a heading of the third and fourth level: more than a line of paper has.
const LONGEST: usize = 30;
/// With more characters than this, one that has clauses, or ends as sentences do, is a sentence.
const SENTENCE: usize = 20;

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// The first line with text in it, if it carries no number.
    Title,
    /// A heading of level 1 to 4.
    Heading(u8),
    /// Running text.
    Body,
    /// Nothing but white space.
    Empty,
}

impl LineKind {
    /// The name that styles and the editor know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Heading(1) => "h1",
            Self::Heading(2) => "h2",
            Self::Heading(3) => "h3",
            Self::Heading(_) => "h4",
            Self::Body => "body",
            Self::Empty => "empty",
        }
    }
}

/// The kind of one line. `first` says that no line before it has text.
#[must_use]
pub fn line_kind(line: &str, first: bool) -> LineKind {
    Line::of(line).kind(first)
}

/// A line read by itself, whatever stands around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// How long it is, in UTF-16 code units.
    pub units: usize,
    is_empty: bool,
    number: Option<Number>,
    is_item: bool,
}

impl Line {
    /// Reads it.
    #[must_use]
    pub fn of(raw: &str) -> Self {
        let line = raw.trim();
        let number = number_of(line);
        let is_item = number.is_some_and(|number| is_item(line, number));
        Self { units: raw.encode_utf16().count(), is_empty: line.is_empty(), number, is_item }
    }

    /// Its kind. `first` says that no line before it has text.
    #[must_use]
    pub fn kind(self, first: bool) -> LineKind {
        if self.is_empty {
            return LineKind::Empty;
        }
        match self.number {
            Some(_) if self.is_item => LineKind::Body,
            Some(number) => LineKind::Heading(number.level),
            None if first => LineKind::Title,
            None => LineKind::Body,
        }
    }
}

/// A heading's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Number {
    /// 1 to 4.
    pub level: u8,
    /// Its value, from 1.
    pub value: u32,
    /// How many bytes of the line it takes, its marks included.
    pub len: usize,
    /// It is written as the rules have it.
    pub regular: bool,
}

/// The number that a trimmed line starts with: a heading's, or that of an item of a list.
#[must_use]
pub fn number_of(line: &str) -> Option<Number> {
    let open = line.chars().next()?;
    if open == '（' || open == '(' {
        let rest = line.strip_prefix(open)?;
        let close = rest.find(['）', ')'])?;
        let (inner, tail) = rest.split_at_checked(close)?;
        let len = open.len_utf8() + close + tail.chars().next()?.len_utf8();
        return match chinese_numeral(inner) {
            Some(value) => Some(Number { level: 2, value, len, regular: true }),
            None => arabic_numeral(inner).map(|(value, regular)| Number { level: 4, value, len, regular }),
        };
    }
    let end = line.find(['、', '.', '．', '）', ')'])?;
    let (inner, tail) = line.split_at_checked(end)?;
    let mut marks = tail.chars();
    let mark = marks.next()?;
    let (len, next) = (end + mark.len_utf8(), marks.next());
    let (is_bracket, is_dot) = (matches!(mark, '）' | ')'), matches!(mark, '.' | '．'));
    if let Some(value) = chinese_numeral(inner) {
        // "三.八" is a day, not a heading.
        if is_dot && next.is_some_and(is_chinese_digit) {
            return None;
        }
        return Some(Number { level: if is_bracket { 2 } else { 1 }, value, len, regular: mark == '、' });
    }
    // "3.5 hours" is a quantity, and "5、6月" are months.
    if !is_bracket && next.is_some_and(|next| narrow(next).is_ascii_digit()) {
        return None;
    }
    let (value, regular) = arabic_numeral(inner)?;
    Some(Number { level: if is_bracket { 4 } else { 3 }, value, len, regular: regular && is_dot })
}

/// Whether what follows the number in a trimmed line is a sentence of a list, and no heading.
pub(super) fn is_item(line: &str, number: Number) -> bool {
    if number.level < 3 {
        return false;
    }
    let words = line.get(number.len..).unwrap_or_default().trim();
    let (heading, rest) = words.split_once('。').unwrap_or((words, ""));
    let length = heading.chars().count();
    let is_run_in = !rest.trim().is_empty();
    let is_sentence = words.ends_with(['。', '；', '！', '？', ';', '!', '?']) || heading.contains(['，', '；', '：']);
    let is_enumerated = words.ends_with(['；', ';']);
    is_enumerated || length > LONGEST || length > SENTENCE && is_sentence && !is_run_in
}

/// A number in digits of whichever width, and whether they are half as wide as characters.
fn arabic_numeral(text: &str) -> Option<(u32, bool)> {
    let digits: String = text.chars().take(4).map(narrow).collect();
    if !(1..=3).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse().ok().filter(|value| *value > 0)?;
    Some((value, digits == text))
}

fn is_chinese_digit(c: char) -> bool {
    "一二三四五六七八九十".contains(c)
}

/// A Chinese numeral from 一 (1) to 九十九 (99).
#[must_use]
pub fn chinese_numeral(text: &str) -> Option<u32> {
    let digit = |c: char| "一二三四五六七八九".chars().zip(1..).find_map(|(d, value)| (d == c).then_some(value));
    let chars: Vec<char> = text.chars().take(4).collect();
    match chars.as_slice() {
        ['十'] => Some(10),
        ['十', ones] => Some(10 + digit(*ones)?),
        [ones] => digit(*ones),
        [tens, '十'] => Some(digit(*tens)? * 10),
        [tens, '十', ones] => Some(digit(*tens)? * 10 + digit(*ones)?),
        _ => None,
    }
}

/// How much of a line is its heading, in bytes: a heading may be run in, its text going on in the same line after the
/// first `。`. The whole line where it is not, and for a line without a number.
#[must_use]
pub fn heading_len(line: &str) -> usize {
    let end = line.find('。').map(|at| at + '。'.len_utf8());
    let goes_on = |end: &usize| line.get(*end..).is_some_and(|rest| !rest.trim().is_empty());
    let is_heading = |line: &str| number_of(line).is_some_and(|number| !is_item(line, number));
    end.filter(|end| is_heading(line.trim()) && goes_on(end)).unwrap_or(line.len())
}

/// One heading of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heading {
    /// 0 for the title, else 1 to 4.
    pub level: u8,
    /// Where its line starts, in UTF-16 code units from the start of the text.
    pub offset: usize,
    /// Its words, without white space around them; of a run-in heading up to the first `。`.
    pub text: String,
    /// How its number goes on from the one before it.
    pub numbering: Numbering,
}

/// Whether a heading's number follows from those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbering {
    /// It does, or the line has none to follow.
    Follows,
    /// The same number stands before it under the same heading.
    Duplicate,
    /// One or more numbers are missing before it.
    Gap,
    /// It follows, and is written otherwise than the rules have it.
    Irregular,
}

/// The headings of a text, in order, with duplicate and missing numbers flagged.
#[must_use]
pub fn outline(text: &str) -> Vec<Heading> {
    outline_of(text.split('\n').map(|raw| (raw, Line::of(raw))))
}

/// The same of lines that have been read already.
#[must_use]
pub fn outline_of<'a>(lines: impl Iterator<Item = (&'a str, Line)>) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut last = [0u32; 5];
    let (mut offset, mut first) = (0, true);
    for (raw, line) in lines {
        let heading = match line.kind(first) {
            LineKind::Title => Some((0, Numbering::Follows)),
            LineKind::Heading(level) => {
                let (value, regular) = line.number.map_or((0, true), |number| (number.value, number.regular));
                let before = last[usize::from(level)];
                follow(&mut last, level, value);
                let numbering = match value {
                    _ if value == before + 1 && regular => Numbering::Follows,
                    _ if value == before + 1 => Numbering::Irregular,
                    _ if value <= before => Numbering::Duplicate,
                    _ => Numbering::Gap,
                };
                Some((level, numbering))
            }
            // An item that goes on from the headings before it counts among them; others are lists of their own.
            LineKind::Body => {
                let joins = |number: &Number| number.value == last[usize::from(number.level)] + 1;
                if let Some(number) = line.number.filter(joins) {
                    follow(&mut last, number.level, number.value);
                }
                None
            }
            LineKind::Empty => None,
        };
        if let Some((level, numbering)) = heading {
            let trimmed = raw.trim();
            let words = trimmed.get(..heading_len(trimmed)).unwrap_or(trimmed);
            let words = if words.len() < trimmed.len() { words.trim_end_matches('。') } else { words };
            headings.push(Heading { level, offset, text: words.to_owned(), numbering });
        }
        first &= line.is_empty;
        offset += line.units + 1;
    }
    headings
}

/// A number of this level was read; those below begin anew.
pub(super) fn follow(last: &mut [u32; 5], level: u8, value: u32) {
    let level = usize::from(level);
    last[level] = value;
    last[level + 1..].fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lines_number_makes_its_kind() {
        let cases = [
            ("一、基本情况", LineKind::Heading(1)),
            ("二十三、其他", LineKind::Heading(1)),
            ("（一）缺工的时间", LineKind::Heading(2)),
            ("(二) 半角括号", LineKind::Heading(2)),
            ("1.通勤不便", LineKind::Heading(3)),
            ("12．全角点", LineKind::Heading(3)),
            ("（1）末班车", LineKind::Heading(4)),
            ("3.5小时", LineKind::Body),
            ("2、通勤不便", LineKind::Heading(3)),
            ("四.基本情况", LineKind::Heading(1)),
            ("四．基本情况", LineKind::Heading(1)),
            ("1)末班车", LineKind::Heading(4)),
            ("一）缺工", LineKind::Heading(2)),
            ("１．年龄偏大", LineKind::Heading(3)),
            ("（１２）末班车", LineKind::Heading(4)),
            ("３．５小时", LineKind::Body),
            ("5、6月份雨水多", LineKind::Body),
            ("三.八妇女节", LineKind::Body),
            ("2024）年", LineKind::Body),
            ("1.各乡镇要认真组织学习，确保每名党员学习时间不少于四十小时。", LineKind::Body),
            ("（1）各村要在月底以前把问题清单报到镇里，由镇里汇总；", LineKind::Body),
            ("2.认识深不深；", LineKind::Body),
            ("1.提高认识，加强领导", LineKind::Heading(3)),
            ("1.坚持以人为本，着力解决群众最关心的问题。各乡镇要逐条对照。", LineKind::Heading(3)),
            ("一、各乡镇要认真组织学习，确保每名党员学习时间不少于四十小时。", LineKind::Heading(1)),
            ("2024年、2025年", LineKind::Body),
            ("一是通勤不便，二是入学", LineKind::Body),
            ("（讨论稿）", LineKind::Body),
            ("  ", LineKind::Empty),
        ];
        for (line, kind) in cases {
            assert_eq!(line_kind(line, false), kind, "{line}");
        }
        assert_eq!(line_kind("调研报告", true), LineKind::Title);
        assert_eq!(line_kind("一、直接开始", true), LineKind::Heading(1));
    }

    #[test]
    fn a_run_in_heading_ends_at_its_first_full_stop() {
        let text = "调研报告。第一段\n1.年龄偏大。问卷显示，平均41岁。\n一、情况。\n正文。正文。";
        let words: Vec<_> = outline(text).into_iter().map(|heading| heading.text).collect();
        assert_eq!(words, ["调研报告。第一段", "1.年龄偏大", "一、情况。"]);
        assert_eq!(heading_len(" 1.甲。乙"), " 1.甲。".len());
        assert_eq!(heading_len("正文。正文。"), "正文。正文。".len());
    }

    #[test]
    fn offsets_are_utf16_and_faulty_numbers_are_flagged() {
        let text = "\n题目😀\n一、甲\n（一）a\n（三）b\n（三）c\n二、乙\n（一）d";
        let found: Vec<_> = outline(text).into_iter().map(|h| (h.level, h.offset, h.numbering)).collect();
        use Numbering::{Duplicate, Follows, Gap};
        assert_eq!(
            found,
            [
                (0, 1, Follows),
                (1, 6, Follows),
                (2, 10, Follows),
                (2, 15, Gap),
                (2, 20, Duplicate),
                (1, 25, Follows),
                (2, 29, Follows)
            ]
        );
    }

    #[test]
    fn numbers_that_clerks_write_otherwise_are_flagged_where_they_follow() {
        use Numbering::{Duplicate, Follows, Gap, Irregular};
        let text = "一、甲\n二.乙\n1、丙\n２．丁\n2）戊\n四、己";
        let found: Vec<_> = outline(text).into_iter().map(|h| (h.level, h.numbering)).collect();
        assert_eq!(found, [(1, Follows), (1, Irregular), (3, Irregular), (3, Irregular), (4, Gap), (1, Gap)]);
        assert_eq!(outline("1.甲\n1、乙")[1].numbering, Duplicate);
    }

    #[test]
    fn a_list_of_sentences_is_no_part_of_the_outline_and_items_among_headings_count() {
        let long = "各乡镇要认真组织学习，确保每名党员学习时间不少于四十小时。";
        let list = format!("（一）甲\n1.{long}\n2.{long}\n正文\n1.{long}\n（二）乙");
        assert_eq!(outline(&list).iter().map(|h| h.level).collect::<Vec<_>>(), [2, 2]);
        let mixed = format!("1.甲\n2.{long}\n3.乙");
        assert!(outline(&mixed).iter().all(|h| h.numbering == Numbering::Follows));
        let run_in = format!("1.{long}{long}");
        assert_eq!(heading_len(&run_in), "1.各乡镇要认真组织学习，确保每名党员学习时间不少于四十小时。".len());
    }

    proptest! {
        #[test]
        fn offsets_point_at_their_lines(text in "[一二（）1１.、) \\na😀]{0,60}") {
            let units: Vec<u16> = text.encode_utf16().collect();
            for heading in outline(&text) {
                let rest = String::from_utf16(&units[heading.offset..]).expect("offsets never split a character");
                let line = rest.split('\n').next().unwrap_or_default().trim();
                prop_assert_eq!(line, heading.text.as_str());
            }
        }

        #[test]
        fn any_text_parses(text in "\\PC*") {
            let _ = outline(&text);
        }
    }
}
