//! The outline beside the paper.
//!
//! The figures change with every key, and of the entries hardly one. So each entry has a signal of its own, which is set
//! when what it shows has changed: memos of one list would all look again each time, in the way of the next key.

use huigao_shared::text::outline::Numbering;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::editor_figures::{Figures, Section};
use crate::ui::editor_state::Editing;
use crate::ui::figures::grouped;
use crate::ui::tabs::Side;

/// What an entry shows. Where its heading stands is not part of it.
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    text: String,
    level: u8,
    numbering: Numbering,
    characters: usize,
}

impl From<&Section> for Entry {
    fn from(section: &Section) -> Self {
        let heading = &section.heading;
        Self {
            text: heading.text.clone(),
            level: heading.level,
            numbering: heading.numbering,
            characters: section.characters,
        }
    }
}

/// The entries that there are.
#[derive(Clone, Copy)]
struct Entries {
    all: StoredValue<Vec<ArcRwSignal<Entry>>>,
    count: RwSignal<usize>,
}

impl Entries {
    fn new() -> Self {
        Self { all: StoredValue::new(Vec::new()), count: RwSignal::new(0) }
    }

    fn follow(self, figures: &Figures) {
        let sections = &figures.sections;
        self.all.update_value(|all| {
            all.truncate(sections.len());
            for (place, section) in sections.iter().enumerate() {
                let now = Entry::from(section);
                match all.get(place) {
                    Some(entry) if entry.with_untracked(|before| *before == now) => {}
                    Some(entry) => entry.set(now),
                    None => all.push(ArcRwSignal::new(now)),
                }
            }
        });
        if self.count.get_untracked() != sections.len() {
            self.count.set(sections.len());
        }
    }

    fn at(self, place: usize) -> Option<ArcRwSignal<Entry>> {
        self.all.with_value(|all| all.get(place).cloned())
    }
}

/// The headings, and in which of their sections the caret is.
#[component]
pub fn Outline(
    /// The text.
    editing: Editing,
    /// Where the outline is.
    side: Side,
) -> impl IntoView {
    let entries = Entries::new();
    let here = RwSignal::new(None);
    Effect::new(move || {
        editing.figures.with(|figures| {
            entries.follow(figures);
            let section = figures.section_at(editing.caret.get());
            if here.get_untracked() != section {
                here.set(section);
            }
        });
    });
    let count = entries.count;
    view! {
        <Show
            when=move || { count.get() > 0 }
            fallback=|| view! { <p class="muted">{t!("outline.empty")}</p> }
        >
            <ol class="outline">
                // By place, not by text: whoever stands on an entry keeps the focus while others type.
                <For each=move || 0..count.get() key=|place| *place let:place>
                    {entries.at(place).map(|entry| {
                        view! { <OutlineItem editing=editing side=side place=place here=here entry=entry /> }
                    })}
                </For>
            </ol>
        </Show>
    }
}

#[component]
fn OutlineItem(
    editing: Editing,
    side: Side,
    place: usize,
    here: RwSignal<Option<usize>>,
    entry: ArcRwSignal<Entry>,
) -> impl IntoView {
    let entry = RwSignal::from(entry);
    // Each by itself: while one types in a section only its characters change.
    let words = Memo::new(move |_| entry.with(|entry| entry.text.clone()));
    let level = Memo::new(move |_| entry.with(|entry| entry.level));
    let numbering = Memo::new(move |_| entry.with(|entry| entry.numbering));
    let characters = Memo::new(move |_| entry.with(|entry| entry.characters));
    let text = move || words.get();
    let figure = move || match numbering.get() {
        Numbering::Duplicate => view! { <span class="outline-flag">{t!("outline.duplicate")}</span> }.into_any(),
        Numbering::Gap => view! { <span class="outline-flag">{t!("outline.gap")}</span> }.into_any(),
        Numbering::Irregular => view! { <span class="outline-flag">{t!("outline.irregular")}</span> }.into_any(),
        // The title has no section of its own.
        Numbering::Follows if level.get() == 0 => ().into_any(),
        Numbering::Follows => {
            let characters = move || t!("list.characters", n = grouped(characters.get()));
            view! { <span class="outline-n">{characters}</span> }.into_any()
        }
    };
    let jump = move |_| {
        let offset = editing
            .figures
            .with_untracked(|figures| figures.sections.get(place).map_or(0, |section| section.heading.offset));
        side.give_way();
        editing.with_editor(|editor| editor.jump(offset));
    };
    view! {
        <li>
            <button
                type="button"
                class="outline-item"
                data-level=move || level.get().max(1).to_string()
                title=text
                aria-current=move || (here.get() == Some(place)).then_some("location")
                on:click=jump
            >
                <span>{text}</span>
                {figure}
            </button>
        </li>
    }
}
