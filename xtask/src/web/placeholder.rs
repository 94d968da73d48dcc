//! `{{name}}` in the static files, replaced by what only the build knows.

use anyhow::{Result, ensure};

/// Replaces each placeholder. One that the text does not have is an error, and so is one that
/// is left: both mean that page and build no longer agree.
pub fn fill(file: &str, text: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut filled = text.to_owned();
    for (name, value) in values {
        let placeholder = format!("{{{{{name}}}}}");
        ensure!(filled.contains(&placeholder), "public/{file} does not use {placeholder}");
        filled = filled.replace(&placeholder, value);
    }
    let left = leftover(&filled);
    ensure!(left.is_none(), "public/{file} uses {{{{{}}}}}, which the build does not know", left.unwrap_or_default());
    Ok(filled)
}

/// The name in the first `{{name}}`. Braces around anything else are code.
fn leftover(text: &str) -> Option<&str> {
    text.split("{{").skip(1).find_map(|rest| {
        let (name, _) = rest.split_once("}}")?;
        let word = |c: char| c.is_ascii_lowercase() || c == '_';
        (!name.is_empty() && name.chars().all(word)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn fills_every_place_and_leaves_code_alone() -> anyhow::Result<()> {
        let text = "let a = {{list}}; f({{a: 1}}); // {{list}}";
        let filled = fill("sw.js", text, &[("list", "[1]")])?;
        assert_eq!(filled, "let a = [1]; f({{a: 1}}); // [1]");
        Ok(())
    }

    #[test]
    fn page_and_build_must_agree() {
        assert!(fill("index.html", "<p>", &[("styles", "/s.css")]).is_err());
        assert!(fill("index.html", "<p>{{title}}", &[]).is_err());
    }
}
