//! Which files the relay serves, under which names: no writing here, only the answer.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp::{files, read, short_hash};
use crate::web::{placeholder, precache};

const PAGE: &str = "index.html";
const WORKER: &str = "sw.js";
const STYLES: &str = "styles/";

/// What became of one crate.
pub struct Made {
    /// The bundled script.
    pub script: Vec<u8>,
    /// The optimised module.
    pub wasm: Vec<u8>,
}

/// What the earlier steps made.
pub struct Parts {
    /// The page's.
    pub page: Made,
    /// The engine's, for its worker.
    pub engine: Made,
    /// The joined style sheets.
    pub styles: Vec<u8>,
}

/// Names the parts by their content, puts the names into the page, and the whole list into the
/// service worker. All else in `public` is served as it is.
pub fn assemble(public: &Path, parts: Parts) -> Result<BTreeMap<String, Vec<u8>>> {
    let Parts { page: screens, engine, .. } = parts;
    let script = format!("app-{}.js", short_hash(&screens.script));
    let wasm = format!("app-{}.wasm", short_hash(&screens.wasm));
    let engine_script = format!("engine-{}.js", short_hash(&engine.script));
    let engine_wasm = format!("engine-{}.wasm", short_hash(&engine.wasm));
    let styles = format!("styles-{}.css", short_hash(&parts.styles));
    let page = placeholder::fill(
        PAGE,
        &text(public, PAGE)?,
        &[
            ("app_js", &format!("/{script}")),
            ("app_wasm", &format!("/{wasm}")),
            ("engine_js", &format!("/{engine_script}")),
            ("engine_wasm", &format!("/{engine_wasm}")),
            ("styles", &format!("/{styles}")),
        ],
    )?;

    let mut served = BTreeMap::from([
        (PAGE.to_owned(), page.into_bytes()),
        (script, screens.script),
        (wasm, screens.wasm),
        (engine_script, engine.script),
        (engine_wasm, engine.wasm),
        (styles, parts.styles),
    ]);
    for name in files(public)? {
        let handled = name == PAGE || name == WORKER || name.starts_with(STYLES);
        if !handled && !name.ends_with(".md") {
            let content = read(&public.join(&name))?;
            served.insert(name, content);
        }
    }

    let list = precache::list(&served)?;
    let worker =
        placeholder::fill(WORKER, &text(public, WORKER)?, &[("precache", &list.entries), ("version", &list.version)])?;
    served.insert(WORKER.to_owned(), worker.into_bytes());
    Ok(served)
}

fn text(public: &Path, name: &str) -> Result<String> {
    String::from_utf8(read(&public.join(name))?).with_context(|| format!("public/{name} is not UTF-8"))
}
