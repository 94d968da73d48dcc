//! Reading a table: XLSX, or CSV. Cells come as they are written; what they mean is not known here.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::columns::heading_row;
use super::csv;

/// The most rows of a file.
pub(super) const MAX_ROWS: usize = huigao_shared::roster::MAX_FILE_ROWS;
/// The most columns, and sheets that are looked at.
const MAX_COLUMNS: usize = 64;
const MAX_SHEETS: usize = 32;
/// The longest cell, and all of them together, in bytes: many cells may share one text.
pub(super) const MAX_CELL: usize = 4_000;
const MAX_TEXT: usize = 16 << 20;
/// The most bytes that an XLSX may hold when it is inflated.
const MAX_INFLATED: u64 = 64 << 20;
/// The most rows that cells which are merged may cover, all together.
const MAX_COVERED: usize = 1_000_000;

/// Why a file is no table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableError {
    /// It is neither CSV nor XLSX, or damaged.
    #[error("the file is neither CSV nor XLSX")]
    Unreadable,
    /// It has no heading by which people are named.
    #[error("no row has the heading 姓名")]
    NoHeadings,
    /// It has too many rows, or inflates without end.
    #[error("the table is too large")]
    TooLarge,
}

/// The table of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// Its rows, empty ones included, so that each stands in the place of its line.
    pub rows: Vec<Vec<String>>,
    /// The rows with a quote that is not closed.
    pub unclosed: Vec<usize>,
    /// The sheet that it is, if the file has several.
    pub sheet: Option<String>,
    /// Other sheets that look like one.
    pub others: Vec<String>,
}

/// The table of a file: of several sheets the first that has headings.
///
/// # Errors
/// If there is none.
pub fn read(bytes: &[u8]) -> Result<Table, TableError> {
    if bytes.starts_with(b"PK") { xlsx(bytes) } else { csv::read(bytes) }
}

fn xlsx(bytes: &[u8]) -> Result<Table, TableError> {
    inflates_within(bytes)?;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| TableError::Unreadable)?;
    let sheets = book.sheets_metadata().iter();
    let (shown, hidden): (Vec<_>, Vec<_>) = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .partition(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = shown.into_iter().chain(hidden).map(|sheet| sheet.name.clone()).collect();
    let (mut table, mut failed) = (None::<Table>, None);
    for name in names.iter().take(MAX_SHEETS) {
        match sheet(&mut book, name) {
            Ok(rows) if heading_row(&rows).is_none() => {}
            Ok(rows) => match &mut table {
                Some(table) => table.others.push(name.clone()),
                None => table = Some(Table { rows, sheet: Some(name.clone()), ..Table::default() }),
            },
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let mut table = table.ok_or(failed.unwrap_or(TableError::NoHeadings))?;
    table.sheet = table.sheet.filter(|_| names.len() > 1);
    Ok(table)
}

fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<Vec<String>>, TableError> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| TableError::Unreadable)?;
    // Cell by cell: two of them at opposite ends of a sheet would make a range of 10¹⁰.
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut total = 0;
    while let Some(cell) = cells.next_cell().map_err(|_| TableError::Unreadable)? {
        let (row, column) = (cell.get_position().0 as usize, cell.get_position().1 as usize);
        let length = match cell.get_value() {
            DataRef::SharedString(text) => text.len(),
            DataRef::String(text) => text.len(),
            DataRef::Int(_)
            | DataRef::Float(_)
            | DataRef::Bool(_)
            | DataRef::DateTime(_)
            | DataRef::DateTimeIso(_)
            | DataRef::DurationIso(_)
            | DataRef::Error(_)
            | DataRef::Empty => 0,
        };
        total += length;
        if length > MAX_CELL || total > MAX_TEXT {
            return Err(TableError::TooLarge);
        }
        let text = Data::from(cell.get_value().clone()).to_string();
        if text.trim().is_empty() {
            continue;
        }
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            return Err(TableError::TooLarge);
        }
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        put(&mut rows[row], column, text);
    }
    drop(cells);
    fill_merged(book, name, &mut rows, total)?;
    Ok(rows)
}

fn put(row: &mut Vec<String>, column: usize, text: String) {
    if row.len() <= column {
        row.resize(column + 1, String::new());
    }
    row[column] = text;
}

/// What stands in cells that are merged downwards stands in each of their rows, apart from rows with nothing else.
fn fill_merged(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    rows: &mut [Vec<String>],
    mut total: usize,
) -> Result<(), TableError> {
    let merged = book.merge_cells_by_sheet_name(name).map_err(|_| TableError::Unreadable)?;
    let own: Vec<bool> = rows.iter().map(|row| !row.is_empty()).collect();
    let mut covered = 0;
    for region in merged {
        let ((top, column), bottom) = ((region.start.0 as usize, region.start.1 as usize), region.end.0 as usize);
        let Some(text) = rows.get(top).and_then(|row| row.get(column)).filter(|text| !text.is_empty()).cloned() else {
            continue;
        };
        for row in (top + 1)..bottom.saturating_add(1).min(rows.len()) {
            covered += 1;
            let is_empty = rows[row].get(column).is_none_or(String::is_empty);
            if own[row] && is_empty {
                total += text.len();
                put(&mut rows[row], column, text.clone());
            }
            if covered > MAX_COVERED || total > MAX_TEXT {
                return Err(TableError::TooLarge);
            }
        }
    }
    Ok(())
}

/// The reader inflates without a limit, so the limit is tried first.
fn inflates_within(bytes: &[u8]) -> Result<(), TableError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| TableError::Unreadable)?;
    let mut left = MAX_INFLATED;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|_| TableError::Unreadable)?;
        let size = std::io::copy(&mut file.take(left + 1), &mut std::io::sink()).map_err(|_| TableError::Unreadable)?;
        left = left.checked_sub(size).ok_or(TableError::TooLarge)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster_file::to_xlsx;

    #[test]
    fn a_long_text_that_many_cells_share_is_not_copied() {
        let row = |text: &str| vec!["1".to_owned(), text.to_owned()];
        let file = |text: &str| to_xlsx(&[row("姓名"), row(text), row(text)]).expect("a file");
        assert_eq!(read(&file("何静")).map(|table| table.rows.len()), Ok(3));
        assert_eq!(read(&file(&"字".repeat(2_000))), Err(TableError::TooLarge));
    }

    #[test]
    fn of_several_sheets_the_first_with_headings_is_read_and_others_are_named() {
        let mut book = rust_xlsxwriter::Workbook::new();
        for (name, heading) in [("说明", "填表说明"), ("乡镇", "姓名"), ("部门", "姓名")] {
            let sheet = book.add_worksheet();
            sheet.set_name(name).expect("a name").write_string(0, 0, heading).expect("a cell");
            sheet.write_string(1, 0, name).expect("a cell");
        }
        let table = read(&book.save_to_buffer().expect("a book")).expect("a table");
        assert_eq!((table.sheet.as_deref(), table.others.as_slice()), (Some("乡镇"), &["部门".to_owned()][..]));
        assert_eq!(table.rows[1], ["乡镇"]);
    }
}
