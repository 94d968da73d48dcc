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
    /// Gives each author a colour: the same one for a person in every document. Colleagues stand next to each other in
    /// the roster, so they have different ones.
    pub fn of(roster: &Roster, authors: impl Iterator<Item = Option<MemberId>>) -> Self {
        let slot = |author: MemberId| {
            roster.members.iter().position(|member| member.id == author).map_or(UNKNOWN, |place| place % CLASSES.len())
        };
        Self(authors.map(|author| (author, author.map_or(UNKNOWN, slot))).collect())
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
