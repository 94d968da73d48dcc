//! What people do, and what befalls them.

use huigao_engine::session::event::{Command, Event as SessionEvent, Now, Splice};
use huigao_engine::session::view::SaveState;
use huigao_server::hub::Event as HubEvent;
use huigao_shared::authority::Edit;
use huigao_shared::change::check;
use huigao_shared::graph::{ChangeGraph, InsertError};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Grant, Member, Role, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};

use super::tab::{Tab, apply};
use super::world::{START, Step, World, unit};
use crate::broken::broken;

impl World {
    pub(super) fn act(&mut self) {
        let profile = self.rng.usize(..self.profiles.len());
        let tab = usize::from(self.rng.u8(..4) == 0);
        if self.profiles[profile].tabs[tab].is_none() {
            return self.open_tab(profile, tab);
        }
        if self.between.as_mut().is_some_and(|between| between.u8(..120) == 0) {
            self.replace_engine(profile, tab);
        }
        match self.rng.u32(..100) {
            0..60 => self.type_something(profile, tab),
            60..66 => self.create(profile, tab),
            66..74 => self.open_something(profile, tab),
            74..77 => self.close_something(profile, tab),
            77..80 => self.toggle_composing(profile, tab),
            80..83 => self.kill_tab(profile, tab),
            83..88 => {
                if let Some(connection) = self.profiles[profile].tabs[tab].as_ref().and_then(|tab| tab.connection) {
                    self.cut(connection);
                }
            }
            88..90 => {
                let disk = &mut self.profiles[profile].disk;
                disk.full ^= true;
                self.trace.say(self.now, || format!("p{profile} disk full: {}", disk.full));
                self.profiles[profile].was_full = true;
            }
            90..92 => self.relay.commits_fail ^= true,
            92..94 => {
                self.relay_down();
                self.withhold();
            }
            94..95 => self.restore_relay(),
            95..97 => self.relay.copies.push(self.relay.disk.clone()),
            97..98 => self.rename(profile, tab),
            98..99 => self.change_roster(),
            _ => self.tab(profile, tab, SessionEvent::Command(Command::Retry)),
        }
    }

    /// Now and then somebody sets a clock, or a battery dies: forth or back, by seconds or by decades.
    pub(super) fn set_a_clock(&mut self) {
        if self.clocks.u8(..24) > 0 {
            return;
        }
        let profile = self.clocks.usize(..self.profiles.len());
        let reach = [1_000, 60_000, 86_400_000, 2_500_000_000_000][self.clocks.usize(..4)];
        self.profiles[profile].skew = self.clocks.i64(-reach..=reach);
        self.trace.say(self.now, || format!("p{profile} clock off by {}", self.profiles[profile].skew));
    }

    /// A forged program sends a change that parses and cannot be applied, to a document that its member may read or write.
    pub(super) fn forge(&mut self) {
        if self.clocks.u8(..12) > 0 {
            return;
        }
        let forgers = self.profiles.iter().enumerate().filter(|(_, profile)| profile.hostile);
        let lines = forgers.flat_map(|(_, profile)| profile.tabs.iter().flatten());
        let Some((connection, life)) = lines.filter_map(|tab| Some((tab.connection?, tab.life))).next() else { return };
        let Some(document) = self.clocks.choice(self.relay.disk.documents()) else { return };
        let history = self.relay.disk.history(&document);
        if history.is_empty() {
            return;
        }
        let place = self.clocks.usize(..history.len());
        let Some(change) = broken(&mut self.clocks, &history, place) else { return };
        let mut graph = ChangeGraph::default();
        for honest in &history {
            let _ = check(honest.raw_bytes()).map(|meta| graph.insert(&meta));
        }
        // One that came out applicable would be the forger's word in another's name, and one that is no change at all is
        // refused without a name, with all that its sender's honest half has under way: other stories.
        if !check(&change).is_ok_and(|meta| matches!(graph.insert(&meta), Err(InsertError::Unfounded(_)))) {
            return;
        }
        let Ok(mut message) = sync::decode(&sync::reset(&[], Vec::new(), false)) else { return };
        message.changes = vec![change].into();
        let (sender, data) = (format!("tab-{life}").into(), message.encode().into());
        let frame = Message::Sync(SyncFrame { sender, target: "".into(), document, data }).encode();
        self.outcome.forgeries += 1;
        self.hub(HubEvent::Frame { connection, frame: frame.into() });
    }

