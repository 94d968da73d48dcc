//! When the page goes to the printer.

use super::window;
use huigao_browser::listener::Listener;

/// Calls with true right before the page is laid out for paper, and with false when that is over.
pub fn on_change(heard: impl Fn(bool) + 'static) -> Listener {
    Listener::on(&window(), &["beforeprint", "afterprint"], move |event| heard(event.type_() == "beforeprint"))
}
