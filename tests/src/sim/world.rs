//! The county, and the schedule: what happens when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::AddAssign;
use std::sync::Arc;

use huigao_engine::session::event::{Event as SessionEvent, Now};
use huigao_protocol::words::LastWords;
use huigao_server::hub::{ConnectionId, Event as HubEvent};
use huigao_shared::ids::{DocumentId, MemberId, UnitId};
use huigao_shared::roster::{Member, Role, Roster, Unit, UnitKind};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, Refusal};

use super::disk::Disk;
use super::model::Model;
use super::reading::AtReader;
use super::relay::SimRelay;
use super::tab::Tab;
use super::trace::Trace;

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
    /// Changes sent that nobody could have applied.
    pub forgeries: usize,
    /// Times that the relay was put back to an older copy.
    pub restores: usize,
    /// Times that a change was taken out of service.
    pub withheld: usize,
    /// Documents that were set aside somewhere, for a change that a relay of ours would not have passed on.
    pub set_aside: usize,
    /// Documents that readers worked out, each as one would that is given the whole.
    pub readings: usize,
    /// Steps.
    pub steps: usize,
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.committed += other.committed;
        self.documents += other.documents;
        self.refusals += other.refusals;
        self.forgeries += other.forgeries;
        self.restores += other.restores;
        self.withheld += other.withheld;
        self.set_aside += other.set_aside;
        self.readings += other.readings;
        self.steps += other.steps;
    }
}

/// Milliseconds of trouble, and of peace after it.
pub(super) const TROUBLE: u64 = 90_000;
const PEACE: u64 = 400_000;
pub(super) const START: i64 = 1_700_000_000_000;

pub(super) enum Step {
    Act,
    ToRelay { connection: ConnectionId, frame: Vec<u8> },
    ToTab { profile: usize, tab: usize, connection: ConnectionId, frame: Vec<u8> },
    Hub { start: u64, event: HubEvent },
    HubTick,
    TabTick { profile: usize, tab: usize, life: u64 },
    TabEvent { profile: usize, tab: usize, life: u64, event: SessionEvent },
    ToEngine { profile: usize, tab: usize, life: u64, message: String },
    ToPage { profile: usize, tab: usize, life: u64, message: String },
    Reader { profile: usize, tab: usize, life: u64, reader: u64, what: AtReader },
    Persist { profile: usize, tab: usize, life: u64 },
    Connect { profile: usize, tab: usize, life: u64 },
    Cut { connection: ConnectionId },
    Broadcast { profile: usize, from: u64, sent: u64, message: Vec<u8> },
    RelayUp,
    Heal,
}

pub(super) struct Profile {
    pub(super) member: MemberId,
    pub(super) disk: Disk,
    pub(super) tabs: [Option<Tab>; 2],
    /// What pages put down as they went, by page.
    pub(super) words: BTreeMap<String, Vec<LastWords>>,
    /// The life of the tab that takes it in.
    pub(super) claimed: Option<u64>,
    /// It was opened anew when the trouble had ended.
    pub(super) fresh: bool,
    /// Its disk was full at some time.
    pub(super) was_full: bool,
    /// Documents of which an engine was given last words: one that was created and not saved is not there any more, and
    /// its words are kept beside.
    pub(super) given: BTreeSet<DocumentId>,
    /// How far its clock on the wall is off, in milliseconds.
    pub(super) skew: i64,
    /// This profile believes in more rights than it has.
    pub(super) hostile: bool,
}