    /// In which roster a profile's program believes at its start.
    pub(super) fn roster_believed(&self, profile: usize) -> Roster {
        let mut roster = self.roster.as_ref().clone();
        if self.profiles[profile].hostile {
            // As a forged program would: it thinks that it is the campaign office.
            for member in &mut roster.members {
                if member.id == self.profiles[profile].member {
                    member.roles.push(Role::CampaignOffice);
                }
            }
        }
        roster
    }

    pub(super) fn open_tab(&mut self, profile: usize, tab: usize) {
        self.count += 1;
        let (life, mut session) = (self.count, [0; 8]);
        self.rng.fill(&mut session);
        let roster = self.roster_believed(profile);
        let words = self.claim_words(profile, life);
        let state = &mut self.profiles[profile];
        self.trace.say(self.now, || format!("p{profile}.{tab} opens, life {life}"));
        let at = Now { monotonic: self.now.cast_signed(), calendar: START };
        let (opened, outputs) = Tab::open(state.member, life, session, (roster, state.hostile), &state.disk, at, words);
        state.tabs[tab] = Some(opened);
        self.put_out(profile, tab, outputs);
        self.begin_with_first_words(profile, tab);
        self.elect(profile);
        self.wake_tab(profile, tab);
    }

    /// The Web Lock: one tab leads.
    pub(super) fn elect(&mut self, profile: usize) {
        let tabs = &mut self.profiles[profile].tabs;
        if tabs.iter().flatten().any(|tab| tab.leading) {
            return;
        }
        if let Some(index) = (0..2).find(|index| tabs[*index].is_some())
            && let Some(tab) = tabs[index].as_mut()
        {
            tab.leading = true;
            self.tab(profile, index, SessionEvent::Leading(true));
        }
    }

    pub(super) fn kill_tab(&mut self, profile: usize, tab: usize) {
        let Some(mut dead) = self.profiles[profile].tabs[tab].take() else { return };
        self.put_down(profile, &mut dead);
        self.engine_ends(profile, tab, dead);
        self.elect(profile);
    }

    /// An engine is gone: of what it was writing some has reached the disk, and its line breaks.
    pub(super) fn engine_ends(&mut self, profile: usize, tab: usize, dead: Tab) {
        // A transaction under way either reached the disk or did not; in order, so a prefix of them did.
        let survived = self.rng.usize(..=dead.transactions.len());
        let under_way = dead.transactions.len();
        self.trace.say(self.now, || format!("p{profile}.{tab} dies, {survived} of {under_way} transactions survive"));
        for (_, writes) in dead.transactions.iter().take(survived) {
            if !self.profiles[profile].disk.full {
                self.profiles[profile].disk.apply(writes);
            }
        }
        if let Some(connection) = dead.connection {
            self.routes.remove(&connection);
            self.hub(HubEvent::Closed { connection });
        }
    }

