//! Changes of a text, and how two that were made at the same time go one after the other.
//!
//! A delta runs through a text from its start. Lengths are UTF-16 code units, as the editor and Automerge count them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::command::Splice;

/// One step of a delta.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Step {
    /// So much stays.
    #[serde(rename = "k")]
    Keep(usize),
    /// So much goes.
    #[serde(rename = "d")]
    Delete(usize),
    /// This comes.
    #[serde(rename = "i")]
    Insert(String),
}

/// A change of a text. What lies behind its last step stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delta {
    steps: Vec<Step>,
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Splits a text behind so many code units; a pair that would be cut goes with the first part.
fn split(text: &str, at: usize) -> (&str, &str) {
    let mut seen = 0;
    for (place, char) in text.char_indices() {
        if seen >= at {
            return text.split_at(place);
        }
        seen += char.len_utf16();
    }
    (text, "")
}

impl Delta {
    /// What splices do that are applied one after the other.
    #[must_use]
    pub fn of(splices: &[Splice]) -> Self {
        match splices {
            [] => Self::default(),
            [splice] => {
                let mut delta = Self::default();
                delta.keep(splice.at);
                delta.insert(&splice.insert);
                delta.delete(splice.delete);
                delta
            }
            // Halves, so that thousands of splices are cheap.
            _ => {
                let (first, second) = splices.split_at(splices.len() / 2);
                Self::of(first).then(&Self::of(second))
            }
        }
    }

    /// What makes `after` of `before`: between the first and the last place where they differ.
    #[must_use]
    pub fn between(before: &str, after: &str) -> Self {
        let same = |a: &(char, char)| a.0 == a.1;
        let front: usize = before.chars().zip(after.chars()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
        let (kept, old) = before.split_at(front);
        let (_, new) = after.split_at(front);
        let back: usize =
            old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
        let ((old, _), (new, _)) = (old.split_at(old.len() - back), new.split_at(new.len() - back));
        let mut delta = Self::default();
        delta.keep(units(kept));
        delta.insert(new);
        delta.delete(units(old));
        delta
    }

    /// The same as splices to be applied one after the other.
    #[must_use]
    pub fn splices(&self) -> Vec<Splice> {
        let mut splices: Vec<Splice> = Vec::new();
        let (mut at, mut open) = (0, false);
        for step in &self.steps {
            if let Step::Keep(length) = step {
                (at, open) = (at + length, false);
                continue;
            }
            if !std::mem::replace(&mut open, true) {
                splices.push(Splice { at, delete: 0, insert: String::new() });
            }
            let Some(splice) = splices.last_mut() else { continue };
            match step {
                Step::Keep(_) => {}
                Step::Delete(length) => splice.delete += length,
                Step::Insert(text) => {
                    splice.insert.push_str(text);
                    at += units(text);
                }
            }
        }
        splices
    }

    /// What takes it back, as far as lengths go: what it deleted is stood for by blanks.
    #[must_use]
    pub fn undone(&self) -> Self {
        let mut undone = Self::default();
        for step in &self.steps {
            match step {
                Step::Keep(length) => undone.keep(*length),
                Step::Delete(length) => undone.insert(&" ".repeat(*length)),
                Step::Insert(text) => undone.delete(units(text)),
            }
        }
        undone
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Keep(_)))
    }

    /// What it makes of a text. What lies beyond the text's end is as if it were at its end.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        for step in &self.steps {
            match step {
                Step::Keep(length) => {
                    let (kept, behind) = split(rest, *length);
                    out.push_str(kept);
                    rest = behind;
                }
                Step::Delete(length) => rest = split(rest, *length).1,
                Step::Insert(text) => out.push_str(text),
            }
        }
        out.push_str(rest);
        out
    }

    /// Both, one after the other.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let (mut first, mut second) = (Steps::of(self), Steps::of(next));
        let mut both = Self::default();
        loop {
            match (first.peek(), second.peek()) {
                (None, None) => return both,
                (Some(Step::Delete(_)), _) | (Some(_), None) => first.next_into(&mut both),
                (_, Some(Step::Insert(_))) | (None, Some(_)) => second.next_into(&mut both),
                (Some(Step::Keep(_) | Step::Insert(_)), Some(_)) => {
                    let length = first.length().min(second.length());
                    let (made, done) = (first.take(length), second.take(length));
                    match (made, done) {
                        (Step::Keep(length), Step::Delete(_)) => both.delete(length),
                        // Inserted, and deleted again.
                        (_, Step::Delete(_)) => {}
                        (made, _) => both.push(made),
                    }
                }
            }
        }
    }

    /// Two that were made of one text at the same time: what each is after the other. Where both put something at one
    /// place, what `self` puts stands first.
    #[must_use]
    pub fn beside(&self, other: &Self) -> (Self, Self) {
        let (mut left, mut right) = (Steps::of(self), Steps::of(other));
        let (mut mine, mut theirs) = (Self::default(), Self::default());
        loop {
            match (left.peek(), right.peek()) {
                (None, None) => return (mine, theirs),
                (Some(Step::Insert(_)), _) => {
                    theirs.keep(left.length());
                    left.next_into(&mut mine);
                }
                (_, Some(Step::Insert(_))) => {
                    mine.keep(right.length());
                    right.next_into(&mut theirs);
                }
                (Some(_), None) => left.next_into(&mut mine),
                (None, Some(_)) => right.next_into(&mut theirs),
                (Some(_), Some(_)) => {
                    let length = left.length().min(right.length());
                    match (left.take(length), right.take(length)) {
                        (Step::Delete(_), Step::Keep(_)) => mine.delete(length),
                        (Step::Keep(_), Step::Delete(_)) => theirs.delete(length),
                        (Step::Keep(_), Step::Keep(_)) => {
                            mine.keep(length);
                            theirs.keep(length);
                        }
                        // Both deleted it; and no insertion comes here.
                        _ => {}
                    }
                }
            }
        }
    }

    fn push(&mut self, step: Step) {
        match step {
            Step::Keep(length) => self.keep(length),
            Step::Delete(length) => self.delete(length),
            Step::Insert(text) => self.insert(&text),
        }
    }

    fn keep(&mut self, length: usize) {
        match self.steps.last_mut() {
            Some(Step::Keep(last)) => *last += length,
            _ if length > 0 => self.steps.push(Step::Keep(length)),
            _ => {}
        }
    }

    fn delete(&mut self, length: usize) {
        match self.steps.last_mut() {
            Some(Step::Delete(last)) => *last += length,
            _ if length > 0 => self.steps.push(Step::Delete(length)),
            _ => {}
        }
    }

    fn insert(&mut self, text: &str) {
        match self.steps.last_mut() {
            Some(Step::Insert(last)) => last.push_str(text),
            _ if !text.is_empty() => self.steps.push(Step::Insert(text.to_owned())),
            _ => {}
        }
    }
}

