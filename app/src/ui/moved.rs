//! Documents that were put into another place: what stands above the old one, and where a new one came from.

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::ui::desk::{Desk, use_desk};
use crate::ui::figures::moment;
use crate::ui::names::{author_name, shown_title, space_word};
use crate::ui::parts::use_toasts;
use crate::ui::route::Route;
use huigao_protocol::command::Command;
use huigao_protocol::view::Related;

/// Above a document that was put away: where it went, and the way to take that back.
#[component]
pub fn MovedNotice(
    /// Which document.
    document: DocumentId,
) -> impl IntoView {
    let (desk, toasts) = (use_desk(), use_toasts());
    let moved = RwSignal::new(looked_at(desk, document));
    desk.listen(move |notice| {
        if matches!(notice, Notice::Touched(changed) if *changed == document)
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
    // Each part is drawn anew only when it says something else: rows change many times a second while others write.
    let is_away = Memo::new(move |_| moved.with(Option::is_some));
    let writable = Memo::new(move |_| moved.get().is_some_and(|state| state.writable));
    let put_away = Memo::new(move |_| moved.get().is_some_and(|state| state.put_away));
    let put_away_again = move |_| {
        desk.command(Command::PutAwayAgain(document));
        toasts.well(t!("moved.again_done"));
    };
    let there = Memo::new(move |_| {
        let state = moved.get()?;
        desk.row(state.moved.document).map(|row| row.document)
    });
    let words = Memo::new(move |_| moved.get().map(|state| moved_words(desk, state.moved)).unwrap_or_default());
    view! {
        <Show when=move || is_away.get()>
            <div class="notice notice--offline">
                <p class="notice-text" role="status">
                    <b>{move || if put_away.get() { t!("moved.title") } else { t!("moved.title_written") }}</b>
                    {move || words.get()}
                    <Show when=move || !put_away.get()>{t!("moved.written")}</Show>
                </p>
                <span class="btn-row">
                    {move || {
                        there
                            .get()
                            .map(|there| {
                                view! {
                                    <a class="btn btn--small" href=Route::Edit(there).href()>
                                        {t!("moved.open")}
                                    </a>
                                }
                            })
                    }}
                    <Show when=move || writable.get() && !put_away.get()>
                        <button type="button" class="btn btn--small" on:click=put_away_again>
                            {t!("moved.again")}
                        </button>
                    </Show>
                    <Show when=move || writable.get()>
                        <button type="button" class="btn btn--small" on:click=take_back>
                            {t!("moved.back")}
                        </button>
                    </Show>
                </span>
            </div>
        </Show>
    }
}

/// Who moved it when, and where it is now. Not everybody who reads the old place reads the new one.
fn moved_words(desk: Desk, moved: Related) -> String {
    let (name, time) = (desk.roster.with(|roster| author_name(roster, moved.by)), moment(moved.at));
    match desk.row(moved.document) {
        Some(row) => {
            let place = desk.roster.with(|roster| space_word(roster, desk.me, &row.space));
            t!("moved.by", name = name, time = time, place = place, title = shown_title(&row.title)).into_owned()
        }
        None => t!("moved.elsewhere", name = name, time = time).into_owned(),
    }
}

/// What the notice goes by.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    moved: Related,
    writable: bool,
    put_away: bool,
}

fn looked_at(desk: Desk, document: DocumentId) -> Option<State> {
    // First words say how it was.
    let view = desk.view(document).filter(|_| desk.has_engine(document))?;
    Some(State { moved: view.moved_to?, writable: view.writable, put_away: view.put_away })
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
