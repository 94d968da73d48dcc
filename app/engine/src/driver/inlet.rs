//! The way into the engine for what the browser reports.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::engine::Engine;
use crate::host::Input;

/// Takes events at any time: before the engine is there they wait, and after it is gone nobody cares.
#[derive(Clone, Default)]
pub struct Inlet {
    state: Rc<RefCell<State>>,
}

enum State {
    Early(Vec<Input>),
    Bound(Weak<Engine>),
}

impl Default for State {
    fn default() -> Self {
        Self::Early(Vec::new())
    }
}

impl Inlet {
    /// Something happened.
    pub fn feed(&self, input: Input) {
        let engine = match &mut *self.state.borrow_mut() {
            State::Early(inputs) => {
                inputs.push(input);
                return;
            }
            State::Bound(engine) => engine.upgrade(),
        };
        if let Some(engine) = engine {
            engine.feed(input);
        }
    }

    /// From now on the engine takes them, what has waited first.
    pub fn bind(&self, engine: &Rc<Engine>) {
        let before = self.state.replace(State::Bound(Rc::downgrade(engine)));
        match before {
            State::Early(inputs) => inputs.into_iter().for_each(|input| engine.feed(input)),
            State::Bound(_) => {}
        }
    }
}
