//! Whether the page is being printed: lists that draw a part of themselves on the screen are drawn whole on paper.

use leptos::prelude::*;

use crate::platform::printing;

/// Whether the page is being printed.
#[derive(Clone, Copy)]
pub struct Printing(RwSignal<bool>);

impl Printing {
    /// Follows the browser. What changes by it is drawn when the browser's event has been heard, before the page is
    /// laid out for paper.
    pub fn watch() -> Self {
        let printing = RwSignal::new(false);
        StoredValue::new_local(printing::on_change(move |on| {
            printing.try_set(on);
        }));
        Self(printing)
    }

    /// Whether it is.
    pub fn now(self) -> bool {
        self.0.get()
    }
}
