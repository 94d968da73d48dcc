//! The merged reading: every document with its authors, and what is new since the last reading.

use huigao_shared::ids::DocumentId;
use leptos::ev;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::figures::grouped;
use crate::ui::merged_open::OpenReading;
use crate::ui::merged_panel::{MergedPanel, MergedTools};
use crate::ui::merged_reader::Reader;
use crate::ui::merged_tree::Tree;
use crate::ui::parts::{Empty, PageHeading};
use crate::ui::route::Route;
use crate::ui::tabs::Side;
use crate::ui::templates::kind_name;

/// Windows wider than this have the side panel beside the paper.
const SIDE_ROOM_PX: f64 = 1_340.0;

/// The page.
#[component]
pub fn MergedPage() -> impl IntoView {
    let desk = use_desk();
    let route = expect_context::<ReadSignal<Route>>();
    let selected = Memo::new(move |before: Option<&Option<DocumentId>>| match route.get() {
        Route::Merged(document) => document,
        // On the way to another page; this one is about to go.
        Route::Mine
        | Route::Unit
        | Route::Campaign
        | Route::All
        | Route::Edit(_)
        | Route::Settings
        | Route::Roster
        | Route::Audit
        | Route::Who
        | Route::Join => before.copied().flatten(),
    });
    let reader = Reader::new();
    let side = Side::beside_from(SIDE_ROOM_PX);
    let tree_open = RwSignal::new(selected.get_untracked().is_none());
    Effect::new(move || {
        if selected.get().is_some() {
            tree_open.set(false);
        }
    });
    let keys = move |event: ev::KeyboardEvent| {
        if event.is_composing() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let forward = match (event.key().as_str(), event.alt_key(), event.shift_key()) {
            ("n", false, false) | ("ArrowDown", true, _) => true,
            ("p", false, false) | ("N", false, true) | ("ArrowUp", true, _) => false,
            _ => return,
        };
        event.prevent_default();
        reader.step(forward, true);
    };
    let title = Signal::derive(move || match selected.get().and_then(|document| desk.row(document)) {
        Some(row) => t!("merged.title", title = row.title).into_owned(),
        None => t!("nav.merged").into_owned(),
    });
    let about = move || {
        selected.get().and_then(|document| desk.row(document)).map(|row| {
            let n = grouped(row.characters as usize);
            view! { <span class="chip chip--mute t-wide">{t!("merged.about", kind = kind_name(&row.kind), n = n)}</span> }
        })
    };
    view! {
        <div
            class="merged"
            data-side=move || side.attribute()
            data-tree=move || tree_open.get().then_some("open")
            on:keydown=keys
        >
            <header class="tools">
                <div class="tools-head">
                    <PageHeading text=title class="ellipsis" />
                    {about}
                </div>
                <MergedTools reader=reader selected=selected tree_open=tree_open side=side />
            </header>
            <Tree selected=selected open=tree_open />
            {move || match selected.get() {
                Some(document) => view! { <OpenReading reader=reader document=document /> }.into_any(),
                None => view! {
                    <div class="desk" tabindex="0" role="region" aria-label=t!("merged.region")>
                        <Empty title=t!("merged.pick") text=t!("merged.pick_text") />
                    </div>
                }
                .into_any(),
            }}
            <MergedPanel reader=reader document=selected side=side />
        </div>
    }
}
