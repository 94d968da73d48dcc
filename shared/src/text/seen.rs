//! What of a text is seen: characters that show nothing, and texts that look the same.

/// Whether a character shows nothing and is no white space either: controls, marks of direction, joiners, fillers.
/// Variation selectors are none of them: they choose how the character before them is drawn, in names too.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let format = matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    format || c.is_control() && !c.is_whitespace()
}

/// Whether nothing of a text is seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(shows_nothing)
}

/// A text without what shows nothing at its ends.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(shows_nothing)
}

/// A text for comparing and finding: full-width letters, digits and marks as the half-width ones, small letters, and
/// nothing of what is not seen. Spaces stay, all of the same width.
#[must_use]
pub fn folded(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_whitespace() { ' ' } else { narrow(c) });
    shown.flat_map(char::to_lowercase).collect()
}

/// A character in its half-width form, if it has one of letters, digits and marks.
#[must_use]
pub fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// A text with what is not seen spelt out by its number, so that people see where it is.
#[must_use]
pub fn spelt_out(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn shows_nothing(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_shows_nothing_is_nothing() {
        for blank in ["", " ", "\u{3000}", "\u{200b}", "\u{202e}\u{2066}", "\0", "\u{feff} \u{2060}\n", "\u{3164}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for shown in ["字", "\u{200b}字", "。", "葛\u{e0100}", "🌾"] {
            assert!(!is_blank(shown), "{shown:?}");
        }
        assert_eq!(trimmed("\u{200b}　何\u{202e}静 \u{feff}"), "何\u{202e}静");
        assert_eq!(spelt_out("何\u{200b}静\0"), "何⟨U+200B⟩静⟨U+0000⟩");
    }

    #[test]
    fn texts_that_look_the_same_fold_to_the_same() {
        assert_eq!(folded("２０２４年　Ａ（一）"), "2024年 a(一)");
        assert_eq!(folded("整\u{200b}改\u{2060}台账"), "整改台账");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC*") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once.clone());
        }

        #[test]
        fn nothing_visible_is_trimmed_away(text in "[何静ａ \u{200b}\u{202e}\u{3000}]{0,12}") {
            let left = trimmed(&text);
            prop_assert_eq!(left.is_empty(), is_blank(&text));
            prop_assert!(!left.starts_with(shows_nothing) && !left.ends_with(shows_nothing));
        }
    }
}