    pub(super) fn type_something(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_ref() else { return };
        let open: Vec<DocumentId> = state.editors.keys().copied().collect();
        let Some(document) = self.rng.choice(open) else { return self.open_something(profile, tab) };
        // Who has lost the right may still have words on the way: an input method holds them, or the key was down.
        let is_late = self.moved.contains(&self.profiles[profile].member)
            && state.session().document(document).is_some_and(|view| view.save != SaveState::Full);
        // Without an engine the page goes by what was kept, or by what the last one said.
        let view = if state.front.has_engine(document) {
            state.session().document(document)
        } else {
            state.front.view(document)
        };
        if !is_late && !view.is_some_and(|view| view.writable) {
            return;
        }
        let text = &state.editors[&document];
        let (mut at, mut delete) = (self.rng.usize(..=text.len()), 0);
        // Never between the halves of a character, as an editor would not.
        while at > 0 && text.get(at).is_some_and(|unit| (0xdc00..0xe000).contains(unit)) {
            at -= 1;
        }
        if self.rng.u8(..5) == 0 && at + 1 < text.len() && text[at] < 0xd800 {
            delete = 1;
        }
        let words = ["学习", "调研", "一、", "\n", "（二）", "😀", "整改落实。"];
        let insert = words[self.rng.usize(..words.len())].to_owned();
        let splices = vec![Splice { at, delete, insert }];
        if let Some(editor) = self.profiles[profile].tabs[tab].as_mut().and_then(|tab| tab.editors.get_mut(&document)) {
            apply(editor, &splices);
        }
        self.tab(profile, tab, SessionEvent::Command(Command::Edit { document, splices }));
    }

    fn create(&mut self, profile: usize, tab: usize) {
        if self.documents.len() >= 12 {
            return;
        }
        let member = self.profiles[profile].member;
        let office = MemberId::from_key("office");
        let spaces = [
            Space::Private(member),
            Space::UnitMember(unit("a"), member),
            Space::Unit(unit("a")),
            Space::Group,
            Space::Campaign,
            if member == office { Space::Evaluation } else { Space::pair(member, office) },
        ];
        let space = spaces[self.rng.usize(..spaces.len())].clone();
        let mut id = [0; 16];
        self.rng.fill(&mut id);
        let document = DocumentId::from_bytes(id);
        self.documents.push((document, space.clone()));
        let command =
            Command::Create {
                document, kind: "minutes".into(), space, title: "标题".into(), text: "标题\n".into()
            };
        self.tab(profile, tab, SessionEvent::Command(command));
        self.tab(profile, tab, SessionEvent::Command(Command::Open(document)));
    }

    fn open_something(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_ref() else { return };
        let closed: Vec<DocumentId> = state
            .session()
            .rows()
            .into_iter()
            .map(|row| row.document)
            .filter(|id| !state.editors.contains_key(id))
            .collect();
        let mut closed = closed;
        closed.sort_unstable();
        if let Some(document) = self.rng.choice(closed) {
            self.tab(profile, tab, SessionEvent::Command(Command::Open(document)));
        }
    }

    fn close_something(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_mut() else { return };
        if let Some((document, _)) = state.editors.pop_first() {
            state.composing = state.composing.filter(|composing| *composing != document);
            self.tab(profile, tab, SessionEvent::Command(Command::Close(document)));
        }
    }

    fn toggle_composing(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_mut() else { return };
        let (document, active) = match state.composing.take() {
            Some(document) => (document, false),
            None => {
                let Some(document) = state.editors.keys().next().copied() else { return };
                state.composing = Some(document);
                (document, true)
            }
        };
        self.tab(profile, tab, SessionEvent::Command(Command::Composing { document, active }));
    }

    fn rename(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_ref() else { return };
        let Some(document) = state.editors.keys().next().copied() else { return };
        let title = format!("标题{}", self.rng.u8(..));
        self.tab(profile, tab, SessionEvent::Command(Command::Rename { document, title }));
    }

