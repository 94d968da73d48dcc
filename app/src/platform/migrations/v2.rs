//! Version 2: a store for first words.

use indexed_db::Database;

use super::super::database::Step;
use crate::session::event::StoreError;

pub fn migrate(database: &Database<StoreError>) -> Step<()> {
    database.build_object_store("texts").create()?;
    Ok(())
}
