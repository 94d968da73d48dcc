//! Where the words of a text come from: what was deleted and by whose change, whose words came back by an undo, and which
//! changes did not know of each other.
//!
//! Automerge numbers restored words anew, under whoever restored them. They are the same words: who deletes a text and puts
//! the very same one in again gets no part in it. So this follows all changes once, in their order, and later only those
//! that are new.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use automerge::{ActorId, Change, ChangeHash, ObjId};
use huigao_shared::change::body;
use huigao_shared::ids::{MemberId, member_of};
use huigao_shared::shape::{Deed, Key, Named, Shape};

/// So many of a person's deletions may come back.
const KEPT: usize = 256;
/// A deleted text of so many characters is found again within a longer one that was put in; one that is longer than the
/// second only if it is put in alone.
const WITHIN: std::ops::RangeInclusive<usize> = 8..=2_000;
/// And within so many characters: to look costs the product of both.
const WITHIN_MOST: usize = 20_000;
/// What stands for an element that is no single character.
const NO_CHARACTER: char = '\u{fffc}';

/// An element of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Element {
    actor: u32,
    counter: u32,
}

struct Inserted {
    text: Vec<char>,
    change: u32,
    /// After which element; none at the start.
    after: Option<Element>,
}

/// A text that somebody deleted, and its elements in order.
struct Gone {
    text: Vec<char>,
    elements: Vec<Element>,
}

/// What is known of the changes so far.
#[derive(Default)]
pub(super) struct Provenance {
    numbers: HashMap<ChangeHash, u32>,
    deps: Vec<Vec<u32>>,
    authors: Vec<Option<MemberId>>,
    actors: HashMap<ActorId, u32>,
    /// Insertions of each actor by the number of their first operation.
    inserted: HashMap<u32, BTreeMap<u32, Inserted>>,
    deleted: HashMap<Element, u32>,
    gone: HashMap<MemberId, VecDeque<Gone>>,
    /// Restored elements, and which they were.
    origins: HashMap<Element, Element>,
}

impl Provenance {
    /// Takes in the next change of a document, for its text. Which one is the next matters where several did not know of
    /// each other: so all are taken in the order in which the engine has them, whether at once or by and by.
    pub fn take(&mut self, change: &Change, text: &ObjId) {
        let ObjId::Id(counter, actor, _) = text else { return };
        let text = (*counter, actor);
        let number = self.deps.len() as u32;
        self.numbers.insert(change.hash(), number);
        self.deps.push(change.deps().iter().filter_map(|dep| self.numbers.get(dep)).copied().collect());
        let author = member_of(change.actor_id());
        self.authors.push(author);
        let mut values: Vec<char> = Vec::new();
        let one = |text: Option<&str>| {
            let mut chars = text.unwrap_or_default().chars();
            // What is no single character is not looked for again.
            chars.next().filter(|_| chars.next().is_none()).unwrap_or(NO_CHARACTER)
        };
        let read = body(change.raw_bytes()).and_then(|body| Shape::read_with(body, |_, text| values.push(one(text))));
        let Some(shape) = read else { return };
        let named: Vec<u32> =
            std::iter::once(change.actor_id()).chain(&shape.others).map(|actor| self.actor(actor)).collect();
        let element = |named_one: Named| Element { actor: named[named_one.actor as usize], counter: named_one.counter };
        let place = Element { actor: self.actor(text.1), counter: text.0 as u32 };
        let mut going: Vec<Element> = Vec::new();
        for run in &shape.runs {
            if run.object.map(element) != Some(place) {
                continue;
            }
            match (run.deed, run.key.element()) {
                (Deed::Delete, Some(first)) => {
                    for step in 0..run.length {
                        let deleted = element(Named { counter: first.counter + step, ..first });
                        self.deleted.entry(deleted).or_insert(number);
                        going.push(deleted);
                    }
                }
                (Deed::Put, after) if run.insert => {
                    self.bury(author, std::mem::take(&mut going));
                    let from = (run.first - shape.start) as usize;
                    let text = values.get(from..from + run.length as usize).unwrap_or_default().to_vec();
                    let first = Element { actor: named[0], counter: run.first };
                    self.find_again(author, first, &text);
                    let after = if matches!(run.key, Key::Head) { None } else { after.map(element) };
                    let inserted = Inserted { text, change: number, after };
                    self.inserted.entry(named[0]).or_default().insert(run.first, inserted);
                }
                (Deed::Put | Deed::MakeMap | Deed::MakeSequence | Deed::Delete | Deed::Increment, _) => {}
            }
        }
        self.bury(author, going);
    }

