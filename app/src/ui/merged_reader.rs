//! What the parts of the merged reading share: the document as it is read, and the place that was stepped to.

use std::sync::Arc;

use leptos::prelude::*;

use crate::ui::merged_lines::Reading;
use huigao_protocol::command::OpenError;

/// How far opening has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It has been asked for.
    Opening,
    /// It is here.
    Ready,
    /// It cannot be shown.
    Failed(OpenError),
}

/// How far it has come to find out who wrote what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Working {
    /// It is done, or takes no time.
    Rests,
    /// So much of a hundred.
    At(u32),
    /// It failed.
    Failed,
}

/// A place to be brought onto the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BringUp {
    /// Which.
    pub place: usize,
    /// Whether the focus goes along: for those who step by keys.
    pub focus: bool,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Reader {
    /// The document as it is read.
    pub reading: RwSignal<Arc<Reading>>,
    /// The new place that was stepped to.
    pub current: RwSignal<Option<usize>>,
    /// Set when a place is to come up.
    pub bring_up: RwSignal<Option<BringUp>>,
    /// How far opening has come.
    pub stage: RwSignal<Stage>,
    /// How far it has come to find out who wrote what, if that takes its time.
    pub working: RwSignal<Working>,
}

impl Reader {
    /// Nothing is read yet.
    pub fn new() -> Self {
        Self {
            reading: RwSignal::new(Arc::default()),
            current: RwSignal::new(None),
            bring_up: RwSignal::new(None),
            stage: RwSignal::new(Stage::Opening),
            working: RwSignal::new(Working::Rests),
        }
    }

    /// How many new places there are.
    pub fn places(self) -> usize {
        self.reading.with(|reading| reading.places.len())
    }

    /// Whether there is anything to have read: new places, or a document that was never read.
    pub fn has_news(self) -> bool {
        self.reading.with(|reading| !reading.places.is_empty() || reading.is_unread)
    }

    /// Goes to a new place.
    pub fn show(self, place: usize, focus: bool) {
        self.current.set(Some(place));
        self.bring_up.set(Some(BringUp { place, focus }));
    }

    /// Goes to the next new place or the one before, around the ends.
    pub fn step(self, forward: bool, focus: bool) {
        let places = untrack(|| self.places());
        if places == 0 {
            return;
        }
        let next = match (self.current.get_untracked(), forward) {
            (None, true) => 0,
            (None, false) => places - 1,
            (Some(now), true) => (now + 1) % places,
            (Some(now), false) => (now + places - 1) % places,
        };
        self.show(next.min(places - 1), focus);
    }
}
