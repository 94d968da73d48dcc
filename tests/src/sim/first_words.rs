//! Pages that begin with what is kept of a document, and type on it before their engine has opened it.

use huigao_engine::session::event::Command;

use super::world::World;

impl World {
    /// A page opens at a document's address.
    pub(super) fn begin_with_first_words(&mut self, profile: usize, index: usize) {
        let Some(between) = self.between.as_mut() else { return };
        if between.bool() {
            return;
        }
        let state = &mut self.profiles[profile];
        let Some(document) = between.choice(state.disk.texts()) else { return };
        let keys = if self.peace { 0 } else { between.u8(..3) };
        let Some((words, tab)) = state.disk.first_words(document).zip(state.tabs[index].as_mut()) else { return };
        // If it cannot be opened what is typed lies beside it, as what an engine was given does.
        state.given.insert(document);
        self.trace.say(self.now, || format!("p{profile}.{index} begins with first words of {document}"));
        tab.editors.insert(document, words.text.encode_utf16().collect());
        let mut say = Vec::new();
        tab.front.begin_with(document, words, &mut say);
        say.into_iter().for_each(|message| self.send_to_engine(profile, index, message));
        self.user(profile, index, Command::Open(document));
        for _ in 0..keys {
            self.type_something(profile, index);
        }
    }
}