    /// The office moves somebody, gives or takes a role or a grant, by the roster as it sees it.
    fn change_roster(&mut self) {
        let office = 2;
        let Some(tab) = (0..2).find(|tab| self.profiles[office].tabs[*tab].is_some()) else { return };
        let Some(state) = self.profiles[office].tabs[tab].as_ref() else { return };
        let roster = state.session().roster_ahead();
        let person = |key: &str| roster.member(MemberId::from_key(key)).cloned();
        let (Some(clerk), Some(colleague), Some(evaluator)) =
            (person("clerk"), person("colleague"), person("evaluator"))
        else {
            return;
        };
        let edit = match self.rng.u8(..6) {
            0 => {
                let to = if colleague.unit == Some(unit("a")) { unit("b") } else { unit("a") };
                Edit::member(Some(colleague.clone()), Member { unit: Some(to), ..colleague })
            }
            1 => {
                let roles = if clerk.roles.is_empty() { vec![Role::UnitStaff] } else { Vec::new() };
                Edit::member(Some(clerk.clone()), Member { roles, ..clerk })
            }
            2 => {
                let to = if clerk.unit == Some(unit("a")) { unit("b") } else { unit("a") };
                Edit::member(Some(clerk.clone()), Member { unit: Some(to), ..clerk })
            }
            // Who is asked for an opinion only is enrolled, and is not any more.
            3 => {
                let to = if evaluator.unit.is_none() { Some(unit("b")) } else { None };
                Edit::member(Some(evaluator.clone()), Member { unit: to, ..evaluator })
            }
            4 => {
                let grant = Grant { member: evaluator.id, space: Space::Unit(unit("a")) };
                Edit::Grant { given: !roster.grants.contains(&grant), grant }
            }
            _ => {
                let grant = Grant { member: colleague.id, space: Space::Group };
                Edit::Grant { given: !roster.grants.contains(&grant), grant }
            }
        };
        self.tab(office, tab, SessionEvent::Command(Command::Act(vec![edit])));
    }

    pub(super) fn relay_down(&mut self) {
        if !self.relay.is_up() {
            return;
        }
        self.relay.crash();
        self.relay_life += 1;
        for connection in self.routes.keys().copied().collect::<Vec<_>>() {
            self.cut(connection);
        }
        let pause = self.rng.u64(50..6_000);
        self.schedule(pause, Step::RelayUp);
    }

    fn restore_relay(&mut self) {
        if self.relay.copies.is_empty() {
            return;
        }
        let copy = self.relay.copies.swap_remove(self.rng.usize(..self.relay.copies.len()));
        self.relay_down();
        self.trace.say(self.now, || "the relay is put back to an older copy".to_owned());
        self.relay.disk = copy;
        self.note_moves();
        self.relay.copies.clear();
        self.outcome.restores += 1;
    }

    pub(super) fn relay_up(&mut self) {
        if !self.relay.is_up() {
            let mut secret = [0; 16];
            self.rng.fill(&mut secret);
            self.relay.start(self.now, secret);
        }
    }

    /// The lines are mended, the disks have room, everybody comes back: now it must all come right.
    pub(super) fn heal(&mut self) {
        self.peace = true;
        self.relay.commits_fail = false;
        self.relay_up();
        for profile in 0..self.profiles.len() {
            self.profiles[profile].disk.full = false;
            // A tab that died may have written what another had just deleted: the next visit finds it.
            let moved = self.moved.contains(&self.profiles[profile].member);
            self.profiles[profile].fresh = moved && self.rng.bool();
            if self.profiles[profile].was_full || self.profiles[profile].fresh {
                // A tab that died while nothing could be saved took words with it that were never promised;
                // the other tab has heard of them and waits. A new day ends that.
                self.kill_tab(profile, 0);
                self.kill_tab(profile, 1);
            }
            if self.profiles[profile].tabs.iter().all(Option::is_none) {
                self.open_tab(profile, 0);
            }
            for tab in 0..2 {
                let composing = self.profiles[profile].tabs[tab].as_mut().and_then(|tab| tab.composing.take());
                if let Some(document) = composing {
                    self.tab(profile, tab, SessionEvent::Command(Command::Composing { document, active: false }));
                }
                if self.profiles[profile].tabs[tab].is_some() {
                    self.tab(profile, tab, SessionEvent::Command(Command::Retry));
                    self.take_up_again(profile, tab);
                }
            }
        }
    }
}
