//! Authors: which colour each one has on a page, and the list that explains the colours.

use std::collections::HashMap;

use huigao_shared::ids::MemberId;
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::figures::grouped;
use crate::ui::names::{author_name, unit_of};

const CLASSES: [&str; 8] =
    ["author-0", "author-1", "author-2", "author-3", "author-4", "author-5", "author-6", "author-7"];
/// The slot of texts whose author is no person of the roster.
const UNKNOWN: usize = 6;

/// Colours of a document's authors.
#[derive(Clone, PartialEq, Default)]
pub struct Slots(HashMap<Option<MemberId>, usize>);

impl Slots {
    /// Gives each author a colour: nearly always the same one for a person in every document, and no colour
    /// twice as long as there are enough.
    pub fn of(roster: &Roster, authors: impl Iterator<Item = Option<MemberId>>) -> Self {
        let mut authors: Vec<_> = authors.collect();
        // In an order that does not depend on who wrote how much.
        let rank = |author: &Option<MemberId>| {
            author.and_then(|author| roster.members.iter().position(|member| member.id == author)).unwrap_or(usize::MAX)
        };
        authors.sort_by_key(|author| (rank(author), *author));
        authors.dedup();
        let mut taken = [false; CLASSES.len()];
        let mut slots = HashMap::new();
        for author in authors {
            let wanted = author.map_or(UNKNOWN, |member| usize::from(member.as_bytes()[0]) % CLASSES.len());
            let free = (0..CLASSES.len())
                .map(|step| (wanted + step) % CLASSES.len())
                .find(|slot| taken.get(*slot) == Some(&false));
            let slot = free.unwrap_or(wanted);
            if let Some(taken) = taken.get_mut(slot) {
                *taken = true;
            }
            slots.insert(author, slot);
        }
        Self(slots)
    }

    /// The class of an author's colour.
    pub fn class(&self, author: Option<MemberId>) -> &'static str {
        let slot = self.0.get(&author).copied().unwrap_or(UNKNOWN);
        CLASSES.get(slot).copied().unwrap_or("author-6")
    }
}

/// Authors with how much each one wrote.
#[component]
pub fn AuthorList(
    /// Most first.
    #[prop(into)]
    authors: Signal<Vec<(Option<MemberId>, usize)>>,
) -> impl IntoView {
    let desk = use_desk();
    let entry = move |author: Option<MemberId>, written: usize, slots: &Slots, roster: &Roster| {
        let name = author_name(roster, author);
        let shown = if author == Some(desk.me) { t!("person.name_me", name = name).into_owned() } else { name.clone() };
        let unit = author.map(|member| unit_of(roster, member)).unwrap_or_default();
        view! {
            <li class=format!("author {}", slots.class(author))>
                <span class="author-bar" aria-hidden="true"></span>
                <span class="ellipsis">
                    <span class="author-name ellipsis" title=name>
                        {shown}
                    </span>
                    <span class="author-meta ellipsis">{unit}</span>
                </span>
                <span class="author-n">{t!("list.characters", n = grouped(written))}</span>
            </li>
        }
    };
    let entries = move || {
        let authors = authors.get();
        desk.roster.with(|roster| {
            let slots = Slots::of(roster, authors.iter().map(|(author, _)| *author));
            authors.iter().map(|(author, written)| entry(*author, *written, &slots, roster)).collect_view()
        })
    };
    view! { <ul class="authors">{entries}</ul> }
}
