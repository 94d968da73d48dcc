//! What happens into the host, and what it wants out of it, in order. Runs in the engine's worker.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use huigao_protocol::message::Message;

use super::line::Line;
use super::reading::Reading;
use super::saving::Saving;
use super::wake::Wake;
use crate::host::{Host, Input, Output};
use crate::platform::channel::Channel;
use crate::platform::page_port::PagePort;
use crate::session::event::{Effect, Now};
use huigao_browser::clock;

/// What outputs need.
pub struct Means {
    /// The database.
    pub saving: Saving,
    /// The relay.
    pub line: Line,
    /// The other tabs.
    pub tabs: Channel,
    /// The host's alarm clock.
    pub wake: Rc<Wake>,
    /// The reader.
    pub reading: Reading,
    /// The page.
    pub page: PagePort,
}

/// The host and all that moves it.
pub struct Engine {
    host: RefCell<Host>,
    means: Means,
    /// What happened while the host was at work.
    late: RefCell<VecDeque<(Now, Input)>>,
    outputs: RefCell<VecDeque<Output>>,
    performing: Cell<bool>,
}

impl Engine {
    /// A host that has just been opened, and what it wants done first.
    pub fn new(host: Host, outputs: Vec<Output>, means: Means) -> Rc<Self> {
        Rc::new(Self {
            host: RefCell::new(host),
            means,
            late: RefCell::default(),
            outputs: RefCell::new(outputs.into()),
            performing: Cell::new(false),
        })
    }

    /// Something happened now.
    pub fn feed(&self, input: Input) {
        self.late.borrow_mut().push_back((clock::both(), input));
        self.run();
    }

    /// Applies what happened and does what is to be done.
    pub fn run(&self) {
        if self.performing.replace(true) {
            return;
        }
        loop {
            // Not in the loop's head: the borrow would last as long as the work.
            let output = self.outputs.borrow_mut().pop_front();
            if let Some(output) = output {
                self.perform(output);
                continue;
            }
            let next = self.late.borrow_mut().pop_front();
            let Some((at, input)) = next else { break };
            let mut outputs = Vec::new();
            self.host.borrow_mut().handle(at, input, &mut outputs);
            self.outputs.borrow_mut().extend(outputs);
        }
        self.performing.set(false);
        self.means.wake.set(self.host.borrow().next_wake());
    }

    fn perform(&self, output: Output) {
        let means = &self.means;
        match output {
            Output::Say(message) => means.page.say(&message.encode()),
            Output::Pass(words) => means.page.say(&words),
            Output::Read(job) => means.reading.read(*job),
            Output::StopReading(number) => means.reading.stop(number),
            Output::EndReader => means.reading.end(),
            Output::Do(Effect::Persist { ticket, writes }) => means.saving.write(ticket, writes),
            Output::Do(Effect::KeepText { document, json }) => means.saving.keep(document, json),
            Output::Do(Effect::LoadChunks(document)) => means.saving.read(document),
            Output::Do(Effect::Connect) => means.line.connect(),
            Output::Do(Effect::Disconnect) => means.line.disconnect(),
            Output::Do(Effect::Send(frame)) => means.line.send(&frame),
            Output::Do(Effect::Broadcast(message)) => means.tabs.send(&message),
            // The host tells pages.
            Output::Do(Effect::Editor { .. } | Effect::Opened { .. } | Effect::Kept { .. } | Effect::Changed(_)) => {}
        }
    }
}
