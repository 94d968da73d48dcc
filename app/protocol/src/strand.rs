//! One text at two places: in an editor, and in the engine. Both change it at once, and each hears of the other's
//! changes later.
//!
//! Each end numbers its changes, says how many of the other's it had heard when it made one, and remembers its own
//! until the other has heard them. What comes is carried over those. So both come to the same text whenever nothing is
//! on its way. This is how `@codemirror/collab` goes about it; it is here, and not that, since both ends need it, the
//! engine has no editor, and the simulator plays it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::delta::Delta;

/// Which change it is, and what its maker had heard by then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Said {
    /// Counts the changes of its maker from 1.
    #[serde(rename = "n")]
    pub number: u64,
    /// How many of the other end's it had heard.
    #[serde(rename = "h")]
    pub heard: u64,
}

/// A change came that does not follow on the last one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("change {came} came, and {expected} was expected")]
pub struct OutOfStep {
    /// Its number.
    pub came: u64,
    /// The number that would follow.
    pub expected: u64,
}

/// Whose words stand first where both ends put some at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// This end's.
    First,
    /// The other's.
    Second,
}

/// One end.
#[derive(Debug)]
pub struct Strand {
    place: Place,
    said: u64,
    heard: u64,
    /// Own changes that the other end is not known to have heard, with their numbers, oldest first; as they are after
    /// all that was heard.
    unheard: VecDeque<(u64, Delta)>,
}

impl Strand {
    /// Both ends have the same text.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self { place, said: 0, heard: 0, unheard: VecDeque::new() }
    }

    /// This end has changed its text.
    pub fn say(&mut self, delta: Delta) -> Said {
        self.said += 1;
        self.unheard.push_back((self.said, delta));
        Said { number: self.said, heard: self.heard }
    }

    /// The other end has: what is to be done to the text here.
    pub fn hear(&mut self, said: Said, mut delta: Delta) -> Result<Delta, OutOfStep> {
        if said.number != self.heard + 1 {
            return Err(OutOfStep { came: said.number, expected: self.heard + 1 });
        }
        self.was_heard(said.heard);
        self.heard = said.number;
        for (_, mine) in &mut self.unheard {
            let (mine_after, theirs_after) = match self.place {
                Place::First => mine.beside(&delta),
                Place::Second => {
                    let (theirs, mine) = delta.beside(mine);
                    (mine, theirs)
                }
            };
            *mine = mine_after;
            delta = theirs_after;
        }
        Ok(delta)
    }

    /// The other end has heard so many. Its word comes in order with its changes, or one that it made before would be
    /// carried over too few.
    /// Returns those that both ends have from now on, oldest first.
    pub fn was_heard(&mut self, number: u64) -> Vec<Delta> {
        let many = self.unheard.iter().take_while(|(own, _)| *own <= number).count();
        self.unheard.drain(..many).map(|(_, delta)| delta).collect()
    }

    /// How many of the other end's were heard.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Whether the other end has heard all that was said here.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.unheard.is_empty()
    }

    /// What was said here and the other end is not known to have heard, as one change of the text that it had.
    #[must_use]
    pub fn unheard(&self) -> Delta {
        self.unheard.iter().fold(Delta::default(), |all, (_, delta)| all.then(delta))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::Splice;

    enum Word {
        Change(Said, Delta),
        Heard(u64),
    }

    struct End {
        text: String,
        strand: Strand,
        coming: VecDeque<Word>,
    }

    impl End {
        fn new(place: Place) -> Self {
            Self { text: "一二三四".into(), strand: Strand::new(place), coming: VecDeque::new() }
        }

        fn change(&mut self, at: usize, delete: usize, insert: &str) -> Word {
            let length = self.text.encode_utf16().count();
            let at = at % (length + 1);
            let delete = delete % (length - at + 1);
            let delta = Delta::of(&[Splice { at, delete, insert: insert.into() }]);
            self.text = delta.apply(&self.text);
            Word::Change(self.strand.say(delta.clone()), delta)
        }

        fn hear_one(&mut self) -> Option<Word> {
            match self.coming.pop_front()? {
                Word::Change(said, delta) => {
                    let delta = self.strand.hear(said, delta).expect("in order");
                    self.text = delta.apply(&self.text);
                }
                Word::Heard(number) => drop(self.strand.was_heard(number)),
            }
            Some(Word::Heard(self.strand.heard()))
        }
    }

    proptest! {
        #[test]
        fn both_ends_come_to_the_same_text(
            steps in prop::collection::vec((0..6_u8, 0..30_usize, 0..4_usize, "[a-c]{0,2}"), 0..60)
        ) {
            let (mut page, mut engine) = (End::new(Place::First), End::new(Place::Second));
            for (what, at, delete, insert) in steps {
                match what {
                    0 => engine.coming.push_back(page.change(at, delete, &insert)),
                    1 => page.coming.push_back(engine.change(at, delete, &insert)),
                    2 => page.coming.extend(engine.hear_one()),
                    3 => engine.coming.extend(page.hear_one()),
                    // Nothing need be said of what was heard.
                    4 => drop(engine.hear_one()),
                    _ => drop(page.hear_one()),
                }
            }
            while !page.coming.is_empty() || !engine.coming.is_empty() {
                engine.hear_one();
                page.hear_one();
            }
            prop_assert_eq!(page.text, engine.text);
        }
    }

    #[test]
    fn a_gap_is_told() {
        let mut strand = Strand::new(Place::First);
        let came = strand.hear(Said { number: 2, heard: 0 }, Delta::default());
        assert_eq!(came, Err(OutOfStep { came: 2, expected: 1 }));
    }

    #[test]
    fn what_the_other_end_has_not_heard_is_known() {
        let mut strand = Strand::new(Place::First);
        let put = |at, text: &str| Delta::of(&[Splice { at, delete: 0, insert: text.into() }]);
        strand.say(put(0, "a"));
        strand.say(put(1, "b"));
        assert_eq!(strand.unheard().apply("!"), "ab!");
        strand.was_heard(1);
        assert_eq!(strand.unheard().apply("a!"), "ab!");
        strand.was_heard(2);
        assert!(strand.is_heard());
    }
}
