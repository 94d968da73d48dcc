//! A file of people: looked at, shown row by row, and only then taken over.

use std::collections::HashMap;

use huigao_shared::authority::Edit;
use huigao_shared::roster::{MAX_FILE, Roster};
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::download;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::modal::{CancelButton, Modal, ModalForm};
use crate::ui::names::unit_and_roles;
use crate::ui::office::{ImportRow, Preview, UnreadColumn, too_large, trouble};
use crate::ui::parts::Failure;
use crate::ui::roster_acts::describe;
use huigao_browser::spawn;
use huigao_protocol::command::Command;

/// Rows that are drawn; bad ones come first.
const SHOWN: usize = 300;

/// Asks for a file and shows what it would do.
#[component]
pub fn ImportDialog() -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let preview = RwSignal::new(None::<Preview>);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let asked = StoredValue::new(0u32);
    // The file, and its columns that are taken for what their headings may mean.
    let (chosen, near) = (StoredValue::new(Vec::<u8>::new()), StoredValue::new(Vec::<usize>::new()));
    let begin = move || {
        let number = asked.get_value() + 1;
        asked.set_value(number);
        busy.set(true);
        failed.set(None);
        preview.set(None);
        number
    };
    let end = move |number: u32, outcome: Result<Preview, String>| {
        if asked.try_get_value() != Some(number) {
            return;
        }
        busy.try_set(false);
        match outcome {
            Ok(found) => drop(preview.try_set(Some(found))),
            Err(why) => drop(failed.try_set(Some(why))),
        }
    };
    let ask = move |number: u32| {
        let Some(office) = desk.office() else {
            return end(number, Err(t!("office.away").into_owned()));
        };
        spawn(async move {
            let (Some(file), Some(near)) = (chosen.try_get_value(), near.try_get_value()) else { return };
            end(number, office.preview(&file, &near).await.map_err(|error| trouble(&error)));
        });
    };
    let read = move |event: leptos::ev::Event| {
        let Some(file) = download::chosen_file(&event) else { return };
        let number = begin();
        near.set_value(Vec::new());
        if download::is_larger(&file, MAX_FILE) {
            return end(number, Err(too_large()));
        }
        spawn(async move {
            match download::read_file(file).await {
                // Another one was chosen meanwhile.
                Some(_) if asked.try_get_value() != Some(number) => {}
                Some(bytes) => {
                    chosen.try_set_value(bytes);
                    ask(number);
                }
                None => end(number, Err(t!("office.unreadable_file").into_owned())),
            }
        });
    };
    let take_near = Callback::new(move |column: usize| {
        near.update_value(|near| near.push(column));
        ask(begin());
    });
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
            {move || preview.get().map(|preview| view! { <Shown preview=preview take_near=take_near /> })}
        </ModalForm>
    }
}

fn count(preview: &Preview, state: &str) -> usize {
    preview.rows.iter().filter(|row| row.state == state).count()
}

#[component]
fn Shown(preview: Preview, take_near: Callback<usize>) -> impl IntoView {
    let (bad, new, changed, same) =
        (count(&preview, "bad"), count(&preview, "new"), count(&preview, "changed"), count(&preview, "same"));
    let mut rows: Vec<ImportRow> =
        preview.rows.iter().filter(|row| row.state != "same" || !row.notes.is_empty()).cloned().collect();
    rows.sort_by_key(|row| match row.state.as_str() {
        "bad" => 0,
        "same" => 2,
        _ => 1,
    });
    rows.truncate(SHOWN);
    let units = preview.units.join(&t!("list.separator"));
    let others = preview.others.join(&t!("list.separator"));
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
            {preview.sheet.clone().map(|sheet| view! { <p>{t!("import.sheet", sheet = sheet)}</p> })}
            {(!others.is_empty()).then(|| view! { <p class="field-error">{t!("import.others", sheets = others)}</p> })}
        </div>
        {preview.unread.into_iter().map(|column| view! { <Unread column=column take_near=take_near /> }).collect_view()}
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
                                                <td class:field-error=bad>{row_words(&roster, &row, edits.get(&row.line))}</td>
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

/// A column that is not read, and the way to have it read after all.
#[component]
fn Unread(column: UnreadColumn, take_near: Callback<usize>) -> impl IntoView {
    let UnreadColumn { at, heading, near } = column;
    match near {
        None => view! { <p>{t!("import.unread", heading = heading)}</p> }.into_any(),
        Some(near) => view! {
            <div class="btn-row">
                <span>{t!("import.unread", heading = heading)}</span>
                <button type="button" class="btn btn--small" on:click=move |_| take_near.run(at)>
                    {t!("import.take_near", near = near)}
                </button>
            </div>
        }
        .into_any(),
    }
}

/// What a row comes to, and what is to be known of it.
fn row_words(roster: &Roster, row: &ImportRow, edit: Option<&Edit>) -> String {
    let notes = row.notes.iter().map(|(name, text)| note(name, text));
    std::iter::once(state_words(roster, row, edit)).chain(notes).collect::<Vec<_>>().join(&t!("list.semicolon"))
}

fn state_words(roster: &Roster, row: &ImportRow, edit: Option<&Edit>) -> String {
    match (row.state.as_str(), edit) {
        ("new", Some(Edit::Member { after, .. })) => {
            t!("import.new_as", what = unit_and_roles(roster, after)).into_owned()
        }
        ("new", _) => t!("import.new").into_owned(),
        ("changed", Some(edit)) => describe(roster, edit),
        ("changed", None) => t!("import.changed").into_owned(),
        ("same", _) => t!("import.same").into_owned(),
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
        "quote" => t!("import.quote"),
        "hidden" => t!("import.hidden", text = text),
        _ => t!("import.no_unit_name", text = text),
    }
    .into_owned()
}

fn note(name: &str, text: &str) -> String {
    match name {
        "kept" => t!("import.kept", text = text),
        _ => t!("import.dropped", text = text),
    }
    .into_owned()
}
