//! A file of people: looked at, shown row by row, and only then taken over.

use std::collections::HashMap;

use huigao_shared::authority::Edit;
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::{download, spawn};
use crate::session::event::Command;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::names::{roles_of, unit_name};
use crate::ui::office::{ImportRow, Preview, trouble};
use crate::ui::parts::Failure;
use crate::ui::roster_acts::describe;

/// Rows that are drawn; bad ones come first.
const SHOWN: usize = 300;

/// Asks for a file and shows what it would do.
#[component]
pub fn ImportDialog() -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let preview = RwSignal::new(None::<Preview>);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let asked = StoredValue::new(0u32);
    let read = move |event: leptos::ev::Event| {
        let Some(file) = download::chosen_file(&event) else { return };
        let Some(office) = desk.office() else { return };
        let number = asked.get_value() + 1;
        asked.set_value(number);
        busy.set(true);
        failed.set(None);
        preview.set(None);
        spawn(async move {
            let outcome = match download::read_file(file).await {
                Some(bytes) => office.preview(&bytes).await.map_err(|error| trouble(&error)),
                None => Err(t!("office.unreadable_file").into_owned()),
            };
            if asked.try_get_value() != Some(number) {
                return;
            }
            busy.try_set(false);
            match outcome {
                Ok(found) => drop(preview.try_set(Some(found))),
                Err(why) => drop(failed.try_set(Some(why))),
            }
        });
    };
    let bad = move || preview.with(|preview| preview.as_ref().map_or(0, |preview| count(preview, "bad")));
    let ready = move || preview.with(|preview| preview.as_ref().is_some_and(|preview| !preview.edits.is_empty()));
    let take = move || {
        let edits = preview.with_untracked(|preview| preview.as_ref().map(|preview| preview.edits.clone()));
        if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
            desk.command(Command::Act(edits));
            modal.close();
        }
    };
    let foot = view! {
        <CancelButton modal=modal />
        <button type="submit" class="btn btn--primary" prop:disabled=move || !ready()>
            {move || if bad() > 0 { t!("import.take_good") } else { t!("import.take") }}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=t!("roster.import") on_submit=take foot=foot>
            <p class="field-hint">{t!("import.text")}</p>
            <div class="field">
                <label for="import-f">{t!("import.file")}</label>
                // Emptied when it is opened: the same file, put right, is heard of then.
                <input
                    class="input"
                    id="import-f"
                    type="file"
                    accept=".csv,.xlsx,text/csv"
                    on:click=move |event| download::forget_choice(&event)
                    on:change=read
                />
            </div>
            <Show when=move || busy.get()>
                <p role="status">{t!("import.reading")}</p>
            </Show>
            <Failure text=failed />
            {move || preview.get().map(|preview| view! { <Shown preview=preview /> })}
        </ModalForm>
    }
}

fn count(preview: &Preview, state: &str) -> usize {
    preview.rows.iter().filter(|row| row.state == state).count()
}

#[component]
fn Shown(preview: Preview) -> impl IntoView {
    let (bad, new, changed, same) =
        (count(&preview, "bad"), count(&preview, "new"), count(&preview, "changed"), count(&preview, "same"));
    let mut rows: Vec<ImportRow> = preview.rows.iter().filter(|row| row.state != "same").cloned().collect();
    rows.sort_by_key(|row| row.state != "bad");
    rows.truncate(SHOWN);
    let units = preview.units.join(&t!("list.separator"));
    let any = !rows.is_empty();
    // Edits of people come in the order of their rows.
    let people = preview.edits.iter().filter(|edit| matches!(edit, Edit::Member { .. }));
    let lines = preview.rows.iter().filter(|row| matches!(row.state.as_str(), "new" | "changed")).map(|row| row.line);
    let edits: HashMap<usize, Edit> = lines.zip(people.cloned()).collect();
    let roster = use_desk().roster.get_untracked().with(&preview.edits);
    view! {
        <div role="status">
            <p>
                <b>{t!("import.summary", new = new, changed = changed, same = same, bad = bad)}</b>
            </p>
            {(!units.is_empty()).then(|| view! { <p>{t!("import.units", units = units)}</p> })}
        </div>
        {any
            .then(|| {
                view! {
                    <div class="import-rows">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th scope="col" class="num">
                                        {t!("import.line")}
                                    </th>
                                    <th scope="col">{t!("settings.name")}</th>
                                    <th scope="col">{t!("audit.what")}</th>
                                </tr>
                            </thead>
                            <tbody>
                                {rows
                                    .into_iter()
                                    .map(|row| {
                                        let bad = row.state == "bad";
                                        view! {
                                            <tr>
                                                <td class="num">{row.line}</td>
                                                <td>{row.name.clone()}</td>
                                                <td class:field-error=bad>{state_words(&roster, &row, edits.get(&row.line))}</td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                }
            })}
    }
}

fn state_words(roster: &Roster, row: &ImportRow, edit: Option<&Edit>) -> String {
    match (row.state.as_str(), edit) {
        ("new", Some(Edit::Member { after, .. })) => {
            let unit = after.unit.as_ref().map(|unit| unit_name(roster, unit)).unwrap_or_default();
            t!("import.new_as", unit = unit, roles = roles_of(after)).into_owned()
        }
        ("new", _) => t!("import.new").into_owned(),
        ("changed", Some(edit)) => describe(roster, edit),
        ("changed", None) => t!("import.changed").into_owned(),
        _ => {
            row.problems.iter().map(|(name, text)| problem(name, text)).collect::<Vec<_>>().join(&t!("list.semicolon"))
        }
    }
}

fn problem(name: &str, text: &str) -> String {
    match name {
        "no-name" => t!("import.no_name"),
        "role" => t!("import.role", text = text),
        "linked" => t!("import.linked", text = text),
        "twice" => t!("import.twice", text = text),
        "ambiguous" => t!("import.ambiguous"),
        "key" => t!("import.key", text = text),
        "too-long" => t!("fault.too_long"),
        _ => t!("import.no_unit_name", text = text),
    }
    .into_owned()
}
