//! The roster as a file that people edit in a spreadsheet: CSV and XLSX, out and in.
//!
//! Owns: the columns, reading and writing tables. May not touch: the store. What a file would do is told row by row
//! before anything is done.

mod cells;
mod columns;
mod csv;
mod preview;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod units;

use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::text::seen::narrow;

pub use columns::Unread;
pub use preview::{Preview, Row, State, preview};
pub use table::{Table, TableError, read};

/// What separates several values in one cell.
const SEPARATOR: &str = "、";

/// Roles as they are written, and other words for them.
const ROLES: [(Role, &[&str]); 7] = [
    (Role::Head, &["组长", "head"]),
    (Role::Deputy, &["副组长", "deputy"]),
    (Role::LeadingMember, &["领导小组成员", "leading-member"]),
    (Role::CampaignOffice, &["活动办公室", "campaign-office"]),
    (Role::UnitStaff, &["本单位经办人", "经办人", "单位工作人员", "unit-staff"]),
    (Role::Supervisor, &["督导", "supervisor"]),
    (Role::Evaluator, &["评议代表", "evaluator"]),
];

/// What the screens call somebody without a role: no role, and not the leading group's.
const PLAIN: [&str; 3] = ["成员", "普通成员", "member"];
/// What takes away what is known of somebody; an empty cell does not.
const NONE: [&str; 2] = ["无", "none"];

/// Every person of the roster as rows, headings first.
#[must_use]
pub fn rows(roster: &Roster) -> Vec<Vec<String>> {
    let people = roster.members.iter().filter(|person| !person.left).map(|person| row(roster, person));
    std::iter::once(columns::headings()).chain(people).collect()
}

fn row(roster: &Roster, person: &Member) -> Vec<String> {
    let unit = |id| roster.unit(id).map_or_else(|| id.to_string(), |unit| unit.name.clone());
    let linked: Vec<String> = person.linked.iter().map(unit).collect();
    let roles: Vec<&str> = person.roles.iter().map(|role| role_word(*role)).collect();
    vec![
        person.key.clone(),
        person.name.clone(),
        person.name_en.clone(),
        person.unit.as_ref().map(unit).unwrap_or_default(),
        roles.join(SEPARATOR),
        person.division.clone(),
        linked.join(SEPARATOR),
    ]
}

fn role_word(role: Role) -> &'static str {
    ROLES.iter().find(|(other, _)| *other == role).map_or("", |(_, words)| words[0])
}

/// A table as CSV that spreadsheets open as UTF-8.
///
/// # Errors
/// If it cannot be written, which in memory does not happen.
pub fn to_csv(rows: &[Vec<String>]) -> Result<Vec<u8>, TableError> {
    let mut text = "\u{feff}".as_bytes().to_vec();
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(&mut text);
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell))).map_err(|_| TableError::Unreadable)?;
    }
    writer.flush().map_err(|_| TableError::Unreadable)?;
    drop(writer);
    Ok(text)
}

/// A table as XLSX.
///
/// # Errors
/// If a cell is longer than the format allows.
pub fn to_xlsx(rows: &[Vec<String>]) -> Result<Vec<u8>, TableError> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, row) in (0u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(row) {
            sheet.write_string(at, column, cell).map_err(|_| TableError::Unreadable)?;
        }
    }
    sheet.autofit();
    book.save_to_buffer().map_err(|_| TableError::Unreadable)
}

/// What a spreadsheet would take for a formula is made plain text. Some look behind spaces, and at full-width signs.
fn guarded(cell: &str) -> String {
    let first = cell.trim_start().chars().next().map(narrow);
    let is_formula =
        first.is_some_and(|first| matches!(first, '=' | '+' | '-' | '@')) || cell.starts_with(['\t', '\r']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}
