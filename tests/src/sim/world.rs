//! The schedule: what happens when, and the promises checked after every step.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use automerge::ChangeHash;
use huigao_app::session::event::{Changed, Command, Effect, Event as SessionEvent, Splice, StoreError};
use huigao_app::session::view::SyncState;
use huigao_server::hub::{ConnectionId, Event as HubEvent, Identity};
use huigao_shared::access::{Access, access};
use huigao_shared::ids::{DocumentId, MemberId, UnitId, member_of};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, Refusal};

use super::disk::Disk;
use super::model::Model;
use super::relay::{Output, SimRelay};
use super::tab::{Tab, apply};

/// A promise that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {at} ms: {what}")]
pub struct Fault {
    /// Virtual time.
    pub at: u64,
    /// What was broken.
    pub what: String,
}

/// What a run saw, to make sure that it saw something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Changes on the relay's disk at the end.
    pub committed: usize,
    /// Documents.
    pub documents: usize,
    /// Refusals that tabs were told of.
    pub refusals: usize,
    /// Times that the relay was put back to an older copy.
    pub restores: usize,
    /// Steps.
    pub steps: usize,
}

/// Milliseconds of trouble, and of peace after it.
const TROUBLE: u64 = 90_000;
const PEACE: u64 = 400_000;
const START: i64 = 1_700_000_000_000;

enum Step {
    Act,
    ToRelay { connection: ConnectionId, frame: Vec<u8> },
    ToTab { profile: usize, tab: usize, connection: ConnectionId, frame: Vec<u8> },
    Hub { start: u64, event: HubEvent },
    HubTick,
    TabTick { profile: usize, tab: usize, life: u64 },
    TabEvent { profile: usize, tab: usize, life: u64, event: SessionEvent },
    Persist { profile: usize, tab: usize, life: u64 },
    Connect { profile: usize, tab: usize, life: u64 },
    Cut { connection: ConnectionId },
    Broadcast { profile: usize, from: u64, message: Vec<u8> },
    RelayUp,
    Heal,
}

struct Profile {
    member: MemberId,
    disk: Disk,
    tabs: [Option<Tab>; 2],
    /// Its disk was full at some time.
    was_full: bool,
    /// This profile believes in more rights than it has.
    hostile: bool,
}

struct World {
    rng: fastrand::Rng,
    now: u64,
    count: u64,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    steps: BTreeMap<u64, Step>,
    roster: Arc<Roster>,
    relay: SimRelay,
    profiles: Vec<Profile>,
    routes: BTreeMap<ConnectionId, (usize, usize)>,
    /// The last arrival on each way of a connection: frames of one connection do not overtake each other.
    arrivals: BTreeMap<(ConnectionId, bool), u64>,
    /// The same for what a tab tells the others.
    broadcasts: BTreeMap<u64, u64>,
    documents: Vec<(DocumentId, Space)>,
    model: Model,
    outcome: Outcome,
    peace: bool,
    relay_life: u64,
    /// Something that must not happen has.
    wrong: Option<String>,
}

/// Runs one county from a seed.
///
/// # Errors
/// The first promise that did not hold.
pub fn run(seed: u64) -> Result<Outcome, Fault> {
    World::new(seed).run()
}

fn unit(key: &str) -> UnitId {
    key.parse().unwrap_or_else(|_| unreachable!("a literal unit key"))
}

