//! Content hashes, and stamps: a step whose inputs hash to what its stamp says is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A hash over the inputs of a step.
#[derive(Default)]
pub struct Inputs(Sha256);

impl Inputs {
    /// No inputs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes under a name. Lengths go in as well, so that neighbours cannot run together.
    pub fn bytes(mut self, name: &str, bytes: &[u8]) -> Self {
        for part in [name.as_bytes(), bytes] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds a text, such as a version or the options of a tool.
    pub fn text(self, text: &str) -> Self {
        self.bytes("", text.as_bytes())
    }

    /// Adds the content of a file.
    pub fn file(self, path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        Ok(self.bytes("", &bytes))
    }

    /// Adds every file beneath a folder, by relative path and content.
    pub fn tree(mut self, folder: &Path) -> Result<Self> {
        for file in files(folder)? {
            let bytes = read(&folder.join(&file))?;
            self = self.bytes(&file, &bytes);
        }
        Ok(self)
    }

    /// The hash in hexadecimal.
    pub fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// A short content hash for file names and the service worker's list: 64 bits tell versions of
/// one file apart.
pub fn short_hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    hex::encode(digest.iter().take(8).copied().collect::<Vec<u8>>())
}

/// Reads a file, naming it when that fails.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The files beneath a folder as sorted relative paths with `/`. Hidden entries and
/// `node_modules` are left out.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// The record of what a step was last made from.
pub struct Stamp(PathBuf);

impl Stamp {
    /// The stamp kept in this file.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Does the work unless it was done from the same inputs and its outputs still exist.
    /// Work that is interrupted leaves no stamp.
    pub fn step(&self, inputs: &str, outputs: &[&Path], work: impl FnOnce() -> Result<()>) -> Result<()> {
        let last = fs::read_to_string(&self.0).unwrap_or_default();
        if last == inputs && outputs.iter().all(|path| path.exists()) {
            return Ok(());
        }
        fs::remove_file(&self.0).ok();
        work()?;
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.0, inputs).with_context(|| format!("{} cannot be written", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_inputs_do_not_run_together() {
        let one = Inputs::new().text("ab").text("c").finish();
        let two = Inputs::new().text("a").text("bc").finish();
        assert_ne!(one, two);
    }

    #[test]
    fn a_step_runs_once_per_input_and_again_after_a_failure() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let stamp = Stamp::at(folder.join("stamp"));
        let mut runs = 0;
        for inputs in ["a", "a", "b"] {
            stamp.step(inputs, &[], || {
                runs += 1;
                Ok(())
            })?;
        }
        assert_eq!(runs, 2);
        assert!(stamp.step("c", &[], || anyhow::bail!("no")).is_err());
        stamp.step("b", &[], || {
            runs += 1;
            Ok(())
        })?;
        assert_eq!(runs, 3, "a failed step leaves no stamp behind");
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
