//! The reader's life in its worker: it does what the engine gives it, and hears between two steps whether to go on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::platform::engine_port::EnginePort;
use crate::reader::Reader;
use crate::reader::job::{Said, ToReader};
use huigao_browser::{clock, spawn};

/// Runs a reader for the engine at the other end.
pub fn run_reader(engine: EnginePort) {
    let reader: Rc<RefCell<Reader>> = Rc::default();
    let is_at_work: Rc<Cell<bool>> = Rc::default();
    let answers = engine.clone();
    engine.on_message(move |head, bytes| match ToReader::decode(&head) {
        Some(ToReader::Read(job)) => {
            reader.borrow_mut().take(*job, bytes);
            if !is_at_work.replace(true) {
                spawn(work(reader.clone(), answers.clone(), is_at_work.clone()));
            }
        }
        Some(ToReader::Stop(number)) => {
            let said = reader.borrow_mut().stop(number);
            said.into_iter().for_each(|said| say(&answers, said));
        }
        None => {}
    });
}

async fn work(reader: Rc<RefCell<Reader>>, engine: EnginePort, is_at_work: Rc<Cell<bool>>) {
    loop {
        let said = reader.borrow_mut().step();
        let Some(said) = said else { break };
        say(&engine, said);
        // What the engine has said meanwhile is heard before the next step.
        clock::sleep(0).await;
    }
    is_at_work.set(false);
}

fn say(engine: &EnginePort, said: Said) {
    let (head, beside) = said.encode();
    engine.say(&head, &beside);
}
