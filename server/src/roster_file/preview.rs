//! What a file would do to the roster, row by row. Nothing is done by this.

use std::collections::HashMap;

use huigao_shared::authority::Edit;
use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::{Member, Role, Roster, Unit, UnitKind};
use serde::Serialize;

use super::{PLAIN, ROLES, TableError};

/// The most characters of a name, as the roster's own rules have it.
const MAX_NAME: usize = 60;
const MAX_DIVISION: usize = 200;

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
    /// What it comes to.
    pub state: State,
    /// What is wrong: by name, and the text that it is about.
    pub problems: Vec<(&'static str, String)>,
}

/// What the file would do.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// Every row that is not empty.
    pub rows: Vec<Row>,
    /// Names of units that are not there yet.
    pub units: Vec<String>,
    /// The edits that do it; bad rows have none.
    pub edits: Vec<Edit>,
}

struct Columns {
    key: Option<usize>,
    name: usize,
    name_en: Option<usize>,
    unit: Option<usize>,
    roles: Option<usize>,
    division: Option<usize>,
    linked: Option<usize>,
}

impl Columns {
    fn of(headings: &[String]) -> Option<Self> {
        let find = |words: &[&str]| {
            headings.iter().position(|heading| words.iter().any(|word| heading.eq_ignore_ascii_case(word)))
        };
        Some(Self {
            key: find(&["编号", "key"]),
            name: find(&["姓名", "name"])?,
            name_en: find(&["英文名", "拼音", "name in latin letters", "name_en"]),
            unit: find(&["单位", "unit"]),
            roles: find(&["职责", "角色", "roles"]),
            division: find(&["分管", "分管工作", "work"]),
            linked: find(&["联系单位", "linked units"]),
        })
    }
}

struct Reading<'r> {
    roster: &'r Roster,
    columns: Columns,
    random: Box<dyn FnMut() -> [u8; 16] + 'r>,
    by_name: HashMap<String, UnitId>,
    new_units: Vec<Unit>,
    seen: HashMap<MemberId, usize>,
    keys: HashMap<String, usize>,
}

/// Compares a table with the roster. New people and units take their ids from `random`.
///
/// # Errors
/// If the first row that has anything in it has no headings.
pub fn preview<'r>(
    roster: &'r Roster,
    table: &[Vec<String>],
    random: impl FnMut() -> [u8; 16] + 'r,
) -> Result<Preview, TableError> {
    let filled = |row: &Vec<String>| row.iter().any(|cell| !cell.is_empty());
    let start = table.iter().position(filled).ok_or(TableError::NoHeadings)?;
    let columns = Columns::of(&table[start]).ok_or(TableError::NoHeadings)?;
    let by_name = roster.units.iter().flat_map(|unit| {
        [
            (unit.name.clone(), unit.id.clone()),
            (unit.name_en.clone(), unit.id.clone()),
            (unit.id.to_string(), unit.id.clone()),
        ]
    });
    let mut reading = Reading {
        roster,
        columns,
        random: Box::new(random),
        by_name: by_name.filter(|(name, _)| !name.is_empty()).collect(),
        new_units: Vec::new(),
        seen: HashMap::new(),
        keys: HashMap::new(),
    };
    let (mut rows, mut edits) = (Vec::new(), Vec::new());
    for (index, cells) in table.iter().enumerate().skip(start + 1).filter(|(_, row)| filled(row)) {
        let (row, edit) = reading.row(index + 1, cells);
        rows.push(row);
        edits.extend(edit);
    }
    let units = reading.new_units.iter().map(|unit| unit.name.clone()).collect();
    let new = reading.new_units.into_iter().map(|unit| Edit::Unit { before: None, after: Some(unit) });
    Ok(Preview { rows, units, edits: new.chain(edits).collect() })
}

