//! The paper of the merged reading: lines in official layout, authors in the margin, new places marked.

use std::sync::Arc;

use huigao_shared::ids::DocumentId;
use huigao_shared::roster::Roster;
use leptos::attr::custom::custom_attribute;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::authors::Slots;
use crate::ui::desk::{Desk, use_desk};
use crate::ui::figures::{machine_time, margin_time, row_moment};
use crate::ui::handed::{handed_class, verdict_word};
use crate::ui::merged_lines::{Author, Line, Part, Who};
use crate::ui::merged_reader::Reader;
use crate::ui::names::{author_name, member_name, name_and_unit, space_word, unit_name};

/// The paper.
#[component]
pub fn Paper(reader: Reader, document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let slots = Memo::new(move |_| {
        let authors = reader.reading.with(|reading| reading.authors.clone());
        desk.roster.with(|roster| Slots::of(roster, authors.iter().map(|(author, _)| *author)))
    });
    let lines = move || reader.reading.with(|reading| reading.lines.clone());
    let roster = desk.roster;
    view! {
        <div class="paper paper--merged">
            <article class="m-doc" aria-labelledby="merged-source">
                <Source document=document />
                // Colours are of the whole document: another author may change them all.
                {move || {
                    let slots = Arc::new(slots.get());
                    let roster = roster.get();
                    view! {
                        <For each=lines key=|(key, _)| *key let((key, line))>
                            <Row key=key line=line slots=slots.clone() roster=roster.clone() reader=reader />
                        </For>
                    }
                }}
            </article>
        </div>
    }
}

/// Where the text comes from, and who changed it last.
#[component]
fn Source(document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let row = Memo::new(move |_| desk.row(document));
    let name = move || row.get().map(|row| format!("{} · {}", origin(desk, &row.space), row.title));
    let changed = move || {
        let row = row.get()?;
        let at = row.changed_at?;
        let when = row_moment(&row)?;
        let by = row.changed_by.map(|by| desk.roster.with(|roster| member_name(roster, by))).unwrap_or_default();
        Some(view! {
            <span>
                {t!("merged.changed")} " " <time datetime=machine_time(at)>{when}</time> " " {by}
            </span>
        })
    };
    view! {
        <header class="m-src">
            <div class="m-src-in">
                <span id="merged-source">{name}</span>
                {changed}
            </div>
        </header>
    }
}

/// The unit whose text it is, or the kind of space.
fn origin(desk: Desk, space: &huigao_shared::space::Space) -> String {
    desk.roster.with(|roster| match space.unit() {
        Some(unit) => unit_name(roster, unit),
        None => space_word(roster, desk.me, space),
    })
}

#[component]
fn Row(key: u64, line: Line, slots: Arc<Slots>, roster: Arc<Roster>, reader: Reader) -> impl IntoView {
    let Line { kind, level, who, bars, parts, run_in } = line;
    let main = bars.iter().max_by_key(|(_, written)| *written).map(|(author, _)| *author);
    let several = bars.len() > 1;
    let class = main.map_or("m-row".to_owned(), |main| format!("m-row {}", slots.class(main)));
    let margin = who.map(|who| margin(&roster, &who));
    let bar = match (bars.is_empty(), several) {
        (true, _) => ().into_any(),
        (false, false) => view! { <span class="m-bar" aria-hidden="true"></span> }.into_any(),
        (false, true) => view! {
            <span class="m-bars" aria-hidden="true">
                {bars
                    .iter()
                    .map(|(author, written)| {
                        let class = format!("m-bar {}", slots.class(*author));
                        view! { <span class=class style:flex-grow=written.to_string()></span> }
                    })
                    .collect_view()}
            </span>
        }
        .into_any(),
    };
    let pieces = |parts: Vec<Part>| {
        let piece = |part| view! { <Piece part=part several=several roster=roster.clone() reader=reader /> };
        parts.into_iter().map(piece).collect_view()
    };
    let goes_on = !run_in.is_empty();
    let is_blank = parts.is_empty();
    let (text, run_in) = (pieces(parts), pieces(run_in));
    let text = match kind {
        "title" | "h1" | "h2" | "h3" | "h4" if !goes_on => {
            let class = format!("m-text k-{kind}");
            view! {
                <p class=class role="heading" {..custom_attribute("aria-level", level.to_string())}>
                    {text}
                </p>
            }
            .into_any()
        }
        "h1" | "h2" | "h3" | "h4" => {
            let class = format!("m-text k-{kind}");
            view! {
                <p class=class>
                    <span role="heading" {..custom_attribute("aria-level", level.to_string())}>
                        {text}
                    </span>
                    <span class="k-run-in">{run_in}</span>
                </p>
            }
            .into_any()
        }
        "empty" if is_blank => view! { <p class="m-text k-empty"></p> }.into_any(),
        _ => view! { <p class="m-text k-body">{text}</p> }.into_any(),
    };
    view! {
        <div class=class id=line_id(key) tabindex=kind.starts_with('h').then_some("-1")>
            {margin} {bar} {text}
        </div>
    }
}

