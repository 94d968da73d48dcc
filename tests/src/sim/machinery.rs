//! The machinery between sessions and relay: sockets, disks, the channel between tabs.

use huigao_engine::host::{Input, Output as EngineOutput};
use huigao_engine::session::event::{Effect, Event as SessionEvent, StoreError, Write};
use huigao_server::hub::{ConnectionId, Event as HubEvent, Identity};
use huigao_shared::wire::Message;

use super::reading::AtReader;
use super::relay::Output;
use super::trace::{passed_on, stored, told};
use super::world::{Step, World};

/// In place of a ticket: first words are kept, and nobody hears whether they were.
const KEEPING: u64 = 0;
/// In milliseconds: what happens besides is drawn as without it.
const KEEPING_TAKES: u64 = 10;

impl World {
    pub(super) fn connect(&mut self, profile: usize, tab: usize, life: u64) {
        if !self.is_alive(profile, tab, life) {
            return;
        }
        let member = self.profiles[profile].member;
        let identity = Identity::demonstration(member);
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

    pub(super) fn cut(&mut self, connection: ConnectionId) {
        let Some((profile, tab)) = self.routes.remove(&connection) else { return };
        self.hub(HubEvent::Closed { connection });
        if let Some(state) = self.profiles[profile].tabs[tab].as_mut()
            && state.connection == Some(connection)
        {
            state.connection = None;
            self.tab(profile, tab, SessionEvent::Disconnected { reason: "cut".into() });
        }
    }

    pub(super) fn hub(&mut self, event: HubEvent) {
        let outputs = self.relay.feed(self.now, event);
        self.note_moves();
        self.outputs(outputs);
        if let Some(at) = self.relay.next_wake() {
            self.schedule(at.saturating_sub(self.now).max(1), Step::HubTick);
        }
    }

    pub(super) fn outputs(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(connection, frame) => {
                    let Some((profile, tab)) = self.routes.get(&connection).copied() else { continue };
                    // Some lines only fall silent.
                    if !self.peace && self.rng.u16(..1_000) == 0 {
                        self.silent.insert(connection);
                    }
                    // A line that dies takes with it what was on its way.
                    if !self.peace && self.rng.u16(..400) == 0 {
                        self.schedule(1, Step::Cut { connection });
                    }
                    let delay = self.delay(connection, true);
                    self.schedule(delay, Step::ToTab { profile, tab, connection, frame: frame.to_vec() });
                }
                Output::Close(connection) => self.schedule(1, Step::Cut { connection }),
                Output::Next(event) => self.schedule(2, Step::Hub { start: self.relay_life, event }),
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

    pub(super) fn tab(&mut self, profile: usize, index: usize, event: SessionEvent) {
        match event {
            SessionEvent::Command(command) => self.user(profile, index, command),
            event => self.engine(profile, index, Input::World(event)),
        }
    }

    /// Something happens to a tab's engine.
    pub(super) fn engine(&mut self, profile: usize, index: usize, input: Input) {
        let now = self.clock(profile);
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        self.touched.insert((profile, index));
        let mut outputs = Vec::new();
        tab.host.handle(now, input, &mut outputs);
        tab.actors.insert(tab.session().actor().clone());
        self.put_out(profile, index, outputs);
        self.wake_tab(profile, index);
    }

    pub(super) fn put_out(&mut self, profile: usize, index: usize, outputs: Vec<EngineOutput>) {
        for output in outputs {
            match output {
                EngineOutput::Say(message) => self.send_to_page(profile, index, message),
                EngineOutput::Pass(text) => self.pass_on(profile, index, &text),
                EngineOutput::Read(job) => self.give_reader(profile, index, job),
                EngineOutput::StopReading(number) => self.at_reader(profile, index, AtReader::Stops(number)),
                EngineOutput::EndReader => self.end_reader(profile, index),
                EngineOutput::Do(effect) => self.perform(profile, index, effect),
            }
        }
    }

    pub(super) fn wake_tab(&mut self, profile: usize, index: usize) {
        let now = self.now;
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        // As one machine they wake for the session alone.
        let wake = if self.between.is_some() { tab.host.next_wake() } else { tab.session().next_wake() };
        let Some(at) = wake else { return };
        let (life, due) = (tab.life, at.max(now.cast_signed() + 1).cast_unsigned());
        // One that has rung, or that rings too late, gives way to a new one.
        if tab.alarm.is_none_or(|alarm| alarm <= now || due < alarm) {
            tab.alarm = Some(due);
            self.schedule(due - now, Step::TabTick { profile, tab: index, life });
        }
    }

    pub(super) fn perform(&mut self, profile: usize, index: usize, effect: Effect) {
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let life = tab.life;
        match effect {
            Effect::Persist { ticket, writes } => {
                self.model.writes(profile, tab, &writes, None);
                tab.transactions.push_back((ticket, writes));
                let delay = self.rng.u64(1..50);
                self.schedule(delay, Step::Persist { profile, tab: index, life });
            }
            Effect::KeepText { document, json } => {
                tab.transactions.push_back((KEEPING, vec![Write::PutText { document, json }]));
                self.schedule(KEEPING_TAKES, Step::Persist { profile, tab: index, life });
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
            // Nobody answers, nor refuses.
            Effect::Connect if !self.peace && self.rng.u8(..40) == 0 => {}
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
                if let Some((document, _, changes)) = told(&message) {
                    self.model.told(profile, tab, document, changes);
                }
                if let Some(Message::Refused { document, hashes, .. }) = passed_on(&message) {
                    self.model.refused(profile, document, &hashes);
                }
                // A channel keeps the order of what one tab says.
                let arrival = self.now + self.rng.u64(1..30);
                let last = self.broadcasts.entry(life).or_default();
                *last = arrival.max(*last);
                let delay = *last - self.now;
                self.schedule(delay, Step::Broadcast { profile, from: life, sent: self.count, message });
            }
            // The host tells pages.
            Effect::Editor { .. } | Effect::Opened { .. } | Effect::Kept { .. } | Effect::Changed(_) => {}
        }
    }

    pub(super) fn complete_transaction(&mut self, profile: usize, index: usize, life: u64) {
        if !self.is_alive(profile, index, life) {
            return;
        }
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let Some((ticket, writes)) = tab.transactions.pop_front() else { return };
        let result = if self.profiles[profile].disk.full { Err(StoreError::Full) } else { Ok(()) };
        self.trace.say(self.now, || format!("p{profile}.{index} {result:?} {}", stored(&writes)));
        if result.is_ok() {
            self.profiles[profile].disk.apply(&writes);
            if let Some(tab) = self.profiles[profile].tabs[index].as_ref() {
                self.model.writes(profile, tab, &writes, Some(self.now));
            }
        }
        if ticket != KEEPING {
            self.tab(profile, index, SessionEvent::Persisted { ticket, result });
        }
    }
}