impl Reading<'_> {
    fn row(&mut self, line: usize, cells: &[String]) -> (Row, Option<Edit>) {
        let cell = |column: Option<usize>| column.and_then(|at| cells.get(at)).cloned().unwrap_or_default();
        let name = cell(Some(self.columns.name));
        let mut problems = Vec::new();
        let edit = self.edit(line, &cell, &name, &mut problems);
        let state = match &edit {
            _ if !problems.is_empty() => State::Bad,
            Some(Edit::Member { before: None, .. }) => State::New,
            Some(_) => State::Changed,
            None => State::Same,
        };
        (Row { line, name, state, problems }, edit.filter(|_| state != State::Bad))
    }

    fn edit(
        &mut self,
        line: usize,
        cell: &dyn Fn(Option<usize>) -> String,
        name: &str,
        problems: &mut Vec<(&'static str, String)>,
    ) -> Option<Edit> {
        if name.is_empty() {
            problems.push(("no-name", String::new()));
        }
        let key = cell(self.columns.key);
        if !key.is_empty() && key.parse::<UnitId>().is_err() {
            problems.push(("key", key.clone()));
        }
        let unit_name = cell(self.columns.unit);
        let found = self.find(&key, name, &unit_name, problems);
        let before = found.cloned();
        let mut after = before.clone().unwrap_or_else(|| {
            let id = (self.random)();
            let key = if key.is_empty() { format!("p-{}", hex::encode(&id[..4])) } else { key.clone() };
            Member::new(MemberId::from_bytes(id), &key, name)
        });
        after.name = name.to_owned();
        after.left = false;
        if self.columns.name_en.is_some() {
            after.name_en = cell(self.columns.name_en);
        }
        if self.columns.roles.is_some() {
            after.roles = roles(&cell(self.columns.roles), problems);
        }
        if self.columns.division.is_some() {
            after.division = cell(self.columns.division);
        }
        if self.columns.linked.is_some() {
            after.linked = self.linked(&cell(self.columns.linked), problems);
        }
        let too_long = |text: &str, most: usize| text.chars().count() > most;
        if too_long(name, MAX_NAME) || too_long(&after.name_en, MAX_NAME) || too_long(&after.division, MAX_DIVISION) {
            problems.push(("too-long", String::new()));
        }
        if too_long(&unit_name, MAX_NAME) {
            problems.push(("unit", unit_name.clone()));
        }
        let first = self.seen.insert(after.id, line).or_else(|| self.keys.insert(after.key.clone(), line));
        if let Some(first) = first {
            problems.push(("twice", first.to_string()));
        }
        // Last: a unit is not made for a row that is not taken over.
        if problems.is_empty() && self.columns.unit.is_some() {
            after.unit = (!unit_name.is_empty()).then(|| self.unit(&unit_name));
        }
        let same = before.as_ref() == Some(&after);
        (!same).then(|| Edit::member(before, after))
    }

    fn find(&self, key: &str, name: &str, unit: &str, problems: &mut Vec<(&'static str, String)>) -> Option<&Member> {
        if !key.is_empty() {
            return self.roster.members.iter().find(|person| person.key == key);
        }
        let unit = (!unit.is_empty()).then(|| self.by_name.get(unit));
        let fits = |person: &&Member| {
            let same_unit = match unit {
                None => true,
                Some(unit) => unit.is_some() && person.unit.as_ref() == unit,
            };
            person.name == name && same_unit
        };
        let mut found = self.roster.members.iter().filter(fits);
        let first = found.next();
        if found.next().is_some() {
            problems.push(("ambiguous", String::new()));
        }
        first
    }

    fn unit(&mut self, name: &str) -> UnitId {
        if let Some(unit) = self.by_name.get(name) {
            return unit.clone();
        }
        let key = format!("u-{}", hex::encode(&(self.random)()[..4]));
        let id: UnitId = key.parse().unwrap_or_else(|_| unreachable!("hexadecimal digits and a hyphen"));
        let township = ["镇", "乡", "街道", "街道办事处"].iter().any(|ending| name.ends_with(ending));
        let kind = if township { UnitKind::Township } else { UnitKind::Department };
        self.new_units.push(Unit { id: id.clone(), kind, name: name.to_owned(), name_en: String::new() });
        self.by_name.insert(name.to_owned(), id.clone());
        id
    }

    fn linked(&self, text: &str, problems: &mut Vec<(&'static str, String)>) -> Vec<UnitId> {
        let mut units = Vec::new();
        for name in parts(text) {
            match self.by_name.get(name) {
                Some(unit) if units.contains(unit) => {}
                Some(unit) => units.push(unit.clone()),
                None => problems.push(("linked", name.to_owned())),
            }
        }
        units
    }
}

fn roles(text: &str, problems: &mut Vec<(&'static str, String)>) -> Vec<Role> {
    let mut roles = Vec::new();
    for word in parts(text) {
        match ROLES.iter().find(|(_, words)| words.iter().any(|other| other.eq_ignore_ascii_case(word))) {
            Some((role, _)) => roles.push(*role),
            None if PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(word)) => {}
            None => problems.push(("role", word.to_owned())),
        }
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(['、', ',', '，', ';', '；', '/']).map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::{read, rows, to_csv, to_xlsx};
    use super::*;
    use huigao_shared::authority::{Decision, decide};

    fn roster() -> Roster {
        let unit = |key: &str, name: &str| Unit {
            id: key.parse().expect("a key"),
            kind: UnitKind::Township,
            name: name.to_owned(),
            name_en: String::new(),
        };
        let person = |key: &str, name: &str, unit: &str, roles: &[Role]| Member {
            unit: unit.parse().ok(),
            roles: roles.to_vec(),
            ..Member::new(MemberId::from_key(key), key, name)
        };
        let mut roster = Roster {
            version: 1,
            units: vec![unit("office", "活动办公室"), unit("shiling", "石岭镇")],
            members: vec![
                person("office", "秦立川", "office", &[Role::CampaignOffice]),
                person("he-jing", "何静", "shiling", &[Role::UnitStaff]),
                person("du", "杜长河", "shiling", &[]),
            ],
            ..Roster::default()
        };
        roster.members[2].division = "-党建，=1+1".to_owned();
        roster.members[0].linked = vec!["shiling".parse().expect("a key")];
        roster
    }

    fn of(roster: &Roster, csv: &str) -> Preview {
        let mut next = 0u8;
        let table = read(csv.as_bytes()).expect("a table");
        preview(roster, &table, move || {
            next += 1;
            [next; 16]
        })
        .expect("headings")
    }

    #[test]
    fn what_is_exported_comes_back_the_same_from_both_formats_and_from_chinese_spreadsheets() {
        let roster = roster();
        let table = rows(&roster);
        let csv = to_csv(&table).expect("csv");
        let utf8 = std::str::from_utf8(&csv).expect("utf-8").trim_start_matches('\u{feff}').to_owned();
        let chinese = encoding_rs::GB18030.encode(&utf8).0.into_owned();
        for file in [csv, to_xlsx(&table).expect("xlsx"), chinese] {
            let found = preview(&roster, &read(&file).expect("a table"), || [9; 16]).expect("headings");
            assert!(found.rows.iter().all(|row| row.state == State::Same), "{found:?}");
            assert!(found.edits.is_empty() && found.rows.len() == 3);
        }
    }

    #[test]
    fn each_bad_row_is_named_with_what_is_wrong_and_the_others_are_taken() {
        let roster = roster();
        let found = of(
            &roster,
            "姓名,单位,职责,联系单位\n何静,石岭镇,经办人,\n,石岭镇,,\n新人,望江镇,督导、评议代表,\n\n某人,石岭镇,皇帝,石岭镇；海角\n何静,石岭镇,,\n",
        );
        let states: Vec<_> = found.rows.iter().map(|row| (row.line, row.state)).collect();
        assert_eq!(states, [(2, State::Same), (3, State::Bad), (4, State::New), (6, State::Bad), (7, State::Bad)]);
        assert_eq!(found.rows[1].problems, [("no-name", String::new())]);
        assert_eq!(found.rows[3].problems, [("role", "皇帝".to_owned()), ("linked", "海角".to_owned())]);
        assert_eq!(found.rows[4].problems, [("twice", "2".to_owned())]);
        assert_eq!(found.units, ["望江镇"]);
        let office = MemberId::from_key("office");
        let Ok(Decision::Changed { roster: after, .. }) = decide(&roster, office, &found.edits) else {
            panic!("{:?}", decide(&roster, office, &found.edits))
        };
        let new = after.members.iter().find(|person| person.name == "新人").expect("the new one");
        assert_eq!(new.roles, [Role::Supervisor, Role::Evaluator]);
        assert_eq!(new.unit.as_ref().and_then(|unit| after.unit(unit)).map(|unit| unit.name.as_str()), Some("望江镇"));
    }

    #[test]
    fn columns_that_are_not_there_change_nothing() {
        let found = of(&roster(), "编号,姓名\nhe-jing,何静静\n");
        let [Edit::Member { before: Some(before), after }] = found.edits.as_slice() else { panic!("{found:?}") };
        assert_eq!((&before.unit, &before.roles), (&after.unit, &after.roles));
        assert_eq!(after.name, "何静静");
    }

    #[test]
    fn files_that_are_no_tables_are_refused() {
        assert_eq!(read(b"PK\x03\x04nonsense"), Err(TableError::Unreadable));
        assert_eq!(read(&[0xff, 0xff, 0x81]), Err(TableError::Unreadable));
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write_string(1_048_575, 16_383, "远").expect("the last cell");
        assert_eq!(read(&book.save_to_buffer().expect("a book")), Err(TableError::TooLarge));
        let long = "a\n".repeat(6_000);
        assert_eq!(read(long.as_bytes()), Err(TableError::TooLarge));
        let table = read("甲,乙\n1,2\n".as_bytes()).expect("a table");
        assert_eq!(preview(&roster(), &table, || [0; 16]).map(drop), Err(TableError::NoHeadings));
    }
}
