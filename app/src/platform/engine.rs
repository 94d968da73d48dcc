//! The engine's worker, as the page has it. Only texts pass between them, in the order in which they were said.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Error, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort, Worker};

use huigao_browser::listener::Listener;

/// A worker that runs the engine, until this is dropped.
pub struct EngineWorker {
    worker: Worker,
    port: MessagePort,
    _listeners: [Listener; 2],
}

impl EngineWorker {
    /// Starts it. `heard` is called with all that the engine says, `fell` once, with what is known of why, when the engine
    /// could not start or has fallen: it says nothing after that. Neither is called before this returns.
    pub fn start(heard: impl Fn(String) + 'static, fell: impl Fn(String) + 'static) -> Result<Self, String> {
        let started = start_worker().map_err(|error| words_of(&error))?;
        let (worker, port) = (started.worker(), started.port());

        let is_over = Cell::new(false);
        let fell = Rc::new(move |why: String| {
            if !is_over.replace(true) {
                fell(why);
            }
        });
        let broke = fell.clone();
        let listeners = [
            Listener::on(&port, &["message"], move |event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                match data.as_string() {
                    Some(words) => heard(words),
                    None => fell(fall_in(&data)),
                }
            }),
            // What happens before the worker has its port: the script did not come, or cannot be read.
            Listener::on(&worker, &["error"], move |event| broke(why(&event))),
        ];
        port.start();
        Ok(Self { worker, port, _listeners: listeners })
    }

    /// Says something to the engine. What is said before it runs waits for it.
    pub fn say(&self, words: &str) {
        // It throws only for what cannot be copied.
        let _ = self.port.post_message(&JsValue::from_str(words));
    }
}

impl Drop for EngineWorker {
    fn drop(&mut self) {
        self.port.close();
        self.worker.terminate();
    }
}

/// What `app/web/engine/listen.js` says of a fall: the one message that is no text.
fn fall_in(data: &JsValue) -> String {
    text_at(data, "fell").unwrap_or_default()
}

/// An event without words means that the script could not be had.
fn why(event: &JsValue) -> String {
    text_at(event, "message").unwrap_or_else(|| "the engine's script cannot be loaded".to_owned())
}

fn text_at(object: &JsValue, name: &str) -> Option<String> {
    Reflect::get(object, &name.into()).ok()?.as_string()
}

fn words_of(error: &JsValue) -> String {
    error.dyn_ref::<Error>().map_or_else(|| format!("{error:?}"), |error| error.to_string().into())
}

#[wasm_bindgen(module = "/web/platform/engine.js")]
extern "C" {
    /// A worker, and the page's end of what leads to it.
    type Started;

    #[wasm_bindgen(js_name = startWorker, catch)]
    fn start_worker() -> Result<Started, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn worker(this: &Started) -> Worker;

    #[wasm_bindgen(method, getter)]
    fn port(this: &Started) -> MessagePort;
}
