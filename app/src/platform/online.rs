//! Whether the browser believes that there is a network. It knows of cables, not of the relay.

use super::window;
use huigao_browser::listener::Listener;

/// What it believes now.
pub fn online() -> bool {
    window().navigator().on_line()
}

/// Calls with each new belief.
pub fn on_change(heard: impl Fn(bool) + 'static) -> Listener {
    Listener::on(&window(), &["online", "offline"], move |_| heard(online()))
}
