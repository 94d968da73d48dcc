//! Names of files that are saved: what is in them, where it is from, and when, in a form that every system takes.

/// The longest name without its ending, in bytes. File systems stop at 255, archives and paths on Windows earlier.
const LONGEST: usize = 180;
/// The most that each part after the first takes of it.
const PART: usize = 60;

/// A name of these parts, the most telling first: that one is shortened if all of them are too long. Parts that say nothing
/// are left out, and `otherwise` stands if none says anything.
#[must_use]
pub fn file_name(parts: &[&str], ending: &str, otherwise: &str) -> String {
    let mut clean: Vec<String> = parts.iter().map(|part| cleaned(part)).collect();
    for part in clean.iter_mut().skip(1) {
        *part = cut(part, PART);
    }
    clean.retain(|part| !part.is_empty());
    if clean.is_empty() {
        clean.push(cleaned(otherwise));
    }
    let rest: usize = clean.iter().skip(1).map(|part| part.len() + 1).sum();
    if let Some(first) = clean.first_mut() {
        *first = cut(first, LONGEST.saturating_sub(rest));
    }
    clean.retain(|part| !part.is_empty());
    let mut name = clean.join("_");
    if name.is_empty() || is_device(&name) {
        name.insert(0, '_');
    }
    format!("{name}.{ending}")
}

/// Without what Windows reserves, what shows nothing, and dots and spaces at the ends, which hide files or get lost.
fn cleaned(text: &str) -> String {
    let taken = |c: char| match c {
        '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_control() || c.is_whitespace() => ' ',
        c => c,
    };
    let text: String = text.chars().filter(|c| !is_unseen(*c)).map(taken).collect();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").trim_matches(['.', ' ']).to_owned()
}

/// What takes no room on the screen, or turns the order of what follows about: an ending could be hidden by it.
fn is_unseen(c: char) -> bool {
    let marks = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    marks || matches!(c, '\u{ad}' | '\u{feff}')
}

/// So much from the start as fits into so many bytes.
fn cut(text: &str, most: usize) -> String {
    let mut length = 0;
    let fits = |c: &char| {
        length += c.len_utf8();
        length <= most
    };
    let kept: String = text.chars().take_while(fits).collect();
    kept.trim_end_matches(['.', ' ']).to_owned()
}

/// Names that are devices on Windows, whatever follows a dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    let port = ["COM", "LPT"].iter().find_map(|kind| stem.strip_prefix(kind));
    let is_port = port.is_some_and(|number| {
        let mut digits = number.chars();
        digits.next().is_some_and(|c| matches!(c, '1'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
    });
    is_port || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[&str]) -> String {
        file_name(parts, "txt", "未命名文稿")
    }

    #[test]
    fn two_documents_have_two_names() {
        let day = "2026-04-28";
        assert_eq!(name(&["调研报告", "石岭镇", day]), "调研报告_石岭镇_2026-04-28.txt");
        assert_ne!(name(&["调研报告", "石岭镇", day]), name(&["调研报告", "沙溪镇", day]));
        assert_ne!(name(&["调研报告", "石岭镇", day]), name(&["读书笔记", "石岭镇", day]));
        // However long their titles are, what tells them apart is there.
        let long = "长".repeat(500);
        let (one, other) = (name(&[&long, "石岭镇", day]), name(&[&long, "沙溪镇", day]));
        assert!(one != other && one.len() < 200 && one.ends_with("_石岭镇_2026-04-28.txt"), "{one}");
        let wide = "𠮷".repeat(500);
        assert!(name(&[&wide, &wide, &wide]).len() < 200);
    }

    #[test]
    fn every_system_takes_them() {
        for (title, expected) in [
            ("关于“三农”的/报告: 初稿?", "关于“三农”的_报告_ 初稿_.txt"),
            ("  一\n\t二  ", "一 二.txt"),
            ("...隐藏. ", "隐藏.txt"),
            ("", "未命名文稿.txt"),
            ("\u{200b}\u{3000}", "未命名文稿.txt"),
            ("报告\u{202e}txt.exe", "报告txt.exe.txt"),
            ("con", "_con.txt"),
            ("Lpt1.草稿", "_Lpt1.草稿.txt"),
            ("COM10", "COM10.txt"),
        ] {
            assert_eq!(name(&[title]), expected, "{title:?}");
        }
        assert_eq!(file_name(&[""], "csv", " "), "_.csv");
        assert_eq!(name(&["", "石岭镇", "."]), "石岭镇.txt");
    }
}
