//! One row of a file: whom it is about, and what it would change of them.

use std::collections::HashMap;

use huigao_shared::authority::Edit;
use huigao_shared::ids::{MemberId, UnitId};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::text::seen::spelt_out;

use super::cells::{Cell, closed_up, name_key};
use super::columns::{Columns, Field};
use super::preview::{Row, State};
use super::units::{Named, Units};
use super::{NONE, PLAIN, ROLES, SEPARATOR};

/// The most characters of a name, as the roster's own rules have it.
const MAX_NAME: usize = 60;
const MAX_DIVISION: usize = 200;

/// What a cell wants: an empty one leaves as it is what is known of somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Wish<T> {
    Keep,
    Clear,
    Set(T),
}

/// A row as far as it is known before there are all units.
pub(super) struct Draft<'r> {
    line: usize,
    name: String,
    before: Option<&'r Member>,
    after: Member,
    unit: Wish<Named>,
    linked: Wish<Vec<Named>>,
    pub problems: Vec<(&'static str, String)>,
    notes: Vec<(&'static str, String)>,
}

/// Reads row after row; remembers whom rows were about.
pub(super) struct Reading<'r, 'c> {
    columns: &'c Columns,
    random: Box<dyn FnMut() -> [u8; 16] + 'r>,
    by_name: HashMap<String, Vec<&'r Member>>,
    by_key: HashMap<&'r str, &'r Member>,
    seen: HashMap<MemberId, usize>,
    keys: HashMap<String, usize>,
    new: HashMap<String, Vec<New>>,
}

/// A new person of the file.
struct New {
    line: usize,
    unit: Option<String>,
    has_key: bool,
}

impl<'r, 'c> Reading<'r, 'c> {
    pub(super) fn new(roster: &'r Roster, columns: &'c Columns, random: Box<dyn FnMut() -> [u8; 16] + 'r>) -> Self {
        let mut by_name: HashMap<String, Vec<&'r Member>> = HashMap::new();
        for person in &roster.members {
            by_name.entry(name_key(&person.name)).or_default().push(person);
        }
        let by_key = roster.members.iter().map(|person| (person.key.as_str(), person)).collect();
        let (seen, keys, new) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { columns, random, by_name, by_key, seen, keys, new }
    }

    pub(super) fn random(&mut self) -> [u8; 16] {
        (self.random)()
    }

    pub(super) fn draft(&mut self, line: usize, cells: &[String], units: &Units, unclosed: bool) -> Draft<'r> {
        let mut row = Cells { columns: self.columns, cells, problems: Vec::new(), notes: Vec::new() };
        if unclosed {
            row.problems.push(("quote", String::new()));
        }
        let name = closed_up(&row.text(Field::Name));
        if name.is_empty() {
            row.problems.push(("no-name", String::new()));
        }
        let key = row.text(Field::Key);
        if !key.is_empty() && key.parse::<UnitId>().is_err() {
            row.problems.push(("key", spelt_out(&key)));
        }
        let unit = match row.wish(Field::Unit) {
            Wish::Set(name) => Wish::Set(Named::of(&closed_up(&name))),
            Wish::Keep => Wish::Keep,
            Wish::Clear => Wish::Clear,
        };
        let before = self.find(&key, &name, &unit, units, &mut row.problems);
        let mut after = before.cloned().unwrap_or_else(|| {
            let id = (self.random)();
            let key = if key.is_empty() { format!("p-{}", hex::encode(&id[..4])) } else { key.clone() };
            Member::new(MemberId::from_bytes(id), &key, &name)
        });
        // Who is called the same but for spaces is not renamed.
        if name_key(&after.name) != name_key(&name) {
            after.name.clone_from(&name);
        }
        after.left = false;
        match row.wish(Field::NameEn) {
            Wish::Keep => row.kept(Field::NameEn, !after.name_en.is_empty()),
            Wish::Clear => after.name_en.clear(),
            Wish::Set(name) => replace(&mut after.name_en, name),
        }
        match row.wish(Field::Roles) {
            Wish::Keep => row.kept(Field::Roles, !after.roles.is_empty()),
            Wish::Clear => after.roles.clear(),
            Wish::Set(text) => after.roles = roles(&text, &mut row.problems),
        }
        match row.wish(Field::Division) {
            Wish::Keep => row.kept(Field::Division, !after.division.is_empty()),
            Wish::Clear => after.division.clear(),
            Wish::Set(text) => replace(&mut after.division, text),
        }
        let linked = match row.wish(Field::Linked) {
            Wish::Keep => {
                row.kept(Field::Linked, !after.linked.is_empty());
                Wish::Keep
            }
            Wish::Clear => Wish::Clear,
            Wish::Set(text) => Wish::Set(parts(&text).map(Named::of).collect()),
        };
        if unit == Wish::Keep {
            row.kept(Field::Unit, after.unit.is_some());
        }
        let too_long = |text: &str, most: usize| text.chars().count() > most;
        if too_long(&name, MAX_NAME) || too_long(&after.name_en, MAX_NAME) || too_long(&after.division, MAX_DIVISION) {
            row.problems.push(("too-long", String::new()));
        }
        if let Wish::Set(unit) = &unit
            && too_long(&unit.name, MAX_NAME)
        {
            row.problems.push(("unit", unit.name.clone()));
        }
        if !name.is_empty()
            && let Some(first) = self.again(line, before, &after, !key.is_empty(), &unit)
        {
            row.problems.push(("twice", first.to_string()));
        }
        let Cells { problems, notes, .. } = row;
        Draft { line, name: spelt_out(&name), before, after, unit, linked, problems, notes }
    }

    /// Whom a row is about; nobody, if they are new.
    fn find(
        &self,
        key: &str,
        name: &str,
        unit: &Wish<Named>,
        units: &Units,
        problems: &mut Vec<(&'static str, String)>,
    ) -> Option<&'r Member> {
        if !key.is_empty() {
            return self.by_key.get(key).copied();
        }
        let fits = |person: &&&'r Member| match unit {
            Wish::Keep | Wish::Clear => true,
            Wish::Set(unit) => units.id(&unit.key).is_some_and(|unit| person.unit.as_ref() == Some(unit)),
        };
        let called = self.by_name.get(&name_key(name)).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<&'r Member> = called.iter().filter(fits).copied().collect();
        // Who has left is meant only where nobody else is.
        if found.iter().any(|person| !person.left) {
            found.retain(|person| !person.left);
        }
        if found.len() > 1 {
            problems.push(("ambiguous", String::new()));
        }
        found.first().copied()
    }

    /// The line of an earlier row about the same person. New people are the same by name and unit, unless each has a key.
    fn again(
        &mut self,
        line: usize,
        before: Option<&Member>,
        after: &Member,
        has_key: bool,
        unit: &Wish<Named>,
    ) -> Option<usize> {
        let by_id = self.seen.insert(after.id, line);
        let by_key = self.keys.insert(after.key.clone(), line);
        if before.is_some() || by_id.is_some() || by_key.is_some() {
            return by_id.or(by_key);
        }
        let unit = match unit {
            Wish::Set(unit) => Some(unit.key.clone()),
            Wish::Keep | Wish::Clear => None,
        };
        let new = self.new.entry(name_key(&after.name)).or_default();
        let same = |other: &&New| {
            let same_unit = other.unit == unit || other.unit.is_none() || unit.is_none();
            same_unit && !(has_key && other.has_key)
        };
        let first = new.iter().find(same).map(|other| other.line);
        new.push(New { line, unit, has_key });
        first
    }
}

