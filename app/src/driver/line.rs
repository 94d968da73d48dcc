//! The socket to the relay: one at most, and what an old one still says is not heard.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::account::{Account, AskError};
use super::inlet::Inlet;
use crate::platform::socket::{Socket, SocketEvent};
use crate::platform::spawn;
use crate::session::event::Event;

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
        let (account, peer_id) = (self.account.clone(), self.peer_id.clone());
        let (inlet, socket, tries) = (self.inlet.clone(), self.socket.clone(), self.tries.clone());
        let this = tries.get();
        spawn(async move {
            let path = account.socket_path(&peer_id).await;
            if tries.get() != this {
                return;
            }
            match path {
                Ok(path) => open(&path, &inlet, &socket),
                Err(AskError::ShutOut(why)) => inlet.feed(Event::ShutOut(why)),
                Err(error) => inlet.feed(Event::Disconnected { reason: error.to_string() }),
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

fn open(path: &str, inlet: &Inlet, socket: &RefCell<Option<Socket>>) {
    let heard = inlet.clone();
    let opened = Socket::open(path, move |event| {
        heard.feed(match event {
            SocketEvent::Open => Event::Connected,
            SocketEvent::Frame(frame) => Event::Frame(frame),
            SocketEvent::Closed(reason) => Event::Disconnected { reason },
        });
    });
    match opened {
        Ok(opened) => drop(socket.replace(Some(opened))),
        Err(reason) => inlet.feed(Event::Disconnected { reason }),
    }
}
