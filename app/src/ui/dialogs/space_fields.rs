//! Choosing where a document is to live, with a plain word on who can read it there.

use std::collections::BTreeSet;

use huigao_shared::access::Access;
use huigao_shared::ids::MemberId;
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::{Space, SpaceKind};
use huigao_shared::template::Kind;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::names::{name_and_unit, place_name, space_readers, space_word};

/// A place that is offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Offer {
    /// This space.
    Fixed(Space),
    /// Between this member and one of these.
    WithOneOf(Vec<MemberId>),
    /// An opinion on what is in one of these.
    On(Vec<Space>),
}

/// The places in which a document of this kind may be created by this member.
pub fn offers(desk: Desk, kind: &Kind) -> Vec<Offer> {
    let roster = desk.roster.get_untracked();
    let unit = roster.member(desk.me).and_then(|member| member.unit.clone());
    let fixed = |space: Space| (desk.access(&space) == Access::Write).then_some(Offer::Fixed(space));
    let offer = |of: &SpaceKind| match of {
        SpaceKind::Private => fixed(Space::Private(desk.me)),
        SpaceKind::Own => unit.clone().and_then(|unit| fixed(Space::UnitMember(unit, desk.me))),
        SpaceKind::Unit => unit.clone().and_then(|unit| fixed(Space::Unit(unit))),
        SpaceKind::Group => fixed(Space::Group),
        SpaceKind::Campaign => fixed(Space::Campaign),
        SpaceKind::Evaluation => fixed(Space::Evaluation),
        SpaceKind::Pair => Some(others(&roster, desk.me)).filter(|others| !others.is_empty()).map(Offer::WithOneOf),
        SpaceKind::Opinions => Some(readable(desk)).filter(|spaces| !spaces.is_empty()).map(Offer::On),
    };
    kind.spaces.iter().filter_map(offer).collect()
}

fn others(roster: &Roster, me: MemberId) -> Vec<MemberId> {
    let enrolled = |member: &&Member| member.id != me && member.unit.is_some() && !member.left;
    roster.members.iter().filter(enrolled).map(|member| member.id).collect()
}

/// The spaces on whose documents this member may have opinions.
fn readable(desk: Desk) -> Vec<Space> {
    let mut spaces = BTreeSet::from([Space::Group, Space::Campaign, Space::Evaluation]);
    desk.rows.with_untracked(|rows| {
        spaces.extend(rows.iter().map(|row| row.space.clone()));
    });
    spaces.retain(|space| match space.kind() {
        SpaceKind::Private | SpaceKind::Pair | SpaceKind::Opinions => false,
        SpaceKind::Own | SpaceKind::Unit | SpaceKind::Group | SpaceKind::Campaign | SpaceKind::Evaluation => {
            desk.access(&Space::Opinions(Box::new(space.clone()), desk.me)) == Access::Write
        }
    });
    spaces.into_iter().collect()
}

/// Which of the offers is of a kind that is preferred: of the first kind of which there is one.
pub fn preset(offers: &[Offer], preferred: &[SpaceKind]) -> Option<usize> {
    let of_kind = |offer: &Offer, kind: SpaceKind| match offer {
        Offer::Fixed(space) => space.kind() == kind,
        Offer::WithOneOf(_) | Offer::On(_) => false,
    };
    preferred.iter().find_map(|kind| offers.iter().position(|offer| of_kind(offer, *kind)))
}

/// A choice among offers.
#[derive(Clone, Copy)]
pub struct SpaceChoice {
    offers: Signal<Vec<Offer>>,
    picked: RwSignal<usize>,
    /// Within an offer that leaves something open; never chosen beforehand.
    within: RwSignal<Option<usize>>,
    missing: RwSignal<bool>,
    select: NodeRef<html::Select>,
}

impl SpaceChoice {
    /// Among these; the first one is picked. Other offers start from the first one again.
    pub fn among(offers: Signal<Vec<Offer>>) -> Self {
        Self::preferring(offers, &[])
    }

