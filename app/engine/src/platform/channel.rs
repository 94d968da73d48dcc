//! A channel to the other tabs.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

use huigao_browser::listener::Listener;

/// Open until it is dropped. A browser without such channels has tabs that do not hear each other.
pub struct Channel {
    open: Option<(BroadcastChannel, Listener)>,
}

impl Channel {
    /// Calls with every message that another tab sends on the channel of this name.
    pub fn open(name: &str, heard: impl Fn(Vec<u8>) + 'static) -> Self {
        let open = BroadcastChannel::new(name).ok().map(|channel| {
            let listener = Listener::on(&channel, &["message"], move |event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                if let Some(bytes) = data.dyn_ref::<ArrayBuffer>() {
                    heard(Uint8Array::new(bytes).to_vec());
                }
            });
            (channel, listener)
        });
        Self { open }
    }

    /// Sends to all other tabs.
    pub fn send(&self, bytes: &[u8]) {
        if let Some((channel, _)) = &self.open {
            // It throws only for what cannot be copied.
            let _ = channel.post_message(&Uint8Array::from(bytes).buffer());
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some((channel, _)) = &self.open {
            channel.close();
        }
    }
}
