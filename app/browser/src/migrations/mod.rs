//! The versions of a profile's database, one file for each step.
//!
//! A step adds stores and never changes what earlier versions of the app read: the app may be rolled back, and its data
//! must still open. A version that cannot keep to this puts its data into stores of new names and deletes the old ones;
//! older versions then say that the database is too new for them, and touch nothing.

mod v1;
mod v2;

use super::database::{Schema, Step, Upgrade};

/// Named values: key string, bytes.
pub const META: &str = "meta";
/// Documents: key document id, JSON.
pub const DOCUMENTS: &str = "documents";
/// Pieces of documents' histories: key [document id, chunk key], bytes.
pub const CHUNKS: &str = "chunks";

/// First words: key document id, JSON.
pub const TEXTS: &str = "texts";

/// A profile's database.
pub static PROFILE: Schema = Schema { version: 2, stores: &[META, DOCUMENTS, CHUNKS, TEXTS], migrate };

fn migrate(upgrade: &Upgrade) -> Step<()> {
    if upgrade.old_version() < 1 {
        v1::migrate(upgrade.database())?;
    }
    if upgrade.old_version() < 2 {
        v2::migrate(upgrade.database())?;
    }
    Ok(())
}
