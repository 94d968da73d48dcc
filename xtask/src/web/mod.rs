//! The web pipeline: from the app crate and `app/web` to the folder that the relay serves.
//!
//! compile → bind → optimise, and stage → bundle beside it, for the page and for the engine;
//! then assemble names the files by their content, and publish writes them with their compressed
//! siblings. Every step is skipped when its inputs have not changed; cargo judges that for the
//! first.

mod assemble;
mod bind;
mod bundle;
mod compile;
mod compress;
mod optimise;
mod placeholder;
mod precache;
mod publish;
mod report;
mod stage;
mod styles;

use anyhow::Result;

pub use self::publish::Dist;
use crate::project::Project;
use crate::setup::{node, rust_target};
use crate::stamp::read;

/// Builds the app into `target/web/dist`.
pub fn build(project: &Project) -> Result<Dist> {
    rust_target::ensure()?;
    node::install(&project.app_web())?;

    let compiled = compile::compile(project)?;
    let package = bind::bind(project, &compiled)?;
    let wasm = optimise::optimise(project, &package)?;
    let script = bundle::bundle(project, &package, &bundle::PAGE)?;
    let engine = bundle::bundle(project, &package, &bundle::ENGINE)?;
    let styles = styles::styles(project)?;

    let files = assemble::assemble(
        &project.public(),
        assemble::Parts { script: read(&script)?, engine: read(&engine)?, wasm: read(&wasm)?, styles: read(&styles)? },
    )?;
    publish::publish(&project.dist(), &files)
}
