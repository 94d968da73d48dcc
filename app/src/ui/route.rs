//! Pages and their addresses: the part after `#`, so that every page opens offline by one file.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;

use crate::platform::page;

/// A page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Route {
    /// `#/mine`: one's own documents.
    Mine,
    /// `#/unit`: the unit's documents.
    Unit,
    /// `#/campaign`: what the campaign publishes, and the group's documents.
    Campaign,
    /// `#/all`: every document that this person may read.
    All,
    /// `#/merged`, `#/merged/D`: the merged reading, of a document if one is chosen.
    Merged(Option<DocumentId>),
    /// `#/edit/D`: the editor.
    Edit(DocumentId),
    /// `#/settings`
    Settings,
    /// `#/roster`: units and people.
    Roster,
    /// `#/audit`: acts of authority.
    Audit,
    /// `#/who`: picking a person.
    Who,
    /// `#/join/CODE`: a new device, by an invitation's link.
    Join,
}

impl Route {
    /// The page at an address. Unknown addresses lead home.
    pub fn parse(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["unit"] => Self::Unit,
            ["campaign"] => Self::Campaign,
            ["all"] => Self::All,
            ["merged"] => Self::Merged(None),
            ["merged", document] => Self::Merged(document.parse().ok()),
            ["edit", document] => document.parse().map_or(Self::Mine, Self::Edit),
            ["settings"] => Self::Settings,
            ["roster"] => Self::Roster,
            ["audit"] => Self::Audit,
            ["who"] => Self::Who,
            ["join"] | ["join", _] => Self::Join,
            _ => Self::Mine,
        }
    }

    /// Its address.
    pub fn href(self) -> String {
        match self {
            Self::Mine => "#/mine".to_owned(),
            Self::Unit => "#/unit".to_owned(),
            Self::Campaign => "#/campaign".to_owned(),
            Self::All => "#/all".to_owned(),
            Self::Merged(None) => "#/merged".to_owned(),
            Self::Merged(Some(document)) => format!("#/merged/{document}"),
            Self::Edit(document) => format!("#/edit/{document}"),
            Self::Settings => "#/settings".to_owned(),
            Self::Roster => "#/roster".to_owned(),
            Self::Audit => "#/audit".to_owned(),
            Self::Who => "#/who".to_owned(),
            Self::Join => "#/join".to_owned(),
        }
    }

    /// Goes there.
    pub fn go(self) {
        page::set_hash(self.href().trim_start_matches('#'));
    }
}

/// Goes on, once a person is in, to the page that the address names: a link may have been opened before anybody was
/// picked. The pages for picking lead home.
pub fn arrive() {
    match Route::parse(&page::hash()) {
        Route::Who | Route::Join => Route::Mine.go(),
        Route::Mine
        | Route::Unit
        | Route::Campaign
        | Route::All
        | Route::Merged(_)
        | Route::Edit(_)
        | Route::Settings
        | Route::Roster
        | Route::Audit => {}
    }
}

/// The code in the address, if an invitation's link was opened.
pub fn code_in_address() -> Option<String> {
    let hash = page::hash();
    let code = hash.trim_start_matches('#').trim_matches('/').strip_prefix("join/")?.to_owned();
    Some(code).filter(|code| !code.is_empty())
}

/// The document in the address, if it leads to the editor.
pub fn document_in_address() -> Option<DocumentId> {
    let Route::Edit(document) = Route::parse(&page::hash()) else { return None };
    Some(document)
}

/// The page that is shown, following the address.
pub fn follow_address() -> ReadSignal<Route> {
    let (route, set) = signal(Route::parse(&page::hash()));
    let listener = page::on_hash_change(move |hash| {
        let next = Route::parse(&hash);
        if route.try_get_untracked().is_some_and(|now| now != next) {
            set.set(next);
        }
    });
    StoredValue::new_local(listener);
    route
}

/// The page that one goes back to from a document.
#[derive(Clone, Copy)]
pub struct CameFrom(RwSignal<Route>);

impl CameFrom {
    /// Follows the address: the last page that was a list, a reading or the settings.
    pub fn following(route: ReadSignal<Route>) -> Self {
        let from = RwSignal::new(Route::Mine);
        Effect::new(move || match route.get() {
            Route::Edit(_) | Route::Who | Route::Join => {}
            page @ (Route::Mine
            | Route::Unit
            | Route::Campaign
            | Route::All
            | Route::Merged(_)
            | Route::Settings
            | Route::Roster
            | Route::Audit) => from.set(page),
        });
        Self(from)
    }

    /// The page.
    pub fn get(self) -> Route {
        self.0.get()
    }
}
