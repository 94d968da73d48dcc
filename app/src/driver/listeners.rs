//! Who is told what pages show.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::front::Notice;

/// Called with every notice.
pub type Listener = Box<dyn Fn(&Notice)>;

type List = RefCell<Vec<(u64, Rc<dyn Fn(&Notice)>)>>;

/// All who listen. They may come and go while they are told.
#[derive(Clone, Default)]
pub struct Listeners {
    list: Rc<List>,
    last: Rc<Cell<u64>>,
}

impl Listeners {
    /// Tells all who listen now.
    pub fn tell(&self, notice: &Notice) {
        let present: Vec<_> = self.list.borrow().clone();
        for (id, listener) in present {
            // One that an earlier one has just removed must not be called into a page that is gone.
            if self.list.borrow().iter().any(|(other, _)| *other == id) {
                listener(notice);
            }
        }
    }

    /// Adds one, until the subscription is dropped.
    pub fn subscribe(&self, listener: Listener) -> Subscription {
        let id = self.last.get() + 1;
        self.last.set(id);
        self.list.borrow_mut().push((id, listener.into()));
        Subscription { id, list: Rc::downgrade(&self.list) }
    }
}

/// Ends when it is dropped.
#[must_use = "a subscription that is dropped hears nothing"]
pub struct Subscription {
    id: u64,
    list: Weak<List>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(list) = self.list.upgrade() else { return };
        // Taken out first: what the listener owns may drop more subscriptions.
        let mut entries = list.borrow_mut();
        let place = entries.iter().position(|(id, _)| *id == self.id);
        let removed = place.map(|place| entries.remove(place));
        drop(entries);
        drop(removed);
    }
}
