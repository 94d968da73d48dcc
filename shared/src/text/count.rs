//! Counting characters (字数) as word processors in China do.

use super::seen::is_invisible;
use serde::{Deserialize, Serialize};

/// Both counts of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Count {
    /// Every CJK character and full-width mark 1, any run of other non-space characters 1.
    /// This is the one that counts towards thresholds.
    pub with_punctuation: u32,
    /// The same without punctuation marks.
    pub without_punctuation: u32,
}

enum Class {
    /// Belongs to the character before it, or only joins: neither counts nor ends a run.
    Nothing,
    Space,
    Wide,
    WideMark,
    Other {
        mark: bool,
    },
}

/// Counts a text.
#[must_use]
pub fn count(text: &str) -> Count {
    let mut total = Count::default();
    let mut run = Run::None;
    for c in text.chars() {
        match classify(c) {
            Class::Nothing => {}
            Class::Space => total.end(&mut run),
            Class::Wide => {
                total.end(&mut run);
                total.with_punctuation += 1;
                total.without_punctuation += 1;
            }
            Class::WideMark => {
                total.end(&mut run);
                total.with_punctuation += 1;
            }
            // One letter makes a run a word; a run of marks alone is punctuation.
            Class::Other { mark: false } => run = Run::Word,
            Class::Other { mark: true } if matches!(run, Run::None) => run = Run::Marks,
            Class::Other { mark: true } => {}
        }
    }
    total.end(&mut run);
    total
}

#[derive(Clone, Copy)]
enum Run {
    None,
    Marks,
    Word,
}

impl Count {
    fn end(&mut self, run: &mut Run) {
        match std::mem::replace(run, Run::None) {
            Run::None => {}
            Run::Marks => self.with_punctuation += 1,
            Run::Word => {
                self.with_punctuation += 1;
                self.without_punctuation += 1;
            }
        }
    }
}

fn classify(c: char) -> Class {
    match c {
        // Combining marks, those of kana and of keycaps included, and what chooses how a character is drawn.
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{302a}'..='\u{302f}'
        | '\u{3099}'..='\u{309a}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}' => Class::Nothing,
        // A zero-width space parts words as a space does; U+3000 is white space already.
        '\u{200b}' => Class::Space,
        // Joiners, of emoji too, and all else that is not seen.
        _ if is_invisible(c) => Class::Nothing,
        _ if c.is_whitespace() => Class::Space,
        // General punctuation that Chinese text sets full width: quotes, dashes, ellipsis; the middle dot.
        '\u{2014}' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{2026}' | '\u{00b7}' => Class::WideMark,
        // 々 〆 〇 stand for characters.
        '\u{3005}'..='\u{3007}' => Class::Wide,
        '\u{3001}'..='\u{303f}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff01}'..='\u{ff0f}'
        | '\u{ff1a}'..='\u{ff20}'
        | '\u{ff3b}'..='\u{ff40}'
        | '\u{ff5b}'..='\u{ff65}' => Class::WideMark,
        // Radicals, kana, bopomofo, hangul, ideographs and their extensions, other full-width forms.
        '\u{2e80}'..='\u{2fdf}'
        | '\u{3040}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff10}'..='\u{ff19}'
        | '\u{ff21}'..='\u{ff3a}'
        | '\u{ff41}'..='\u{ff5a}'
        | '\u{ff66}'..='\u{ffdc}'
        | '\u{20000}'..='\u{3ffff}' => Class::Wide,
        // Circled and parenthesised numbers are set full width.
        '\u{2460}'..='\u{24ff}' => Class::Wide,
        _ => Class::Other { mark: !c.is_alphanumeric() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vectors() {
        let cases = [
            ("使用 Adobe Photoshop 打开图片", 8, 8),
            ("Rust是由 Mozilla 主導開發的通用、編譯型程式語言。", 20, 18),
            ("9704-2012", 1, 1),
            ("", 0, 0),
            ("一、基本情况\n", 6, 5),
            ("“四查摆”——查问题……", 12, 6),
            ("a —— b", 4, 2),
            ("...", 1, 0),
            ("好👨\u{200d}👩\u{200d}👧\u{200d}👦好", 3, 2),
            ("👩🏽\u{200d}🌾", 1, 0),
            ("❤\u{fe0f}\u{200d}🔥", 1, 0),
            ("汉\u{301}字", 2, 2),
            ("葛\u{e0100}城", 2, 2),
            ("か\u{3099}", 1, 1),
            ("cafe\u{301}", 1, 1),
            ("1\u{fe0f}\u{20e3}", 1, 1),
            ("\u{301}\u{200d}\u{202e}", 0, 0),
            ("ab\u{2060}cd ef\u{200b}gh", 3, 3),
            ("整\u{200e}改", 2, 2),
        ];
        for (text, with, without) in cases {
            let expected = Count { with_punctuation: with, without_punctuation: without };
            assert_eq!(count(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn lines_count_as_the_sum_of_their_parts(a in "\\PC*", b in "\\PC*") {
            let (left, right, both) = (count(&a), count(&b), count(&format!("{a}\n{b}")));
            prop_assert_eq!(both.with_punctuation, left.with_punctuation + right.with_punctuation);
            prop_assert_eq!(both.without_punctuation, left.without_punctuation + right.without_punctuation);
        }

        #[test]
        fn what_only_joins_or_combines_never_counts(
            words in "[汉字a1，。 👩🌾]{0,20}",
            nothing in "[\u{301}\u{fe0f}\u{200d}\u{20e3}\u{2060}\u{e0100}]{0,4}",
        ) {
            let without = count(&words);
            let with: String = words.chars().flat_map(|c| std::iter::once(c).chain(nothing.chars())).collect();
            prop_assert_eq!(count(&with), without);
        }

        #[test]
        fn never_more_than_characters_and_never_more_without(text in "\\PC*") {
            let counted = count(&text);
            prop_assert!(counted.with_punctuation as usize <= text.chars().count());
            prop_assert!(counted.without_punctuation <= counted.with_punctuation);
        }
    }
}
