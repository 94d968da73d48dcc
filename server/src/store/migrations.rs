//! The schema, one step per version.

use rusqlite::Connection;

use super::{APPLICATION_ID, StoreError};

/// Step N brings a database from version N to N + 1. Steps are never edited once released.
const STEPS: [&str; 4] = [V1, V2, V3, V4];

const V4: &str = "
-- Changes that were taken out of service, since they damage their document. They and what builds on them are kept.
CREATE TABLE withheld (document INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (document, number)) WITHOUT ROWID;
";

const V1: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('storage_id', lower(hex(randomblob(8))));

-- Starts of the relay: sequence numbers from first_seq on were handed out under this secret.
CREATE TABLE runs (first_seq INTEGER NOT NULL, secret BLOB NOT NULL);

CREATE TABLE documents (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    space TEXT NOT NULL,
    seq INTEGER NOT NULL,
    heads BLOB NOT NULL,
    label BLOB,
    label_heads BLOB
);
CREATE INDEX documents_by_seq ON documents (seq);

CREATE TABLE actors (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);

-- Small bodies inline; larger ones aside, since they made the cost of a change grow with the document.
CREATE TABLE changes (
    document INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    deps BLOB NOT NULL,
    actor INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body BLOB,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX changes_by_actor ON changes (document, actor, seq);
CREATE TABLE bodies (document INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX bodies_by_change ON bodies (document, number);

-- Bearer tokens, by their SHA-256 only.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    member BLOB NOT NULL,
    home TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked INTEGER
) WITHOUT ROWID;
";

const V2: &str = "
-- What led from each version of the roster to the next; the roster itself is a named value.
CREATE TABLE roster_steps (version INTEGER PRIMARY KEY, step TEXT NOT NULL);

CREATE TABLE devices (
    id BLOB PRIMARY KEY,
    member BLOB NOT NULL,
    name TEXT NOT NULL,
    key BLOB NOT NULL UNIQUE,
    enrolled INTEGER NOT NULL,
    seen INTEGER,
    revoked INTEGER
) WITHOUT ROWID;
CREATE INDEX devices_by_member ON devices (member);

-- By the SHA-256 of their codes only.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    member BLOB NOT NULL,
    author BLOB,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    device BLOB,
    revoked INTEGER
) WITHOUT ROWID;

-- Each hash is over the one before it, the number, the time and the entry.
CREATE TABLE audit (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, entry TEXT NOT NULL, hash BLOB NOT NULL);

-- Which documents an office's device has received.
CREATE TABLE deliveries (device BLOB NOT NULL, document BLOB NOT NULL, PRIMARY KEY (device, document)) WITHOUT ROWID;
";

const V3: &str = "
-- Actors of other programs, and the members over whose connections they first came.
CREATE TABLE bindings (
    document INTEGER NOT NULL,
    actor BLOB NOT NULL,
    member BLOB NOT NULL,
    PRIMARY KEY (document, actor)
) WITHOUT ROWID;

-- Runs of changes of one actor, by their numbers in its sequence, that first came by another's hand than their
-- author's. The hash is the last one's. The verdict: 0 none yet, 1 confirmed, 2 disowned.
CREATE TABLE handovers (
    document INTEGER NOT NULL,
    actor BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    hash BLOB NOT NULL,
    author BLOB NOT NULL,
    via BLOB NOT NULL,
    verdict INTEGER NOT NULL,
    PRIMARY KEY (document, actor, first)
) WITHOUT ROWID;
CREATE INDEX handovers_awaiting ON handovers (author, document) WHERE verdict = 0;
";

/// The newest version that this program knows.
const VERSION: i64 = STEPS.len() as i64;

/// The database's version. A newer program's is refused: this one does not know what it would spoil.
pub(super) fn refuse_newer(db: &Connection) -> Result<i64, StoreError> {
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION { Err(StoreError::Newer { found, known: VERSION }) } else { Ok(found) }
}

/// Refuses every other version than this program's: for whoever may not migrate.
pub(super) fn must_fit(db: &Connection) -> Result<(), StoreError> {
    let found = refuse_newer(db)?;
    if found < VERSION { Err(StoreError::Older { found, known: VERSION }) } else { Ok(()) }
}

pub(super) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let found = refuse_newer(db)?;
    for (from, step) in (0i64..).zip(STEPS).skip_while(|(from, _)| *from < found) {
        let tx = db.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", from + 1)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.commit()?;
    }
    Ok(())
}
