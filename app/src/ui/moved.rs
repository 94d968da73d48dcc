//! Documents that were put into another place: what stands above the old one, and where a new one came from.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::session::event::{Changed, Command};
use crate::session::view::Related;
use crate::ui::desk::{Desk, use_desk};
use crate::ui::figures::moment;
use crate::ui::names::{author_name, shown_title, space_word};
use crate::ui::parts::use_toasts;
use crate::ui::route::Route;

/// Above a document that was put away: where it went, and the way to take that back.
#[component]
pub fn MovedNotice(
    /// Which document.
    document: DocumentId,
) -> impl IntoView {
    let (desk, toasts) = (use_desk(), use_toasts());
    let moved = RwSignal::new(looked_at(desk, document));
    desk.listen(move |notice| {
        if matches!(notice, Notice::Changed(Changed::Document(changed)) if *changed == document)
            || matches!(notice, Notice::Opened { document: opened, .. } if *opened == document)
        {
            let now = looked_at(desk, document);
            if moved.with_untracked(|before| *before != now) {
                moved.set(now);
            }
        }
    });
    let take_back = move |_| {
        desk.command(Command::TakeBackMove(document));
        toasts.well(t!("moved.back_done"));
    };
    move || {
        let (moved, writable) = moved.get()?;
        let (name, time) = (desk.roster.with(|roster| author_name(roster, moved.by)), moment(moved.at));
        let there = desk.row(moved.document);
        let words = match &there {
            Some(row) => {
                let place = desk.roster.with(|roster| space_word(roster, desk.me, &row.space));
                t!("moved.by", name = name, time = time, place = place, title = shown_title(&row.title))
            }
            None => t!("moved.elsewhere", name = name, time = time),
        };
        Some(view! {
            <div class="notice notice--offline" role="status">
                <p class="notice-text">
                    <b>{t!("moved.title")}</b>
                    {words.into_owned()}
                </p>
                <span class="btn-row">
                    {there
                        .map(|row| {
                            view! {
                                <a class="btn btn--small" href=Route::Edit(row.document).href()>
                                    {t!("moved.open")}
                                </a>
                            }
                        })}
                    {writable
                        .then(|| {
                            view! {
                                <button type="button" class="btn btn--small" on:click=take_back>
                                    {t!("moved.back")}
                                </button>
                            }
                        })}
                </span>
            </div>
        })
    }
}

fn looked_at(desk: Desk, document: DocumentId) -> Option<(Related, bool)> {
    let view = desk.read(|session| session.document(document))?;
    Some((view.moved_to?, view.writable))
}

/// From which document another was made, by whom and when.
#[component]
pub fn OriginWords(
    /// What it says of itself.
    origin: Related,
) -> impl IntoView {
    let desk = use_desk();
    let what = move || match desk.row(origin.document) {
        Some(row) => {
            let place = desk.roster.with(|roster| space_word(roster, desk.me, &row.space));
            let title = t!("moved.from", title = shown_title(&row.title), place = place).into_owned();
            view! { <a href=Route::Edit(row.document).href()>{title}</a> }.into_any()
        }
        None => t!("moved.from_elsewhere").into_owned().into_any(),
    };
    let by = move || {
        let name = desk.roster.with(|roster| author_name(roster, origin.by));
        t!("moved.made_by", name = name, time = moment(origin.at)).into_owned()
    };
    view! {
        {what}
        " "
        <span class="muted">{by}</span>
    }
}
