//! What came in one person's name by another's hand: who brought it, and what the author says.

use huigao_shared::authorship::Verdict;
use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::{Desk, use_desk};
use crate::ui::figures::grouped;
use crate::ui::names::{member_name, name_and_unit};
use crate::ui::route::Route;
use huigao_protocol::command::Command;
use huigao_protocol::view::HandedOver;

/// A verdict in words.
pub fn verdict_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Open => t!("handed.open"),
        Verdict::Confirmed => t!("handed.confirmed"),
        Verdict::Disowned => t!("handed.disowned"),
    }
    .into_owned()
}

/// The class of such text on paper; what its author has confirmed looks like any other.
pub fn handed_class(verdict: Option<Verdict>) -> Option<&'static str> {
    match verdict? {
        Verdict::Open => Some("is-handed"),
        Verdict::Confirmed => None,
        Verdict::Disowned => Some("is-disowned"),
    }
}

/// The list, under the authors; nothing where there is nothing.
#[component]
pub fn HandedList(
    #[prop(into)] document: Signal<Option<DocumentId>>,
    #[prop(into)] handed: Signal<Vec<(HandedOver, usize)>>,
) -> impl IntoView {
    let desk = use_desk();
    let entry = move |handed: HandedOver, characters: usize| {
        let HandedOver { author, via, verdict } = handed;
        let (name, by) = desk.roster.with(|roster| (member_name(roster, author), name_and_unit(roster, via)));
        let what = if author == desk.me {
            t!("handed.in_my_name", by = by, n = grouped(characters))
        } else {
            t!("handed.in_name_of", name = name, by = by, n = grouped(characters))
        };
        let say = move |genuine| {
            if let Some(document) = document.get_untracked() {
                desk.command(Command::Attest { document, via, genuine });
            }
        };
        let asks = (author == desk.me).then(|| {
            view! {
                <span class="btn-row">
                    <button
                        type="button"
                        class="btn btn--small"
                        prop:disabled=verdict == Verdict::Confirmed
                        on:click=move |_| say(true)
                    >
                        {t!("handed.mine")}
                    </button>
                    <button
                        type="button"
                        class="btn btn--small"
                        prop:disabled=verdict == Verdict::Disowned
                        on:click=move |_| say(false)
                    >
                        {t!("handed.not_mine")}
                    </button>
                </span>
            }
        });
        let class = if verdict == Verdict::Confirmed { "handed" } else { "handed handed--open" };
        view! {
            <li class=class>
                <span>{what}</span>
                <b class="handed-verdict">{verdict_word(verdict)}</b>
                {asks}
            </li>
        }
    };
    let entries = move || handed.get().into_iter().map(|(handed, n)| entry(handed, n)).collect_view();
    view! {
        <Show when=move || handed.with(|handed| !handed.is_empty())>
            <section class="handed-list" aria-labelledby="handed-title">
                <h2 class="handed-title" id="handed-title">
                    {t!("handed.title")}
                </h2>
                <ul>{entries}</ul>
            </section>
        </Show>
    }
}

/// Asks an author to settle what this device cannot.
#[component]
pub fn HandedStrip(desk: Desk) -> impl IntoView {
    let asked = Memo::new(move |_| desk.status.with(|status| status.to_settle));
    move || {
        asked.get().map(|document| {
            let title = desk.row(document).map(|row| row.title.clone()).unwrap_or_default();
            view! {
                <div class="notice notice--handed" role="status">
                    <p class="notice-text">
                        <b>{t!("handed.strip")}</b>
                        {t!("handed.strip_text", title = title)}
                    </p>
                    <a class="btn btn--small btn--primary" href=Route::Merged(Some(document)).href()>
                        {t!("handed.look")}
                    </a>
                </div>
            }
        })
    }
}
