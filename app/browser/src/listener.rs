//! A DOM event listener that ends when it is dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, EventTarget};

/// Listens until it is dropped.
#[must_use = "a listener that is dropped hears nothing"]
pub struct Listener {
    target: EventTarget,
    kinds: &'static [&'static str],
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Calls `heard` with every event of these kinds.
    pub fn on(target: &EventTarget, kinds: &'static [&'static str], heard: impl Fn(Event) + 'static) -> Self {
        let listener = Self { target: target.clone(), kinds, callback: Closure::new(heard) };
        let callback = listener.callback.as_ref().unchecked_ref();
        for kind in kinds {
            // It throws only if the callback is no function.
            let _ = target.add_event_listener_with_callback(kind, callback);
        }
        listener
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        for kind in self.kinds {
            let _ = self.target.remove_event_listener_with_callback(kind, callback);
        }
    }
}
