//! A WebSocket to the relay.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use huigao_browser::listener::Listener;
use huigao_browser::scope;

/// What happens on a socket.
pub enum SocketEvent {
    /// It is open.
    Open,
    /// A frame came.
    Frame(Vec<u8>),
    /// It is closed, or could not be opened; the text is for the diagnostics.
    Closed(String),
}

/// Open, or on the way to be, until it is dropped. Nothing is heard after that.
pub struct Socket {
    socket: WebSocket,
    _listeners: [Listener; 3],
}

impl Socket {
    /// Opens a socket to a path of this site; `heard` is never called before this returns.
    pub fn open(path: &str, heard: impl Fn(SocketEvent) + Clone + 'static) -> Result<Self, String> {
        let socket = WebSocket::new(&address(path)).map_err(|error| format!("{error:?}"))?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let opened = heard.clone();
        let frame = heard.clone();
        let listeners = [
            Listener::on(&socket, &["open"], move |_| opened(SocketEvent::Open)),
            Listener::on(&socket, &["message"], move |event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                // The protocol has no text frames.
                if let Some(bytes) = data.dyn_ref::<ArrayBuffer>() {
                    frame(SocketEvent::Frame(Uint8Array::new(bytes).to_vec()));
                }
            }),
            // An error is always followed by this, and says less.
            Listener::on(&socket, &["close"], move |event| {
                let event: CloseEvent = event.unchecked_into();
                heard(SocketEvent::Closed(format!("{} {}", event.code(), event.reason())));
            }),
        ];
        Ok(Self { socket, _listeners: listeners })
    }

    /// Sends a frame; false if the socket is not open.
    pub fn send(&self, frame: &[u8]) -> bool {
        self.socket.ready_state() == WebSocket::OPEN && self.socket.send_with_u8_array(frame).is_ok()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}

fn address(path: &str) -> String {
    let (came_by, host) = scope::origin();
    let scheme = if came_by == "https:" { "wss" } else { "ws" };
    format!("{scheme}://{host}{path}")
}
