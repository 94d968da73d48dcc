//! One cell as people mean it: without what is not seen at its ends, and with what is not seen within it found out.

use huigao_shared::text::seen::{folded, is_blank, is_invisible, spelt_out, trimmed};

/// What a cell says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Cell {
    /// Its text: ends trimmed, white space within it one space.
    pub text: String,
    /// The whole of it, with what is not seen spelt out, if something was dropped at its ends.
    pub dropped: Option<String>,
    /// The same, if there is something within it that is not seen.
    pub hidden: Option<String>,
}

impl Cell {
    pub(super) fn of(raw: &str) -> Self {
        let kept = trimmed(raw);
        let words: Vec<&str> = kept.split_whitespace().collect();
        let spelt = |is: bool| is.then(|| spelt_out(raw.trim()));
        let count = |text: &str| text.chars().filter(|c| is_invisible(*c)).count();
        let (all, within) = (count(raw), count(kept));
        Self { text: words.join(" "), dropped: spelt(all > within), hidden: spelt(within > 0) }
    }
}

/// Whether a row has anything that is seen.
pub(super) fn is_filled(row: &[String]) -> bool {
    row.iter().any(|cell| !is_blank(cell))
}

/// A name for comparing: spaces of any width, full and half width, large and small letters make no difference.
pub(super) fn name_key(name: &str) -> String {
    folded(name).chars().filter(|c| *c != ' ').collect()
}

/// A name without the spaces by which Chinese names are set as wide as others: none between two such characters.
pub(super) fn closed_up(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let wide = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| u32::from(*c) >= 0x2e80);
    let between = |at: usize| wide(at.checked_sub(1)) && wide(at.checked_add(1));
    chars.iter().enumerate().filter(|(at, c)| **c != ' ' || !between(*at)).map(|(_, c)| *c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_dropped_at_the_ends_and_found_within() {
        let cell = |raw: &str| {
            let cell = Cell::of(raw);
            (cell.text, cell.dropped, cell.hidden)
        };
        assert_eq!(cell("　何静 "), ("何静".to_owned(), None, None));
        assert_eq!(cell("何静\u{200b}"), ("何静".to_owned(), Some("何静⟨U+200B⟩".to_owned()), None));
        let inside = cell("何\u{202e}静");
        assert_eq!(inside, ("何\u{202e}静".to_owned(), None, Some("何⟨U+202E⟩静".to_owned())));
        assert_eq!(cell("\u{200b}").0, "");
    }

    #[test]
    fn chinese_names_have_no_spaces_and_others_keep_theirs() {
        for name in ["张　三", "张 三", "张三"] {
            assert_eq!(closed_up(&Cell::of(name).text), "张三");
            assert_eq!(name_key(name), "张三");
        }
        assert_eq!(closed_up("Mary  Ann".split_whitespace().collect::<Vec<_>>().join(" ").as_str()), "Mary Ann");
        assert_eq!(closed_up("阿 Q 正 传"), "阿 Q 正传");
    }
}