/// The steps of a delta, of which parts may be taken.
struct Steps {
    rest: VecDeque<Step>,
}

impl Steps {
    fn of(delta: &Delta) -> Self {
        Self { rest: delta.steps.iter().cloned().collect() }
    }

    fn peek(&self) -> Option<&Step> {
        self.rest.front()
    }

    fn length(&self) -> usize {
        match self.peek() {
            None => 0,
            Some(Step::Keep(length) | Step::Delete(length)) => *length,
            Some(Step::Insert(text)) => units(text),
        }
    }

    fn next_into(&mut self, delta: &mut Delta) {
        if let Some(step) = self.rest.pop_front() {
            delta.push(step);
        }
    }

    /// The first so many code units of the next step. A pair is not cut: it goes with the first part, and none of it
    /// is left, as nobody makes a change that cuts one.
    fn take(&mut self, length: usize) -> Step {
        let whole = self.length();
        let Some(step) = self.rest.pop_front() else { return Step::Keep(0) };
        if length >= whole {
            return step;
        }
        match step {
            Step::Keep(_) => {
                self.rest.push_front(Step::Keep(whole - length));
                Step::Keep(length)
            }
            Step::Delete(_) => {
                self.rest.push_front(Step::Delete(whole - length));
                Step::Delete(length)
            }
            Step::Insert(text) => {
                let (first, second) = split(&text, length);
                if !second.is_empty() {
                    self.rest.push_front(Step::Insert(second.to_owned()));
                }
                Step::Insert(first.to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn splices(text: &str, choices: &[(usize, usize, String)]) -> Vec<Splice> {
        let mut length = units(text);
        choices
            .iter()
            .map(|(at, delete, insert)| {
                let at = at % (length + 1);
                let delete = delete % (length - at + 1);
                length = length - delete + units(insert);
                Splice { at, delete, insert: insert.clone() }
            })
            .collect()
    }

    fn one_by_one(text: &str, splices: &[Splice]) -> String {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        for splice in splices {
            units.splice(splice.at..splice.at + splice.delete, splice.insert.encode_utf16());
        }
        String::from_utf16_lossy(&units)
    }

    fn choices() -> impl Strategy<Value = Vec<(usize, usize, String)>> {
        prop::collection::vec((0..40_usize, 0..6_usize, "[a-c汉]{0,3}"), 0..5)
    }

    proptest! {
        #[test]
        fn a_delta_does_what_its_splices_do(text in "[x-z文]{0,12}", choices in choices()) {
            let splices = splices(&text, &choices);
            let delta = Delta::of(&splices);
            let expected = one_by_one(&text, &splices);
            prop_assert_eq!(delta.apply(&text), expected.clone());
            prop_assert_eq!(one_by_one(&text, &delta.splices()), expected);
        }

        #[test]
        fn two_at_a_time_come_to_the_same_either_way(text in "[x-z文]{0,12}", a in choices(), b in choices()) {
            let a = Delta::of(&splices(&text, &a));
            let b = Delta::of(&splices(&text, &b));
            let (a_after, b_after) = a.beside(&b);
            prop_assert_eq!(b_after.apply(&a.apply(&text)), a_after.apply(&b.apply(&text)));
        }
    }

    #[test]
    fn what_lies_between_two_texts() {
        for (before, after) in
            [("", ""), ("甲乙丙", "甲丁丙"), ("aaa", "aa"), ("aa", "aaa"), ("", "文"), ("😀x", "😁x")]
        {
            assert_eq!(Delta::between(before, after).apply(before), after);
        }
    }

    #[test]
    fn what_one_put_stays_where_the_other_deleted_around_it() {
        let put = Delta::of(&[Splice { at: 2, delete: 0, insert: "X".into() }]);
        let cut = Delta::of(&[Splice { at: 0, delete: 4, insert: String::new() }]);
        let (put_after, cut_after) = put.beside(&cut);
        assert_eq!(put_after.apply(&cut.apply("abcd")), "X");
        assert_eq!(cut_after.apply(&put.apply("abcd")), "X");
    }

    #[test]
    fn the_first_one_stands_first() {
        let put = |text: &str| Delta::of(&[Splice { at: 1, delete: 0, insert: text.into() }]);
        let (_, second) = put("1").beside(&put("2"));
        assert_eq!(second.apply(&put("1").apply("ab")), "a12b");
    }
}