    fn actor(&mut self, actor: &ActorId) -> u32 {
        let next = self.actors.len() as u32;
        *self.actors.entry(actor.clone()).or_insert(next)
    }

    fn run(&self, element: Element) -> Option<(u32, &Inserted)> {
        let (first, run) = self.inserted.get(&element.actor)?.range(..=element.counter).next_back()?;
        ((element.counter - first) < run.text.len() as u32).then_some((*first, run))
    }

    fn character(&self, element: Element) -> char {
        let found = self.run(element).and_then(|(first, run)| run.text.get((element.counter - first) as usize));
        found.copied().unwrap_or(NO_CHARACTER)
    }

    /// Remembers what somebody deleted at one time.
    fn bury(&mut self, author: Option<MemberId>, mut elements: Vec<Element>) {
        let (Some(author), Some(first), Some(last)) = (author, elements.first().copied(), elements.last().copied())
        else {
            return;
        };
        let is_backwards = elements.len() > 1 && first.actor == last.actor && first.counter > last.counter;
        if is_backwards {
            // Taken back key by key, from the end.
            elements.reverse();
        }
        let text: Vec<char> = elements.iter().map(|element| self.character(*element)).collect();
        let gone = self.gone.entry(author).or_default();
        let next_to = |a: Option<&Element>, b: Option<&Element>| {
            a.zip(b).is_some_and(|(a, b)| a.actor == b.actor && a.counter + 1 == b.counter)
        };
        if let Some(before) = gone.back_mut() {
            // A key held down deletes in several changes.
            if next_to(elements.last(), before.elements.first()) {
                before.elements.splice(0..0, elements);
                before.text.splice(0..0, text);
                return;
            }
            if next_to(before.elements.last(), elements.first()) {
                before.elements.extend(elements);
                before.text.extend(text);
                return;
            }
        }
        gone.push_back(Gone { text, elements });
        if gone.len() > KEPT {
            gone.pop_front();
        }
    }

    /// Whether what somebody puts in is what the same person deleted.
    fn find_again(&mut self, author: Option<MemberId>, first: Element, text: &[char]) {
        let Some(gone) = author.and_then(|author| self.gone.get_mut(&author)) else { return };
        let newest = gone.len().saturating_sub(1);
        let at = |place: usize, gone: &Gone| {
            if gone.text.contains(&NO_CHARACTER) {
                return None;
            }
            if gone.text == text && (text.len() > 1 || place == newest) {
                return Some(0);
            }
            let is_long = WITHIN.contains(&gone.text.len()) && (gone.text.len()..=WITHIN_MOST).contains(&text.len());
            is_long.then(|| text.windows(gone.text.len()).position(|part| part == gone.text)).flatten()
        };
        let found = gone.iter().enumerate().rev().find_map(|(place, one)| Some((place, at(place, one)?)));
        let Some((place, start)) = found else { return };
        let Some(Gone { elements, .. }) = gone.remove(place) else { return };
        for (step, was) in (start as u32..).zip(elements) {
            self.origins.insert(Element { counter: first.counter + step, ..first }, was);
        }
    }

    /// An element by its id in the document.
    pub fn element(&self, id: &ObjId) -> Option<Element> {
        let ObjId::Id(counter, actor, _) = id else { return None };
        Some(Element { actor: *self.actors.get(actor)?, counter: u32::try_from(*counter).ok()? })
    }

    /// What it was before it was deleted and put in again, however often.
    pub fn origin(&self, element: Element) -> Element {
        let mut element = element;
        let mut steps = 0;
        while let Some(was) = self.origins.get(&element) {
            element = *was;
            steps += 1;
            if steps > 1_000 {
                break;
            }
        }
        element
    }

    /// The change by which an element came.
    pub fn change_of(&self, element: Element) -> Option<u32> {
        self.run(element).map(|(_, run)| run.change)
    }

    /// The change by which an element went.
    pub fn deleted_by(&self, element: Element) -> Option<u32> {
        self.deleted.get(&element).copied()
    }

    /// The number of a change.
    pub fn number(&self, hash: &ChangeHash) -> Option<u32> {
        self.numbers.get(hash).copied()
    }

