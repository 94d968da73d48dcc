//! Version 1: the three stores.

use indexed_db::Database;

use crate::database::Step;
use huigao_protocol::command::StoreError;

pub fn migrate(database: &Database<StoreError>) -> Step<()> {
    // Names are written out: what a step did once must not change with a constant.
    for name in ["meta", "documents", "chunks"] {
        database.build_object_store(name).create()?;
    }
    Ok(())
}
