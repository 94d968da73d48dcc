//! Tabs of a side panel: one tab stop, arrows between them.

use leptos::prelude::*;
use leptos::{ev, html};

/// A tab.
#[derive(Clone, Copy)]
pub struct Tab {
    /// The tab's id.
    pub id: &'static str,
    /// Its panel's id.
    pub panel: &'static str,
    /// What it says.
    pub name: Signal<String>,
}

/// A row of tabs.
#[component]
pub fn TabList(
    /// What they are for.
    #[prop(into)]
    label: String,
    /// The tabs.
    tabs: Vec<Tab>,
    /// The one that is selected.
    selected: RwSignal<usize>,
) -> impl IntoView {
    let buttons: Vec<NodeRef<html::Button>> = tabs.iter().map(|_| NodeRef::new()).collect();
    let last = tabs.len().saturating_sub(1);
    let keys = {
        let buttons = buttons.clone();
        move |event: ev::KeyboardEvent| {
            let now = selected.get_untracked();
            let next = match event.key().as_str() {
                "ArrowRight" => (now + 1) % (last + 1),
                "ArrowLeft" => (now + last) % (last + 1),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            selected.set(next);
            if let Some(button) = buttons.get(next).and_then(|button| button.get_untracked()) {
                let _ = button.focus();
            }
        }
    };
    let drawn = tabs.into_iter().zip(buttons).enumerate().map(|(index, (tab, button))| {
        let is_selected = move || selected.get() == index;
        view! {
            <button
                type="button"
                class="tab"
                role="tab"
                id=tab.id
                aria-controls=tab.panel
                aria-selected=move || is_selected().to_string()
                tabindex=move || if is_selected() { "0" } else { "-1" }
                node_ref=button
                on:click=move |_| selected.set(index)
            >
                {move || tab.name.get()}
            </button>
        }
    });
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=keys>
            {drawn.collect_view()}
        </div>
    }
}

/// What belongs to a tab.
#[component]
pub fn TabPanel(
    /// The tab.
    tab: Tab,
    /// Its place among the tabs.
    index: usize,
    /// The one that is selected.
    selected: RwSignal<usize>,
    /// What is shown.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class="tabpanel"
            role="tabpanel"
            id=tab.panel
            aria-labelledby=tab.id
            tabindex="0"
            hidden=move || selected.get() != index
        >
            {children()}
        </div>
    }
}

/// Whether a side panel is open: as there is room, until the user says otherwise.
#[derive(Clone, Copy)]
pub struct Side {
    said: RwSignal<Option<bool>>,
    room_px: f64,
    toggle: NodeRef<html::Button>,
    close: NodeRef<html::Button>,
}

impl Side {
    /// A panel that stands beside the text in windows wider than this, and above it in others.
    pub fn beside_from(room_px: f64) -> Self {
        Self { said: RwSignal::new(None), room_px, toggle: NodeRef::new(), close: NodeRef::new() }
    }

    fn has_room(self) -> bool {
        window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width > self.room_px)
    }

    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self.said.get().unwrap_or_else(|| self.has_room())
    }

    /// The attribute by which the style sheet knows.
    pub fn attribute(self) -> Option<&'static str> {
        self.said.get().map(|open| if open { "open" } else { "closed" })
    }

    /// Opens or closes it.
    pub fn toggle(self) {
        let open = !untrack(|| self.is_open());
        self.said.set(Some(open));
        // Above the text, the panel takes the focus.
        if open && !self.has_room() {
            request_animation_frame(move || {
                if let Some(close) = self.close.try_get_untracked().flatten() {
                    let _ = close.focus();
                }
            });
        }
    }

    /// Opens it where it is: something in it waits for an answer.
    pub fn show(self) {
        self.said.set(Some(true));
    }

    /// Closes it and goes back to the button that opened it.
    pub fn close(self) {
        self.said.set(Some(false));
        if let Some(toggle) = self.toggle.get_untracked() {
            let _ = toggle.focus();
        }
    }

    /// Closes it if it lies above the text: what was picked in it shall be seen.
    pub fn give_way(self) {
        if !self.has_room() && untrack(|| self.is_open()) {
            self.said.set(Some(false));
        }
    }
}

/// The button that opens and closes a side panel.
#[component]
pub fn SideToggle(side: Side, #[prop(into)] name: String) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn"
            aria-expanded=move || side.is_open().to_string()
            aria-controls="side"
            node_ref=side.toggle
            on:click=move |_| side.toggle()
        >
            {name}
        </button>
    }
}

/// The side panel.
#[component]
pub fn SidePanel(
    /// Whether it is open.
    side: Side,
    /// What it is.
    #[prop(into)]
    label: String,
    /// The word on its closing button.
    #[prop(into)]
    close: String,
    /// Its tabs.
    tabs: AnyView,
    /// Its panels.
    children: Children,
) -> impl IntoView {
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !side.has_room() {
            event.prevent_default();
            side.close();
        }
    };
    view! {
        <aside class="side" id="side" aria-label=label on:keydown=keys>
            {tabs}
            <button type="button" class="btn btn--small side-close" node_ref=side.close on:click=move |_| side.close()>
                {close}
            </button>
            {children()}
        </aside>
    }
}