    /// After which element an element's run was put in, if it begins that run.
    pub fn after(&self, element: Element) -> Option<Element> {
        let (first, run) = self.run(element)?;
        run.after.filter(|_| first == element.counter)
    }

    /// Whose change it is.
    pub fn author(&self, change: u32) -> Option<MemberId> {
        self.authors.get(change as usize).copied().flatten()
    }
}

/// Which changes others knew of. Asked for a few pairs only; each answer is kept.
pub(super) struct Knowledge<'p> {
    of: &'p Provenance,
    known: HashMap<(u32, u32), bool>,
}

/// What came so many changes apart is not looked through: it was not written at one time.
const DEPTH: u32 = 4_096;

impl<'p> Knowledge<'p> {
    pub fn new(of: &'p Provenance) -> Self {
        Self { of, known: HashMap::new() }
    }

    /// Whether two people made these without knowing of each other's.
    pub fn is_apart(&mut self, a: u32, b: u32) -> bool {
        let (older, newer) = (a.min(b), a.max(b));
        if a == b || newer - older > DEPTH || self.of.author(a) == self.of.author(b) {
            return false;
        }
        let of = self.of;
        *self.known.entry((older, newer)).or_insert_with(|| {
            // What a change builds on has a lower number: below the older one there is nothing to look for.
            let (mut seen, mut queue) = (HashSet::new(), vec![newer]);
            while let Some(next) = queue.pop() {
                for dep in of.deps.get(next as usize).into_iter().flatten() {
                    if *dep == older {
                        return false;
                    }
                    if *dep > older && seen.insert(*dep) {
                        queue.push(*dep);
                    }
                }
            }
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::transaction::Transactable;
    use automerge::{AutoCommit, ObjType, ROOT, ReadDoc};
    use huigao_shared::ids::actor_of;

    fn person(name: &str) -> MemberId {
        MemberId::from_key(name)
    }

    fn started(text: &str) -> (AutoCommit, ObjId) {
        let mut doc = AutoCommit::new().with_actor(actor_of(person("b"), [1; 8]));
        let object = doc.put_object(ROOT, "text", ObjType::Text).expect("a new key");
        doc.splice_text(&object, 0, 0, text).expect("room");
        doc.commit();
        (doc, object)
    }

    fn followed(doc: &mut AutoCommit, text: &ObjId) -> Provenance {
        let mut provenance = Provenance::default();
        doc.get_changes(&[]).iter().for_each(|change| provenance.take(change, text));
        provenance
    }

    /// Who wrote each character that stands.
    fn writers(doc: &mut AutoCommit, text: &ObjId) -> String {
        let provenance = followed(doc, text);
        let items: Vec<ObjId> = doc.list_range(text, ..).map(|item| item.id()).collect();
        let writer = |id: &ObjId| {
            let element = provenance.origin(provenance.element(id)?);
            provenance.author(provenance.change_of(element)?)
        };
        items.iter().map(|id| if writer(id) == Some(person("b")) { 'b' } else { 'a' }).collect()
    }

    #[test]
    fn what_somebody_deleted_and_put_in_again_is_still_whose_it_was() {
        let (mut doc, text) = started("一、乙写的一段话。完");
        doc.set_actor(actor_of(person("a"), [2; 8]));
        doc.splice_text(&text, 2, 7, "").expect("room");
        doc.commit();
        doc.splice_text(&text, 2, 0, "乙写的一段话。").expect("room");
        doc.commit();
        assert_eq!(writers(&mut doc, &text), "bbbbbbbbbb");
        // Again and again.
        doc.splice_text(&text, 2, 7, "").expect("room");
        doc.commit();
        doc.splice_text(&text, 2, 0, "乙写的一段话。").expect("room");
        doc.commit();
        assert_eq!(writers(&mut doc, &text), "bbbbbbbbbb");
    }

    #[test]
    fn key_by_key_and_with_more_around_it_too() {
        let (mut doc, text) = started("乙写的一段很长的话");
        doc.set_actor(actor_of(person("a"), [2; 8]));
        for at in (0..9).rev() {
            doc.splice_text(&text, at, 1, "").expect("room");
            doc.commit();
        }
        doc.splice_text(&text, 0, 0, "甲乙写的一段很长的话甲").expect("room");
        doc.commit();
        assert_eq!(writers(&mut doc, &text), "abbbbbbbbba");
    }

    #[test]
    fn others_words_are_nobody_elses_by_being_like_them() {
        let (mut doc, text) = started("乙写的一段话。");
        doc.set_actor(actor_of(person("a"), [2; 8]));
        doc.splice_text(&text, 0, 7, "").expect("room");
        doc.commit();
        // Somebody else puts the same in: not the one who had deleted it.
        doc.set_actor(actor_of(person("c"), [3; 8]));
        doc.splice_text(&text, 0, 0, "乙写的一段话。").expect("room");
        doc.commit();
        assert_eq!(writers(&mut doc, &text), "aaaaaaa");
    }

    /// So many characters, each another.
    fn characters(count: u32) -> String {
        (0x4e00..0x4e00 + count).filter_map(char::from_u32).collect()
    }

    /// Who wrote what stands, after one person took out all that another had written and put something in.
    fn put_in(deleted: &str, inserted: &str) -> String {
        let (mut doc, text) = started(deleted);
        doc.set_actor(actor_of(person("a"), [2; 8]));
        doc.splice_text(&text, 0, deleted.chars().count() as isize, "").expect("room");
        doc.commit();
        doc.splice_text(&text, 0, 0, inserted).expect("room");
        doc.commit();
        writers(&mut doc, &text)
    }

    #[test]
    fn within_a_longer_text_only_what_is_neither_short_nor_very_long_is_found() {
        for (count, is_found) in [(7, false), (8, true), (2_000, true), (2_001, false)] {
            let words = characters(count);
            let writer = if is_found { "b" } else { "a" };
            let expected = format!("a{}a", writer.repeat(count as usize));
            assert_eq!(put_in(&words, &format!("填{words}填")), expected, "{count} characters");
        }
        // Alone it is found, however long.
        assert_eq!(put_in(&characters(2_001), &characters(2_001)), "b".repeat(2_001));
        // And in a text that is too long to be looked through nothing is.
        for (around, writer) in [(WITHIN_MOST - 8, "b"), (WITHIN_MOST - 7, "a")] {
            let inserted = format!("{}{}", characters(8), "填".repeat(around));
            assert_eq!(put_in(&characters(8), &inserted), writer.repeat(8) + &"a".repeat(around));
        }
    }

    #[test]
    fn a_single_character_is_found_only_if_it_went_last() {
        let (mut doc, text) = started("乙写的");
        doc.set_actor(actor_of(person("a"), [2; 8]));
        let mut again = |gone: &[usize], inserted: &str| {
            for at in gone {
                doc.splice_text(&text, *at, 1, "").expect("room");
                doc.commit();
            }
            doc.splice_text(&text, 0, 0, inserted).expect("room");
            doc.commit();
            writers(&mut doc, &text)
        };
        assert_eq!(again(&[0], "乙"), "bbb");
        assert_eq!(again(&[0, 1], "乙"), "ab");
    }

    #[test]
    fn only_so_many_deletions_are_remembered() {
        let restored = |others: usize| {
            let (mut doc, text) = started(&characters(7 + 2 * (KEPT as u32 + 1)));
            doc.set_actor(actor_of(person("a"), [2; 8]));
            doc.splice_text(&text, 0, 7, "").expect("room");
            doc.commit();
            for at in 1..=others {
                // Every second one: what lies together is one deletion.
                doc.splice_text(&text, at, 1, "").expect("room");
                doc.commit();
            }
            doc.splice_text(&text, 0, 0, &characters(7)).expect("room");
            doc.commit();
            writers(&mut doc, &text).chars().take(7).collect::<String>()
        };
        assert_eq!(restored(KEPT - 1), "bbbbbbb");
        assert_eq!(restored(KEPT), "aaaaaaa");
    }

    #[test]
    fn who_did_not_know_of_whom() {
        let (mut doc, text) = started("甲");
        let mut other = doc.fork().with_actor(actor_of(person("a"), [2; 8]));
        other.splice_text(&text, 1, 0, "乙").expect("room");
        other.commit();
        doc.splice_text(&text, 1, 0, "丙").expect("room");
        doc.commit();
        doc.merge(&mut other).expect("one document");
        doc.set_actor(actor_of(person("c"), [3; 8]));
        doc.splice_text(&text, 0, 0, "丁").expect("room");
        doc.commit();
        let provenance = followed(&mut doc, &text);
        let mut knowledge = Knowledge::new(&provenance);
        assert!(knowledge.is_apart(1, 2));
        assert!(!knowledge.is_apart(0, 1) && !knowledge.is_apart(1, 3) && !knowledge.is_apart(2, 3));
    }
}
