//! What files do to a roster, those included that once were misread.

use std::collections::BTreeSet;

use huigao_shared::authority::{Decision, Edit, decide};
use huigao_shared::ids::MemberId;
use huigao_shared::roster::{Member, Role, Roster, Unit, UnitKind};

use super::{Preview, Row, State, TableError, preview, read, rows, to_csv, to_xlsx};

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
    looked_at(roster, csv.as_bytes(), &[])
}

fn looked_at(roster: &Roster, file: &[u8], near: &[usize]) -> Preview {
    let mut next = 0u8;
    let table = read(file).expect("a table");
    let random = move || {
        next += 1;
        [next; 16]
    };
    preview(roster, &table, near, random).expect("headings")
}

/// One of the files in `cases`.
fn case(file: &[u8]) -> Preview {
    looked_at(&roster(), file, &[])
}

fn states(found: &Preview) -> Vec<(usize, State)> {
    found.rows.iter().map(|row| (row.line, row.state)).collect()
}

/// The roster when the good rows are taken over.
fn taken(found: &Preview) -> Roster {
    match decide(&roster(), MemberId::from_key("office"), &found.edits, &BTreeSet::new()) {
        Ok(Decision::Changed { roster, .. }) => *roster,
        other => panic!("{other:?} of {found:?}"),
    }
}

/// Names of people with those of their units, the first three left out, who were there.
fn newcomers(found: &Preview) -> Vec<(String, String)> {
    let roster = taken(found);
    let unit = |person: &Member| person.unit.as_ref().and_then(|unit| roster.unit(unit)).map(|unit| unit.name.clone());
    roster.members.iter().skip(3).map(|person| (person.name.clone(), unit(person).unwrap_or_default())).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, unit)| ((*name).to_owned(), (*unit).to_owned())).collect()
}

