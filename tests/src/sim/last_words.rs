//! Pages that go and put down what is not saved, and engines that fall alone.

use huigao_engine::session::event::Now;
use huigao_protocol::words::LastWords;
use huigao_shared::ids::DocumentId;

use super::tab::{Engine, Tab};
use super::world::{START, World};

impl World {
    /// A page goes. Most can put down what is not saved; a browser that is killed cannot.
    pub(super) fn put_down(&mut self, profile: usize, dead: &mut Tab) {
        let Some(between) = self.between.as_mut() else { return };
        let words = dead.front.last_words();
        let state = &mut self.profiles[profile];
        if between.u8(..4) > 0 && !words.is_empty() {
            state.words.insert(dead.front.page().to_owned(), words);
        }
        state.claimed = state.claimed.filter(|life| *life != dead.life);
    }

    /// A page that is opened takes in what dead ones left, if no other does.
    pub(super) fn claim_words(&mut self, profile: usize, life: u64) -> Vec<LastWords> {
        let state = &mut self.profiles[profile];
        if state.words.is_empty() || state.claimed.is_some() {
            return Vec::new();
        }
        state.claimed = Some(life);
        let words: Vec<LastWords> = state.words.values().flatten().cloned().collect();
        state.given.extend(words.iter().map(|words| words.document));
        words
    }

    /// What a page had typed is saved.
    pub(super) fn kept(&mut self, profile: usize, page: &str, document: DocumentId) {
        let state = &mut self.profiles[profile];
        if let Some(words) = state.words.get_mut(page) {
            words.retain(|words| words.document != document);
        }
        state.words.retain(|_, words| !words.is_empty());
        if state.words.is_empty() {
            state.claimed = None;
        }
    }

    /// An engine falls, and its page has another one at once.
    pub(super) fn replace_engine(&mut self, profile: usize, index: usize) {
        let Some(mut tab) = self.profiles[profile].tabs[index].take() else { return };
        self.count += 1;
        let (life, mut session_bytes) = (self.count, [0; 8]);
        if let Some(between) = self.between.as_mut() {
            between.fill(&mut session_bytes);
        }
        self.trace.say(self.now, || format!("p{profile}.{index} has another engine, life {life}"));
        let mut say = Vec::new();
        let words = tab.front.begin_anew(&mut say);
        self.profiles[profile].given.extend(words.iter().map(|words| words.document));
        let (member, insists) = (self.profiles[profile].member, self.profiles[profile].hostile);
        let roster = self.roster_believed(profile);
        let mut next = Tab { life, ..tab };
        let front = std::mem::take(&mut next.front);
        let editors = std::mem::take(&mut next.editors);
        let composing = next.composing.take();
        self.engine_ends(profile, index, next);
        let at = Now { monotonic: self.now.cast_signed(), calendar: START };
        let engine = Engine { member, life, session_bytes, roster, insists };
        let (host, outputs) = engine.open(&front, &self.profiles[profile].disk, at, words);
        let opened = Tab::of(life, host, front, editors, composing);
        self.profiles[profile].tabs[index] = Some(opened);
        self.put_out(profile, index, outputs);
        say.into_iter().for_each(|message| self.send_to_engine(profile, index, message));
        self.elect(profile);
        self.wake_tab(profile, index);
    }
}
