//! One folder in which every relative import of the app's JavaScript holds.
//!
//! `app/web` imports `./pkg/huigao_app.js`, which is built elsewhere; and the generated script
//! imports copies of single files of `app/web` ("snippets"), which have lost their neighbours.
//! In the staged folder `pkg` stands where it is imported from, and each such copy merely
//! re-exports the original, so that every file exists once.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp::{files, read};

/// Lays out `stage` anew from `app/web` and the package that wasm-bindgen wrote.
pub fn stage(app_web: &Path, package: &Path, stage: &Path) -> Result<()> {
    if stage.exists() {
        fs::remove_dir_all(stage)?;
    }
    let sources = files(app_web)?;
    for file in &sources {
        write(&stage.join(file), &read(&app_web.join(file))?)?;
    }
    for file in files(package)?.iter().filter(|file| file.ends_with(".js")) {
        let content = read(&package.join(file))?;
        let content = match original(file, &sources) {
            Some(source) => re_export(file, source, &String::from_utf8_lossy(&content)).into(),
            None => content,
        };
        write(&stage.join("pkg").join(file), &content)?;
    }
    Ok(())
}

/// The file of `app/web` that a snippet is a copy of:
/// `snippets/huigao-app-<hash>/web/editor.js` is `editor.js`.
fn original<'a>(snippet: &'a str, sources: &[String]) -> Option<&'a str> {
    let (_, path) = snippet.strip_prefix("snippets/huigao-app-")?.split_once('/')?;
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
        let snippet = "snippets/huigao-app-0123/web/editor.js";
        assert_eq!(original(snippet, &sources), Some("editor.js"));
        assert_eq!(re_export(snippet, "editor.js", ""), "export * from \"../../../../editor.js\";\n");
        let inline = "snippets/huigao-app-0123/inline0.js";
        assert_eq!(original(inline, &sources), None);
        let foreign = "snippets/leptos-0123/web/editor.js";
        assert_eq!(original(foreign, &sources), None);
    }
}
