//! The database: writes strictly in their order and one transaction at a time, reads after the writes before them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use huigao_shared::ids::DocumentId;

use super::inlet::Inlet;
use crate::host::Input;
use crate::port::Store;
use crate::session::event::{Event, StoreError, Ticket, Write};
use huigao_browser::spawn;

/// What is to be done with the database.
enum Job {
    Write { ticket: Ticket, writes: Vec<Write> },
    Keep { document: DocumentId, json: String },
    Read(DocumentId),
}

/// Works jobs off. What is queued is done even if the rest of the driver is gone.
#[derive(Clone)]
pub struct Saving {
    inner: Rc<Inner>,
}

struct Inner {
    store: Box<dyn Store>,
    inlet: Inlet,
    jobs: RefCell<VecDeque<Job>>,
    working: Cell<bool>,
}

impl Saving {
    /// Nothing to do yet.
    pub fn new(store: Box<dyn Store>, inlet: Inlet) -> Self {
        let inner = Inner { store, inlet, jobs: RefCell::default(), working: Cell::new(false) };
        Self { inner: Rc::new(inner) }
    }

    /// Writes; answered by [`Event::Persisted`].
    pub fn write(&self, ticket: Ticket, writes: Vec<Write>) {
        self.add(Job::Write { ticket, writes });
    }

    /// Keeps a document's first words: in a transaction of their own, so that no other fails with them.
    pub fn keep(&self, document: DocumentId, json: String) {
        self.add(Job::Keep { document, json });
    }

    /// Reads a document's chunks; answered by [`Event::Chunks`].
    pub fn read(&self, document: DocumentId) {
        self.add(Job::Read(document));
    }

    fn add(&self, job: Job) {
        self.inner.jobs.borrow_mut().push_back(job);
        if !self.inner.working.replace(true) {
            let inner = self.inner.clone();
            spawn(async move { inner.work().await });
        }
    }
}

impl Inner {
    async fn work(&self) {
        loop {
            let batch = self.next_batch();
            if !batch.tickets.is_empty() {
                let result = self.store.write(batch.writes).await;
                self.report(batch.tickets, result);
                continue;
            }
            let next = self.jobs.borrow_mut().pop_front();
            match next {
                Some(Job::Read(document)) => {
                    let result = self.store.chunks(document).await;
                    self.inlet.feed(Input::World(Event::Chunks { document, result }));
                }
                Some(Job::Keep { document, json }) => {
                    // Without them a page waits for the chunks.
                    let _ = self.store.write(vec![Write::PutText { document, json }]).await;
                }
                // The queue begins with a write only if the batch took none, which cannot be.
                Some(Job::Write { .. }) | None => break,
            }
        }
        self.working.set(false);
    }

    /// All writes before the next read: they fit into one transaction, for they were to follow each other anyway.
    fn next_batch(&self) -> Batch {
        let mut jobs = self.jobs.borrow_mut();
        let mut batch = Batch::default();
        while let Some(Job::Write { .. }) = jobs.front() {
            if let Some(Job::Write { ticket, writes }) = jobs.pop_front() {
                batch.tickets.push(ticket);
                batch.writes.extend(writes);
            }
        }
        batch
    }

    fn report(&self, mut tickets: Vec<Ticket>, result: Result<(), StoreError>) {
        if result.is_err() {
            // What was to be written after this must not be written without it. The session will give all of it again.
            let mut jobs = self.jobs.borrow_mut();
            jobs.retain(|job| match job {
                Job::Write { ticket, .. } => {
                    tickets.push(*ticket);
                    false
                }
                Job::Keep { .. } | Job::Read(_) => true,
            });
        }
        for ticket in tickets {
            self.inlet.feed(Input::World(Event::Persisted { ticket, result: result.clone() }));
        }
    }
}

#[derive(Default)]
struct Batch {
    tickets: Vec<Ticket>,
    writes: Vec<Write>,
}
