//! Texts as files on the device.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures_channel::oneshot;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::file_name::file_name;
use crate::platform::download;
use crate::ui::desk::Desk;
use crate::ui::figures::{clock_time, day};
use crate::ui::names::{member_name, place_name, shown_title, space_readers};
use crate::ui::parts::Toasts;
use crate::ui::route::Route;
use crate::ui::templates::kind_name;
use huigao_browser::{clock, spawn};
use huigao_protocol::command::{Command, Millis};
use huigao_protocol::view::Row;

/// How long a document may take to be opened for its text, in milliseconds.
const PATIENCE_MS: u32 = 20_000;

/// What the file of a document is called: by its title, where it lives, and the day.
pub fn document_file(desk: Desk, document: DocumentId, title: &str, space: &Space) -> String {
    let place = desk.roster.with_untracked(|roster| place_name(roster, desk.me, space));
    let is_twin = |row: &Row| row.document != document && row.title == title && row.space == *space;
    let twins = desk.rows.with_untracked(|rows| rows.iter().any(|row| is_twin(row)));
    // Two of one title in one place are told apart by what else is theirs alone.
    let id: String = if twins { document.to_string().chars().take(6).collect() } else { String::new() };
    file_name(&[&shown_title(title), &place, &id, &day(clock::now())], "txt", &t!("export.untitled"))
}

/// `2026-04-28 1031`, for names of files that are made several times a day.
pub fn stamp(at: Millis) -> String {
    format!("{} {}", day(at), clock_time(at).replace(':', ""))
}

/// Saves one text as a file of this name.
pub fn export_text(toasts: Toasts, file: &str, title: &str, text: &str) -> bool {
    let saved = download::save_text(file, &for_any_editor(text));
    if saved {
        toasts.well(t!("export.done", title = title));
    } else {
        toasts.badly(t!("export.failed", title = title));
    }
    saved
}

/// Saves all documents that are on this device in one file.
pub fn export_all(desk: Desk, toasts: Toasts) {
    let rows = desk.rows.get_untracked();
    let name = desk.roster.with_untracked(|roster| member_name(roster, desk.me));
    let file = file_name(&[&t!("export.all_title"), &name, &stamp(clock::now())], "txt", "");
    export_rows(desk, toasts, rows.iter().cloned().collect(), file);
}

/// Saves those that were picked from a list of this name.
pub fn export_picked(desk: Desk, toasts: Toasts, rows: Vec<Arc<Row>>, list: &str) {
    let file = match rows.as_slice() {
        [] => return,
        [row] => document_file(desk, row.document, &row.title, &row.space),
        [row, ..] => {
            let what = t!("export.and_more", title = shown_title(&row.title), n = rows.len());
            file_name(&[&what, list, &stamp(clock::now())], "txt", list)
        }
    };
    export_rows(desk, toasts, rows, file);
}

/// Saves some documents in one file, one after the other.
fn export_rows(desk: Desk, toasts: Toasts, rows: Vec<Arc<Row>>, name: String) {
    let total = rows.len();
    let roster = desk.roster.get_untracked();
    spawn(async move {
        let mut file = String::new();
        let mut found = 0;
        for row in rows {
            if let Some(text) = text_of(desk, &row).await {
                found += 1;
                file.push_str(&head(&roster, desk.me, &row));
                file.push_str(&text);
                file.push_str("\n\n\n");
            }
        }
        if found == 0 {
            toasts.badly(t!("export.nothing"));
        } else if !download::save_text(&name, &for_any_editor(&file)) {
            toasts.badly(t!("export.failed", title = t!("export.all_title")));
        } else if found < total {
            toasts.badly(t!("export.some_done", n = found, missing = total - found));
        } else {
            toasts.well(t!("export.all_done", n = found));
        }
    });
}

/// What stands above each text of a common file.
fn head(roster: &Roster, me: MemberId, row: &Row) -> String {
    let readers = space_readers(roster, me, &row.space);
    format!("==== {} · {} · {readers} ====\n\n", row.title, kind_name(&row.kind))
}

/// A document's text: opened for a moment, if nobody has it open.
async fn text_of(desk: Desk, row: &Row) -> Option<String> {
    let document = row.document;
    if let Some(text) = desk.text(document) {
        return Some(text);
    }
    let (tell, told) = oneshot::channel();
    let tell = Rc::new(RefCell::new(Some(tell)));
    let late = tell.clone();
    let subscription = desk.subscribe(move |notice| {
        if let Notice::Opened { document: opened, result, .. } = notice
            && *opened == document
            && let Some(tell) = tell.borrow_mut().take()
        {
            // Whoever waited may have gone.
            let _ = tell.send(result.is_ok());
        }
    })?;
    spawn(async move {
        clock::sleep(PATIENCE_MS).await;
        // A page that left it meanwhile has taken the wish back.
        let _ = late.take().map(|tell| tell.send(false));
    });
    desk.command(Command::Open(document));
    let opened = told.await.unwrap_or(false);
    drop(subscription);
    let text = if opened { desk.text(document) } else { None };
    // A page may have opened it meanwhile.
    let here = Route::parse(&crate::platform::page::hash());
    if here != Route::Edit(document) && here != Route::Merged(Some(document)) {
        desk.command(Command::Close(document));
    }
    text
}

/// Old editors on Windows know UTF-8 by its mark, and lines by both characters.
fn for_any_editor(text: &str) -> String {
    format!("\u{feff}{}", text.replace('\n', "\r\n"))
}
