//! Writes the output folder. What has not changed is not touched: cargo sees from the files'
//! times whether the relay, which embeds them, must be built again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp::files;
use crate::web::compress;
use crate::web::report::Size;

/// The built app.
pub struct Dist {
    /// Size of each file that is served, without the compressed siblings.
    pub sizes: Vec<Size>,
}

/// Makes `folder` hold exactly `served`, with a `.br` and `.gz` beside what compresses.
pub fn publish(folder: &Path, served: &BTreeMap<String, Vec<u8>>) -> Result<Dist> {
    let mut wanted = BTreeSet::new();
    let mut sizes = Vec::new();
    for (name, content) in served {
        let siblings = [format!("{name}.br"), format!("{name}.gz")];
        let [brotli, gzip] = siblings.each_ref().map(|sibling| folder.join(sibling));
        if fs::read(folder.join(name)).ok().as_ref() != Some(content) {
            // Siblings of the old content go first, so that no interruption can leave them.
            fs::remove_file(&brotli).ok();
            fs::remove_file(&gzip).ok();
            write(&folder.join(name), content)?;
        }
        let mut compressed = None;
        if compress::worthwhile(name, content) {
            if !brotli.exists() {
                println!("Compressing {name} …");
                write(&brotli, &compress::brotli(content)?)?;
            }
            if !gzip.exists() {
                write(&gzip, &compress::gzip(content)?)?;
            }
            compressed = Some(brotli.metadata()?.len());
            wanted.extend(siblings);
        }
        wanted.insert(name.clone());
        sizes.push(Size { name: name.clone(), raw: content.len() as u64, brotli: compressed });
    }
    for name in files(folder)? {
        if !wanted.contains(&name) {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(Dist { sizes })
}

/// Writes beside the place and renames, so that no file is ever there in part.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let error = || format!("{} cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(error)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, content).with_context(error)?;
    fs::rename(&partial, path).with_context(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_follows_and_unchanged_files_are_left_alone() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-publish-{}", std::process::id()));
        let long = |text: &str| text.repeat(2_000).into_bytes();
        let first = BTreeMap::from([("a.js".to_owned(), long("a")), ("icons/b.js".to_owned(), long("b"))]);
        publish(&folder, &first)?;
        let names = ["a.js", "a.js.br", "a.js.gz"];
        let all = ["icons/b.js", "icons/b.js.br", "icons/b.js.gz"];
        assert_eq!(files(&folder)?, [names, all].concat());

        let written = folder.join("a.js").metadata()?.modified()?;
        let second = BTreeMap::from([("a.js".to_owned(), long("a"))]);
        publish(&folder, &second)?;
        assert_eq!(files(&folder)?, names);
        assert_eq!(folder.join("a.js").metadata()?.modified()?, written);

        let third = BTreeMap::from([("a.js".to_owned(), long("c"))]);
        publish(&folder, &third)?;
        let expected = compress::brotli(&long("c"))?;
        assert_eq!(fs::read(folder.join("a.js.br"))?, expected);
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
