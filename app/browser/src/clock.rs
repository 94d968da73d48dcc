//! Time: what the clocks say, and being called later.

use futures_channel::oneshot;
use js_sys::Date;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::scope;
use huigao_protocol::command::{Millis, Now};

/// The device's clock.
pub fn now() -> Millis {
    // Whole milliseconds, and far below 2^53.
    Date::now() as Millis
}

/// Milliseconds of a clock that nobody sets, from some beginning. The page's and the worker's are not the same.
pub fn monotonic() -> f64 {
    scope::elapsed().unwrap_or_else(Date::now)
}

/// What both clocks say.
pub fn both() -> Now {
    // Rounded down: a timer that was set by it does not ring early.
    Now { monotonic: monotonic() as Millis, calendar: now() }
}

/// A time of day in the device's time zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LocalTime {
    /// The year.
    pub year: i32,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
}

/// What the clock on the wall shows at a moment.
pub fn local_time(at: Millis) -> LocalTime {
    let date = Date::new(&JsValue::from_f64(at as f64));
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    LocalTime {
        year: i32::try_from(date.get_full_year()).unwrap_or_default(),
        month: small(date.get_month() + 1),
        day: small(date.get_date()),
        hour: small(date.get_hours()),
        minute: small(date.get_minutes()),
    }
}

/// Calls once after a while, unless it is dropped before.
#[must_use = "a timer that is dropped never calls"]
pub struct Timer {
    id: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `then` after so many milliseconds. Hidden pages are called later.
    pub fn after(milliseconds: u32, then: impl FnOnce() + 'static) -> Self {
        let callback = Closure::once(then);
        let delay = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        let id = scope::set_timeout(callback.as_ref().unchecked_ref(), delay);
        Self { id, _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        scope::clear_timeout(self.id);
    }
}

/// Waits.
pub async fn sleep(milliseconds: u32) {
    let (done, waiting) = oneshot::channel::<()>();
    let _timer = Timer::after(milliseconds, move || {
        let _ = done.send(());
    });
    let _ = waiting.await;
}
