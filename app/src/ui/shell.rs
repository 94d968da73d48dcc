//! One shell for every page: strips, top bar, navigation, the page itself.

use huigao_shared::authority::reads_audit;
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page;
use crate::ui::chip::SyncChip;
use crate::ui::desk::use_desk;
use crate::ui::dialogs::DialogHost;
use crate::ui::editor::EditorPage;
use crate::ui::late::{Late, LateView, Office};
use crate::ui::list::ListPage;
use crate::ui::list_model::Section;
use crate::ui::names::{campaign_title, member_name, shown_title, unit_of};
use crate::ui::recent::Recent;
use crate::ui::route::Route;
use crate::ui::strips::Strips;
use crate::ui::sync_words::desk_words;

/// The shell and the page that the address names.
#[component]
pub fn Shell() -> impl IntoView {
    let route = expect_context::<ReadSignal<Route>>();
    let main = NodeRef::<html::Main>::new();
    let skip = move |event: MouseEvent| {
        // The address belongs to the pages.
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            let _ = main.focus();
        }
    };
    let started = use_desk().started;
    let page = Memo::new(move |_| {
        let page = Page::at(route.get());
        // The editor shows the words that there are, and goes on with them.
        if matches!(page, Page::Edit(_)) || started.get() { page } else { Page::Opening }
    });
    Effect::new(move || {
        if main.get().is_some() {
            request_animation_frame(|| page::mark("huigao:shell"));
        }
    });
    view! {
        <a class="skip-link" href="#main" on:click=skip>
            {t!("shell.skip")}
        </a>
        <div class="app">
            <Strips />
            <TopBar />
            <Navigation />
            <main id="main" class=move || page.get().class() tabindex="-1" node_ref=main>
                {move || match page.get() {
                    Page::Opening => {
                        view! { <p class="muted" role="status">{t!("editor.opening")}</p> }.into_any()
                    }
                    Page::List(section) => view! { <ListPage section=section /> }.into_any(),
                    Page::Merged => view! { <LateView late=Late::Merged /> }.into_any(),
                    Page::Edit(document) => view! { <EditorPage document=document /> }.into_any(),
                    Page::Settings => view! { <LateView late=Late::Office(Office::Settings) /> }.into_any(),
                    Page::Roster => view! { <LateView late=Late::Office(Office::Roster) /> }.into_any(),
                    Page::Audit => view! { <LateView late=Late::Office(Office::Audit) /> }.into_any(),
                }}
            </main>
        </div>
        <DialogHost />
    }
}

/// What makes a page a new one. Choosing another document in the merged reading does not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    /// The engine has not told yet what lists and pages show.
    Opening,
    List(Section),
    Merged,
    Edit(huigao_shared::ids::DocumentId),
    Settings,
    Roster,
    Audit,
}

impl Page {
    fn at(route: Route) -> Self {
        match route {
            Route::Mine | Route::Who | Route::Join => Self::List(Section::Mine),
            Route::Unit => Self::List(Section::Unit),
            Route::Campaign => Self::List(Section::Campaign),
            Route::All => Self::List(Section::All),
            Route::Merged(_) => Self::Merged,
            Route::Edit(document) => Self::Edit(document),
            Route::Settings => Self::Settings,
            Route::Roster => Self::Roster,
            Route::Audit => Self::Audit,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::List(_) => "main main--column",
            Self::Roster | Self::Audit => "main main--column main--office",
            Self::Merged | Self::Edit(_) => "main main--flush",
            Self::Settings | Self::Opening => "main",
        }
    }
}

