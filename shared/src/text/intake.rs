//! What may enter a text by somebody's hand. The editor has the same rule in JavaScript (`app/web/editor/intake.js`), and
//! both are held to the same cases (`shared/src/text/intake-cases.json`).

/// A text as it may enter a document: whatever ends a line elsewhere is a line break, and what nobody can see or type
/// (control characters but the tab, byte order marks) is gone.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                let _ = chars.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\u{feff}' => {}
            c if c.is_control() && c != '\t' => {}
            c => clean.push(c),
        }
    }
    clean
}

/// The same as one line, for titles and names: no white space around it, and line breaks within are spaces.
#[must_use]
pub fn one_line(text: &str) -> String {
    clean(text).trim().replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cases_that_the_editor_is_held_to_as_well() {
        let cases: Vec<(String, String)> =
            serde_json::from_slice(include_bytes!("intake-cases.json")).expect("pairs of texts");
        assert!(cases.len() > 5);
        for (from, to) in cases {
            assert_eq!(clean(&from), to, "{from:?}");
        }
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(one_line(" 关于用工的\u{b}报告\u{7}\r\n"), "关于用工的 报告");
        assert_eq!(one_line("\u{2028}\u{0} "), "");
    }

    proptest! {
        #[test]
        fn what_is_clean_stays_as_it_is(text in any::<String>()) {
            let once = clean(&text);
            prop_assert!(once.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
            prop_assert_eq!(clean(&once), once);
        }
    }
}
