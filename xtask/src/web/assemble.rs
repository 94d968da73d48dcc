//! Which files the relay serves, under which names: no writing here, only the answer.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp::{files, read, short_hash};
use crate::web::{placeholder, precache};

const PAGE: &str = "index.html";
const WORKER: &str = "sw.js";
const STYLES: &str = "styles/";
/// What the names of late files begin with.
pub const LATE: &str = "late-";

/// What became of one crate.
pub struct Made {
    /// The bundled script.
    pub script: Vec<u8>,
    /// The optimised module.
    pub wasm: Vec<u8>,
    /// What comes late, by name.
    pub late: BTreeMap<String, Vec<u8>>,
    /// The names of what each late part needs, in order.
    pub needs: BTreeMap<String, Vec<String>>,
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
    let late: BTreeMap<String, String> =
        screens.late.iter().map(|(name, wasm)| (name.clone(), late_name(name, wasm))).collect();
    let addresses = serde_json::to_string(&addresses(&screens.needs, &late)?)?;
    let page = placeholder::fill(
        PAGE,
        &text(public, PAGE)?,
        &[
            ("app_js", &format!("/{script}")),
            ("app_wasm", &format!("/{wasm}")),
            ("engine_js", &format!("/{engine_script}")),
            ("engine_wasm", &format!("/{engine_wasm}")),
            ("late", &addresses),
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
    for (name, wasm) in screens.late {
        let served_as = late.get(&name).with_context(|| format!("{name} has no name to be served by"))?;
        served.insert(served_as.clone(), wasm);
    }
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

/// What a late file is served as.
fn late_name(name: &str, wasm: &[u8]) -> String {
    let name = name.trim_start_matches("split_").replace('_', "-");
    format!("{LATE}{name}-{}.wasm", short_hash(wasm))
}

/// Where each late part's files are, in the order in which they join.
fn addresses<'a>(
    needs: &'a BTreeMap<String, Vec<String>>,
    served: &BTreeMap<String, String>,
) -> Result<BTreeMap<&'a str, Vec<String>>> {
    let address = |name: &String| Ok(format!("/{}", served.get(name).with_context(|| format!("there is no {name}"))?));
    needs.iter().map(|(part, names)| Ok((part.as_str(), names.iter().map(address).collect::<Result<_>>()?))).collect()
}

fn text(public: &Path, name: &str) -> Result<String> {
    String::from_utf8(read(&public.join(name))?).with_context(|| format!("public/{name} is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_parts_are_named_by_their_content_and_join_in_order() -> Result<()> {
        let [chunk, office] = ["chunk_1", "split_office"].map(|name| (name.to_owned(), late_name(name, b"one")));
        assert!(chunk.1.starts_with("late-chunk-1-") && office.1.starts_with("late-office-"), "{chunk:?} {office:?}");
        assert_ne!(late_name("split_office", b"two"), office.1);

        let needs = BTreeMap::from([("office".to_owned(), vec![chunk.0.clone(), office.0.clone()])]);
        let expected = [&chunk.1, &office.1].map(|name| format!("/{name}"));
        let served = BTreeMap::from([office, chunk]);
        assert_eq!(addresses(&needs, &served)?.get("office").map(Vec::as_slice), Some(&expected[..]));
        assert!(addresses(&needs, &BTreeMap::new()).is_err());
        Ok(())
    }
}
