//! Who works at this browser: what the relay says, which profiles are here, and which one is open.

use std::pin::Pin;

use huigao_shared::ids::MemberId;
use huigao_shared::roster::Roster;
use leptos::prelude::*;
use std::sync::Arc;

use crate::driver::{Driver, Handle};
use crate::platform::locale;
use crate::ui::route::{arrive, document_in_address};
use huigao_browser::identity::{self, Greeting, Identity};
use huigao_browser::profiles::{self, ProfileInfo};
use huigao_browser::{clock, spawn};
use huigao_protocol::command::StoreError;

const DEMO: &str = "huigao-demo";
const PERSON: &str = "huigao-person";

/// What the relay says to anyone who comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Relay {
    /// It has been asked.
    Asking,
    /// Anyone may pick a person of this roster.
    Demo(Arc<Roster>),
    /// People are enrolled by invitation.
    Enrolment {
        /// There is no campaign yet, and whoever is here may found it.
        setup: bool,
    },
    /// It cannot be reached.
    Away,
}

/// How far entering has come.
#[derive(Clone)]
pub enum Phase {
    /// The profiles are being read.
    Starting,
    /// Nobody has been picked.
    Nobody,
    /// A profile is being opened.
    Entering,
    /// A profile is open.
    Present(Handle),
    /// A profile could not be opened.
    Failed(StoreError),
}

/// The people of this browser.
#[derive(Clone, Copy)]
pub struct People {
    /// What the relay says.
    pub relay: RwSignal<Relay>,
    /// Profiles on this browser, last used first.
    pub profiles: RwSignal<Vec<ProfileInfo>>,
    /// Why that list could not be read.
    pub unlisted: RwSignal<Option<StoreError>>,
    /// How far entering has come.
    pub phase: RwSignal<Phase, LocalStorage>,
    /// Whether this is a demonstration, by what the relay last said.
    pub demo: RwSignal<bool>,
}

impl People {
    /// Asks the relay and the browser; opens the profile that this tab had open before.
    pub fn gather() -> Self {
        let people = Self {
            relay: RwSignal::new(Relay::Asking),
            profiles: RwSignal::new(Vec::new()),
            unlisted: RwSignal::new(None),
            phase: RwSignal::new_local(Phase::Starting),
            demo: RwSignal::new(locale::recall(DEMO).is_some_and(|value| value == "1")),
        };
        people.ask_relay();
        spawn(async move {
            let known = people.listed().await.unwrap_or_default();
            let before =
                last_of_this_tab().and_then(|member| known.iter().find(|known| known.member == member).cloned());
            people.profiles.set(known);
            match before {
                Some(profile) => {
                    let identity = Identity::of_profile(profile.member, profile.demo, None).await;
                    people.open(profile, identity).await;
                }
                None => people.phase.set(Phase::Nobody),
            }
        });
        people
    }

    /// Reads the list of profiles again.
    pub fn look_again(self) {
        spawn(async move {
            if let Some(known) = self.listed().await {
                self.profiles.set(known);
            }
        });
    }

    /// The list of profiles; none, and the reason on the screen, if it cannot be read.
    async fn listed(self) -> Option<Vec<ProfileInfo>> {
        let (known, why) = match profiles::list().await {
            Ok(known) => (Some(known), None),
            Err(why) => (None, Some(why)),
        };
        if self.unlisted.get_untracked() != why {
            self.unlisted.set(why);
        }
        known
    }

    /// Asks the relay who may come in.
    pub fn ask_relay(self) {
        self.relay.set(Relay::Asking);
        spawn(async move {
            let Ok(greeting) = identity::greet().await else {
                self.relay.set(Relay::Away);
                return;
            };
            locale::remember(DEMO, if greeting.demo { "1" } else { "0" });
            self.demo.set(greeting.demo);
            self.relay.set(match greeting {
                Greeting { demo: true, roster: Some(roster), .. } => Relay::Demo(Arc::new(roster)),
                Greeting { setup, .. } => Relay::Enrolment { setup },
            });
        });
    }

    /// Enters as a person of the relay's roster, or as somebody who was here before.
    pub fn enter(self, mut profile: ProfileInfo) {
        let roster = match self.relay.get_untracked() {
            Relay::Demo(roster) => Some(Roster::clone(&roster)),
            Relay::Asking | Relay::Enrolment { .. } | Relay::Away => None,
        };
        // Kept with the profile, and not in the browser's local storage alone: that is written when the browser likes.
        profile.demo = match self.relay.get_untracked() {
            Relay::Demo(_) => true,
            Relay::Enrolment { .. } => false,
            Relay::Asking | Relay::Away => profile.demo,
        };
        let (member, demo) = (profile.member, profile.demo);
        self.change(profile, Box::pin(async move { Identity::of_profile(member, demo, roster).await }));
    }

    /// Enters as somebody who has just been enrolled on this browser.
    pub fn enter_enrolled(self, identity: Identity) {
        let person = identity.roster.as_ref().and_then(|roster| roster.member(identity.member));
        let name = person.map(|person| person.name.clone()).unwrap_or_default();
        self.change(ProfileInfo::of(identity.member, name), Box::pin(async move { identity }));
    }

    fn change(self, profile: ProfileInfo, identity: Pin<Box<dyn Future<Output = Identity>>>) {
        if matches!(self.phase.get_untracked(), Phase::Entering) {
            return;
        }
        let mut before = None;
        if let Phase::Present(handle) = self.phase.get_untracked() {
            if handle.profile().member == profile.member && !handle.is_shut_out() {
                arrive();
                return;
            }
            before = Some(handle);
        }
        self.phase.set(Phase::Entering);
        spawn(async move {
            if let Some(handle) = before {
                // The pages of the former person say their last words first.
                clock::sleep(0).await;
                handle.shutdown();
            }
            self.open(profile, identity.await).await;
            if matches!(self.phase.get_untracked(), Phase::Present(_)) {
                arrive();
            }
        });
    }

    async fn open(self, profile: ProfileInfo, identity: Identity) {
        let member = profile.member;
        match Driver::start(profile, identity, document_in_address()).await {
            Ok((handle, started)) => {
                remember_for_this_tab(member);
                self.phase.set(Phase::Present(handle.clone()));
                spawn(async move {
                    if let Err(error) = started.await {
                        self.not_started(&handle, error).await;
                    }
                });
            }
            Err(error) => self.phase.set(Phase::Failed(error)),
        }
    }

    /// First words were on the screen when it turned out that there will be no engine.
    async fn not_started(self, handle: &Handle, error: StoreError) {
        let is_present = matches!(self.phase.get_untracked(), Phase::Present(present) if present.is(handle));
        if is_present {
            self.phase.set(Phase::Failed(error));
            // The pages say their last words first.
            clock::sleep(0).await;
            handle.shutdown();
        }
    }

    /// The member whose profile is open.
    pub fn present(self) -> Option<MemberId> {
        match self.phase.get() {
            Phase::Present(handle) => Some(handle.profile().member),
            Phase::Starting | Phase::Nobody | Phase::Entering | Phase::Failed(_) => None,
        }
    }
}

/// A tab keeps its person over a reload; a new tab asks, since computers are shared.
fn last_of_this_tab() -> Option<MemberId> {
    locale::recall_in_tab(PERSON)?.parse().ok()
}

fn remember_for_this_tab(member: MemberId) {
    // Without it, a reload asks again.
    locale::remember_in_tab(PERSON, &member.to_string());
}
