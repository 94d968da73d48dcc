//! What the service worker fetches in advance, so that the app opens without a network.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::stamp::short_hash;

/// The list for the service worker, and a version that changes with any of its entries.
pub struct Precache {
    /// A JSON array of `[url, hash]`.
    pub entries: String,
    /// A hash over all entries.
    pub version: String,
}

/// Whether a file is needed to work without a line. The pictures for installing are not: the browser fetches those
/// itself, when it installs.
pub fn is_for_offline(name: &str) -> bool {
    !name.ends_with(".png")
}

/// Lists every file for offline use, by the address at which the relay serves it; the page itself is `/`.
pub fn list(files: &BTreeMap<String, Vec<u8>>) -> Result<Precache> {
    let mut pairs: Vec<(String, String)> = files
        .iter()
        .filter(|(name, _)| is_for_offline(name))
        .map(|(name, content)| {
            let url = match name.as_str() {
                "index.html" => "/".to_owned(),
                other => format!("/{other}"),
            };
            (url, short_hash(content))
        })
        .collect();
    pairs.sort();
    let entries = serde_json::to_string(&pairs)?;
    let version = short_hash(entries.as_bytes());
    Ok(Precache { entries, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(content: &str) -> BTreeMap<String, Vec<u8>> {
        [("index.html", "page"), ("icons/a.svg", content)].map(|(name, text)| (name.to_owned(), text.into())).into()
    }

    #[test]
    fn the_page_is_the_root_and_the_version_follows_the_content() -> Result<()> {
        let first = list(&files("one"))?;
        let pairs: Vec<(String, String)> = serde_json::from_str(&first.entries)?;
        let urls: Vec<&str> = pairs.iter().map(|(url, _)| url.as_str()).collect();
        assert_eq!(urls, ["/", "/icons/a.svg"]);
        assert_ne!(first.version, list(&files("two"))?.version);
        assert_eq!(first.version, list(&files("one"))?.version);
        Ok(())
    }
}