    /// The same, but the first one of the kinds that are preferred is picked, in their order, where there is one.
    pub fn preferring(offers: Signal<Vec<Offer>>, preferred: &'static [SpaceKind]) -> Self {
        let first = move || offers.with(|offers| preset(offers, preferred)).unwrap_or(0);
        let choice = Self {
            offers,
            picked: RwSignal::new(untrack(first)),
            within: RwSignal::new(None),
            missing: RwSignal::new(false),
            select: NodeRef::new(),
        };
        Effect::new(move || choice.pick(first()));
        choice
    }

    fn pick(self, index: usize) {
        self.picked.set(index);
        self.within.set(None);
        self.missing.set(false);
    }

    /// The space that is chosen; none, with an error beside the field and the focus in it, if something is still open.
    pub fn checked(self, me: MemberId) -> Option<Space> {
        let within = self.within.get_untracked();
        let space = self.offers.with_untracked(|offers| match offers.get(self.picked.get_untracked())? {
            Offer::Fixed(space) => Some(space.clone()),
            Offer::WithOneOf(members) => members.get(within?).map(|other| Space::pair(me, *other)),
            Offer::On(spaces) => spaces.get(within?).map(|space| Space::Opinions(Box::new(space.clone()), me)),
        });
        self.missing.set(space.is_none());
        if space.is_none()
            && let Some(select) = self.select.get_untracked()
        {
            let _ = select.focus();
        }
        space
    }
}

/// The fields of the choice.
#[component]
pub fn SpaceFields(
    /// What is chosen.
    choice: SpaceChoice,
    /// What it is for.
    #[prop(into)]
    legend: String,
    /// Said beneath.
    #[prop(into)]
    hint: String,
) -> impl IntoView {
    let choices = move || {
        let offers = choice.offers.get();
        offers
            .into_iter()
            .enumerate()
            .map(|(index, offer)| view! { <OfferField choice=choice index=index offer=offer /> })
            .collect_view()
    };
    view! {
        <fieldset class="field">
            <legend>{legend}</legend>
            <div class="choices">{choices}</div>
            <p class="field-hint">{hint}</p>
        </fieldset>
    }
}

#[component]
fn OfferField(choice: SpaceChoice, index: usize, offer: Offer) -> impl IntoView {
    let desk = use_desk();
    let roster = desk.roster.get_untracked();
    let me = desk.me;
    let (name, readers) = match &offer {
        Offer::Fixed(space) => (space_word(&roster, me, space), space_readers(&roster, me, space)),
        Offer::WithOneOf(_) => (t!("space.pair").into_owned(), t!("readers.pair_open").into_owned()),
        Offer::On(_) => (t!("space.opinions").into_owned(), t!("readers.opinions_open").into_owned()),
    };
    let (label, options): (String, Vec<String>) = match offer {
        Offer::Fixed(_) => (String::new(), Vec::new()),
        Offer::WithOneOf(members) => (
            t!("create.partner").into_owned(),
            members.into_iter().map(|member| name_and_unit(&roster, member)).collect(),
        ),
        Offer::On(spaces) => {
            (t!("create.about").into_owned(), spaces.iter().map(|space| place_name(&roster, me, space)).collect())
        }
    };
    let picked = move || choice.picked.get() == index;
    let has_options = !options.is_empty();
    let options = StoredValue::new(options);
    view! {
        <label class="choice">
            <input
                type="radio"
                name="space"
                prop:checked=picked
                on:change=move |_| choice.pick(index)
            />
            <span class="choice-name">{name}</span>
            <span class="choice-desc">{readers}</span>
        </label>
        <Show when=move || has_options && picked()>
            <div class="field">
                <label for="space-within">{label.clone()}</label>
                <select
                    class="select"
                    id="space-within"
                    required
                    node_ref=choice.select
                    aria-invalid=move || choice.missing.get().then_some("true")
                    aria-describedby="space-error"
                    on:change=move |event| {
                        choice.within.set(event_target_value(&event).parse().ok());
                        choice.missing.set(false);
                    }
                >
                    <option value="">{t!("create.choose")}</option>
                    {options
                        .get_value()
                        .into_iter()
                        .enumerate()
                        .map(|(value, name)| view! { <option value=value.to_string()>{name}</option> })
                        .collect_view()}
                </select>
                <Show when=move || choice.missing.get()>
                    <p class="field-error" id="space-error" role="alert">
                        {t!("create.choose_missing")}
                    </p>
                </Show>
            </div>
        </Show>
    }
}
