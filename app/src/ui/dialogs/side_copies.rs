//! Texts with changes that the relay refused: nothing is lost until the user says so.

use huigao_shared::wire::Refusal;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::file_name::file_name;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{Modal, ModalForm};
use crate::ui::export::{export_text, stamp};
use crate::ui::figures::moment;
use crate::ui::names::shown_title;
use crate::ui::parts::use_toasts;
use huigao_protocol::command::Command;
use huigao_protocol::view::SideCopy;

/// Shows them one after the other.
#[component]
pub fn SideCopiesDialog() -> impl IntoView {
    let desk = use_desk();
    let modal = Modal::new();
    let at = RwSignal::new(0_usize);
    let count = Memo::new(move |_| desk.side_copies.with(|copies| copies.len()));
    let copy =
        Memo::new(move |_| desk.side_copies.with(|copies| copies.get(at.get()).or_else(|| copies.first()).cloned()));
    Effect::new(move || {
        if count.get() == 0 {
            modal.close();
        }
    });
    let foot = view! {
        <button type="submit" class="btn btn--primary">
            {t!("action.understood")}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=t!("refused.title") on_submit=move || modal.close() foot=foot>
            <Show when=move || { count.get() > 1 }>
                <div class="field">
                    <label for="refused-which">{move || t!("refused.which", n = count.get())}</label>
                    <select
                        class="select"
                        id="refused-which"
                        on:change=move |event| at.set(event_target_value(&event).parse().unwrap_or(0))
                    >
                        {move || {
                            desk.side_copies
                                .get()
                                .iter()
                                .enumerate()
                                .map(|(index, copy)| {
                                    let name = format!("{} · {}", copy.title, moment(copy.at));
                                    view! { <option value=index.to_string()>{name}</option> }
                                })
                                .collect_view()
                        }}
                    </select>
                </div>
            </Show>
            {move || copy.get().map(|copy| view! { <Copy copy=copy /> })}
        </ModalForm>
    }
}

fn why(refusal: Refusal) -> String {
    match refusal {
        Refusal::NoWriteAccess => t!("refused.no_write_access"),
        Refusal::DuplicateSequence => t!("refused.duplicate_sequence"),
        Refusal::Malformed => t!("refused.malformed"),
        Refusal::BuildsOnRefused => t!("refused.builds_on_refused"),
        Refusal::UnknownDocument => t!("refused.unknown_document"),
        Refusal::TooManyHeads => t!("refused.too_many_heads"),
        Refusal::Withheld => t!("refused.withheld"),
    }
    .into_owned()
}

#[component]
fn Copy(copy: SideCopy) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let sure = RwSignal::new(false);
    let text_area = NodeRef::<html::Textarea>::new();
    let select = move |_| {
        if let Some(area) = text_area.get_untracked() {
            let _ = area.focus();
            area.select();
        }
    };
    let id = StoredValue::new(copy.id.clone());
    let copy = StoredValue::new(copy);
    let export = move |_| {
        copy.with_value(|copy| {
            let file = file_name(&[&shown_title(&copy.title), &t!("refused.title"), &stamp(copy.at)], "txt", "");
            export_text(toasts, &file, &copy.title, &copy.text)
        })
    };
    let (title, text, reason, at) =
        copy.with_value(|copy| (copy.title.clone(), copy.text.clone(), why(copy.why), moment(copy.at)));
    view! {
        <p>{t!("refused.what", title = title, at = at)} " " {reason}</p>
        <div class="box box--ok">{t!("refused.kept")}</div>
        <div class="field">
            <label for="refused-text">{t!("refused.text")}</label>
            <textarea class="textarea" id="refused-text" rows="8" readonly node_ref=text_area>
                {text}
            </textarea>
        </div>
        <div class="btn-row">
            <button type="button" class="btn" on:click=move |_| { export(()); }>
                {t!("refused.export")}
            </button>
            <button type="button" class="btn" on:click=select>
                {t!("refused.select")}
            </button>
            <button type="button" class="btn btn--danger" aria-expanded=move || sure.get().to_string() on:click=move |_| sure.set(true)>
                {t!("refused.drop")}
            </button>
        </div>
        <Show when=move || sure.get()>
            <div class="box box--bad" role="alert">
                <p>{t!("refused.drop_sure")}</p>
                <div class="btn-row">
                    <button type="button" class="btn btn--small" on:click=move |_| sure.set(false)>
                        {t!("action.keep")}
                    </button>
                    <button
                        type="button"
                        class="btn btn--small btn--danger"
                        on:click=move |_| desk.command(Command::DropSideCopy(id.get_value()))
                    >
                        {t!("refused.drop_yes")}
                    </button>
                </div>
            </div>
        </Show>
    }
}
