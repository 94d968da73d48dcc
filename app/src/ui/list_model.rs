//! What a document list shows: which rows belong, which are wanted, and in which order. No elements here.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use huigao_shared::ids::{DocumentId, MemberId, UnitId};
use huigao_shared::space::Space;
use huigao_shared::text::seen::{folded, trimmed};
use leptos::prelude::*;

use crate::platform::locale::compare_words;
use crate::ui::lang::Lang;
use crate::ui::templates::kind_rank;
use huigao_protocol::view::{DocumentSync, Row};

/// A list page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Section {
    /// One's own.
    Mine,
    /// The unit's.
    Unit,
    /// The campaign's.
    Campaign,
    /// All that may be read.
    All,
}

impl Section {
    /// Whether a document of this space is in the list.
    pub fn has(self, space: &Space, me: MemberId, unit: Option<&UnitId>) -> bool {
        match self {
            Self::Mine => match space {
                Space::Private(owner) | Space::UnitMember(_, owner) | Space::Opinions(_, owner) => *owner == me,
                Space::Pair(a, b) => *a == me || *b == me,
                Space::Unit(_) | Space::Group | Space::Campaign | Space::Evaluation => false,
            },
            Self::Unit => match space {
                Space::Unit(of) | Space::UnitMember(of, _) => Some(of) == unit,
                Space::Opinions(about, _) => Some(&**about).and_then(Space::unit).is_some_and(|of| Some(of) == unit),
                Space::Private(_) | Space::Pair(..) | Space::Group | Space::Campaign | Space::Evaluation => false,
            },
            Self::Campaign => match space {
                Space::Group | Space::Campaign | Space::Evaluation => true,
                Space::Opinions(about, _) => about.unit().is_none(),
                Space::Private(_) | Space::UnitMember(..) | Space::Unit(_) | Space::Pair(..) => false,
            },
            Self::All => true,
        }
    }
}

/// A column to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// By title.
    Title,
    /// By kind, in the template's order.
    Kind,
    /// By length.
    Characters,
    /// By the last change.
    Changed,
    /// By state.
    State,
}

/// An order of rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// Small to large.
    pub ascending: bool,
}

impl Sort {
    /// What a press on a column's head leads to: its natural direction first, then the other one.
    pub fn pressed(self, column: Column) -> Self {
        let ascending = if self.column == column { !self.ascending } else { Self::natural(column) };
        Self { column, ascending }
    }

    /// The direction in which people look at a column first.
    pub fn natural(column: Column) -> bool {
        match column {
            Column::Title | Column::Kind | Column::State => true,
            Column::Characters | Column::Changed => false,
        }
    }

    /// The word for the column's head.
    pub fn aria(self, column: Column) -> &'static str {
        match (self.column == column, self.ascending) {
            (false, _) => "none",
            (true, true) => "ascending",
            (true, false) => "descending",
        }
    }
}

/// The rows of a list as they are shown.
#[derive(Clone, PartialEq, Default)]
pub struct Shown {
    /// In order.
    pub rows: Vec<Arc<Row>>,
    /// Where each one stands.
    pub at: HashMap<DocumentId, usize>,
    /// How many there are without the filter.
    pub total: usize,
}

/// Picks and sorts.
pub fn shown<'a>(all: impl Iterator<Item = &'a Arc<Row>>, query: &str, kind: &str, sort: Sort) -> Shown {
    // As the editor finds: whatever the width, and whatever stands between and is not seen.
    let wanted = folded(trimmed(query));
    let mut total = 0;
    let mut rows: Vec<Arc<Row>> = all
        .inspect(|_| total += 1)
        .filter(|row| kind.is_empty() || row.kind == kind)
        .filter(|row| wanted.is_empty() || folded(&row.title).contains(&wanted))
        .cloned()
        .collect();
    let words = compare_words(Lang::Zh.tag());
    rows.sort_by(|a, b| order(a, b, sort, &words));
    let at = rows.iter().enumerate().map(|(index, row)| (row.document, index)).collect();
    Shown { rows, at, total }
}

fn order(a: &Row, b: &Row, sort: Sort, words: impl Fn(&str, &str) -> Ordering) -> Ordering {
    let by_column = match sort.column {
        Column::Title => words(&a.title, &b.title),
        Column::Kind => kind_rank(&a.kind).cmp(&kind_rank(&b.kind)),
        Column::Characters => a.characters.cmp(&b.characters),
        Column::Changed => a.changed_at.cmp(&b.changed_at),
        Column::State => state_rank(a.sync).cmp(&state_rank(b.sync)),
    };
    let by_column = if sort.ascending { by_column } else { by_column.reverse() };
    // The same order on every redraw, whatever order the rows came in.
    by_column.then_with(|| b.changed_at.cmp(&a.changed_at)).then_with(|| a.document.cmp(&b.document))
}

/// What needs attention comes first.
fn state_rank(sync: DocumentSync) -> u8 {
    match sync {
        DocumentSync::Aside | DocumentSync::Refused => 0,
        DocumentSync::Pending => 1,
        DocumentSync::Remote => 2,
        DocumentSync::Synced => 3,
    }
}

/// What a list page remembers while other pages are shown.
#[derive(Clone, Copy)]
pub struct ListState {
    /// What is looked for in titles.
    pub query: RwSignal<String>,
    /// The kind that is wanted; empty for all.
    pub kind: RwSignal<String>,
    /// The order.
    pub sort: RwSignal<Sort>,
    /// Picked rows.
    pub picked: RwSignal<HashSet<DocumentId>>,
    /// How far it is scrolled.
    pub scroll: RwSignal<i32>,
    /// Those are wanted that were put away, since they have moved.
    pub put_away: RwSignal<bool>,
}

impl ListState {
    fn new() -> Self {
        Self {
            query: RwSignal::new(String::new()),
            kind: RwSignal::new(String::new()),
            sort: RwSignal::new(Sort { column: Column::Changed, ascending: false }),
            picked: RwSignal::new(HashSet::new()),
            scroll: RwSignal::new(0),
            put_away: RwSignal::new(false),
        }
    }

    /// Shows those that were put away, or the others.
    pub fn show_put_away(self, wanted: bool) {
        if self.put_away.get_untracked() != wanted {
            // What is picked is to be seen.
            self.picked.update(HashSet::clear);
            self.put_away.set(wanted);
        }
    }

    /// Shows everything again.
    pub fn clear_filter(self) {
        self.query.set(String::new());
        self.kind.set(String::new());
    }
}

/// The states of all list pages.
#[derive(Clone, Copy)]
pub struct ListMemory {
    mine: ListState,
    unit: ListState,
    campaign: ListState,
    all: ListState,
}

impl ListMemory {
    /// Nothing remembered yet.
    pub fn new() -> Self {
        Self { mine: ListState::new(), unit: ListState::new(), campaign: ListState::new(), all: ListState::new() }
    }

    /// The state of one.
    pub fn of(self, section: Section) -> ListState {
        match section {
            Section::Mine => self.mine,
            Section::Unit => self.unit,
            Section::Campaign => self.campaign,
            Section::All => self.all,
        }
    }
}