fn roster() -> Roster {
    let member = |key: &str, at: Option<&str>, roles: &[Role]| Member {
        id: MemberId::from_key(key),
        key: key.to_owned(),
        name: key.to_owned(),
        name_en: key.to_owned(),
        unit: at.map(unit),
        roles: roles.to_vec(),
    };
    Roster {
        version: 1,
        members: vec![
            member("clerk", Some("a"), &[Role::UnitStaff]),
            member("colleague", Some("a"), &[]),
            member("office", Some("office"), &[Role::CampaignOffice]),
            member("head", Some("group"), &[Role::Head]),
        ],
        ..Roster::default()
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let roster = Arc::new(roster());
        let mut profiles: Vec<Profile> = roster
            .members
            .iter()
            .map(|member| Profile { member: member.id, disk: Disk::default(), tabs: [None, None], was_full: false, hostile: false })
            .collect();
        // The clerk has two PCs; the head believes that every space is the head's to write in.
        profiles.push(Profile { member: roster.members[0].id, disk: Disk::default(), tabs: [None, None], was_full: false, hostile: false });
        profiles[3].hostile = true;
        Self {
            rng: fastrand::Rng::with_seed(seed),
            now: 0,
            count: 0,
            queue: BinaryHeap::new(),
            steps: BTreeMap::new(),
            relay: SimRelay::new(roster.clone()),
            roster,
            profiles,
            routes: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            broadcasts: BTreeMap::new(),
            documents: Vec::new(),
            model: Model::default(),
            outcome: Outcome::default(),
            peace: false,
            relay_life: 0,
            wrong: None,
        }
    }

    fn run(mut self) -> Result<Outcome, Fault> {
        self.schedule(0, Step::RelayUp);
        self.schedule(5, Step::Act);
        self.schedule(TROUBLE, Step::Heal);
        while let Some(Reverse((at, number))) = self.queue.pop() {
            if at > TROUBLE + PEACE {
                break;
            }
            self.now = at;
            let Some(step) = self.steps.remove(&number) else { continue };
            if std::env::var_os("SIM_TRACE").is_some() { trace(at, &step); }
            self.step(step);
            self.outcome.steps += 1;
            self.check()?;
        }
        self.check_end()?;
        self.outcome.committed = self.relay.committed().count();
        self.outcome.documents = self.documents.len();
        Ok(self.outcome)
    }

    fn schedule(&mut self, delay: u64, step: Step) {
        self.count += 1;
        self.steps.insert(self.count, step);
        self.queue.push(Reverse((self.now + delay, self.count)));
    }

    fn fault<T>(&self, what: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at: self.now, what: what.into() })
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Act => {
                if !self.peace {
                    self.act();
                    let pause = self.rng.u64(1..400);
                    self.schedule(pause, Step::Act);
                }
            }
            Step::ToRelay { connection, frame } => {
                if self.routes.contains_key(&connection) {
                    self.hub(HubEvent::Frame { connection, frame: frame.into() });
                }
            }
            Step::ToTab { profile, tab, connection, frame } => {
                if self.routes.get(&connection) == Some(&(profile, tab)) {
                    if let Ok(Message::Refused { document, hashes, why }) = Message::decode(&frame)
                        && why != Refusal::UnknownDocument
                    {
                        self.model.refused(document, &hashes);
                        self.outcome.refusals += 1;
                        if !self.profiles[profile].hostile {
                            self.wrong.get_or_insert(format!("profile {profile} was refused words of {document} that it may write: {why:?} {hashes:?}"));
                        }
                    }
                    self.tab(profile, tab, SessionEvent::Frame(frame));
                }
            }
            Step::Hub { start, event } => {
                if start == self.relay_life {
                    self.hub(event);
                }
            }
            Step::HubTick => self.hub(HubEvent::Tick),
            Step::TabTick { profile, tab, life } => {
                if self.is_alive(profile, tab, life) {
                    self.tab(profile, tab, SessionEvent::Tick);
                }
            }
            Step::TabEvent { profile, tab, life, event } => {
                if self.is_alive(profile, tab, life) {
                    self.tab(profile, tab, event);
                }
            }
            Step::Persist { profile, tab, life } => self.complete_transaction(profile, tab, life),
            Step::Connect { profile, tab, life } => self.connect(profile, tab, life),
            Step::Cut { connection } => self.cut(connection),
            Step::Broadcast { profile, from, message } => {
                for tab in 0..2 {
                    if self.profiles[profile].tabs[tab].as_ref().is_some_and(|tab| tab.life != from) {
                        self.tab(profile, tab, SessionEvent::Tab(message.clone()));
                    }
                }
            }
            Step::RelayUp => self.relay_up(),
            Step::Heal => self.heal(),
        }
    }

    fn is_alive(&self, profile: usize, tab: usize, life: u64) -> bool {
        self.profiles[profile].tabs[tab].as_ref().is_some_and(|tab| tab.life == life)
    }

    // --- what people and machines do

    fn act(&mut self) {
        let profile = self.rng.usize(..self.profiles.len());
        let tab = usize::from(self.rng.u8(..4) == 0);
        if self.profiles[profile].tabs[tab].is_none() {
            return self.open_tab(profile, tab);
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
                self.profiles[profile].disk.full ^= true;
                if std::env::var_os("SIM_TRACE").is_some() { eprintln!("{} p{profile} disk full {}", self.now, self.profiles[profile].disk.full); }
                self.profiles[profile].was_full = true;
            }
            90..92 => self.relay.commits_fail ^= true,
            92..94 => self.relay_down(),
            94..95 => self.restore_relay(),
            95..97 => self.relay.copies.push(self.relay.disk.clone()),
            97..98 => self.rename(profile, tab),
            _ => self.tab(profile, tab, SessionEvent::Command(Command::Retry)),
        }
    }

    fn open_tab(&mut self, profile: usize, tab: usize) {
        self.count += 1;
        let (life, mut session) = (self.count, [0; 8]);
        self.rng.fill(&mut session);
        let mut roster = self.roster.as_ref().clone();
        if self.profiles[profile].hostile {
            // As a forged program would: it thinks that it is the campaign office.
            for member in &mut roster.members {
                if member.id == self.profiles[profile].member {
                    member.roles.push(Role::CampaignOffice);
                }
            }
        }
        let state = &mut self.profiles[profile];
        if std::env::var_os("SIM_TRACE").is_some() { eprintln!("{} p{profile}.{tab} OPENS life {life}", self.now); }
        let (opened, effects) = Tab::open(state.member, life, session, roster, &state.disk);
        state.tabs[tab] = Some(opened);
        for effect in effects {
            self.perform(profile, tab, effect);
        }
        self.elect(profile);
        self.wake_tab(profile, tab);
    }

    /// The Web Lock: one tab leads.
    fn elect(&mut self, profile: usize) {
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

    fn kill_tab(&mut self, profile: usize, tab: usize) {
        let Some(dead) = self.profiles[profile].tabs[tab].take() else { return };
        // A transaction under way either reached the disk or did not; in order, so a prefix of them did.
        let survived = self.rng.usize(..=dead.transactions.len());
        if std::env::var_os("SIM_TRACE").is_some() { eprintln!("{} p{profile}.{tab} DIES, {survived} of {} transactions survive, full {}", self.now, dead.transactions.len(), self.profiles[profile].disk.full); }
        for (_, writes) in dead.transactions.iter().take(survived) {
            if !self.profiles[profile].disk.full {
                self.profiles[profile].disk.apply(writes);
            }
        }
        if let Some(connection) = dead.connection {
            self.routes.remove(&connection);
            self.hub(HubEvent::Closed { connection });
        }
        self.elect(profile);
    }

    fn type_something(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_ref() else { return };
        let open: Vec<DocumentId> = state.editors.keys().copied().collect();
        let Some(document) = self.rng.choice(open) else { return self.open_something(profile, tab) };
        if !state.session.document(document).is_some_and(|view| view.writable) {
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
        let command = Command::Create { document, kind: "minutes".into(), space, title: "标题".into(), text: "标题\n".into() };
        self.tab(profile, tab, SessionEvent::Command(command));
        self.tab(profile, tab, SessionEvent::Command(Command::Open(document)));
    }

    fn open_something(&mut self, profile: usize, tab: usize) {
        let Some(state) = self.profiles[profile].tabs[tab].as_ref() else { return };
        let closed: Vec<DocumentId> =
            state.session.rows().into_iter().map(|row| row.document).filter(|id| !state.editors.contains_key(id)).collect();
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

    fn relay_down(&mut self) {
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
        self.relay.disk = copy;
        self.relay.copies.clear();
        self.outcome.restores += 1;
    }

    fn relay_up(&mut self) {
        if !self.relay.is_up() {
            let mut secret = [0; 16];
            self.rng.fill(&mut secret);
            self.relay.start(self.now, secret);
        }
    }

    /// The lines are mended, the disks have room, everybody comes back: now it must all come right.
    fn heal(&mut self) {
        self.peace = true;
        self.relay.commits_fail = false;
        self.relay_up();
        for profile in 0..self.profiles.len() {
            self.profiles[profile].disk.full = false;
            if self.profiles[profile].was_full {
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
                }
            }
        }
    }

    // --- the machinery

    fn connect(&mut self, profile: usize, tab: usize, life: u64) {
        if !self.is_alive(profile, tab, life) {
            return;
        }
        let member = self.profiles[profile].member;
        let identity = Identity { member, home: Space::Private(member) };
        let Some((connection, outputs)) = self.relay.connect(self.now, identity) else {
            return self.tab(profile, tab, SessionEvent::Disconnected { reason: "refused".into() });
        };
        self.routes.insert(connection, (profile, tab));
        if let Some(state) = self.profiles[profile].tabs[tab].as_mut() {
            state.connection = Some(connection);
        }
        self.outputs(outputs);
        self.tab(profile, tab, SessionEvent::Connected);
    }

    fn cut(&mut self, connection: ConnectionId) {
        let Some((profile, tab)) = self.routes.remove(&connection) else { return };
        self.hub(HubEvent::Closed { connection });
        if let Some(state) = self.profiles[profile].tabs[tab].as_mut()
            && state.connection == Some(connection)
        {
            state.connection = None;
            self.tab(profile, tab, SessionEvent::Disconnected { reason: "cut".into() });
        }
    }

    fn hub(&mut self, event: HubEvent) {
        let outputs = self.relay.feed(self.now, event);
        self.outputs(outputs);
        if let Some(at) = self.relay.next_wake() {
            self.schedule(at.saturating_sub(self.now).max(1), Step::HubTick);
        }
    }

    fn outputs(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(connection, frame) => {
                    let Some((profile, tab)) = self.routes.get(&connection).copied() else { continue };
                    // A line that dies takes with it what was on its way.
                    if !self.peace && self.rng.u16(..400) == 0 {
                        self.schedule(1, Step::Cut { connection });
                    }
                    let delay = self.delay(connection, true);
                    self.schedule(delay, Step::ToTab { profile, tab, connection, frame: frame.to_vec() });
                }
                Output::Close(connection) => self.schedule(1, Step::Cut { connection }),
                Output::Later(event) => {
                    let delay = self.rng.u64(1..60);
                    self.schedule(delay, Step::Hub { start: self.relay_life, event });
                }
            }
        }
    }

    fn delay(&mut self, connection: ConnectionId, down: bool) -> u64 {
        let arrival = self.now + if self.rng.u8(..20) == 0 { self.rng.u64(100..3_000) } else { self.rng.u64(1..80) };
        let last = self.arrivals.entry((connection, down)).or_default();
        *last = arrival.max(*last);
        *last - self.now
    }

    fn tab(&mut self, profile: usize, index: usize, event: SessionEvent) {
        let now = START + self.now.cast_signed();
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let mut effects = Vec::new();
        tab.session.handle(now, event, &mut effects);
        for effect in effects {
            self.perform(profile, index, effect);
        }
        self.wake_tab(profile, index);
    }

    fn wake_tab(&mut self, profile: usize, index: usize) {
        let Some(tab) = self.profiles[profile].tabs[index].as_ref() else { return };
        let life = tab.life;
        if let Some(at) = tab.session.next_wake() {
            let delay = (at - START - self.now.cast_signed()).max(1).cast_unsigned();
            self.schedule(delay, Step::TabTick { profile, tab: index, life });
        }
    }

    fn perform(&mut self, profile: usize, index: usize, effect: Effect) {
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let life = tab.life;
        match effect {
            Effect::Persist { ticket, writes } => {
                self.model.writes(profile, life, &tab.actor, &writes, None);
                tab.transactions.push_back((ticket, writes));
                let delay = self.rng.u64(1..50);
                self.schedule(delay, Step::Persist { profile, tab: index, life });
            }
            Effect::LoadChunks(document) => {
                // In order behind the transactions that were begun before.
                let mut disk = self.profiles[profile].disk.clone();
                for (_, writes) in self.profiles[profile].tabs[index].iter().flat_map(|tab| &tab.transactions) {
                    disk.apply(writes);
                }
                let event = SessionEvent::Chunks { document, result: Ok(disk.chunks(document)) };
                let delay = self.rng.u64(1..40);
                self.schedule(delay, Step::TabEvent { profile, tab: index, life, event });
            }
            Effect::Connect => {
                let delay = self.rng.u64(1..200);
                self.schedule(delay, Step::Connect { profile, tab: index, life });
            }
            Effect::Disconnect => {
                if let Some(connection) = tab.connection.take() {
                    self.routes.remove(&connection);
                    self.hub(HubEvent::Closed { connection });
                }
            }
            Effect::Send(frame) => {
                let Some(connection) = tab.connection else { return };
                let delay = self.delay(connection, false);
                // Some networks deliver twice; the relay must not mind.
                if self.rng.u8(..30) == 0 {
                    self.schedule(delay, Step::ToRelay { connection, frame: frame.clone() });
                }
                self.schedule(delay, Step::ToRelay { connection, frame });
            }
            Effect::Broadcast(message) => {
                // A channel keeps the order of what one tab says.
                let arrival = self.now + self.rng.u64(1..30);
                let last = self.broadcasts.entry(life).or_default();
                *last = arrival.max(*last);
                let delay = *last - self.now;
                self.schedule(delay, Step::Broadcast { profile, from: life, message });
            }
            Effect::Editor { document, splices } => tab.editor(document, &splices),
            Effect::Opened { document, result } => {
                if result.is_ok()
                    && let Some(text) = tab.session.text(document)
                {
                    tab.editors.insert(document, text.encode_utf16().collect());
                }
            }
            Effect::Changed(Changed::SideCopies) => {
                for copy in tab.session.side_copies() {
                    self.model.given_up(profile, copy.document);
                    if !self.profiles[profile].hostile {
                        self.wrong.get_or_insert(format!("profile {profile} lost the right to {}", copy.document));
                    }
                }
            }
            Effect::Changed(_) => {}
        }
    }

    fn complete_transaction(&mut self, profile: usize, index: usize, life: u64) {
        if !self.is_alive(profile, index, life) {
            return;
        }
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let Some((ticket, writes)) = tab.transactions.pop_front() else { return };
        let result = if self.profiles[profile].disk.full { Err(StoreError::Full) } else { Ok(()) };
        if result.is_ok() {
            self.profiles[profile].disk.apply(&writes);
            let actor = self.profiles[profile].tabs[index].as_ref().map(|tab| tab.actor.clone());
            if let Some(actor) = actor {
                self.model.writes(profile, life, &actor, &writes, Some(self.now));
            }
        }
        self.tab(profile, index, SessionEvent::Persisted { ticket, result });
    }

    // --- the promises

    fn check(&self) -> Result<(), Fault> {
        if let Some(wrong) = &self.wrong {
            return self.fault(wrong.as_str());
        }
        for (number, profile) in self.profiles.iter().enumerate() {
            for tab in profile.tabs.iter().flatten() {
                for (document, editor) in &tab.editors {
                    let text = tab.session.text(*document).unwrap_or_default();
                    if String::from_utf16_lossy(editor) != text {
                        return self.fault(format!("profile {number}: the editor of {document} shows another text"));
                    }
                }
                if tab.leading
                    && tab.connection.is_some()
                    && matches!(tab.session.status().sync, SyncState::Synced(_))
                    && self.relay.is_up()
                    // What the other tab wrote is known here once its message has come.
                    && let Some((document, hash)) = self.model.missing(
                        number,
                        |life, at| life == tab.life || at + 50 < self.now,
                        |d, h| self.relay.disk.has(d, h),
                    )
                {
                    let row = tab.session.rows().into_iter().find(|row| row.document == document);
                    return self.fault(format!("profile {number} shows synced, but {hash} of {document} is not durable: {row:?}"));
                }
            }
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), Fault> {
        for (record, meta) in self.relay.committed() {
            if !Model::allowed(&self.roster, &record.space, member_of(&meta.actor)) {
                return self.fault(format!("a change by {:?} was committed in {}", member_of(&meta.actor), record.space));
            }
        }
        for (number, profile) in self.profiles.iter().enumerate() {
            let Some(tab) = profile.tabs.iter().flatten().find(|tab| tab.leading) else {
                return self.fault(format!("profile {number} has no tab"));
            };
            let status = tab.session.status();
            if !matches!(status.sync, SyncState::Synced(_)) {
                return self.fault(format!("profile {number} did not come to rest: {status:?}\n{}", tab.session.diagnostics().join("\n")));
            }
            if let Some((document, hash)) = self.model.missing(number, |_, _| true, |d, h| self.relay.disk.has(d, h)) {
                return self.fault(format!("profile {number}: the saved change {hash} of {document} is lost"));
            }
        }
        self.check_convergence()
    }

    /// Every profile that may read a document holds what the relay holds, on its disk, and shows that text.
    ///
    /// A reader may hold more: words that the relay passed on and then lost, with their author's device gone before
    /// it had saved them. Nobody was promised those, nobody may bring them back, and nothing is dropped.
    fn check_convergence(&self) -> Result<(), Fault> {
        for (document, space) in &self.documents {
            let at_relay = self.relay.disk.hashes(document);
            let mut first: Option<(usize, u64, u32)> = None;
            for (number, profile) in self.profiles.iter().enumerate() {
                let access = access(&self.roster, profile.member, space);
                let Some(tab) = profile.tabs.iter().flatten().find(|tab| tab.leading) else { continue };
                let Some(row) = tab.session.rows().into_iter().find(|row| row.document == *document) else {
                    if access >= Access::Read && !at_relay.is_empty() {
                        return self.fault(format!("profile {number} does not list {document}"));
                    }
                    continue;
                };
                if access < Access::Read || at_relay.is_empty() {
                    continue;
                }
                let mut disk = profile.disk.clone();
                for (_, writes) in &tab.transactions {
                    disk.apply(writes);
                }
                let Some((text, held)) = reopened(profile.member, &self.roster, &disk, *document) else {
                    return self.fault(format!("profile {number}: what is stored of {document} does not open"));
                };
                let lacks: Vec<_> = at_relay.difference(&held).collect();
                let more: Vec<_> = held.difference(&at_relay).collect();
                if !lacks.is_empty() || !more.is_empty() && access == Access::Write {
                    return self.fault(format!("profile {number}, {document}: stored lacks {lacks:?}, has besides {more:?}\n{}", tab.session.diagnostics().join("\n")));
                }
                if !more.is_empty() {
                    continue;
                }
                let found = (number, fingerprint(&text), row.characters);
                let first = *first.get_or_insert(found);
                if (first.1, first.2) != (found.1, found.2) {
                    return self.fault(format!("profiles {} and {} hold different texts of {document}: {first:?} {found:?}", first.0, found.0));
                }
            }
        }
        Ok(())
    }
}