impl Draft<'_> {
    /// The unit that it is in, as units are compared.
    pub(super) fn unit_key(&self) -> Option<&str> {
        match &self.unit {
            Wish::Set(unit) => Some(&unit.key),
            Wish::Keep | Wish::Clear => None,
        }
    }

    /// The linked units that it names.
    pub(super) fn linked(&self) -> &[Named] {
        match &self.linked {
            Wish::Set(linked) => linked,
            Wish::Keep | Wish::Clear => &[],
        }
    }

    /// Puts the person into the unit, which is made if there is none.
    pub(super) fn join_unit(&mut self, units: &mut Units, random: &mut dyn FnMut() -> [u8; 16]) {
        match &self.unit {
            Wish::Keep => {}
            Wish::Clear => self.after.unit = None,
            Wish::Set(unit) => self.after.unit = Some(units.take(unit, random)),
        }
    }

    /// What it comes to, when all units are there.
    pub(super) fn finish(mut self, units: &Units) -> (Row, Option<Edit>) {
        if self.linked != Wish::Keep {
            let mut linked: Vec<UnitId> = Vec::new();
            for unit in self.linked().iter().filter_map(|named| units.id(&named.key)) {
                if !linked.contains(unit) {
                    linked.push(unit.clone());
                }
            }
            self.after.linked = linked;
        }
        let state = match self.before {
            _ if !self.problems.is_empty() => State::Bad,
            None => State::New,
            Some(before) if *before == self.after => State::Same,
            Some(_) => State::Changed,
        };
        let edit = matches!(state, State::New | State::Changed).then(|| Edit::member(self.before.cloned(), self.after));
        let member = self.before.map(|before| before.id);
        let Self { line, name, problems, notes, .. } = self;
        (Row { line, name, member, state, problems, notes }, edit)
    }
}

/// The cells of a row, and what is to be said of them.
struct Cells<'a> {
    columns: &'a Columns,
    cells: &'a [String],
    problems: Vec<(&'static str, String)>,
    notes: Vec<(&'static str, String)>,
}

impl Cells<'_> {
    /// What the field's cell says; nothing, if there is no such column.
    fn text(&mut self, field: Field) -> String {
        let raw = self.columns.at(field).and_then(|at| self.cells.get(at));
        let cell = raw.map(|raw| Cell::of(raw)).unwrap_or_default();
        self.problems.extend(cell.hidden.map(|shown| ("hidden", shown)));
        self.notes.extend(cell.dropped.map(|shown| ("dropped", shown)));
        cell.text
    }

    fn wish(&mut self, field: Field) -> Wish<String> {
        let text = self.text(field);
        if text.is_empty() {
            Wish::Keep
        } else if NONE.iter().any(|none| none.eq_ignore_ascii_case(&text)) {
            Wish::Clear
        } else {
            Wish::Set(text)
        }
    }

    /// Says that an empty cell takes nothing away.
    fn kept(&mut self, field: Field, is_something: bool) {
        if is_something && self.columns.at(field).is_some() {
            self.notes.push(("kept", field.heading().to_owned()));
        }
    }
}

/// Takes over a text, unless nothing but its spaces would change.
fn replace(before: &mut String, text: String) {
    if Cell::of(before).text != text {
        *before = text;
    }
}

fn roles(text: &str, problems: &mut Vec<(&'static str, String)>) -> Vec<Role> {
    let mut roles = Vec::new();
    for word in parts(text) {
        match ROLES.iter().find(|(_, words)| words.iter().any(|other| other.eq_ignore_ascii_case(word))) {
            Some((role, _)) => roles.push(*role),
            None if PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(word)) => {}
            None => problems.push(("role", spelt_out(word))),
        }
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    let separators = |c: char| SEPARATOR.contains(c) || [',', '，', ';', '；', '/'].contains(&c);
    text.split(separators).map(str::trim).filter(|part| !part.is_empty())
}
