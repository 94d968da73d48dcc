//! The page, as the engine in its worker has it: see `engine` for the other end.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use huigao_browser::listener::Listener;

/// The engine's end of what leads to the page. Clones are the same one.
#[derive(Clone)]
pub struct PagePort {
    inner: Rc<Inner>,
}

struct Inner {
    port: MessagePort,
    listener: RefCell<Option<Listener>>,
}

impl PagePort {
    /// Not listened to yet: what the page says waits.
    pub(super) fn new(port: MessagePort) -> Self {
        Self { inner: Rc::new(Inner { port, listener: RefCell::default() }) }
    }

    /// Calls from now on with all that the page says, also with what has waited; never before this returns.
    pub fn on_message(&self, heard: impl Fn(String) + 'static) {
        let listener = Listener::on(&self.inner.port, &["message"], move |event| {
            // The page says nothing but texts.
            if let Some(words) = event.unchecked_into::<MessageEvent>().data().as_string() {
                heard(words);
            }
        });
        self.inner.listener.replace(Some(listener));
        self.inner.port.start();
    }

    /// Says something to the page.
    pub fn say(&self, words: &str) {
        // It throws only for what cannot be copied.
        let _ = self.inner.port.post_message(&JsValue::from_str(words));
    }
}
