//! Texts as files on the device.

use std::sync::Arc;

use futures_channel::oneshot;
use huigao_shared::ids::MemberId;
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::platform::{download, spawn};
use crate::session::event::Command;
use crate::session::view::Row;
use crate::ui::desk::Desk;
use crate::ui::names::space_readers;
use crate::ui::parts::Toasts;
use crate::ui::route::Route;
use crate::ui::templates::kind_name;

/// Saves one text under its title.
pub fn export_text(toasts: Toasts, title: &str, text: &str) -> bool {
    let saved = download::save_text(&file_name(title), &for_any_editor(text));
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
    export_rows(desk, toasts, rows.iter().cloned().collect());
}

/// Saves some documents in one file, one after the other.
pub fn export_rows(desk: Desk, toasts: Toasts, rows: Vec<Arc<Row>>) {
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
        } else if !download::save_text(&file_name(&t!("export.all_title")), &for_any_editor(&file)) {
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
    if let Some(text) = desk.read_if_open(|session| session.text(document))? {
        return Some(text);
    }
    let (tell, told) = oneshot::channel();
    let tell = std::cell::RefCell::new(Some(tell));
    let subscription = desk.subscribe(move |notice| {
        if let Notice::Opened { document: opened, result } = notice
            && *opened == document
            && let Some(tell) = tell.borrow_mut().take()
        {
            // Whoever waited may have gone.
            let _ = tell.send(result.is_ok());
        }
    });
    desk.command(Command::Open(document));
    let opened = told.await.unwrap_or(false);
    drop(subscription);
    let text = if opened { desk.read_if_open(|session| session.text(document)).flatten() } else { None };
    // A page may have opened it meanwhile.
    let here = Route::parse(&crate::platform::page::hash());
    if here != Route::Edit(document) && here != Route::Merged(Some(document)) {
        desk.command(Command::Close(document));
    }
    text
}

/// A name that every system takes.
fn file_name(title: &str) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = title.trim().chars().take(80).map(|c| if forbidden(c) { '_' } else { c }).collect();
    let name = if name.is_empty() { t!("export.untitled").into_owned() } else { name };
    format!("{name}.txt")
}

/// Old editors on Windows know UTF-8 by its mark, and lines by both characters.
fn for_any_editor(text: &str) -> String {
    format!("\u{feff}{}", text.replace('\n', "\r\n"))
}
