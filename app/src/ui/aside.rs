//! What stands above a document that cannot be worked on, or in which something was put in the place of the text.

use huigao_shared::ids::{DocumentId, MemberId};
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::ui::desk::{Desk, use_desk};
use crate::ui::names::author_name;
use huigao_protocol::command::Command;
use huigao_protocol::view::DocumentView;

/// The notices of a document, if there are any.
#[component]
pub fn AsideNotice(
    /// Which document.
    document: DocumentId,
) -> impl IntoView {
    let desk = use_desk();
    let view = RwSignal::new(looked_at(desk, document));
    desk.listen(move |notice| {
        if matches!(notice, Notice::Touched(changed) if *changed == document)
            || matches!(notice, Notice::Opened { document: opened, .. } if *opened == document)
        {
            let now = looked_at(desk, document);
            if view.with_untracked(|before| *before != now) {
                view.set(now);
            }
        }
    });
    let name = move |by| desk.roster.with(|roster| author_name(roster, by));
    view! {
        {move || {
            let aside = view.get()?.0?;
            let words = match aside {
                Some(by) => t!("aside.by", name = name(Some(by))).into_owned(),
                None => t!("aside.unknown").into_owned(),
            };
            Some(
                view! {
                    <div class="notice notice--full" role="alert">
                        <p class="notice-text">
                            <b>{t!("aside.title")}</b>
                            {words}
                        </p>
                        <button
                            type="button"
                            class="btn btn--small"
                            on:click=move |_| desk.command(Command::TakeUpAgain(document))
                        >
                            {t!("aside.again")}
                        </button>
                    </div>
                },
            )
        }}
        {move || {
            let overlaid = view.get()?.1?;
            Some(
                view! {
                    <div class="notice notice--offline" role="status">
                        <p class="notice-text">
                            <b>{t!("overlaid.title")}</b>
                            {t!("overlaid.text", name = name(overlaid))}
                        </p>
                    </div>
                },
            )
        }}
    }
}

/// Whose change stands in the way, and whose program put something in the text's place.
type Looked = (Option<Option<MemberId>>, Option<Option<MemberId>>);

fn looked_at(desk: Desk, document: DocumentId) -> Option<Looked> {
    // First words say how it was.
    desk.view(document)
        .filter(|_| desk.has_engine(document))
        .map(|DocumentView { aside, overlaid, .. }| (aside, overlaid))
}
