//! Reading a table: XLSX, or CSV in UTF-8 or in the encoding of Chinese spreadsheets.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader, Xlsx};

/// The most rows of a file.
const MAX_ROWS: usize = 5_000;
/// The most columns.
const MAX_COLUMNS: usize = 64;
/// The longest cell, and all of them together, in bytes: many cells may share one text.
const MAX_CELL: usize = 4_000;
const MAX_TEXT: usize = 16 << 20;
/// The most bytes that an XLSX may hold when it is inflated.
const MAX_INFLATED: u64 = 64 << 20;

/// Why a file is no table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableError {
    /// It is neither CSV nor XLSX, or damaged.
    #[error("the file is neither CSV nor XLSX")]
    Unreadable,
    /// It has no headings that we know.
    #[error("the first row has no headings 姓名 and 单位")]
    NoHeadings,
    /// It has too many rows, or inflates without end.
    #[error("the file is too large")]
    TooLarge,
}

/// The rows of a file, cells trimmed.
///
/// # Errors
/// If it is none.
pub fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableError> {
    let rows = if bytes.starts_with(b"PK") { xlsx(bytes)? } else { csv(bytes)? };
    if rows.len() > MAX_ROWS { Err(TableError::TooLarge) } else { Ok(rows) }
}

fn xlsx(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableError> {
    inflates_within(bytes)?;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| TableError::Unreadable)?;
    let name = book.sheet_names().first().cloned().ok_or(TableError::Unreadable)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| TableError::Unreadable)?;
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
        let text = Data::from(cell.get_value().clone()).to_string().trim().to_owned();
        if text.is_empty() {
            continue;
        }
        if row > MAX_ROWS || column >= MAX_COLUMNS {
            return Err(TableError::TooLarge);
        }
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        if rows[row].len() <= column {
            rows[row].resize(column + 1, String::new());
        }
        rows[row][column] = text;
    }
    Ok(rows)
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

fn csv(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        Err(_) => {
            let (text, _, damaged) = encoding_rs::GB18030.decode(bytes);
            if damaged {
                return Err(TableError::Unreadable);
            }
            text.into_owned()
        }
    };
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|delimiter| first.bytes().filter(|byte| byte == delimiter).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records().take(MAX_ROWS + 1) {
        let record = record.map_err(|_| TableError::Unreadable)?;
        // Records say where they begin, before the empty lines that are left out.
        let line = record.position().map_or(0, |position| {
            let before = text.as_bytes().iter().skip(position.byte() as usize);
            let empty = before.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
            position.line() as usize + empty
        });
        while rows.len() + 1 < line.min(MAX_ROWS + 1) {
            rows.push(Vec::new());
        }
        rows.push(record.iter().map(unguarded).collect());
    }
    Ok(rows)
}

fn unguarded(cell: &str) -> String {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        Some(_) | None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster_file::to_xlsx;

    #[test]
    fn a_long_text_that_many_cells_share_is_not_copied() {
        let row = |text: &str| vec!["1".to_owned(), text.to_owned()];
        let file = |text: &str| to_xlsx(&[row("姓名"), row(text), row(text)]).expect("a file");
        assert_eq!(read(&file("何静")).map(|rows| rows.len()), Ok(3));
        assert_eq!(read(&file(&"字".repeat(2_000))), Err(TableError::TooLarge));
    }
}
