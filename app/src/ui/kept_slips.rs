//! Slips of invitations that were made and are not cleared: each code is told once, so leaving the page loses none.
//!
//! Codes are secrets. They are kept in this page's memory alone, until the office clears them or they are good no more.
//! Whoever comes after its person sees none, not even of those that were asked for before.

use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page;
use crate::ui::figures::grouped;
use crate::ui::office::Slip;
use crate::ui::route::Route;
use huigao_browser::listener::Listener;
use huigao_browser::{clock, spawn};

/// Invitations stand for longer than browsers wait at a time.
const LOOK_MOST_MS: u32 = 1 << 30;

/// The slips of this person's visit.
#[derive(Clone, Copy)]
pub struct KeptSlips {
    slips: RwSignal<Vec<Slip>>,
    /// How many lots were made: the sheet on the screen is drawn anew with each.
    lots: RwSignal<u64>,
    /// Whose visit it is, by number.
    visit: StoredValue<u64>,
    /// Of the looks for what has expired, the last one: earlier ones are not gone on with.
    look: StoredValue<u64>,
    /// They were sent to the printer since the last ones were made.
    printed: RwSignal<bool>,
    /// The sheet is on the screen.
    on_screen: RwSignal<bool>,
    /// The sheet is to be shown on the page of the roster.
    wanted: RwSignal<bool>,
    /// Has the browser ask before the page is closed.
    guard: StoredValue<Option<Listener>, LocalStorage>,
}

impl KeptSlips {
    /// None yet.
    pub fn new() -> Self {
        let kept = Self {
            slips: RwSignal::new(Vec::new()),
            lots: RwSignal::new(0),
            visit: StoredValue::new(0),
            look: StoredValue::new(0),
            printed: RwSignal::new(false),
            on_screen: RwSignal::new(false),
            wanted: RwSignal::new(false),
            guard: StoredValue::new_local(None),
        };
        let at_risk = Memo::new(move |_| kept.any() && !kept.printed.get());
        Effect::new(move || kept.guard.set_value(at_risk.get().then(page::ask_before_leaving)));
        kept
    }

    /// The visit in which slips are asked for.
    pub fn visit(self) -> u64 {
        self.visit.get_value()
    }

    /// These were made for who asked in that visit. Whatever page is shown by then, they are kept, unless another person
    /// has come.
    pub fn add(self, visit: u64, made: Vec<Slip>) {
        if self.visit.try_get_value() != Some(visit) {
            return;
        }
        let added = self.slips.try_update(|slips| slips.extend(made));
        if added.is_some() {
            self.printed.set(false);
            self.drop_expired();
            self.lots.update(|lots| *lots += 1);
        }
    }

    /// They are in the hands of whom they are for, or wanted no more.
    pub fn clear(self) {
        self.slips.set(Vec::new());
    }

    /// Another person is here, or nobody: nothing is kept, nor will be of what is still asked for.
    pub fn end_visit(self) {
        self.visit.update_value(|visit| *visit += 1);
        self.clear();
    }

    /// Whether there are any.
    pub fn any(self) -> bool {
        self.slips.with(|slips| !slips.is_empty())
    }

    /// The number of the lot that was made last, while there are any.
    pub fn lot(self) -> Option<u64> {
        self.any().then(|| self.lots.get())
    }

    /// All of them.
    pub fn all(self) -> Vec<Slip> {
        self.slips.get()
    }

    /// Whether all of them were sent to the printer.
    pub fn are_printed(self) -> bool {
        self.printed.get()
    }

    /// They go to the printer.
    pub fn printed(self) {
        self.printed.set(true);
    }

    /// Whether the sheet is on the screen.
    pub fn shown(self, is: bool) {
        self.on_screen.try_set(is);
        if !is {
            self.drop_expired();
        }
    }

    /// Whether somebody asked for the sheet; asked once.
    pub fn take_wanted(self) -> bool {
        let wanted = self.wanted.get();
        if wanted {
            self.wanted.set(false);
        }
        wanted
    }

    fn drop_expired(self) {
        if self.on_screen.try_get_untracked().unwrap_or_default() {
            // None goes from under the eyes; they are looked through when they are left.
            return;
        }
        let now = clock::now();
        let _ = self.slips.try_update(|slips| slips.retain(|slip| slip.expires.saturating_mul(1_000) > now));
        self.look.try_update_value(|look| *look += 1);
        let look = self.look.try_get_value();
        let next = self.slips.try_with_untracked(|slips| slips.iter().map(|slip| slip.expires).min()).flatten();
        if let Some(expires) = next {
            let wait =
                u32::try_from(expires.saturating_mul(1_000) - now).unwrap_or(u32::MAX).clamp(1_000, LOOK_MOST_MS);
            spawn(async move {
                clock::sleep(wait).await;
                // Slips that were made meanwhile have had a look of their own.
                if self.look.try_get_value() == look {
                    self.drop_expired();
                }
            });
        }
    }
}

/// Above the page, while slips are kept and not to be seen: the way back to them.
#[component]
pub fn SlipsStrip(kept: KeptSlips) -> impl IntoView {
    let count = move || grouped(kept.slips.with(Vec::len));
    let words = move || {
        if kept.printed.get() { t!("slips.kept_printed", n = count()) } else { t!("slips.kept", n = count()) }
    };
    let look = move |_| {
        kept.wanted.set(true);
        Route::Roster.go();
    };
    view! {
        <Show when=move || kept.any() && !kept.on_screen.get()>
            <div class="notice notice--offline" role="status">
                <p class="notice-text">
                    <b>{words}</b>
                    {t!("slips.kept_text")}
                </p>
                <button type="button" class="btn btn--small" on:click=look>
                    {t!("slips.kept_look")}
                </button>
            </div>
        </Show>
    }
}
