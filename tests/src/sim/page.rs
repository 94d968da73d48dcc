//! A tab's page, and the queue between it and the engine.

use automerge::ChangeHash;
use huigao_app::front::{Heard, Notice, Word};
use huigao_engine::host::Input;
use huigao_engine::session::event::Command;
use huigao_protocol::message::{FromEngine, Message, ToEngine};
use huigao_shared::ids::DocumentId;

use super::world::{Step, World};

impl World {
    /// The user does something.
    pub(super) fn user(&mut self, profile: usize, index: usize, command: Command) {
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let mut say = Vec::new();
        let notices = tab.front.command(command, &mut say);
        self.touched.insert((profile, index));
        // First: as one machine the engine answers at once.
        notices.into_iter().for_each(|notice| self.notice(profile, index, notice));
        say.into_iter().for_each(|message| self.send_to_engine(profile, index, message));
    }

    pub(super) fn send_to_engine(&mut self, profile: usize, index: usize, message: ToEngine) {
        if let ToEngine::Words(words) = &message {
            self.profiles[profile].given.insert(words.document);
        }
        match self.passage(profile, index, true) {
            None => {
                self.trace.say(self.now, || format!("p{profile}.{index} page says {}", message.encode()));
                self.engine(profile, index, Input::Page(message));
            }
            Some((life, delay)) => {
                let message = message.encode();
                self.schedule(delay, Step::ToEngine { profile, tab: index, life, message });
            }
        }
    }

    pub(super) fn send_to_page(&mut self, profile: usize, index: usize, message: FromEngine) {
        if let FromEngine::Touched(document) = &message {
            self.note_leaving(profile, index, *document);
        }
        match self.passage(profile, index, false) {
            None => {
                self.trace.say(self.now, || format!("p{profile}.{index} engine says {}", message.encode()));
                self.page_hears(profile, index, message);
            }
            Some((life, delay)) => {
                let text = message.encode();
                if FromEngine::decode(&text) != Some(message) {
                    self.is_wrong(format!("{text} comes as something else"));
                }
                self.schedule(delay, Step::ToPage { profile, tab: index, life, message: text });
            }
        }
    }

    /// How long something is on its way; now and then the other end is busy.
    fn passage(&mut self, profile: usize, index: usize, to_engine: bool) -> Option<(u64, u64)> {
        let between = self.between.as_mut()?;
        let tab = self.profiles[profile].tabs[index].as_mut()?;
        tab.on_the_way += 1;
        let wait = if between.u8(..50) == 0 { between.u64(50..1_500) } else { between.u64(0..12) };
        let last = self.passages.entry((tab.life, to_engine)).or_default();
        *last = (self.now + wait).max(*last);
        Some((tab.life, *last - self.now))
    }

    pub(super) fn engine_hears(&mut self, profile: usize, index: usize, life: u64, message: &str) {
        if !self.is_alive(profile, index, life) {
            return;
        }
        self.arrived(profile, index);
        match ToEngine::decode(message) {
            Some(message) => self.engine(profile, index, Input::Page(message)),
            None => self.is_wrong(format!("the engine cannot read {message}")),
        }
    }

    pub(super) fn page_reads(&mut self, profile: usize, index: usize, life: u64, message: &str) {
        if !self.is_alive(profile, index, life) {
            return;
        }
        self.arrived(profile, index);
        match FromEngine::decode(message) {
            Some(message) => self.page_hears(profile, index, message),
            None => self.is_wrong(format!("the page cannot read {message}")),
        }
    }

    fn arrived(&mut self, profile: usize, index: usize) {
        if let Some(tab) = self.profiles[profile].tabs[index].as_mut() {
            tab.on_the_way -= 1;
            self.touched.insert((profile, index));
        }
    }

    pub(super) fn is_wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    fn page_hears(&mut self, profile: usize, index: usize, message: FromEngine) {
        if matches!(&message, FromEngine::SideCopies(_)) {
            self.check_side_copies(profile, index);
        }
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        let mut say = Vec::new();
        for heard in tab.front.hear(message, &mut say) {
            match heard {
                Heard::Page(notice) => self.notice(profile, index, notice),
                Heard::Driver(Word::Kept { page, document }) => self.kept(profile, &page, document),
                Heard::Driver(Word::Answer { ticket, .. }) => self.answered(profile, index, ticket),
                Heard::Driver(_) => {}
            }
        }
        say.into_iter().for_each(|message| self.send_to_engine(profile, index, message));
    }

    fn notice(&mut self, profile: usize, index: usize, notice: Notice) {
        let Some(tab) = self.profiles[profile].tabs[index].as_mut() else { return };
        match notice {
            Notice::Text { document, splices } => {
                if tab.composing == Some(document) {
                    self.is_wrong(format!("a composing text of profile {profile} was touched"));
                } else {
                    tab.editor(document, &splices);
                }
            }
            Notice::Opened { document, anew: true, result: Ok(()) } => {
                if let Some(text) = tab.front.text(document) {
                    tab.editors.insert(document, text.encode_utf16().collect());
                }
            }
            Notice::Opened { document, result: Err(_), .. } => {
                tab.editors.remove(&document);
                tab.composing = tab.composing.filter(|composing| *composing != document);
            }
            // What may not be read any more is shown no more.
            Notice::Touched(document) if !tab.session().holds(document) => {
                tab.editors.remove(&document);
                tab.composing = tab.composing.filter(|composing| *composing != document);
            }
            Notice::View(document) if tab.front.view(document).is_none() => {
                tab.editors.remove(&document);
                tab.composing = tab.composing.filter(|composing| *composing != document);
            }
            Notice::Opened { .. }
            | Notice::Touched(_)
            | Notice::View(_)
            | Notice::Status
            | Notice::Rows
            | Notice::People
            | Notice::EngineReplaced
            | Notice::SideCopies => {}
        }
    }

    fn check_side_copies(&mut self, profile: usize, index: usize) {
        let Some(tab) = self.profiles[profile].tabs[index].as_ref() else { return };
        for copy in tab.session().side_copies() {
            let state = &self.profiles[profile];
            let may_write =
                !state.hostile && !state.given.contains(&copy.document) && !self.moved.contains(&state.member);
            if may_write && !self.relay.disk.is_withheld_in(&copy.document) {
                self.wrong.get_or_insert(format!("profile {profile} lost the right to {}", copy.document));
            }
        }
    }

    /// What the engine lets go is judged by what the relay has at that moment, whenever the page hears of it.
    fn note_leaving(&mut self, profile: usize, index: usize, document: DocumentId) {
        let Some(tab) = self.profiles[profile].tabs[index].as_ref() else { return };
        if tab.session().holds(document) {
            return;
        }
        let durable = |d: &DocumentId, h: &ChangeHash| self.relay.disk.has(d, h);
        let kept = tab.session().side_copies().iter().any(|copy| copy.document == document);
        let lost = self.model.leaves(profile, document, kept, durable);
        // What the other tab has in hand, it puts aside.
        let is_elsewhere = self.profiles[profile].tabs.iter().flatten().any(|tab| tab.session().holds(document));
        if let Some(hash) = lost.filter(|_| !is_elsewhere) {
            self.wrong.get_or_insert(format!("profile {profile} dropped {document} with {hash}"));
        }
    }
}
