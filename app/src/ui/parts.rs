//! Small parts that several pages share: the page heading, toasts, and what stands in an empty page.

use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page;
use huigao_browser::clock::Timer;

/// The page's heading: names the tab, and takes the focus when the page comes up.
#[component]
pub fn PageHeading(
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
    /// Its class.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    heading.on_load(|heading| {
        // Focus fails only where there is no page any more.
        let _ = heading.focus();
    });
    Effect::new(move || page::set_title(&format!("{} · {}", text.get(), t!("brand"))));
    view! {
        <h1 class=class tabindex="-1" title=move || text.get() node_ref=heading>
            {move || text.get()}
        </h1>
    }
}

/// What went wrong with something that was just asked for; nothing, while nothing did.
#[component]
pub fn Failure(
    /// In a sentence that says what to do.
    text: RwSignal<Option<String>>,
) -> impl IntoView {
    move || {
        text.get().map(|text| {
            view! {
                <p class="field-error" role="alert">
                    {text}
                </p>
            }
        })
    }
}

/// A question before what cannot be undone. It comes up where it was asked for, is read out, and takes the focus.
#[component]
pub fn Question(
    /// What is to be known, and the buttons.
    children: Children,
) -> impl IntoView {
    let question = NodeRef::<html::Div>::new();
    question.on_load(|question| {
        // It comes into sight with the focus, however long the page is.
        let _ = question.focus();
    });
    view! {
        <div class="box" role="alert" tabindex="-1" node_ref=question>
            {children()}
        </div>
    }
}

/// A page or a list with nothing in it: what is so, why, and the way on.
#[component]
pub fn Empty(
    /// What is so.
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(into)]
    text: String,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="card empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="btn-row">{children()}</div> })}
        </div>
    }
}

/// How long a toast stays, unless it tells of a failure.
const TOAST_MS: u32 = 6_000;

#[derive(Clone, PartialEq, Eq)]
struct Toast {
    number: u64,
    text: String,
    bad: bool,
}

/// Short messages at the edge of the page.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    count: StoredValue<u64>,
    timers: StoredValue<Vec<Timer>, LocalStorage>,
}

/// The toasts of the app.
pub fn use_toasts() -> Toasts {
    expect_context()
}

impl Toasts {
    /// None yet.
    pub fn new() -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            count: StoredValue::new(0),
            timers: StoredValue::new_local(Vec::new()),
        }
    }

    /// Says that something went well; it goes by itself.
    pub fn well(self, text: impl Into<String>) {
        let number = self.push(text.into(), false);
        let timer = Timer::after(TOAST_MS, move || self.dismiss(number));
        self.timers.update_value(|timers| {
            // Old ones have long fired.
            if timers.len() > 20 {
                timers.drain(..10);
            }
            timers.push(timer);
        });
    }

    /// Says that something failed; it stays until it is closed.
    pub fn badly(self, text: impl Into<String>) {
        self.push(text.into(), true);
    }

    fn push(self, text: String, bad: bool) -> u64 {
        self.count.update_value(|count| *count += 1);
        let number = self.count.get_value();
        self.shown.update(|shown| shown.push(Toast { number, text, bad }));
        number
    }

    fn dismiss(self, number: u64) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.number != number));
    }
}

/// Where toasts come up.
#[component]
pub fn ToastArea() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-label=t!("toast.area")>
            <For each=move || toasts.shown.get() key=|toast| toast.number let:toast>
                <div class=if toast.bad { "toast toast--bad" } else { "toast toast--ok" }>
                    <span>{toast.text}</span>
                    <button type="button" class="btn btn--small btn--quiet" on:click=move |_| toasts.dismiss(toast.number)>
                        {t!("action.close")}
                    </button>
                </div>
            </For>
        </div>
    }
}
