//! Whether somebody sees the page, and when it goes.

use web_sys::VisibilityState;

use super::window;
use huigao_browser::listener::Listener;

/// Whether the page is in a visible tab.
pub fn visible() -> bool {
    let state = window().document().map(|document| document.visibility_state());
    state != Some(VisibilityState::Hidden)
}

/// Calls when the page is shown or hidden.
pub fn on_change(heard: impl Fn(bool) + 'static) -> Listener {
    let target = window().document().map_or_else(|| window().into(), Into::into);
    Listener::on(&target, &["visibilitychange"], move |_| heard(visible()))
}

/// Calls when the page is left: what is begun then and needs an answer will not get it.
pub fn on_leaving(heard: impl Fn() + 'static) -> Listener {
    Listener::on(&window(), &["pagehide"], move |_| heard())
}
