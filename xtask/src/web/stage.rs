//! One folder in which every relative import of the app's JavaScript holds.
//!
//! `app/web` imports `./pkg/huigao_app.js`, which is built elsewhere; and the generated script
//! imports copies of single files of `app/web` ("snippets"), which have lost their neighbours.
//! In the staged folder `pkg` stands where it is imported from, and each such copy merely
//! re-exports the original, so that every file exists once.
//!
//! The engine's worker runs the same module behind the same generated script. What that imports and only a page can use is
//! put there as functions that throw: the editor is most of the page's script.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp::{files, read};
use crate::web::bind::SCRIPT;

/// Where in `app/web` the files lie that the module uses in the page and in the worker.
const SHARED: &str = "platform/";

/// Which part of the app a staged folder is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The page, with all there is.
    Page,
    /// The engine in its worker.
    Engine,
}

/// Lays out `stage` anew from `app/web` and the package that wasm-bindgen wrote.
pub fn stage(app_web: &Path, package: &Path, stage: &Path, part: Part) -> Result<()> {
    if stage.exists() {
        fs::remove_dir_all(stage)?;
    }
    let sources = files(app_web)?;
    for file in &sources {
        write(&stage.join(file), &read(&app_web.join(file))?)?;
    }
    let script = read(&package.join(SCRIPT))?;
    let script = String::from_utf8_lossy(&script);
    for file in files(package)?.iter().filter(|file| file.ends_with(".js")) {
        let content = read(&package.join(file))?;
        let content = match original(file, &sources) {
            Some(source) if part == Part::Engine && !source.starts_with(SHARED) => {
                stand_in(source, &imported(file, &script)).into()
            }
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

/// The names that the generated script imports from a snippet: `import { a, b as c } from './snippets/…';`.
fn imported<'a>(snippet: &str, script: &'a str) -> Vec<&'a str> {
    let from = format!(" from './{snippet}';");
    script
        .lines()
        .filter_map(|line| line.strip_prefix("import {")?.strip_suffix(from.as_str())?.trim_end().strip_suffix('}'))
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.split_whitespace().next())
        .collect()
}

/// A module of functions by these names that throw, in place of `source`. A name that is missing stops the bundling.
fn stand_in(source: &str, names: &[&str]) -> String {
    let function = |name: &&str| {
        let declared = match *name {
            "default" => "export default function".to_owned(),
            name => format!("export function {name}"),
        };
        format!("{declared}() {{\n  throw new Error(\"only a page has {source}\");\n}}\n")
    };
    names.iter().map(function).collect()
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

    #[test]
    fn the_engine_has_the_platform_and_of_all_else_the_names_alone() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-stage-{}", std::process::id()));
        let [app_web, package, staged] = ["web", "pkg", "staged"].map(|name| folder.join(name));
        let snippets = "snippets/huigao-app-0123/web";
        let script = format!(
            "import {{ createEditor, default as make }} from './{snippets}/editor.js';\n\
             import {{ requestLock }} from './{snippets}/platform/lock.js';\n"
        );
        write(&package.join(SCRIPT), script.as_bytes())?;
        for file in ["editor.js", "platform/lock.js"] {
            write(&app_web.join(file), b"export const original = 1;")?;
            write(&package.join(snippets).join(file), b"export const copy = 1;")?;
        }
        let staged_as = |part: Part, file: &str| -> Result<String> {
            stage(&app_web, &package, &staged, part)?;
            Ok(String::from_utf8(read(&staged.join("pkg").join(file))?)?)
        };

        let editor = format!("{snippets}/editor.js");
        assert_eq!(staged_as(Part::Page, &editor)?, "export * from \"../../../../editor.js\";\n");
        let thrown = "() {\n  throw new Error(\"only a page has editor.js\");\n}\n";
        let expected = format!("export function createEditor{thrown}export default function{thrown}");
        assert_eq!(staged_as(Part::Engine, &editor)?, expected);
        let lock = format!("{snippets}/platform/lock.js");
        for part in [Part::Page, Part::Engine] {
            assert_eq!(staged_as(part, &lock)?, "export * from \"../../../../../platform/lock.js\";\n");
            assert_eq!(staged_as(part, SCRIPT)?, script);
        }
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
