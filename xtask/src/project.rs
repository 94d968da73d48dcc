//! Where the workspace and its build output lie. Nothing else in this crate guesses a path.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::sh;

/// The folders of one checkout.
pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// Asks cargo, which knows about `CARGO_TARGET_DIR` and configuration files.
    pub fn find() -> Result<Self> {
        let mut cargo = sh::cargo(Path::new("."));
        let json = sh::output(cargo.args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: serde_json::Value =
            serde_json::from_str(&json).context("cargo metadata did not answer with JSON")?;
        let folder = |key: &str| {
            let path = metadata.get(key).and_then(|value| value.as_str());
            path.map(PathBuf::from).with_context(|| format!("cargo metadata names no {key}"))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// The folder of the workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's output folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The JavaScript half of the app.
    pub fn app_web(&self) -> PathBuf {
        self.root.join("app/web")
    }

    /// Static files of the app: page, manifest, service worker, icons, styles, templates.
    pub fn public(&self) -> PathBuf {
        self.root.join("public")
    }

    /// The crate of tests that span the whole, Rust and JavaScript.
    pub fn tests(&self) -> PathBuf {
        self.root.join("tests")
    }

    /// Where the web pipeline keeps what it makes. Cargo keeps its own things for the profile
    /// `web` here too (`build`, `deps`, `examples`, `incremental`): do not use those names.
    pub fn web(&self) -> PathBuf {
        self.target.join("web")
    }

    /// What each step of the web pipeline was last made from.
    pub fn stamps(&self) -> PathBuf {
        self.web().join("stamps")
    }

    /// The built app, as the relay serves it.
    pub fn dist(&self) -> PathBuf {
        self.web().join("dist")
    }

    /// The relay with the app inside.
    pub fn binary(&self) -> PathBuf {
        let name = format!("huigao{}", std::env::consts::EXE_SUFFIX);
        self.target.join("release").join(name)
    }

    /// A path as shown to people: relative to the workspace where it lies within it.
    pub fn show<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
