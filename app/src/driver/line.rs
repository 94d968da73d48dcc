//! The socket to the relay: one at most, and what an old one still says is not heard.

use std::cell::RefCell;

use super::inlet::Inlet;
use crate::platform::socket::{Socket, SocketEvent};
use crate::session::event::Event;

/// The line to the relay.
pub struct Line {
    path: String,
    inlet: Inlet,
    socket: RefCell<Option<Socket>>,
}

impl Line {
    /// Not connected; the path is the relay's socket.
    pub fn new(path: String, inlet: Inlet) -> Self {
        Self { path, inlet, socket: RefCell::default() }
    }

    /// Opens a new socket in place of any other.
    pub fn connect(&self) {
        self.disconnect();
        let inlet = self.inlet.clone();
        let opened = Socket::open(&self.path, move |event| {
            inlet.feed(match event {
                SocketEvent::Open => Event::Connected,
                SocketEvent::Frame(frame) => Event::Frame(frame),
                SocketEvent::Closed(reason) => Event::Disconnected { reason },
            });
        });
        match opened {
            Ok(socket) => drop(self.socket.replace(Some(socket))),
            Err(reason) => self.inlet.feed(Event::Disconnected { reason }),
        }
    }

    /// Closes the socket. The session asked for it and need not be told.
    pub fn disconnect(&self) {
        drop(self.socket.take());
    }

    /// Sends a frame. One that cannot leave is lost, as any may be that did: the socket says by itself that it is gone.
    pub fn send(&self, frame: &[u8]) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(frame);
        }
    }
}