fn problems(row: &Row) -> Vec<(&str, &str)> {
    row.problems.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

fn notes(row: &Row) -> Vec<(&str, &str)> {
    row.notes.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

#[test]
fn what_is_exported_comes_back_the_same_from_both_formats_and_from_chinese_spreadsheets() {
    let roster = roster();
    let table = rows(&roster);
    let csv = to_csv(&table).expect("csv");
    let utf8 = std::str::from_utf8(&csv).expect("utf-8").trim_start_matches('\u{feff}').to_owned();
    let chinese = encoding_rs::GB18030.encode(&utf8).0.into_owned();
    for file in [csv, to_xlsx(&table).expect("xlsx"), chinese] {
        let found = preview(&roster, &read(&file).expect("a table"), &[], || [9; 16]).expect("headings");
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
    assert_eq!(states(&found), [(2, State::Same), (3, State::Bad), (4, State::New), (6, State::Bad), (7, State::Bad)]);
    assert_eq!(found.rows[1].problems, [("no-name", String::new())]);
    assert_eq!(found.rows[3].problems, [("role", "皇帝".to_owned()), ("linked", "海角".to_owned())]);
    assert_eq!(found.rows[4].problems, [("twice", "2".to_owned())]);
    assert_eq!(found.units, ["望江镇"]);
    let office = MemberId::from_key("office");
    let Ok(Decision::Changed { roster: after, .. }) = decide(&roster, office, &found.edits, &BTreeSet::new()) else {
        panic!("{:?}", decide(&roster, office, &found.edits, &BTreeSet::new()))
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
    assert_eq!(preview(&roster(), &table, &[], || [0; 16]).map(drop), Err(TableError::NoHeadings));
}

#[test]
fn a_unit_that_is_merged_over_rows_is_that_of_each() {
    let found = case(include_bytes!("cases/merged.xlsx"));
    assert_eq!(states(&found), [(2, State::New), (3, State::New), (4, State::Same), (5, State::New)]);
    assert_eq!(newcomers(&found), named(&[("杨一", "沙溪镇"), ("张三", "石岭镇"), ("李四", "石岭镇")]));
}

#[test]
fn an_empty_cell_takes_nothing_away_and_that_is_said() {
    let found = case(include_bytes!("cases/existing-nounit.csv"));
    assert_eq!(states(&found), [(2, State::Same)]);
    assert_eq!(notes(&found.rows[0]), [("kept", "单位")]);
    assert!(found.edits.is_empty());
    // Nor do others; what is to go is said by a word.
    let empty = of(&roster(), "姓名,单位,职责,分管,联系单位\n何静,,,,\n杜长河,石岭镇,,无,\n秦立川,,成员,,无\n");
    assert_eq!(states(&empty), [(2, State::Same), (3, State::Changed), (4, State::Changed)]);
    assert_eq!(notes(&empty.rows[0]), [("kept", "职责"), ("kept", "单位")]);
    let [Edit::Member { after: du, .. }, Edit::Member { after: office, .. }] = empty.edits.as_slice() else {
        panic!("{empty:?}")
    };
    assert_eq!((du.division.as_str(), du.unit.is_some()), ("", true));
    assert!(office.roles.is_empty() && office.linked.is_empty() && office.unit.is_some());
    let without = of(&roster(), "姓名,单位\n何静,无\n");
    let [Edit::Member { after, .. }] = without.edits.as_slice() else { panic!("{without:?}") };
    assert_eq!(after.unit, None);
}

#[test]
fn the_same_person_twice_in_a_file_is_one_person() {
    let found = case(include_bytes!("cases/dupes.csv"));
    assert_eq!(states(&found), [(2, State::New), (3, State::Bad)]);
    assert_eq!(problems(&found.rows[1]), [("twice", "2")]);
    assert_eq!(newcomers(&found), named(&[("王伟", "石岭镇")]));
    // Keys tell people of one name apart, and so do units.
    let apart = of(&roster(), "编号,姓名,单位\nw-1,王伟,石岭镇\nw-2,王伟,石岭镇\n,王伟,望江镇\n,王伟,石岭镇\n,王伟,\n");
    let bad: Vec<usize> = apart.rows.iter().filter(|row| row.state == State::Bad).map(|row| row.line).collect();
    assert_eq!(bad, [5, 6]);
}

#[test]
fn spaces_make_nobody_another() {
    let found = case(include_bytes!("cases/space.csv"));
    assert_eq!(
        states(&found).iter().map(|(_, state)| *state).collect::<Vec<_>>(),
        [State::New, State::Bad, State::Bad, State::Bad, State::New]
    );
    for row in &found.rows[1..4] {
        assert_eq!(problems(row), [("twice", "2")]);
    }
    assert!(found.units.is_empty(), "{found:?}");
    assert_eq!(newcomers(&found), named(&[("张三", "石岭镇"), ("李四", "石岭镇")]));
    assert_eq!(states(&of(&roster(), "姓名,单位\n何　静,石 岭 镇\n")), [(2, State::Same)]);
}

#[test]
fn columns_that_are_not_understood_are_named_and_taken_only_when_asked() {
    let file = include_bytes!("cases/headers2.csv");
    let found = case(file);
    let unread: Vec<_> = found.unread.iter().map(|unread| (unread.heading.as_str(), unread.near)).collect();
    assert_eq!(unread, [("所在单位", Some("单位")), ("职务", Some("职责"))]);
    assert_eq!(newcomers(&found), named(&[("张三", "")]));
    assert_eq!(newcomers(&looked_at(&roster(), file, &[1])), named(&[("张三", "石岭镇")]));
}

#[test]
fn a_quote_that_is_not_closed_is_a_row_that_says_so() {
    let found = case(include_bytes!("cases/badquote.csv"));
    assert_eq!(states(&found), [(2, State::Bad), (3, State::New)]);
    assert_eq!(problems(&found.rows[0]), [("quote", "")]);
    assert_eq!(newcomers(&found), named(&[("李四", "石岭镇")]));
}

#[test]
fn characters_that_are_not_seen_are_dropped_at_the_ends_and_refused_within() {
    let found = case(include_bytes!("cases/bidi.csv"));
    assert_eq!(states(&found), [(2, State::Bad), (3, State::Bad), (4, State::Same), (5, State::Bad)]);
    assert_eq!(problems(&found.rows[0]), [("hidden", "张⟨U+202E⟩三")]);
    assert_eq!(found.rows[0].name, "张⟨U+202E⟩三");
    assert_eq!(problems(&found.rows[1])[0], ("hidden", "张⟨U+200B⟩三"));
    assert_eq!(notes(&found.rows[2]), [("dropped", "何静⟨U+200B⟩")]);
    assert_eq!(problems(&found.rows[3]), [("no-name", "")]);
    let found = case(include_bytes!("cases/nul.csv"));
    assert_eq!(states(&found), [(2, State::Bad)]);
    assert_eq!(problems(&found.rows[0]), [("hidden", "张⟨U+0000⟩三")]);
    assert!(found.edits.is_empty(), "no unit is made for it");
}

#[test]
fn headings_are_found_beneath_a_title_and_on_another_sheet() {
    let found = case(include_bytes!("cases/title.xlsx"));
    assert_eq!(states(&found), [(3, State::New)]);
    assert_eq!(newcomers(&found), named(&[("张三", "石岭镇")]));
    assert_eq!(found.sheet, None);
    let found = case(include_bytes!("cases/secondsheet.xlsx"));
    assert_eq!(states(&found), [(2, State::New)]);
    assert_eq!((found.sheet.as_deref(), found.others.len()), (Some("名册"), 0));
}

#[test]
fn empty_lines_are_empty_lines() {
    let found = case(include_bytes!("cases/blanklines.csv"));
    assert_eq!(states(&found), [(5, State::New), (8, State::New)]);
    assert_eq!(newcomers(&found), named(&[("张三", "石岭镇"), ("李四", "无此词")]));
}

#[test]
fn a_linked_unit_may_be_one_that_the_file_makes_unless_its_row_is_not_taken() {
    let found =
        of(&roster(), "姓名,单位,联系单位\n甲,石岭镇,望江镇、沙溪镇\n乙,望江镇,\n丙,沙溪镇,海角\n丁,石岭镇,望江镇\n");
    assert_eq!(states(&found), [(2, State::Bad), (3, State::New), (4, State::Bad), (5, State::New)]);
    assert_eq!(problems(&found.rows[0]), [("linked", "沙溪镇")]);
    assert_eq!(problems(&found.rows[2]), [("linked", "海角")]);
    let roster = taken(&found);
    let ding = roster.members.iter().find(|person| person.name == "丁").expect("taken over");
    let linked: Vec<_> = ding.linked.iter().filter_map(|unit| roster.unit(unit)).map(|unit| &unit.name).collect();
    assert_eq!(linked, ["望江镇"]);
}

#[test]
fn what_a_spreadsheet_takes_for_a_formula_goes_out_as_text_and_comes_back() {
    let mut roster = roster();
    for division in ["=1+1", "＝1+1", " =1+1", "@x", "'quoted'"] {
        roster.members[2].division = division.trim().to_owned();
        let csv = to_csv(&rows(&roster)).expect("csv");
        let text = String::from_utf8(csv.clone()).expect("utf-8");
        assert!(!text.contains(",=") && !text.contains(",＝") && !text.contains(",@"), "{text}");
        let found = looked_at(&roster, &csv, &[]);
        assert!(found.edits.is_empty(), "{division}: {found:?}");
    }
}

#[test]
fn who_has_left_does_not_stand_in_the_way_and_comes_back_only_alone() {
    let mut roster = roster();
    let gone = Member { left: true, ..Member::new(MemberId::from_key("gone"), "gone", "何静") };
    roster.members.push(Member { unit: roster.members[1].unit.clone(), ..gone });
    roster.members[1].division = "党建  宣传".to_owned();
    assert_eq!(states(&of(&roster, "姓名,单位,分管\n何静,石岭镇,党建 宣传\n")), [(2, State::Same)]);
    roster.members.remove(1);
    assert_eq!(states(&of(&roster, "姓名,单位\n何静,石岭镇\n")), [(2, State::Changed)]);
}
