//! The reader's worker, as the engine has it: started when there is something to read.

use std::cell::RefCell;

use super::inlet::Inlet;
use crate::host::Input;
use crate::platform::reader::ReaderWorker;
use crate::reader::job::{JobNumber, ReadJob, Said, ToReader};

/// At most one reader.
pub struct Reading {
    worker: RefCell<Option<ReaderWorker>>,
    inlet: Inlet,
}

impl Reading {
    /// None yet.
    pub fn new(inlet: Inlet) -> Self {
        Self { worker: RefCell::default(), inlet }
    }

    /// Gives the reader a job.
    pub fn read(&self, ReadJob { job, bytes, .. }: ReadJob) {
        let mut worker = self.worker.borrow_mut();
        if worker.is_none() {
            *worker = self.start();
        }
        if let Some(worker) = worker.as_ref() {
            return worker.say(&ToReader::Read(Box::new(job)).encode(), &bytes);
        }
        drop(worker);
        self.inlet.feed(Input::ReaderFell);
    }

    /// The reader need not go on with a job.
    pub fn stop(&self, number: JobNumber) {
        if let Some(worker) = self.worker.borrow().as_ref() {
            worker.say(&ToReader::Stop(number).encode(), &[]);
        }
    }

    /// Ends the reader.
    pub fn end(&self) {
        self.worker.take();
    }

    fn start(&self) -> Option<ReaderWorker> {
        let (heard, fell) = (self.inlet.clone(), self.inlet.clone());
        let worker = ReaderWorker::start(
            move |head, beside| {
                if let Some(said) = Said::decode(&head, beside) {
                    heard.feed(Input::Read(said));
                }
            },
            move || fell.feed(Input::ReaderFell),
        );
        worker.ok()
    }
}
