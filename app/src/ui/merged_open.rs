//! A document open for reading: it follows what others write, and counts as read when it is left.

use std::sync::Arc;

use huigao_shared::ids::DocumentId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::driver::Notice;
use crate::ui::aside::AsideNotice;
use crate::ui::desk::{NotRead, use_desk};
use crate::ui::merged_lines::Reading;
use crate::ui::merged_notice::WorkNotice;
use crate::ui::merged_paper::Paper;
use crate::ui::merged_reader::{Reader, Stage, Working};
use crate::ui::moved::MovedNotice;
use crate::ui::parts::Empty;
use crate::ui::soon::{Came, OneAtATime, Soon};
use huigao_protocol::command::{Command, OpenError};
use huigao_protocol::view::{DocumentSync, Merged};

/// While others type, the reading follows this much later.
const FOLLOW_MS: u32 = 300;

/// A document that is open for reading; when it goes, it has been read.
#[component]
pub fn OpenReading(reader: Reader, document: DocumentId) -> impl IntoView {
    let desk = use_desk();
    let Reader { reading, current, bring_up, stage, working } = reader;
    // Of what cannot be shown nothing stays on the screen, its outline neither.
    let fail = move |error| {
        stage.set(Stage::Failed(error));
        reading.set(Arc::default());
        current.set(None);
    };
    // Something has come to it since it was last asked for: an answer may be without that.
    let has_changed = StoredValue::new(false);
    // The engine has opened it.
    let is_open = StoredValue::new(false);
    let show = move |merged: Option<Merged>| {
        let Some(merged) = merged else {
            let is_shown = desk.view(document).is_some();
            match stage.get_untracked() {
                // The space was lost while it was open.
                Stage::Ready | Stage::Opening if !is_shown && is_open.get_value() => fail(OpenError::Unknown),
                // There is nothing in it to read.
                Stage::Opening if is_shown => stage.set(Stage::Ready),
                Stage::Ready | Stage::Opening | Stage::Failed(_) => {}
            }
            return;
        };
        let next = Reading::of(merged);
        if current.get_untracked().is_some_and(|current| current >= next.places.len()) {
            current.set(None);
        }
        let is_read = next.places.is_empty() && !next.is_unread && next.is_known;
        reading.set(Arc::new(next));
        if stage.get_untracked() == Stage::Opening {
            stage.set(Stage::Ready);
        }
        if is_read && !has_changed.get_value() {
            // What has changed shows nothing: it is no news, in the lists either.
            desk.command(Command::MarkRead(document));
        }
    };
    let is_here = StoredValue::new(());
    let read = OneAtATime::new(move || async move {
        let progress = move |done: u32, of: u32| {
            // The page may have gone meanwhile.
            working.try_set(Working::At(done.saturating_mul(100) / of.max(1)));
        };
        has_changed.try_set_value(false);
        let merged = desk.merged(document, progress).await;
        match merged {
            Ok(merged) if is_here.try_get_value().is_some() => {
                working.set(Working::Rests);
                show(merged);
                Came::Shown
            }
            Ok(_) => Came::Shown,
            // What was read before stays.
            Err(NotRead) => {
                working.try_set(Working::Failed);
                Came::Failed
            }
        }
    });
    let follow = Soon::new(FOLLOW_MS, move || {
        // After a failure the user says when it is tried again.
        if working.get_untracked() != Working::Failed {
            read.ask();
        }
    });
    let open = move || {
        stage.set(Stage::Opening);
        working.set(Working::Rests);
        is_open.set_value(false);
        desk.command(Command::Open(document));
    };
    let waits = move || stage.with_untracked(|stage| *stage == Stage::Failed(OpenError::NotHereYet));
    let has_come = move || desk.row(document).is_some_and(|row| row.sync != DocumentSync::Remote);
    desk.listen(move |notice| match notice {
        Notice::Opened { document: opened, result, .. } if *opened == document => match result {
            Ok(()) => {
                if stage.get_untracked() != Stage::Ready {
                    stage.set(Stage::Opening);
                }
                working.set(Working::Rests);
                is_open.set_value(true);
                follow.now();
            }
            Err(error) => fail(error.clone()),
        },
        Notice::Text { document: changed, .. } | Notice::Touched(changed) if *changed == document => {
            has_changed.set_value(true);
            follow.ask();
            if waits() && has_come() {
                open();
            }
        }
        Notice::Rows if waits() && has_come() => open(),
        Notice::Rows
        | Notice::Opened { .. }
        | Notice::Text { .. }
        | Notice::View(_)
        | Notice::Touched(_)
        | Notice::Status
        | Notice::People
        | Notice::EngineReplaced
        | Notice::SideCopies => {}
    });
    open();
    on_cleanup(move || {
        if stage.get_untracked() == Stage::Ready {
            desk.command(Command::MarkRead(document));
        }
        desk.command(Command::Close(document));
        stage.set(Stage::Opening);
        reading.set(Arc::default());
        current.set(None);
        bring_up.set(None);
        working.set(Working::Rests);
    });
    view! {
        <div class="desk" id="reading-text" tabindex="0" role="region" aria-label=t!("merged.region")>
            <AsideNotice document=document />
            <MovedNotice document=document />
            <WorkNotice reader=reader document=document again=move || read.ask() />
            {move || match stage.get() {
                Stage::Ready => view! { <Paper reader=reader document=document /> }.into_any(),
                Stage::Opening if working.get() == Working::Failed => ().into_any(),
                Stage::Opening => view! { <p class="muted" role="status">{t!("editor.opening")}</p> }.into_any(),
                Stage::Failed(error) => {
                    let (title, text) = match error {
                        OpenError::NotHereYet => (t!("editor.not_here"), t!("editor.not_here_text")),
                        OpenError::Unknown => (t!("editor.unknown"), t!("editor.unknown_text")),
                        OpenError::Damaged(why) => (t!("editor.damaged"), t!("editor.damaged_text", why = why)),
                    };
                    view! {
                        <Empty title=title text=text>
                            <button type="button" class="btn btn--primary" on:click=move |_| open()>
                                {t!("action.retry")}
                            </button>
                        </Empty>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}