/// The line's name in the page.
pub fn line_id(key: u64) -> String {
    format!("line-{key:x}")
}

/// Names at the head of a run: the main author, how many others, and when.
fn margin(roster: &Roster, who: &Who) -> impl IntoView + use<> {
    let full = |author: &Author| match author {
        Some(member) => name_and_unit(roster, *member),
        None => author_name(roster, None),
    };
    let all: Vec<String> = who.authors.iter().map(full).collect();
    let all = all.join(&t!("list.separator"));
    let shown = match (who.authors.first(), who.authors.len()) {
        (Some(first), n) if n > 1 => t!("merged.and_others", name = author_name(roster, *first), n = n).into_owned(),
        (Some(first), _) => full(first),
        (None, _) => String::new(),
    };
    let (at, is_new) = (who.at, who.is_new);
    let handed = who.handed.map(|verdict| view! { <span class="m-handed">{verdict_word(verdict)}</span> });
    view! {
        <div class="m-who">
            <span class="m-name" title=all>
                {shown}
            </span>
            <span class="m-when">
                {is_new.then(|| view! { <span class="m-new">{t!("merged.new_mark")}</span> })}
                <time datetime=machine_time(at)>{margin_time(at)}</time>
            </span>
            {handed}
        </div>
    }
}

#[component]
fn Piece(part: Part, several: bool, roster: Arc<Roster>, reader: Reader) -> impl IntoView {
    let Part { text, author, at, place, begins, handed, touches, removed } = part;
    let class = handed_class(handed).or(touches.then_some("is-touching"));
    let title = match handed.filter(|_| class.is_some()) {
        Some(verdict) if !touches => {
            Some(format!("{} {} · {}", author_name(&roster, author), margin_time(at), verdict_word(verdict)))
        }
        Some(_) | None if touches => {
            Some(format!("{} {} · {}", author_name(&roster, author), margin_time(at), t!("merged.touching_hint")))
        }
        Some(_) | None if removed => {
            Some(t!("merged.removed_by", name = author_name(&roster, author), time = margin_time(at)).into_owned())
        }
        Some(_) | None => several.then(|| format!("{} {}", author_name(&roster, author), margin_time(at))),
    };
    let Some(place) = place else {
        return match title {
            Some(title) => view! { <span class=class title=title>{text}</span> }.into_any(),
            None => text.into_any(),
        };
    };
    let mark = NodeRef::<html::Mark>::new();
    let current = Memo::new(move |_| reader.current.get() == Some(place));
    if begins {
        // Brings it up when it is stepped to; a redraw of the same place does not move the page.
        Effect::new(move || {
            if let Some(asked) = reader.bring_up.get()
                && asked.place == place
                && let Some(mark) = mark.get()
            {
                reader.bring_up.set(None);
                mark.scroll_into_view();
                if asked.focus {
                    let _ = mark.focus();
                }
            }
        });
    }
    view! {
        <mark
            class=format!("is-new {}", class.unwrap_or_default())
            class:is-current=move || current.get()
            id=begins.then(|| format!("new-{}", place + 1))
            tabindex="-1"
            title=title
            node_ref=mark
        >
            {begins.then(|| view! { <span class="vh">{t!("merged.new_before")}</span> })}
            {if removed {
                // Where a line ended, so that what was a paragraph is seen to have been one.
                let shown = text.replace('\n', "¶");
                view! {
                    <del class="m-gone">
                        <span class="vh">{t!("merged.removed_before")}</span>
                        {shown}
                    </del>
                }
                    .into_any()
            } else {
                text.into_any()
            }}
        </mark>
    }
    .into_any()
}
