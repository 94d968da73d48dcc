//! Units by their names, those that a file makes included.

use std::collections::HashMap;

use huigao_shared::ids::UnitId;
use huigao_shared::roster::{Roster, Unit, UnitKind};

use super::cells::name_key;

/// A unit as a cell names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    /// As it is written.
    pub name: String,
    /// As it is compared.
    pub key: String,
}

impl Named {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), key: name_key(name) }
    }
}

/// The units that there are and will be.
pub(super) struct Units {
    by_name: HashMap<String, UnitId>,
    made: Vec<Unit>,
}

impl Units {
    pub(super) fn of(roster: &Roster) -> Self {
        let mut by_name = HashMap::new();
        let ids = roster.units.iter().map(|unit| (unit.id.to_string(), unit));
        let english = roster.units.iter().map(|unit| (unit.name_en.clone(), unit));
        let chinese = roster.units.iter().map(|unit| (unit.name.clone(), unit));
        for (name, unit) in chinese.chain(english).chain(ids) {
            let key = name_key(&name);
            if !key.is_empty() {
                by_name.entry(key).or_insert_with(|| unit.id.clone());
            }
        }
        Self { by_name, made: Vec::new() }
    }

    pub(super) fn knows(&self, key: &str) -> bool {
        self.by_name.contains_key(key)
    }

    pub(super) fn id(&self, key: &str) -> Option<&UnitId> {
        self.by_name.get(key)
    }

    /// The unit of this name, made if there is none.
    pub(super) fn take(&mut self, named: &Named, random: &mut dyn FnMut() -> [u8; 16]) -> UnitId {
        if let Some(unit) = self.by_name.get(&named.key) {
            return unit.clone();
        }
        let key = format!("u-{}", hex::encode(&random()[..4]));
        let id: UnitId = key.parse().unwrap_or_else(|_| unreachable!("hexadecimal digits and a hyphen"));
        let township = ["镇", "乡", "街道", "街道办事处"].iter().any(|ending| named.name.ends_with(ending));
        let kind = if township { UnitKind::Township } else { UnitKind::Department };
        self.made.push(Unit { id: id.clone(), kind, name: named.name.clone(), name_en: String::new() });
        self.by_name.insert(named.key.clone(), id.clone());
        id
    }

    /// Those that were made.
    pub(super) fn made(self) -> Vec<Unit> {
        self.made
    }
}
