//! The reader's worker, as the engine has it: a worker that the engine's worker starts. Pairs pass between them, in order:
//! a text, and what travels beside it, bytes one way and a text the other.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort, Worker};

use huigao_browser::listener::Listener;

/// A worker that runs the reader, until this is dropped.
pub struct ReaderWorker {
    worker: Worker,
    port: MessagePort,
    _listeners: [Listener; 2],
}

impl ReaderWorker {
    /// Starts it. `heard` is called with all that the reader says, `fell` once, when it could not start or has fallen.
    /// Neither is called before this returns.
    pub fn start(heard: impl Fn(String, String) + 'static, fell: impl Fn() + 'static) -> Result<Self, JsValue> {
        let started = start_reader()?;
        let (worker, port) = (started.worker(), started.port());

        let is_over = Cell::new(false);
        let fell = Rc::new(move || {
            if !is_over.replace(true) {
                fell();
            }
        });
        let broke = fell.clone();
        let listeners = [
            Listener::on(&port, &["message"], move |event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                // What `app/engine/web/listen.js` says of a fall is the one message that is no pair.
                let Some(pair) = data.dyn_ref::<Array>() else { return fell() };
                heard(pair.get(0).as_string().unwrap_or_default(), pair.get(1).as_string().unwrap_or_default());
            }),
            // What happens before the worker has its port: the script did not come, or cannot be read.
            Listener::on(&worker, &["error"], move |_| broke()),
        ];
        port.start();
        Ok(Self { worker, port, _listeners: listeners })
    }

    /// Says something to the reader. What is said before it runs waits for it.
    pub fn say(&self, head: &str, bytes: &[u8]) {
        let bytes = Uint8Array::from(bytes).buffer();
        let (pair, goes) = (Array::of2(&JsValue::from_str(head), &bytes), Array::of1(&bytes));
        // It throws only for what cannot be copied.
        let _ = self.port.post_message_with_transferable(&pair, &goes);
    }
}

impl Drop for ReaderWorker {
    fn drop(&mut self) {
        self.port.close();
        self.worker.terminate();
    }
}

#[wasm_bindgen(module = "/web/reader.js")]
extern "C" {
    /// A worker, and the engine's end of what leads to it.
    type StartedReader;

    #[wasm_bindgen(js_name = startReader, catch)]
    fn start_reader() -> Result<StartedReader, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn worker(this: &StartedReader) -> Worker;

    #[wasm_bindgen(method, getter)]
    fn port(this: &StartedReader) -> MessagePort;
}
