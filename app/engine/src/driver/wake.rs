//! The session's alarm clock.

use std::cell::RefCell;
use std::rc::Rc;

use super::inlet::Inlet;
use crate::host::Input;
use crate::session::event::{Event, Millis};
use huigao_browser::clock::{Timer, both};

/// A device that slept is noticed at the latest after this.
const LONGEST: Millis = 60_000;

/// At most one timer, for the time that the session named last.
pub struct Wake {
    inlet: Inlet,
    set: RefCell<Option<(Millis, Timer)>>,
}

impl Wake {
    /// Not set.
    pub fn new(inlet: Inlet) -> Self {
        Self { inlet, set: RefCell::default() }
    }

    /// Sets it for a time of the monotonic clock, or for none.
    pub fn set(self: &Rc<Self>, due: Option<Millis>) {
        let mut set = self.set.borrow_mut();
        let Some(due) = due else {
            *set = None;
            return;
        };
        if set.as_ref().is_some_and(|(at, _)| *at == due) {
            return;
        }
        let wait = (due - both().monotonic).clamp(0, LONGEST);
        let weak = Rc::downgrade(self);
        let timer = Timer::after(u32::try_from(wait).unwrap_or_default(), move || {
            let Some(wake) = weak.upgrade() else { return };
            let _rung = wake.set.borrow_mut().take();
            wake.inlet.feed(Input::World(Event::Tick));
        });
        *set = Some((due, timer));
    }
}
