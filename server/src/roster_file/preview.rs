//! What a file would do to the roster, row by row. Nothing is done by this.

use std::collections::HashSet;

use huigao_shared::authority::Edit;
use huigao_shared::ids::MemberId;
use huigao_shared::roster::{Roster, Unit};
use serde::Serialize;

use super::TableError;
use super::cells::is_filled;
use super::columns::{Columns, Unread, heading_row};
use super::rows::{Draft, Reading};
use super::table::Table;
use super::units::Units;

/// What a row comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A new person.
    New,
    /// Somebody is changed.
    Changed,
    /// Somebody stays as they are.
    Same,
    /// It is not taken over.
    Bad,
}

/// A row of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// Its line, from 1.
    pub line: usize,
    /// The name in it.
    pub name: String,
    /// Who it is, if they are on the roster.
    pub member: Option<MemberId>,
    /// What it comes to.
    pub state: State,
    /// What is wrong: by name, and the text that it is about.
    pub problems: Vec<(&'static str, String)>,
    /// What is to be known of it, although it is taken over.
    pub notes: Vec<(&'static str, String)>,
}

/// What the file would do.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// Every row that is not empty.
    pub rows: Vec<Row>,
    /// Names of units that are not there yet.
    pub units: Vec<String>,
    /// Columns that are not understood.
    pub unread: Vec<Unread>,
    /// The sheet that was read, if there are several.
    pub sheet: Option<String>,
    /// Sheets that look like a roster too, and were not read.
    pub others: Vec<String>,
    /// The edits that do it; bad rows have none.
    pub edits: Vec<Edit>,
}

/// Compares a table with the roster. New people and units take their ids from `random`; `near` are columns that are to
/// be taken for what their headings may mean.
///
/// # Errors
/// If no row has the heading by which people are named.
pub fn preview<'r>(
    roster: &'r Roster,
    table: &Table,
    near: &[usize],
    random: impl FnMut() -> [u8; 16] + 'r,
) -> Result<Preview, TableError> {
    let start = heading_row(&table.rows).ok_or(TableError::NoHeadings)?;
    let columns = Columns::of(&table.rows[start], near);
    let mut units = Units::of(roster);
    let mut reading = Reading::new(roster, &columns, Box::new(random));
    let rows = table.rows.iter().enumerate().skip(start + 1).filter(|(_, row)| is_filled(row));
    let mut drafts: Vec<Draft<'_>> =
        rows.map(|(at, cells)| reading.draft(at + 1, cells, &units, table.unclosed.contains(&at))).collect();
    miss_linked(&mut drafts, &units);
    for draft in drafts.iter_mut().filter(|draft| draft.problems.is_empty()) {
        draft.join_unit(&mut units, &mut || reading.random());
    }
    let (mut rows, mut edits) = (Vec::new(), Vec::new());
    for draft in drafts {
        let (row, edit) = draft.finish(&units);
        rows.push(row);
        edits.extend(edit);
    }
    let made = units.made();
    let names = made.iter().map(|unit: &Unit| unit.name.clone()).collect();
    let new = made.into_iter().map(|unit| Edit::Unit { before: None, after: Some(unit) });
    Ok(Preview {
        rows,
        units: names,
        unread: columns.unread.clone(),
        sheet: table.sheet.clone(),
        others: table.others.clone(),
        edits: new.chain(edits).collect(),
    })
}

/// Finds the rows with linked units that are neither on the roster nor made by a row that is taken over. A row that goes
/// for this makes no unit either, so it is looked again until none goes.
fn miss_linked(drafts: &mut [Draft<'_>], units: &Units) {
    let mut first = true;
    loop {
        let good = drafts.iter().filter(|draft| draft.problems.is_empty());
        let made: HashSet<&str> = good.filter_map(Draft::unit_key).collect();
        let looked_at = drafts.iter().enumerate().filter(|(_, draft)| first || draft.problems.is_empty());
        let missing: Vec<(usize, String)> = looked_at
            .flat_map(|(at, draft)| draft.linked().iter().map(move |linked| (at, linked)))
            .filter(|(_, linked)| !units.knows(&linked.key) && !made.contains(linked.key.as_str()))
            .map(|(at, linked)| (at, linked.name.clone()))
            .collect();
        if missing.is_empty() {
            return;
        }
        for (at, name) in missing {
            drafts[at].problems.push(("linked", name));
        }
        first = false;
    }
}
