//! Version 2: a store for first words.

use indexed_db::Database;

use crate::database::Step;
use huigao_protocol::command::StoreError;

pub fn migrate(database: &Database<StoreError>) -> Step<()> {
    database.build_object_store("texts").create()?;
    Ok(())
}
