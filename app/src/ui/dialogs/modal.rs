//! The frame of a dialog: the browser keeps the focus inside, Esc closes, and closing gives the focus back.

use huigao_shared::text::intake::one_line;
use huigao_shared::text::seen::trimmed;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::dialogs::Dialogs;

/// A handle to close the dialog by.
#[derive(Clone, Copy)]
pub struct Modal(NodeRef<html::Dialog>);

impl Modal {
    /// For a dialog about to be drawn.
    pub fn new() -> Self {
        Self(NodeRef::new())
    }

    /// Closes it.
    pub fn close(self) {
        // It may have been closed, and be gone, while something was waited for.
        if let Some(dialog) = self.0.try_get_untracked().flatten() {
            dialog.close();
        }
    }
}

/// A modal dialog around a form.
#[component]
pub fn ModalForm(
    /// Its handle.
    modal: Modal,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// What happens when the form is sent.
    on_submit: impl Fn() + 'static,
    /// Its buttons, the last one sends the form.
    foot: AnyView,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    let Modal(node) = modal;
    node.on_load(|dialog| {
        // Only an element that is not in the page, or open already, refuses.
        let _ = dialog.show_modal();
    });
    view! {
        <dialog class="dialog" aria-labelledby="dialog-h" node_ref=node on:close=move |_| dialogs.closed()>
            <form
                method="dialog"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    on_submit();
                }
            >
                <div class="dialog-head">
                    <h2 id="dialog-h">{title}</h2>
                </div>
                <div class="dialog-body">{children()}</div>
                <div class="dialog-foot">{foot}</div>
            </form>
        </dialog>
    }
}

/// The button that closes without doing anything.
#[component]
pub fn CancelButton(modal: Modal) -> impl IntoView {
    view! {
        <button type="button" class="btn" on:click=move |_| modal.close()>
            {t!("action.cancel")}
        </button>
    }
}

/// Titles of documents are of at most this many characters.
const TITLE_MAX: &str = "100";

/// A title to type, checked when the form is sent.
#[derive(Clone, Copy)]
pub struct TitleField {
    text: RwSignal<String>,
    missing: RwSignal<bool>,
    input: NodeRef<html::Input>,
}

impl TitleField {
    /// With a text to begin with.
    pub fn new(text: String) -> Self {
        Self { text: RwSignal::new(text), missing: RwSignal::new(false), input: NodeRef::new() }
    }

    /// The title; none, with an error beside the field and the focus in it, if there is no text.
    pub fn checked(self) -> Option<String> {
        let text = self.text.with_untracked(|text| trimmed(&one_line(text)).to_owned());
        self.missing.set(text.is_empty());
        if text.is_empty() {
            if let Some(input) = self.input.get_untracked() {
                let _ = input.focus();
            }
            return None;
        }
        Some(text)
    }
}

/// The field of a title.
#[component]
pub fn TitleInput(
    /// What it holds.
    field: TitleField,
    /// Its label.
    #[prop(into)]
    label: String,
    /// A hint beneath it.
    #[prop(into)]
    hint: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for="title-field">{label}</label>
            <input
                class="input"
                id="title-field"
                name="title"
                required
                autofocus
                maxlength=TITLE_MAX
                autocomplete="off"
                aria-describedby="title-error title-hint"
                aria-invalid=move || field.missing.get().then_some("true")
                node_ref=field.input
                prop:value=move || field.text.get()
                on:input=move |event| {
                    field.text.set(event_target_value(&event));
                    field.missing.set(false);
                }
            />
            <Show when=move || field.missing.get()>
                <p class="field-error" id="title-error" role="alert">
                    {t!("title.missing")}
                </p>
            </Show>
            <p class="field-hint" id="title-hint">
                {hint}
            </p>
        </div>
    }
}
