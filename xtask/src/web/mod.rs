//! The web pipeline: from the app's crates and their JavaScript to the folder that the relay serves.
//!
//! compile → split → bind → optimise, and stage → bundle beside it, once for the page's module and once for
//! the engine's; then assemble names the files by their content, and publish writes them with their compressed
//! siblings. Every step is skipped when its inputs have not changed; cargo judges that for the
//! first.

mod assemble;
mod bind;
mod budget;
mod bundle;
mod compile;
mod compress;
mod module;
mod optimise;
mod placeholder;
mod precache;
mod publish;
mod report;
mod split;
mod stage;
mod styles;

use std::collections::BTreeMap;

use anyhow::Result;

use self::module::Module;
pub use self::publish::Dist;
use crate::project::Project;
use crate::setup::{node, rust_target};
use crate::stamp::read;

/// Builds the app into `target/web/dist`.
pub fn build(project: &Project) -> Result<Dist> {
    rust_target::ensure()?;
    node::install(&project.app_web())?;

    let page = made(project, &module::PAGE)?;
    let engine = made(project, &module::ENGINE)?;
    let styles = read(&styles::styles(project)?)?;
    let files = assemble::assemble(&project.public(), assemble::Parts { page, engine, styles })?;
    let dist = publish::publish(&project.dist(), &files)?;
    budget::hold(&std::fs::read_to_string(project.root().join("app/budget.json"))?, &dist.parts())?;
    Ok(dist)
}

fn made(project: &Project, module: &Module) -> Result<assemble::Made> {
    let compiled = compile::compile(project, module)?;
    let split = split::split(project, module, &compiled)?;
    let package = bind::bind(project, module, &split)?;
    let wasm = optimise::optimise(project, &module.library(), &package.join(module.wasm()))?;
    let mut late = BTreeMap::new();
    for (name, file) in split.files {
        late.insert(name.clone(), read(&optimise::optimise(project, &name, &file)?)?);
    }
    let script = bundle::bundle(project, module, &package)?;
    Ok(assemble::Made { script: read(&script)?, wasm: read(&wasm)?, late, needs: split.needs })
}
