//! CSV as people have it: UTF-8 or the encoding of Chinese spreadsheets, any of three separators, empty lines, and
//! quotes that nobody closed.

use huigao_shared::text::seen::narrow;

use super::table::{MAX_CELL, MAX_ROWS, Table, TableError};

/// Lines by which the separator is guessed.
const LOOKED_AT: usize = 20;

/// The rows of a file, each in the place of the line where it begins.
pub(super) fn read(bytes: &[u8]) -> Result<Table, TableError> {
    let text = decoded(bytes)?;
    let separator = separator(&text);
    let mut table = Table::default();
    let (mut rest, mut line) = (text.as_str(), 0);
    while !rest.is_empty() {
        if line >= MAX_ROWS {
            return Err(TableError::TooLarge);
        }
        table.rows.resize(line + 1, Vec::new());
        let record = match record(rest, separator) {
            Some(record) => record,
            // What follows is read as if the quote were none: else one slip would hide everybody after it.
            None => {
                table.unclosed.push(line);
                plain(rest, separator)
            }
        };
        table.rows[line] = record.cells;
        line += record.lines;
        rest = rest.get(record.len..).unwrap_or_default();
    }
    Ok(table)
}

fn decoded(bytes: &[u8]) -> Result<String, TableError> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned());
    }
    let (text, _, damaged) = encoding_rs::GB18030.decode(bytes);
    if damaged { Err(TableError::Unreadable) } else { Ok(text.into_owned()) }
}

/// The one that stands most often in one of the first lines that are not empty.
fn separator(text: &str) -> char {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(LOOKED_AT).collect();
    let most = |separator: &char| lines.iter().map(|line| line.matches(*separator).count()).max();
    [';', '\t', ','].into_iter().max_by_key(most).unwrap_or(',')
}

struct Record {
    cells: Vec<String>,
    /// How many bytes it takes, the end of its line included.
    len: usize,
    /// How many lines it takes.
    lines: usize,
}

/// The record at the start; none if it has a quote that is not closed, or is closed amid a cell.
fn record(text: &str, separator: char) -> Option<Record> {
    let mut record = Record { cells: Vec::new(), len: 0, lines: 1 };
    loop {
        let rest = text.get(record.len..)?;
        let (cell, len) = match rest.strip_prefix('"') {
            Some(inner) => {
                let (cell, len) = quoted(inner)?;
                record.lines += inner.get(..len)?.matches('\n').count();
                (cell, len + 1)
            }
            None => {
                let len = rest.find([separator, '\r', '\n']).unwrap_or(rest.len());
                (rest.get(..len)?.to_owned(), len)
            }
        };
        record.cells.push(unguarded(&cell));
        record.len += len;
        let rest = text.get(record.len..)?;
        let end = ["\r\n", "\n", "\r"].into_iter().find(|end| rest.starts_with(*end));
        if let Some(end) = end {
            record.len += end.len();
            return Some(record);
        }
        match rest.strip_prefix(separator) {
            Some(_) => record.len += separator.len_utf8(),
            None => return rest.is_empty().then_some(record),
        }
    }
}

/// A cell and its length up to behind the quote that closes it. One that is longer than any cell was not meant.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut cell = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at > MAX_CELL {
            return None;
        }
        let next = chars.peek().map(|(_, next)| *next);
        match (c, next) {
            ('"', Some('"')) => {
                chars.next();
                cell.push('"');
            }
            ('"', _) => return Some((cell, at + 1)),
            _ => cell.push(c),
        }
    }
    None
}

/// One line as it stands, quotes and all.
fn plain(text: &str, separator: char) -> Record {
    let len = text.find(['\r', '\n']).unwrap_or(text.len());
    let (line, rest) = text.split_at_checked(len).unwrap_or((text, ""));
    let end = ["\r\n", "\n", "\r"].into_iter().find(|end| rest.starts_with(*end)).map_or(0, str::len);
    Record { cells: line.split(separator).map(unguarded).collect(), len: len + end, lines: 1 }
}

/// Without the mark that was put before what a spreadsheet would take for a formula.
fn unguarded(cell: &str) -> String {
    match cell.trim().strip_prefix('\'') {
        Some(rest) if rest.trim_start().chars().next().map(narrow).is_some_and(|c| "=+-@".contains(c)) => {
            rest.to_owned()
        }
        Some(_) | None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text.as_bytes()).expect("a table").rows
    }

    #[test]
    fn quotes_hold_separators_lines_and_quotes_and_rows_keep_their_lines() {
        let table = rows("a,\"b,\"\"c\"\"\nd\",e\r\n\r\nf,\"\"\rg");
        assert_eq!(table[0], ["a", "b,\"c\"\nd", "e"]);
        assert_eq!((table[1].join("|"), table[2].join("|")), (String::new(), String::new()));
        assert_eq!((table[3].join("|"), table[4].join("|")), ("f|".to_owned(), "g".to_owned()));
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_line_and_no_other() {
        let table = read("姓名,单位\n\"张三,石岭镇\n\"李四\",石岭镇\n王五,\"石岭\"镇\n赵六,\"石岭镇".as_bytes())
            .expect("a table");
        assert_eq!(table.unclosed, [1, 3, 4]);
        assert_eq!(table.rows[2], ["李四", "石岭镇"]);
        assert_eq!(table.rows[4], ["赵六", "\"石岭镇"]);
    }

    #[test]
    fn the_separator_is_not_guessed_from_empty_lines_and_titles() {
        for separator in [",", "\t", ";"] {
            let text = "\r\n\n清河县人员名册\n姓名,单位\n何静,石岭镇\n".replace(',', separator);
            assert_eq!(rows(&text)[4], ["何静", "石岭镇"], "{separator:?}");
        }
        assert_eq!(rows("姓名\n何静\n")[1], ["何静"]);
    }

    #[test]
    fn many_open_quotes_do_not_take_long() {
        let text = format!("姓名\n{}", "\"一二三,\"\"\n".repeat(4_000));
        assert_eq!(rows(&text).len(), 4_001);
        assert_eq!(read("a\n".repeat(6_000).as_bytes()).map(drop), Err(TableError::TooLarge));
    }
}