pub(super) struct World {
    pub(super) rng: fastrand::Rng,
    /// For the clocks on the walls, which change nothing of what happens when.
    pub(super) clocks: fastrand::Rng,
    /// For what happens seldom: what happens besides is drawn as without it.
    pub(super) rare: fastrand::Rng,
    /// For what is on its way between page and engine; none where both are one machine.
    pub(super) between: Option<fastrand::Rng>,
    /// The last arrival each way, by the tab's life: nothing overtakes there.
    pub(super) passages: BTreeMap<(u64, bool), u64>,
    pub(super) now: u64,
    pub(super) count: u64,
    pub(super) queue: BinaryHeap<Reverse<(u64, u64)>>,
    pub(super) steps: BTreeMap<u64, Step>,
    pub(super) roster: Arc<Roster>,
    pub(super) relay: SimRelay,
    pub(super) profiles: Vec<Profile>,
    pub(super) routes: BTreeMap<ConnectionId, (usize, usize)>,
    /// Lines that look open and carry nothing.
    pub(super) silent: BTreeSet<ConnectionId>,
    /// The last arrival on each way of a connection: frames of one connection do not overtake each other.
    pub(super) arrivals: BTreeMap<(ConnectionId, bool), u64>,
    /// The same for what a tab tells the others.
    pub(super) broadcasts: BTreeMap<u64, u64>,
    pub(super) documents: Vec<(DocumentId, Space)>,
    pub(super) model: Model,
    pub(super) outcome: Outcome,
    pub(super) trace: Trace,
    /// Tabs that this step reached: only their promises can have changed.
    pub(super) touched: BTreeSet<(usize, usize)>,
    pub(super) peace: bool,
    pub(super) relay_life: u64,
    /// Who has gained or lost rights at some time.
    pub(super) moved: BTreeSet<MemberId>,
    /// Something that must not happen has.
    pub(super) wrong: Option<String>,
}

/// Runs one county from a seed. Pages and engines are two machines each, with a queue between them that delays.
///
/// # Errors
/// The first promise that did not hold.
pub fn run(seed: u64) -> Result<Outcome, Fault> {
    let mut world = World::new(seed);
    world.between = Some(fastrand::Rng::with_seed(seed.rotate_left(16) ^ 0x0011));
    world.run()
}

/// The same with nothing between page and engine, as it was when most of what is kept had failed.
///
/// # Errors
/// The first promise that did not hold.
pub fn run_as_one(seed: u64) -> Result<Outcome, Fault> {
    World::new(seed).run()
}

pub(super) fn unit(key: &str) -> UnitId {
    key.parse().unwrap_or_else(|_| unreachable!("a literal unit key"))
}