/// The text of a document and its changes, in a fresh tab that has nothing but the disk.
fn reopened(member: MemberId, roster: &Roster, disk: &Disk, document: DocumentId) -> Option<(String, BTreeSet<ChangeHash>)> {
    let (mut tab, _) = Tab::open(member, 0, [0; 8], roster.clone(), disk);
    let mut effects = Vec::new();
    tab.session.handle(START, SessionEvent::Command(Command::Open(document)), &mut effects);
    let chunks = SessionEvent::Chunks { document, result: Ok(disk.chunks(document)) };
    tab.session.handle(START, chunks, &mut effects);
    let text = tab.session.text(document)?;
    Some((text, disk.hashes(document)))
}

fn trace(at: u64, step: &Step) {
    match step {
        Step::ToRelay { connection, frame } => eprintln!("{at} c{connection} -> relay {:?}", brief(frame)),
        Step::ToTab { profile, tab, connection, frame } => eprintln!("{at} relay -> p{profile}.{tab} c{connection} {:?}", brief(frame)),
        Step::Hub { event, .. } => eprintln!("{at} hub {}", format!("{event:?}").chars().take(150).collect::<String>()),
        Step::TabEvent { profile, tab, event, .. } => eprintln!("{at} p{profile}.{tab} {}", format!("{event:?}").chars().take(150).collect::<String>()),
        Step::Persist { profile, tab, .. } => eprintln!("{at} p{profile}.{tab} persist"),
        Step::Connect { profile, tab, .. } => eprintln!("{at} p{profile}.{tab} connect"),
        Step::Cut { connection } => eprintln!("{at} cut c{connection}"),
        Step::Broadcast { profile, from, message } if message[0] == 1 => {
            let length = u32::from_be_bytes(message[49..53].try_into().unwrap_or_default()) as usize;
            let document = DocumentId::from_bytes(message[1..17].try_into().unwrap_or_default());
            let changes: Vec<String> = huigao_shared::change::split_chunks(&message[53 + length..]).unwrap_or_default().iter().map(|c| huigao_shared::change::check(c).map(|c| c.hash.to_string()[..6].to_owned()).unwrap_or_default()).collect();
            eprintln!("{at} p{profile} broadcast from {from} {document} made {} changes {changes:?}", message[17..49].iter().take(3).map(|b| format!("{b:02x}")).collect::<String>());
        }
        Step::Broadcast { profile, from, message } => eprintln!("{at} p{profile} broadcast from {from} kind {}", message[0]),
        Step::RelayUp => eprintln!("{at} relay up"),
        _ => {}
    }
}

fn brief(frame: &[u8]) -> String {
    match Message::decode(frame) {
        Ok(Message::Sync(s)) => {
            let m = automerge::sync::Message::decode(&s.data);
            match m { Ok(m) => format!("sync {} heads {:?} need {:?} have {:?} changes {:?}", s.document, m.heads, m.need, m.have.iter().map(|h| &h.last_sync).collect::<Vec<_>>(), m.changes.iter().flat_map(|c| huigao_shared::change::split_chunks(c).unwrap_or_default()).map(|c| huigao_shared::change::check(c).map(|c| c.hash)).collect::<Vec<_>>()), Err(_) => "bad".into() }
        }
        Ok(other) => format!("{other:?}").chars().take(600).collect(),
        Err(e) => e.to_string(),
    }
}

fn fingerprint(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
