//! Counting characters (字数) as word processors in China do.

/// Both counts of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Every CJK character and full-width mark 1, any run of other non-space characters 1.
    /// This is the one that counts towards thresholds.
    pub with_punctuation: u32,
    /// The same without punctuation marks.
    pub without_punctuation: u32,
}

enum Class {
    Space,
    Wide,
    WideMark,
    Other { mark: bool },
}

/// Counts a text.
#[must_use]
pub fn count(text: &str) -> Count {
    let mut total = Count::default();
    let mut run = Run::None;
    for c in text.chars() {
        match classify(c) {
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
        // Zero-width characters are no more a word than a space is; U+3000 is white space already.
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => Class::Space,
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
        fn never_more_than_characters_and_never_more_without(text in "\\PC*") {
            let counted = count(&text);
            prop_assert!(counted.with_punctuation as usize <= text.chars().count());
            prop_assert!(counted.without_punctuation <= counted.with_punctuation);
        }
    }
}
