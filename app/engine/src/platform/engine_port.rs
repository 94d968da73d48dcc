//! The engine, as the reader in its worker has it: see `reader` for the other end.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use huigao_browser::listener::Listener;

/// The reader's end of what leads to the engine. Clones are the same one.
#[derive(Clone)]
pub struct EnginePort {
    inner: Rc<Inner>,
}

struct Inner {
    port: MessagePort,
    listener: RefCell<Option<Listener>>,
}

impl EnginePort {
    /// Not listened to yet: what the engine says waits.
    pub(super) fn new(port: MessagePort) -> Self {
        Self { inner: Rc::new(Inner { port, listener: RefCell::default() }) }
    }

    /// Calls from now on with all that the engine says, also with what has waited; never before this returns.
    pub fn on_message(&self, heard: impl Fn(String, Vec<u8>) + 'static) {
        let listener = Listener::on(&self.inner.port, &["message"], move |event| {
            let data = event.unchecked_into::<MessageEvent>().data();
            let Some(pair) = data.dyn_ref::<Array>() else { return };
            let bytes = pair.get(1).dyn_ref::<ArrayBuffer>().map(|bytes| Uint8Array::new(bytes).to_vec());
            heard(pair.get(0).as_string().unwrap_or_default(), bytes.unwrap_or_default());
        });
        self.inner.listener.replace(Some(listener));
        self.inner.port.start();
    }

    /// Says something to the engine.
    pub fn say(&self, head: &str, beside: &str) {
        // It throws only for what cannot be copied.
        let _ = self.inner.port.post_message(&Array::of2(&JsValue::from_str(head), &JsValue::from_str(beside)));
    }
}
