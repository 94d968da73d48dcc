//! The two SQLite threads.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use huigao_shared::ids::DocumentId;

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
}

pub(super) struct Storage {
    commits: mpsc::Sender<Arc<Batch>>,
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
        let (commits, batches) = mpsc::channel::<Arc<Batch>>();
        let (reads, requests) = mpsc::channel::<Read>();
        let StorageThreads { mut writer, reader } = threads;
        let tell = report.clone();
        let writer = thread::spawn(move || {
            let mut actors = ActorNumbers::default();
            for batch in batches {
                let result = writer.commit(&batch, &mut actors).map_err(|error| error.to_string());
                tell(Event::Committed { result });
            }
            writer
        });
        let reader = thread::spawn(move || {
            for request in requests {
                report(answer(&reader, request));
            }
        });
        (Self { commits, reads }, StorageEnd { writer, reader })
    }

    pub fn commit(&self, batch: Arc<Batch>) {
        let _ = self.commits.send(batch);
    }

    pub fn load(&self, document: DocumentId, row: Row) {
        let _ = self.reads.send(Read::Graph { document, row });
    }

    pub fn bodies(&self, connection: ConnectionId, document: DocumentId, row: Row, indices: Vec<u32>, most: usize) {
        let _ = self.reads.send(Read::Bodies { connection, document, row, indices, most });
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
    }
}