#[component]
fn TopBar() -> impl IntoView {
    let desk = use_desk();
    let campaign = Signal::derive(move || desk.roster.with(|roster| campaign_title(roster)));
    let name = Signal::derive(move || {
        if desk.started.get() { desk.roster.with(|roster| member_name(roster, desk.me)) } else { desk.called() }
    });
    let unit = Signal::derive(move || desk.roster.with(|roster| unit_of(roster, desk.me)));
    let words = Signal::derive(move || desk_words(desk));
    view! {
        <header class="topbar">
            <a class="brand" href=Route::Mine.href()>
                {t!("brand")}
            </a>
            <span class="topbar-campaign ellipsis" title=move || campaign.get()>
                {move || campaign.get()}
            </span>
            <span class="spacer"></span>
            <div class="sync" role="status" aria-label=t!("sync.label")>
                <SyncChip words=words />
            </div>
            <a
                class="whoami ellipsis"
                href=Route::Who.href()
                title=move || t!("shell.switch_person", unit = unit.get(), name = name.get())
            >
                <span class="whoami-unit">{move || unit.get()}</span>
                {move || name.get()}
            </a>
        </header>
    }
}

#[component]
fn Navigation() -> impl IntoView {
    let desk = use_desk();
    let route = expect_context::<ReadSignal<Route>>();
    let recent = expect_context::<Recent>();
    let has_unit = Memo::new(move |_| {
        desk.roster.with(|roster| roster.member(desk.me).is_some_and(|member| member.unit.is_some()))
    });
    // Those that were put away stand in no list that one would look for them in.
    let unread = Memo::new(move |_| {
        desk.rows.with(|rows| rows.iter().filter(|row| row.unread && row.moved_to.is_none()).count())
    });
    let entry = move |to: Route, long: String, short: String, chip: AnyView| {
        let here = move || {
            let now = route.get();
            let same =
                now == to || matches!((now, to), (Route::Merged(_), Route::Merged(_)) | (Route::All, Route::Campaign));
            same.then_some("page")
        };
        view! {
            <li>
                <a href=to.href() aria-current=here>
                    <span class="t-long">{long}</span>
                    <span class="t-short">{short}</span>
                    {chip}
                </a>
            </li>
        }
    };
    let unread_chip = view! {
        <Show when=move || { unread.get() > 0 }>
            <span class="chip chip--warn" title=move || t!("nav.unread", n = unread.get())>
                <span class="vh">{t!("nav.unread_word")}</span>
                {move || unread.get()}
            </span>
        </Show>
    }
    .into_any();
    let recents = Memo::new(move |_| {
        let known: Vec<_> = recent.documents().into_iter().filter_map(|document| desk.row(document)).collect();
        known.into_iter().map(|row| (row.document, shown_title(&row.title))).collect::<Vec<_>>()
    });
    view! {
        <nav class="nav" aria-label=t!("nav.label")>
            <ul class="nav-list">
                {entry(Route::Mine, t!("nav.mine").into(), t!("nav.mine_short").into(), ().into_any())}
                // Supervisors and evaluators have none, and an empty page would only ask them what it is for.
                <Show when=move || has_unit.get()>
                    {entry(Route::Unit, t!("nav.unit").into(), t!("nav.unit_short").into(), ().into_any())}
                </Show>
                {entry(Route::Merged(None), t!("nav.merged").into(), t!("nav.merged_short").into(), unread_chip)}
                {entry(Route::Campaign, t!("nav.campaign").into(), t!("nav.campaign_short").into(), ().into_any())}
                {entry(Route::Roster, t!("nav.roster").into(), t!("nav.roster_short").into(), ().into_any())}
                <Show when=move || desk.roster.with(|roster| roster.member(desk.me).is_some_and(reads_audit))>
                    {entry(Route::Audit, t!("nav.audit").into(), t!("nav.audit_short").into(), ().into_any())}
                </Show>
                {entry(Route::Settings, t!("nav.settings").into(), t!("nav.settings_short").into(), ().into_any())}
            </ul>
            <Show when=move || recents.with(|recents| !recents.is_empty())>
                <div class="nav-recent">
                    <h2 id="recent-h">{t!("nav.recent")}</h2>
                    <ul aria-labelledby="recent-h">
                        <For each=move || recents.get() key=|recent| recent.clone() let((document, title))>
                            <li>
                                <a href=Route::Edit(document).href() title=title.clone()>
                                    <span class="ellipsis">{title.clone()}</span>
                                </a>
                            </li>
                        </For>
                    </ul>
                </div>
            </Show>
        </nav>
    }
}
