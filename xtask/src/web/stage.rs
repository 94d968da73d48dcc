//! One folder in which every relative import of a crate's JavaScript holds.
//!
//! `app/web` imports `./pkg/huigao_app.js`, which is built elsewhere; and the generated script
//! imports copies of single files of `app/web` ("snippets"), which have lost their neighbours.
//! In the staged folder `pkg` stands where it is imported from, and each such copy merely
//! re-exports the original, so that every file exists once. Those of other crates stand alone.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp::{files, read};

/// Lays out `stage` anew from the JavaScript of a crate and the package that wasm-bindgen wrote.
pub fn stage(web: &Path, name: &str, package: &Path, stage: &Path) -> Result<()> {
    if stage.exists() {
        fs::remove_dir_all(stage)?;
    }
    let sources = files(web)?;
    for file in &sources {
        write(&stage.join(file), &read(&web.join(file))?)?;
    }
    for file in files(package)?.iter().filter(|file| file.ends_with(".js")) {
        let content = read(&package.join(file))?;
        let content = match original(file, name, &sources) {
            Some(source) => re_export(file, source, &String::from_utf8_lossy(&content)).into(),
            None => content,
        };
        write(&stage.join("pkg").join(file), &content)?;
    }
    Ok(())
}

/// The file of the crate that a snippet is a copy of: `snippets/huigao-app-<hash>/web/editor.js` is `editor.js`.
fn original<'a>(snippet: &'a str, name: &str, sources: &[String]) -> Option<&'a str> {
    let (_, path) = snippet.strip_prefix("snippets/")?.strip_prefix(name)?.strip_prefix('-')?.split_once('/')?;
    let source = path.strip_prefix("web/")?;
    sources.iter().any(|file| file == source).then_some(source)
}

/// A module that passes on what `source` exports; `export *` leaves out the default.
fn re_export(snippet: &str, source: &str, content: &str) -> String {
    // From `pkg/snippets/…/` up to the staged folder: as many steps as there are slashes, and one.
    let up = "../".repeat(snippet.matches('/').count() + 1);
    let mut module = format!("export * from \"{up}{source}\";\n");
    if content.contains("export default") {
        module.push_str(&format!("export {{ default }} from \"{up}{source}\";\n"));
    }
    module
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_of_ours_leads_back_to_its_original() {
        let sources = ["editor.js".to_owned(), "ime/watch.js".to_owned()];
        let original = |snippet| original(snippet, "huigao-app", &sources);
        let snippet = "snippets/huigao-app-0123/web/editor.js";
        assert_eq!(original(snippet), Some("editor.js"));
        assert_eq!(re_export(snippet, "editor.js", ""), "export * from \"../../../../editor.js\";\n");
        assert_eq!(original("snippets/huigao-app-0123/inline0.js"), None);
        assert_eq!(original("snippets/leptos-0123/web/editor.js"), None);
    }

    #[test]
    fn own_files_exist_once_and_those_of_other_crates_stand_alone() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-stage-{}", std::process::id()));
        let [web, package, staged] = ["web", "pkg", "staged"].map(|name| folder.join(name));
        let own = "snippets/huigao-app-0123/web/editor.js";
        let other = "snippets/huigao-browser-0123/web/locks.js";
        write(&web.join("editor.js"), b"export const original = 1;")?;
        for file in [own, other] {
            write(&package.join(file), b"export const copy = 1;")?;
        }
        stage(&web, "huigao-app", &package, &staged)?;
        let content = |file: &str| Ok::<_, anyhow::Error>(String::from_utf8(read(&staged.join(file))?)?);
        assert_eq!(content("editor.js")?, "export const original = 1;");
        assert_eq!(content(&format!("pkg/{own}"))?, "export * from \"../../../../editor.js\";\n");
        assert_eq!(content(&format!("pkg/{other}"))?, "export const copy = 1;");
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
