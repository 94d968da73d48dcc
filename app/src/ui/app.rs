//! The root: which language, which person, which page.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use rust_i18n::t;

use crate::driver::{Handle, Notice};
use crate::platform::update;
use crate::ui::desk::Desk;
use crate::ui::dialogs::Dialogs;
use crate::ui::editor_state::JustCreated;
use crate::ui::kept_slips::KeptSlips;
use crate::ui::lang::Lang;
use crate::ui::list_model::ListMemory;
use crate::ui::parts::{ToastArea, Toasts, use_toasts};
use crate::ui::people::{People, Phase};
use crate::ui::printing::Printing;
use crate::ui::recent::Recent;
use crate::ui::route::{CameFrom, Route, follow_address};
use crate::ui::shell::Shell;
use crate::ui::strips::Update;
use crate::ui::who::Who;

/// The language of the screen; setting it draws everything anew.
#[derive(Clone, Copy)]
pub struct Language(pub RwSignal<Lang>);

impl Language {
    /// Changes it, for this visit and the next.
    pub fn choose(self, lang: Lang) {
        lang.choose();
        self.0.set(lang);
    }
}

/// The app.
#[component]
pub fn App() -> impl IntoView {
    let language = RwSignal::new(Lang::current());
    provide_context(Language(language));
    provide_context(Toasts::new());
    provide_context(Printing::watch());
    let people = People::gather();
    provide_context(people);
    let route = follow_address();
    provide_context(route);
    let ready = RwSignal::new(false);
    provide_context(Update(ready));
    StoredValue::new_local(update::on_update(move || ready.set(true)));

    let stage = Memo::new(move |_| match people.phase.get() {
        Phase::Starting => Stage::Starting,
        Phase::Nobody | Phase::Entering | Phase::Failed(_) => Stage::Outside,
        Phase::Present(handle) => Stage::Inside(handle.profile().id.clone()),
    });
    let kept = KeptSlips::new();
    provide_context(kept);
    // Another language draws all anew, and loses no code; another person never sees one.
    Effect::new(move |before: Option<Stage>| {
        let now = stage.get();
        if before.is_some_and(|before| before != now) {
            kept.end_visit();
        }
        now
    });
    move || {
        language.track();
        match stage.get() {
            Stage::Starting => view! { <p class="vh" role="status">{t!("app.starting")}</p> }.into_any(),
            Stage::Outside => view! {
                <Who />
                <ToastArea />
            }
            .into_any(),
            Stage::Inside(_) => match people.phase.get_untracked() {
                Phase::Present(handle) => inside(handle),
                Phase::Starting | Phase::Nobody | Phase::Entering | Phase::Failed(_) => ().into_any(),
            },
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Stage {
    Starting,
    Outside,
    /// With the profile's id: another one means another app.
    Inside(String),
}

/// The app of one person, under an owner of its own: what it provides shall end with it.
fn inside(handle: Handle) -> AnyView {
    let owner = Owner::new();
    let view = owner.with(|| view! { <Inside handle=StoredValue::new_local(handle) /> });
    OwnedView::new_with_owner(view, owner).into_any()
}

#[component]
fn Inside(handle: StoredValue<Handle, LocalStorage>) -> impl IntoView {
    let desk = Desk::over(handle.get_value());
    provide_context(desk);
    let toasts = use_toasts();
    desk.listen(move |notice| {
        if *notice == Notice::EngineReplaced {
            toasts.badly(t!("engine.replaced"));
        }
    });
    provide_context(ListMemory::new());
    provide_context(Recent::of(desk.me));
    provide_context(Dialogs::new());
    provide_context(JustCreated::new());
    let route = expect_context::<ReadSignal<Route>>();
    provide_context(CameFrom::following(route));
    let picking = Memo::new(move |_| matches!(route.get(), Route::Who | Route::Join));
    view! {
        {move || if picking.get() { view! { <Who /> }.into_any() } else { view! { <Shell /> }.into_any() }}
        <ToastArea />
    }
}
