//! Work that may wait a moment and then happens once, however often it was asked for.

use std::rc::Rc;

use leptos::prelude::*;

use crate::platform::clock::Timer;

/// A piece of work that joins all requests of a moment. It dies with the part of the page that made it.
#[derive(Clone, Copy)]
pub struct Soon {
    work: StoredValue<Rc<dyn Fn()>, LocalStorage>,
    timer: StoredValue<Option<Timer>, LocalStorage>,
    waiting: StoredValue<bool>,
    wait_ms: u32,
}

impl Soon {
    /// Work that starts `wait_ms` after it is asked for.
    pub fn new(wait_ms: u32, work: impl Fn() + 'static) -> Self {
        Self {
            work: StoredValue::new_local(Rc::new(work)),
            timer: StoredValue::new_local(None),
            waiting: StoredValue::new(false),
            wait_ms,
        }
    }

    /// Asks for it. While a request waits, further ones join it.
    pub fn ask(self) {
        self.ask_in(self.wait_ms);
    }

    /// Asks for it after another while than the usual one.
    pub fn ask_in(self, wait_ms: u32) {
        if self.waiting.try_get_value().unwrap_or(true) {
            return;
        }
        self.waiting.set_value(true);
        let timer = Timer::after(wait_ms, move || {
            self.waiting.try_set_value(false);
            if let Some(work) = self.work.try_get_value() {
                work();
            }
        });
        self.timer.set_value(Some(timer));
    }

    /// Does it at once, in place of a request that waits.
    pub fn now(self) {
        if let Some(work) = self.work.try_get_value() {
            work();
        }
    }
}
