//! The two SQLite threads.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use automerge::ChangeHash;
use bytes::Bytes;
use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;

use super::errands::now;
use crate::hub::{Batch, ConnectionId, Event, Row, Stored};
use crate::store::{ActorNumbers, Store};

/// The stores that the threads will own.
pub struct StorageThreads {
    /// Commits.
    pub writer: Store,
    /// Reads graphs and bodies.
    pub reader: Store,
}

enum Read {
    Graph { document: DocumentId, row: Row },
    Bodies { connection: ConnectionId, document: DocumentId, row: Row, indices: Vec<u32>, most: usize },
    Damaged { document: DocumentId, row: Row },
    Writers { space: Arc<Space>, rows: Vec<Row> },
}

enum Write {
    Commit(Arc<Batch>),
    Mend { document: DocumentId, row: Row, bodies: Vec<(u32, ChangeHash, Bytes)> },
}

pub(super) struct Storage {
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
}

/// The threads' end: they stop once nothing can hand them anything more.
#[must_use = "without it the database may be left in two files"]
pub struct StorageEnd {
    writer: JoinHandle<Store>,
    reader: JoinHandle<()>,
}

impl StorageEnd {
    /// Waits for what is being read and committed, and closes the store, the writer last: it leaves one whole file.
    pub fn wait(self) {
        if self.reader.join().is_err() {
            tracing::error!("the reading thread had failed");
        }
        match self.writer.join() {
            Ok(writer) => writer.finish(),
            Err(_) => tracing::error!("the committing thread had failed: the log stays beside the database"),
        }
    }
}

impl Storage {
    pub fn new(threads: StorageThreads, report: impl Fn(Event) + Clone + Send + 'static) -> (Self, StorageEnd) {
        let (writes, tasks) = mpsc::channel::<Write>();
        let (reads, requests) = mpsc::channel::<Read>();
        let StorageThreads { mut writer, reader } = threads;
        let tell = report.clone();
        let writer = thread::spawn(move || {
            let mut actors = ActorNumbers::default();
            for task in tasks {
                tell(match task {
                    Write::Commit(batch) => {
                        let result = writer.commit(&batch, &mut actors, now()).map_err(|error| error.to_string());
                        Event::Committed { result }
                    }
                    Write::Mend { document, row, bodies } => mend(&mut writer, document, row, &bodies),
                });
            }
            writer
        });
        let reader = thread::spawn(move || {
            for request in requests {
                report(answer(&reader, request));
            }
        });
        (Self { writes, reads }, StorageEnd { writer, reader })
    }

    pub fn commit(&self, batch: Arc<Batch>) {
        let _ = self.writes.send(Write::Commit(batch));
    }

    pub fn mend(&self, document: DocumentId, row: Row, bodies: Vec<(u32, ChangeHash, Bytes)>) {
        let _ = self.writes.send(Write::Mend { document, row, bodies });
    }

    pub fn examine(&self, document: DocumentId, row: Row) {
        let _ = self.reads.send(Read::Damaged { document, row });
    }

    pub fn load(&self, document: DocumentId, row: Row) {
        let _ = self.reads.send(Read::Graph { document, row });
    }

    pub fn bodies(&self, connection: ConnectionId, document: DocumentId, row: Row, indices: Vec<u32>, most: usize) {
        let _ = self.reads.send(Read::Bodies { connection, document, row, indices, most });
    }

    pub fn writers(&self, space: Arc<Space>, rows: Vec<Row>) {
        let _ = self.reads.send(Read::Writers { space, rows });
    }
}

fn answer(reader: &Store, request: Read) -> Event {
    match request {
        Read::Graph { document, row } => {
            let stored = reader
                .graph(row)
                .and_then(|graph| Ok(Stored { graph: Box::new(graph), authors: reader.authors(row)? }))
                .map_err(|error| error.to_string());
            if let Err(error) = &stored {
                tracing::error!(%document, error, "a document cannot be read: quarantined");
            }
            Event::Loaded { document, stored }
        }
        Read::Bodies { connection, document, row, indices, most } => {
            let bodies = reader.bodies(row, &indices, most);
            if let Err(error) = &bodies {
                tracing::error!(%document, %error, "a change cannot be read: its document is quarantined");
            }
            Event::Bodies { connection, document, bodies: bodies.ok() }
        }
        Read::Damaged { document, row } => {
            let damaged = damaged(reader, document, row);
            if let Some(damaged) = damaged.as_ref().filter(|damaged| !damaged.is_empty()) {
                tracing::error!(%document, changes = damaged.len(), "changes are damaged: a device that holds the document and may write in it brings them again when it is opened there");
            }
            Event::Examined { document, damaged }
        }
        Read::Writers { space, rows } => {
            let people = reader.writers(&rows);
            if let Err(error) = &people {
                tracing::error!(%space, %error, "who wrote there cannot be read: readers miss their names");
            }
            Event::Writers { space, people: people.ok() }
        }
    }
}

/// What is damaged of a document; none if not even that can be read.
fn damaged(store: &Store, document: DocumentId, row: Row) -> Option<Vec<(u32, ChangeHash)>> {
    store
        .damaged(row)
        .inspect_err(|error| {
            tracing::error!(%document, %error, "it cannot be said which changes of a document are damaged");
        })
        .ok()
}

fn mend(writer: &mut Store, document: DocumentId, row: Row, bodies: &[(u32, ChangeHash, Bytes)]) -> Event {
    let outcome = writer.mend(row, bodies);
    let damaged = damaged(writer, document, row);
    let (changes, left) = (bodies.len(), damaged.as_ref().map(Vec::len));
    match outcome {
        Ok(()) if left == Some(0) => {
            tracing::warn!(%document, changes, "damaged changes were brought again and stored: the document is whole and is served again");
        }
        Ok(()) => {
            tracing::warn!(%document, changes, left, "damaged changes were brought again and stored; others are damaged still")
        }
        Err(error) => tracing::error!(%document, %error, "damaged changes were brought again and could not be stored"),
    }
    Event::Examined { document, damaged }
}
