//! The socket to the relay: one at most, and what an old one still says is not heard. A device proves itself on it before
//! the session hears of it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use huigao_shared::ids::DeviceId;
use huigao_shared::wire::Message;
use huigao_shared::wire::proof::{TurnedAway, statement};

use super::inlet::Inlet;
use crate::host::Input;
use crate::platform::socket::{Socket, SocketEvent};
use crate::session::event::{Event, ShutOut};
use huigao_browser::account::{Account, Credential};
use huigao_browser::keys::DeviceKey;
use huigao_browser::spawn;

/// The line to the relay.
pub struct Line {
    account: Rc<Account>,
    peer_id: String,
    inlet: Inlet,
    socket: Rc<RefCell<Option<Socket>>>,
    /// Which try this is: what an earlier one still brings is not wanted any more.
    tries: Rc<Cell<u64>>,
}

impl Line {
    /// Not connected.
    pub fn new(account: Rc<Account>, peer_id: String, inlet: Inlet) -> Self {
        Self { account, peer_id, inlet, socket: Rc::default(), tries: Rc::default() }
    }

    /// Opens a new socket in place of any other.
    pub fn connect(&self) {
        self.disconnect();
        let (path, stage) = match self.account.credential() {
            Credential::Demonstration => (Ok(format!("/sync?member={}", self.account.member())), Stage::Nothing),
            Credential::Device(device, key) => {
                (Ok(format!("/sync?device={device}")), Stage::Proof(*device, key.clone()))
            }
            Credential::Missing => (Err(Event::ShutOut(ShutOut::NoKey)), Stage::Nothing),
        };
        let attempt = Rc::new(Attempt {
            peer_id: self.peer_id.clone(),
            inlet: self.inlet.clone(),
            socket: Rc::downgrade(&self.socket),
            tries: self.tries.clone(),
            this: self.tries.get(),
            stage: RefCell::new(stage),
        });
        let socket = self.socket.clone();
        // What comes of it comes later: whoever asked for it is still at work.
        spawn(async move {
            if !attempt.is_wanted() {
                return;
            }
            let path = match path {
                Ok(path) => path,
                Err(event) => return attempt.end(event),
            };
            let heard = attempt.clone();
            match Socket::open(&path, move |event| heard.hear(event)) {
                Ok(opened) => drop(socket.replace(Some(opened))),
                Err(reason) => attempt.end(Event::Disconnected { reason }),
            }
        });
    }

    /// Closes the socket. The session asked for it and need not be told.
    pub fn disconnect(&self) {
        self.tries.set(self.tries.get() + 1);
        drop(self.socket.take());
    }

    /// Sends a frame. One that cannot leave is lost, as any may be that did: the socket says by itself that it is gone.
    pub fn send(&self, frame: &[u8]) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(frame);
        }
    }
}

/// What there is to be done before the session hears of a line.
enum Stage {
    /// Nothing, once it is open.
    Nothing,
    /// To answer the relay's challenge with this key.
    Proof(DeviceId, DeviceKey),
    /// To wait for what the relay says to the proof.
    Answer,
    /// The session has it.
    Up,
    /// It came to nothing, or to an end.
    Over,
}

/// One try to have a line.
struct Attempt {
    peer_id: String,
    inlet: Inlet,
    socket: Weak<RefCell<Option<Socket>>>,
    tries: Rc<Cell<u64>>,
    this: u64,
    stage: RefCell<Stage>,
}

impl Attempt {
    fn is_wanted(&self) -> bool {
        self.tries.get() == self.this
    }

    fn hear(self: &Rc<Self>, event: SocketEvent) {
        if !self.is_wanted() {
            return;
        }
        match event {
            SocketEvent::Open => {
                let is_ready = matches!(*self.stage.borrow(), Stage::Nothing);
                if is_ready {
                    self.is_up();
                }
            }
            SocketEvent::Frame(frame) => {
                let is_up = matches!(*self.stage.borrow(), Stage::Up);
                if is_up {
                    self.inlet.feed(Input::World(Event::Frame(frame)));
                } else {
                    self.meet(&frame);
                }
            }
            SocketEvent::Closed(reason) => self.end(Event::Disconnected { reason }),
        }
    }

    /// Takes what the relay says before the session hears of the line. What else it may say then is not known here.
    fn meet(self: &Rc<Self>, frame: &[u8]) {
        let Ok(message) = Message::decode(frame) else { return };
        if let Message::TurnedAway { why } = message {
            self.end(turned_away(why));
        } else if let Message::Challenge { nonce } = message {
            self.prove(nonce.into_owned());
        } else if matches!(message, Message::Welcome) && matches!(*self.stage.borrow(), Stage::Answer) {
            self.is_up();
        }
    }

    /// Answers the challenge, once.
    fn prove(self: &Rc<Self>, nonce: String) {
        let (device, key) = match self.stage.replace(Stage::Answer) {
            Stage::Proof(device, key) => (device, key),
            other @ (Stage::Nothing | Stage::Answer | Stage::Up | Stage::Over) => {
                self.stage.replace(other);
                return;
            }
        };
        let this = self.clone();
        spawn(async move {
            let signed = key.sign(&statement(device, &nonce, &this.peer_id)).await;
            if !this.is_wanted() {
                return;
            }
            match signed {
                Ok(signature) => {
                    let proof = Message::Proof { sender: this.peer_id.as_str().into(), signature: signature.into() };
                    this.send(&proof.encode());
                }
                Err(error) => this.end(Event::Disconnected { reason: error.to_string() }),
            }
        });
    }

    fn send(&self, frame: &[u8]) {
        let Some(socket) = self.socket.upgrade() else { return };
        if let Some(socket) = &*socket.borrow() {
            socket.send(frame);
        }
    }

    fn is_up(&self) {
        self.stage.replace(Stage::Up);
        self.inlet.feed(Input::World(Event::Connected));
    }

    /// Tells the session of the end, once.
    fn end(&self, event: Event) {
        let before = self.stage.replace(Stage::Over);
        if !matches!(before, Stage::Over) {
            self.inlet.feed(Input::World(event));
        }
    }
}

/// What the session makes of the relay's word: what concerns the device itself is apart from all that may pass.
fn turned_away(why: TurnedAway) -> Event {
    match why {
        TurnedAway::Revoked => Event::ShutOut(ShutOut::Revoked),
        TurnedAway::Left => Event::ShutOut(ShutOut::Left),
        TurnedAway::NotKnown | TurnedAway::Busy | TurnedAway::Late | TurnedAway::Malformed => {
            Event::Disconnected { reason: format!("the relay does not let this device in: {}", why.name()) }
        }
    }
}
