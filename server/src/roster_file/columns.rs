//! Which column of a table says what: by its heading, found among the first rows.

use huigao_shared::text::seen::folded;
use serde::Serialize;

use super::cells::is_filled;

/// Above the headings a sheet may have a title and notes, of so many rows with something in them.
const ABOVE: usize = 20;

/// What a column says of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    Key,
    Name,
    NameEn,
    Unit,
    Roles,
    Division,
    Linked,
}

struct Known {
    field: Field,
    /// What it may be called; the first is how it is written.
    words: &'static [&'static str],
    /// What headings contain that may mean it.
    near: &'static [&'static str],
}

/// In the order in which they are written.
const KNOWN: [Known; 7] = [
    Known { field: Field::Key, words: &["编号", "key"], near: &["编号", "工号"] },
    Known { field: Field::Name, words: &["姓名", "name"], near: &["姓名", "名字"] },
    Known {
        field: Field::NameEn,
        words: &["英文名", "拼音", "name in latin letters", "name_en"],
        near: &["英文", "拼音"],
    },
    Known { field: Field::Unit, words: &["单位", "unit"], near: &["单位", "部门", "乡镇"] },
    Known {
        field: Field::Roles, words: &["职责", "角色", "roles"], near: &["职责", "职务", "角色", "身份"]
    },
    Known { field: Field::Division, words: &["分管", "分管工作", "work"], near: &["分管", "分工"] },
    Known { field: Field::Linked, words: &["联系单位", "linked units"], near: &["联系"] },
];

impl Field {
    /// The word that a column for it is headed with.
    pub(super) fn heading(self) -> &'static str {
        KNOWN.iter().find(|known| known.field == self).map_or("", |known| known.words[0])
    }
}

/// The headings of the columns, as they are written.
pub(super) fn headings() -> Vec<String> {
    KNOWN.iter().map(|known| known.words[0].to_owned()).collect()
}

/// A column whose heading is not understood. What is in it is not taken over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unread {
    /// Which, from 0.
    pub at: usize,
    /// Its heading.
    pub heading: String,
    /// The heading that may be meant.
    pub near: Option<&'static str>,
}

/// The columns of a table.
#[derive(Debug)]
pub(super) struct Columns {
    found: Vec<(Field, usize)>,
    /// Those that are not read.
    pub unread: Vec<Unread>,
}

impl Columns {
    /// By the headings. `near` are columns that are to be taken for what their headings may mean.
    pub(super) fn of(headings: &[String], near: &[usize]) -> Self {
        let mut columns = Self { found: Vec::new(), unread: Vec::new() };
        for (at, heading) in headings.iter().enumerate() {
            match exact(heading) {
                Some(field) if columns.at(field).is_none() => columns.found.push((field, at)),
                Some(_) | None => columns.unread.push(Unread { at, heading: heading.trim().to_owned(), near: None }),
            }
        }
        columns.unread.retain(|unread| !bare(&unread.heading).is_empty());
        for unread in std::mem::take(&mut columns.unread) {
            match nearest(&unread.heading).filter(|field| columns.at(*field).is_none()) {
                Some(field) if near.contains(&unread.at) => columns.found.push((field, unread.at)),
                Some(field) => columns.unread.push(Unread { near: Some(field.heading()), ..unread }),
                None => columns.unread.push(unread),
            }
        }
        columns
    }

    /// Where the field is.
    pub(super) fn at(&self, field: Field) -> Option<usize> {
        self.found.iter().find(|(found, _)| *found == field).map(|(_, at)| *at)
    }
}

/// The row with the headings: the first that has the name's.
pub(super) fn heading_row(rows: &[Vec<String>]) -> Option<usize> {
    let mut filled = rows.iter().enumerate().filter(|(_, row)| is_filled(row)).take(ABOVE);
    filled.find(|(_, row)| row.iter().any(|cell| exact(cell) == Some(Field::Name))).map(|(at, _)| at)
}

fn exact(heading: &str) -> Option<Field> {
    let heading = bare(heading);
    let is = |known: &&Known| known.words.iter().any(|word| bare(word) == heading);
    KNOWN.iter().find(is).map(|known| known.field)
}

fn nearest(heading: &str) -> Option<Field> {
    let heading = bare(heading);
    // `联系单位` is near to `单位` too, and is more than that.
    let near = |known: &&Known| known.near.iter().any(|word| heading.contains(*word));
    KNOWN.iter().rev().find(near).map(|known| known.field)
}

/// A heading without spaces, of any width, and without what is said of it in brackets or by a star.
fn bare(heading: &str) -> String {
    let folded: String = folded(heading).chars().filter(|c| *c != ' ').collect();
    let bare = folded.split('(').next().unwrap_or_default();
    bare.trim_matches(['*', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headings: &[&str], near: &[usize]) -> Columns {
        Columns::of(&headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>(), near)
    }

    #[test]
    fn headings_are_known_whatever_their_spaces_width_and_remarks() {
        let columns = of(&["姓　名", "ＮＡＭＥ＿ＥＮ", "单位（必填）", " Roles*", "联系单位："], &[]);
        let fields = [Field::Name, Field::NameEn, Field::Unit, Field::Roles, Field::Linked];
        assert_eq!(fields.map(|field| columns.at(field)), [0, 1, 2, 3, 4].map(Some));
        assert!(columns.unread.is_empty(), "{columns:?}");
    }

    #[test]
    fn what_is_not_understood_is_named_and_near_ones_are_proposed_and_taken_when_asked() {
        let headings = ["姓名", "工作单位", "职务", "联系的单位", "电话", ""];
        let unread = |at, near| Unread { at, heading: headings[at].to_owned(), near };
        let proposed = of(&headings, &[]);
        let expected = [unread(1, Some("单位")), unread(2, Some("职责")), unread(3, Some("联系单位")), unread(4, None)];
        assert_eq!(proposed.unread, expected);
        let taken = of(&headings, &[1, 4]);
        assert_eq!((taken.at(Field::Unit), taken.at(Field::Roles)), (Some(1), None));
        assert_eq!(taken.unread.len(), 3);
        // One that is there already is not proposed a second time.
        assert_eq!(
            of(&["姓名", "单位", "所在单位", "姓名"], &[2]).unread,
            [
                Unread { at: 2, heading: "所在单位".to_owned(), near: None },
                Unread { at: 3, heading: "姓名".to_owned(), near: None },
            ]
        );
    }
}
