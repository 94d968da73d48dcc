//! Which tab of a profile leads: the one that holds a Web Lock of the profile's name.
//!
//! A tab that is hidden and leads gives way to one that asked, because browsers slow hidden tabs down. Tabs ask when
//! they are opened or shown. When the leading tab dies, the browser passes the lock on. Whether the tab is
//! visible it is told: in a worker there is no page to ask.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use huigao_browser::locks::request_lock;
use wasm_bindgen::prelude::Closure;

use super::channel::Channel;
use huigao_browser::clock::Timer;

/// Flipping through tabs is not worth a change of the connection.
const PATIENCE: u32 = 5_000;

/// A tab's part in the leadership, until it is dropped.
pub struct Leadership {
    seat: Rc<Seat>,
}

impl Leadership {
    /// Waits for the lead, and calls with true when it has it, with false just before it gives it up: never before
    /// this returns. `visible` is whether the tab is so now.
    pub fn seek(name: &str, visible: bool, changed: impl Fn(bool) + 'static) -> Self {
        let seat = Rc::new(Seat {
            name: name.to_owned(),
            changed: Box::new(changed),
            visible: Cell::new(visible),
            leads: Cell::new(false),
            another_asked: Cell::new(false),
            request: RefCell::default(),
            patience: RefCell::default(),
            channel: OnceCell::new(),
        });
        let weak = Rc::downgrade(&seat);
        let channel = Channel::open(&format!("{name}-lead"), move |_| {
            if let Some(seat) = weak.upgrade() {
                seat.another_asked.set(true);
                seat.consider();
            }
        });
        let _ = seat.channel.set(channel);
        seat.queue();
        Self { seat }
    }

    /// The tab is shown, or hidden.
    pub fn shown(&self, visible: bool) {
        self.seat.visible.set(visible);
        self.seat.ask();
        self.seat.consider();
    }
}

struct Seat {
    name: String,
    changed: Box<dyn Fn(bool)>,
    visible: Cell<bool>,
    leads: Cell<bool>,
    /// Some tab wanted the lead since this one has it. It may be gone by now; then the lock comes right back.
    another_asked: Cell<bool>,
    request: RefCell<Option<Request>>,
    patience: RefCell<Option<Timer>>,
    channel: OnceCell<Channel>,
}

impl Seat {
    fn queue(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let request = Request::new(&self.name, move || {
            if let Some(seat) = weak.upgrade() {
                seat.leads.set(true);
                (seat.changed)(true);
                seat.consider();
            }
        });
        *self.request.borrow_mut() = Some(request);
        self.ask();
    }

    fn ask(&self) {
        if let Some(channel) = self.channel.get()
            && !self.leads.get()
            && self.visible.get()
        {
            channel.send(&[]);
        }
    }

    fn consider(self: &Rc<Self>) {
        let gives_way = self.leads.get() && self.another_asked.get() && !self.visible.get();
        let mut patience = self.patience.borrow_mut();
        if !gives_way {
            *patience = None;
        } else if patience.is_none() {
            let weak = Rc::downgrade(self);
            *patience = Some(Timer::after(PATIENCE, move || {
                if let Some(seat) = weak.upgrade() {
                    seat.give_way();
                }
            }));
        }
    }

    fn give_way(self: &Rc<Self>) {
        *self.patience.borrow_mut() = None;
        self.leads.set(false);
        self.another_asked.set(false);
        (self.changed)(false);
        // Given up before it is asked for again: this tab goes to the end of the queue.
        let held = self.request.borrow_mut().take();
        drop(held);
        self.queue();
    }
}

/// A lock that is asked for or held, until it is dropped.
struct Request {
    release: js_sys::Function,
    _granted: Closure<dyn Fn()>,
}

impl Request {
    fn new(name: &str, granted: impl Fn() + 'static) -> Self {
        let granted = Closure::<dyn Fn()>::new(granted);
        Self { release: request_lock(name, &granted), _granted: granted }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let _ = self.release.call0(&wasm_bindgen::JsValue::UNDEFINED);
    }
}
