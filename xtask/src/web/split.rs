//! The page's module in parts: what opens the app, and what comes behind the first screen.
//!
//! Functions marked by `wasm_split` (`app/src/ui/late.rs`) begin a part; what nothing else reaches goes with them. Parts
//! join the memory and the table of functions of the first one. What two parts need and the first does not is a file of
//! its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};

use crate::project::Project;
use crate::stamp::{Inputs, Stamp, read};
use crate::web::module::Module;

/// The version of the crate that does it, and of what is done here.
const VERSION: &str = "0.2.4 1";
/// The script by which the first part asks for others, beside the generated one.
pub const LINKS: &str = "parts.js";
/// Which files each part needs.
const NEEDS: &str = "parts.json";
/// What the linker says of features goes only as far as this step: wasm-bindgen and wasm-opt would take what the standard
/// library was built with for what ours may use.
const FEATURES: &str = "target_features";

/// A module in parts.
pub struct Split {
    /// The first one.
    pub first: PathBuf,
    /// The script by which it asks for others, if there are any.
    pub links: Option<PathBuf>,
    /// The files of the others, by name.
    pub files: BTreeMap<String, PathBuf>,
    /// The names of the files that a part needs, in the order in which they join.
    pub needs: BTreeMap<String, Vec<String>>,
}

/// Splits a compiled module, if parts of it come late.
pub fn split(project: &Project, module: &Module, compiled: &Path) -> Result<Split> {
    if !module.is_split {
        let (files, needs) = (BTreeMap::new(), BTreeMap::new());
        return Ok(Split { first: compiled.to_owned(), links: None, files, needs });
    }
    let folder = project.web().join("split").join(module.name);
    let first = folder.join(format!("{}.wasm", module.library()));
    let [links, list] = [LINKS, NEEDS].map(|name| folder.join(name));
    let inputs = Inputs::new().text(VERSION).file(compiled)?.finish();
    Stamp::at(project.stamps().join(format!("split-{}", module.name))).step(
        &inputs,
        &[&first, &links, &list],
        || {
            println!("Splitting {} …", project.show(compiled));
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            write_parts(&read(compiled)?, &folder, &first)
        },
    )?;
    let needs: BTreeMap<String, Vec<String>> = serde_json::from_slice(&read(&list)?)?;
    let names = needs.values().flatten();
    let files = names.map(|name| (name.clone(), folder.join(format!("{name}.wasm")))).collect();
    Ok(Split { first, links: Some(links), files, needs })
}

fn write_parts(compiled: &[u8], folder: &Path, first: &Path) -> Result<()> {
    let mut options = Options::new(compiled);
    let link_name = format!("./{LINKS}");
    (options.output_dir, options.main_out_path, options.link_name) = (folder, first, &link_name);
    // Its errors are of another kind than ours.
    let split = transform(options).map_err(|error| anyhow!("the module could not be split: {error:#}"))?;
    ensure!(!split.prefetch_map.is_empty(), "the module has no late parts");
    for path in split.split_modules.iter().map(PathBuf::as_path).chain([first]) {
        fs::write(path, without(&read(path)?, FEATURES)?)?;
    }
    let needs: BTreeMap<String, Vec<String>> = split.prefetch_map.into_iter().collect();
    fs::write(folder.join(LINKS), links(needs.keys()))?;
    fs::write(folder.join(NEEDS), serde_json::to_string(&needs)?)?;
    Ok(())
}

/// The script: it stands beside the generated one, one folder beneath ours.
fn links<'a>(parts: impl Iterator<Item = &'a String>) -> String {
    let mut script = "import { part } from \"../start/late.js\";\n".to_owned();
    for part in parts {
        script.push_str(&format!("export const __wasm_split_load_{part} = part(\"{part}\");\n"));
    }
    script
}

/// A module without its custom sections of this name.
fn without(wasm: &[u8], name: &str) -> Result<Vec<u8>> {
    let (mut kept, mut rest) =
        wasm.split_at_checked(8).map(|(head, rest)| (head.to_vec(), rest)).context("no module")?;
    while let Some((kind, after)) = rest.split_first() {
        let (length, body) = number(after)?;
        let (content, next) = body.split_at_checked(length).context("a section is cut off")?;
        if *kind != 0 || !is_called(content, name)? {
            let whole = rest.len() - next.len();
            kept.extend(rest.iter().take(whole));
        }
        rest = next;
    }
    Ok(kept)
}

/// Whether a custom section has this name.
fn is_called(section: &[u8], name: &str) -> Result<bool> {
    let (length, rest) = number(section)?;
    Ok(rest.split_at_checked(length).context("a name is cut off")?.0 == name.as_bytes())
}

/// A number as modules have it, seven bits to a byte, and what follows.
fn number(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((value, bytes.split_at(place + 1).1));
        }
    }
    Err(anyhow!("a number is cut off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn a_section_goes_by_its_name_and_all_others_stay() -> Result<()> {
        // A custom section, one of types that is empty, and the same length in as many bytes as a linker takes.
        let custom: &[u8] = b"\0\x06\x04name!";
        let types: &[u8] = b"\x01\x81\x80\x80\x80\0\0";
        let features: &[u8] = b"\0\x10\x0ftarget_features";
        let module = [HEAD, custom, types, features].concat();
        assert_eq!(without(&module, FEATURES)?, [HEAD, custom, types].concat());
        assert_eq!(without(&module, "name")?, [HEAD, types, features].concat());
        assert_eq!(without(HEAD, FEATURES)?, HEAD);
        assert!(without(&module[..module.len() - 1], FEATURES).is_err());
        assert!(without(b"\0asm", FEATURES).is_err());
        Ok(())
    }

    #[test]
    fn a_number_may_take_five_bytes() -> Result<()> {
        assert_eq!(number(b"\x7f.")?, (127, &b"."[..]));
        assert_eq!(number(b"\x80\x01")?, (128, &b""[..]));
        assert!(number(b"\x80").is_err());
        Ok(())
    }

    #[test]
    fn the_script_has_what_the_first_part_asks_for() {
        let parts = ["office".to_owned(), "reading".to_owned()];
        let script = links(parts.iter());
        for part in parts {
            assert!(
                script.contains(&format!("export const __wasm_split_load_{part} = part(\"{part}\");\n")),
                "{script}"
            );
        }
    }
}
