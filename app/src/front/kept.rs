//! What was typed and is not known to be saved: should the engine fall or the page go, it is taken in afterwards.

use std::collections::VecDeque;

use huigao_protocol::delta::Delta;
use huigao_protocol::words::Count;

/// A text without what is not saved of it, and that.
#[derive(Default)]
pub struct Kept {
    base: String,
    /// What has become of `base` since, by others and by what was saved.
    since: Delta,
    edits: VecDeque<(Count, Delta)>,
}

impl Kept {
    /// All of a text is saved.
    pub fn of(base: String) -> Self {
        Self { base, ..Self::default() }
    }

    /// Something was typed.
    pub fn typed(&mut self, number: Count, delta: Delta) {
        self.edits.push_back((number, delta));
    }

    /// Others changed the text as it is with all that was typed.
    pub fn came(&mut self, delta: &Delta) {
        let typed = self.edits.iter().fold(Delta::default(), |all, (_, delta)| all.then(delta));
        // As it would have been without what was typed.
        let (mut theirs, _) = delta.beside(&typed.undone());
        self.since = self.since.then(&theirs);
        for (_, mine) in &mut self.edits {
            let (mine_after, theirs_after) = mine.beside(&theirs);
            *mine = mine_after;
            theirs = theirs_after;
        }
    }

    /// Everything up to this number is saved.
    pub fn saved(&mut self, number: Count) {
        let many = self.edits.iter().take_while(|(own, _)| *own <= number).count();
        for (_, delta) in self.edits.drain(..many) {
            self.since = self.since.then(&delta);
        }
        if self.edits.is_empty() {
            self.settle();
        }
    }

    /// Whether nothing is left to save.
    pub fn is_saved(&self) -> bool {
        self.edits.is_empty()
    }

    fn settle(&mut self) {
        self.base = std::mem::take(&mut self.since).apply(&self.base);
    }

    /// What is not saved, and the text without it; none if all is.
    pub fn last_words(&mut self) -> Option<(String, Vec<(Count, Delta)>)> {
        if self.edits.is_empty() {
            return None;
        }
        self.settle();
        Some((self.base.clone(), self.edits.iter().cloned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use huigao_protocol::command::Splice;

    use super::*;

    fn put(at: usize, delete: usize, insert: &str) -> Delta {
        Delta::of(&[Splice { at, delete, insert: insert.into() }])
    }

    fn whole(kept: &mut Kept) -> String {
        let (base, edits) = kept.last_words().expect("something is not saved");
        edits.iter().fold(base, |text, (_, delta)| delta.apply(&text))
    }

    #[test]
    fn what_others_wrote_is_not_among_the_last_words() {
        let mut kept = Kept::of("甲乙".into());
        kept.typed(1, put(1, 0, "一"));
        kept.came(&put(3, 0, "丙"));
        kept.typed(2, put(4, 0, "二"));
        assert_eq!(kept.last_words().expect("two edits").0, "甲乙丙");
        assert_eq!(whole(&mut kept), "甲一乙丙二");
        kept.saved(1);
        assert_eq!(kept.last_words().expect("one edit").0, "甲一乙丙");
        kept.saved(2);
        assert!(kept.last_words().is_none());
    }

    #[test]
    fn what_others_deleted_of_them_stays_among_the_last_words() {
        let mut kept = Kept::of("甲乙".into());
        kept.typed(1, put(1, 0, "一二三"));
        kept.came(&put(0, 4, ""));
        assert_eq!(kept.last_words().expect("an edit").0, "乙");
        assert_eq!(whole(&mut kept), "一二三乙");
    }
}
