//! The two modules of the app, each with the script around it: the page's and the engine's.

use std::path::PathBuf;

use crate::project::Project;

/// A crate that becomes a module of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Module {
    /// What its files begin with.
    pub name: &'static str,
    /// The crate.
    pub package: &'static str,
    /// Its folder.
    folder: &'static str,
    /// What kind of script it gets, as esbuild names it.
    pub format: &'static str,
    /// Whether parts of it come late.
    pub is_split: bool,
}

/// The page's: the screens, the editor, the start.
pub const PAGE: Module =
    Module { name: "app", package: "huigao-app", folder: "app", format: "--format=esm", is_split: true };

/// The worker's: the engine, and nothing that needs a page. Its script is no module: one file that imports nothing gains
/// nothing by being one, and classic workers are the older and simpler thing, down to how a script that fails is told.
pub const ENGINE: Module =
    Module { name: "engine", package: "huigao-engine", folder: "app/engine", format: "--format=iife", is_split: false };

impl Module {
    /// The JavaScript of the crate.
    pub fn web(&self, project: &Project) -> PathBuf {
        project.root().join(self.folder).join("web")
    }

    /// How its library is called.
    pub fn library(&self) -> String {
        self.package.replace('-', "_")
    }

    /// Name of the generated script.
    pub fn script(&self) -> String {
        format!("{}.js", self.library())
    }

    /// Name of the bound module beside the generated script.
    pub fn wasm(&self) -> String {
        format!("{}_bg.wasm", self.library())
    }
}