fn roster() -> Roster {
    let member = |key: &str, at: Option<&str>, roles: &[Role]| Member {
        unit: at.map(unit),
        roles: roles.to_vec(),
        ..Member::new(MemberId::from_key(key), key, key)
    };
    Roster {
        version: 1,
        units: ["a", "b", "office", "group"]
            .map(|key| Unit { id: unit(key), kind: UnitKind::Township, name: key.to_owned(), name_en: String::new() })
            .to_vec(),
        members: vec![
            member("clerk", Some("a"), &[Role::UnitStaff]),
            member("colleague", Some("a"), &[]),
            member("office", Some("office"), &[Role::CampaignOffice]),
            member("head", Some("group"), &[Role::Head]),
            member("evaluator", None, &[Role::Evaluator]),
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
            .map(|member| Profile {
                member: member.id,
                disk: Disk::default(),
                tabs: [None, None],
                words: BTreeMap::new(),
                claimed: None,
                given: BTreeSet::new(),
                fresh: false,
                was_full: false,
                skew: 0,
                hostile: false,
            })
            .collect();
        // The clerk has two PCs; the head believes that every space is the head's to write in.
        profiles.push(Profile {
            member: roster.members[0].id,
            disk: Disk::default(),
            tabs: [None, None],
            words: BTreeMap::new(),
            claimed: None,
            given: BTreeSet::new(),
            fresh: false,
            was_full: false,
            skew: 0,
            hostile: false,
        });
        profiles[3].hostile = true;
        Self {
            rng: fastrand::Rng::with_seed(seed),
            clocks: fastrand::Rng::with_seed(!seed),
            rare: fastrand::Rng::with_seed(seed.rotate_left(32) ^ 0x0010),
            between: None,
            passages: BTreeMap::new(),
            now: 0,
            count: 0,
            queue: BinaryHeap::new(),
            steps: BTreeMap::new(),
            relay: SimRelay::new(roster.clone()),
            roster,
            profiles,
            routes: BTreeMap::new(),
            silent: BTreeSet::new(),
            arrivals: BTreeMap::new(),
            broadcasts: BTreeMap::new(),
            documents: Vec::new(),
            model: Model::default(),
            outcome: Outcome::default(),
            trace: Trace::from_environment(),
            touched: BTreeSet::new(),
            peace: false,
            relay_life: 0,
            moved: BTreeSet::new(),
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
            self.trace.step(at, &step);
            self.step(step);
            self.outcome.steps += 1;
            self.check()?;
        }
        self.check_end()?;
        self.outcome.committed = self.relay.committed();
        self.outcome.documents = self.documents.len();
        Ok(self.outcome)
    }

    pub(super) fn schedule(&mut self, delay: u64, step: Step) {
        self.count += 1;
        self.steps.insert(self.count, step);
        self.queue.push(Reverse((self.now + delay, self.count)));
    }

    pub(super) fn fault<T>(&self, what: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at: self.now, what: what.into() })
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::ToRelay { connection, .. } | Step::ToTab { connection, .. } if self.silent.contains(&connection) => {}
            Step::Act => {
                if !self.peace {
                    self.set_a_clock();
                    self.forge();
                    self.pass_the_relay_by();
                    self.ask_who_wrote();
                    self.act();
                    let pause = self.rng.u64(1..400);
                    self.schedule(pause, Step::Act);
                }
            }
            Step::ToRelay { connection, frame } => {
                if let Some((profile, _)) = self.routes.get(&connection).copied() {
                    let before = self.relay.taken();
                    self.hub(HubEvent::Frame { connection, frame: frame.clone().into() });
                    let taken = self.relay.taken().saturating_sub(before);
                    self.check_entry(profile, &frame, taken);
                }
            }
            Step::ToTab { profile, tab, connection, frame } => {
                if self.routes.get(&connection) == Some(&(profile, tab)) {
                    if let Ok(Message::Refused { document, hashes, why }) = Message::decode(&frame)
                        && why != Refusal::UnknownDocument
                    {
                        self.model.refused(profile, document, &hashes);
                        self.outcome.refusals += 1;
                        let state = &self.profiles[profile];
                        let may_write = !state.hostile && !self.moved.contains(&state.member);
                        if may_write && !self.relay.disk.is_withheld_in(&document) {
                            self.wrong.get_or_insert(format!("profile {profile} was refused words of {document} that it may write: {why:?} {hashes:?}"));
                        }
                    }
                    // A forged program does not believe the relay's roster; one that was only wrong does.
                    let life = self.profiles[profile].tabs[tab].as_ref().map_or(0, |tab| tab.life);
                    let deaf = self.profiles[profile].hostile && life.is_multiple_of(2);
                    let roster =
                        matches!(Message::decode(&frame), Ok(Message::Roster { .. } | Message::RosterSteps { .. }));
                    if !(deaf && roster) {
                        self.tab(profile, tab, SessionEvent::Frame(frame));
                    }
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
            Step::ToEngine { profile, tab, life, message } => self.engine_hears(profile, tab, life, &message),
            Step::ToPage { profile, tab, life, message } => self.page_reads(profile, tab, life, &message),
            Step::Reader { profile, tab, life, reader, what } => self.reader(profile, tab, life, reader, what),
            Step::Persist { profile, tab, life } => self.complete_transaction(profile, tab, life),
            Step::Connect { profile, tab, life } => self.connect(profile, tab, life),
            Step::Cut { connection } => self.cut(connection),
            Step::Broadcast { profile, from, sent, message } => {
                for tab in 0..2 {
                    let hears = |tab: &Tab| tab.life != from && tab.life <= sent;
                    if self.profiles[profile].tabs[tab].as_ref().is_some_and(hears) {
                        self.tab(profile, tab, SessionEvent::Tab(message.clone()));
                    }
                }
            }
            Step::RelayUp => self.relay_up(),
            Step::Heal => self.heal(),
        }
    }

    /// What a device's clocks say: the one that nobody sets goes on, whatever becomes of the other.
    pub(super) fn clock(&self, profile: usize) -> Now {
        let now = self.now.cast_signed();
        Now { monotonic: now, calendar: START + now + self.profiles[profile].skew }
    }

    /// Notes whose rights the relay's roster has changed.
    pub(super) fn note_moves(&mut self) {
        let now = &self.relay.disk.roster.members;
        let was = &self.roster.members;
        let rights = |member: &Member| (member.unit.clone(), member.roles.clone(), member.since);
        let moved = now.iter().zip(was).filter(|(now, was)| rights(now) != rights(was)).map(|(now, _)| now.id);
        self.moved.extend(moved);
    }

    pub(super) fn is_alive(&self, profile: usize, tab: usize, life: u64) -> bool {
        self.profiles[profile].tabs[tab].as_ref().is_some_and(|tab| tab.life == life)
    }
}
