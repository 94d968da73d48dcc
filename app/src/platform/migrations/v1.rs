//! Version 1: the three stores.

use indexed_db::Database;

use super::super::database::Step;
use crate::session::event::StoreError;

pub fn migrate(database: &Database<StoreError>) -> Step<()> {
    // Names are written out: what a step did once must not change with a constant.
    for name in ["meta", "documents", "chunks"] {
        database.build_object_store(name).create()?;
    }
    Ok(())
}
