//! The merged version: who wrote which part of what stands, when, what is new to this reader, what is gone since the last
//! reading, and where two people wrote without knowing of each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use automerge::{ActorId, Automerge, ChangeHash, ObjId, ReadDoc, ScalarValueRef, ValueRef};
use huigao_protocol::command::{Millis, Splice};
use huigao_protocol::view::{Authored, HandedOver, Merged, MergedLine};
use huigao_shared::authorship::{Authorship, Handover};
use huigao_shared::ids::MemberId;
use huigao_shared::text::outline::line_kind;

use super::provenance::{Element, Knowledge, Provenance};

/// What stands for an element that is no text.
const NO_TEXT: &str = "\u{fffc}";

/// Who made an operation, when, and whether it is new.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hand {
    author: Option<MemberId>,
    at: Millis,
    is_new: bool,
    handed: Option<HandedOver>,
    /// It touches what another person wrote at the same time.
    touches: bool,
    /// It is gone; the hand is that of who deleted it.
    removed: bool,
}

const NOBODY: Hand = Hand { author: None, at: 0, is_new: false, handed: None, touches: false, removed: false };

/// A text without anything of who wrote it.
#[must_use]
pub fn plain(text: &str) -> Merged {
    let mut builder = Builder::default();
    builder.push(text, NOBODY);
    Merged { is_plain: true, ..builder.finish() }
}

/// Who reads.
pub(super) struct By<'d> {
    pub me: MemberId,
    /// The heads when they last read it; none if they never did.
    pub read: &'d [ChangeHash],
    pub authors: &'d Authorship,
    /// What they typed and what is no change yet.
    pub typed: &'d [Splice],
}

/// Changes of each actor by their last operation, so that an operation finds its change.
struct History<'d> {
    by_actor: HashMap<&'d [u8], BTreeMap<u64, Hand>>,
    by_number: HashMap<u32, Hand>,
}

/// An element that stands in the text.
struct Standing {
    text: String,
    hand: Hand,
    /// What it is, and what it was before it went and came back.
    element: Option<(Element, Element)>,
    change: Option<u32>,
}

pub(super) fn merge(doc: &Automerge, text: &ObjId, reader: &By<'_>, provenance: &Provenance) -> Merged {
    let By { read, authors, .. } = *reader;
    let metas = doc.get_changes_meta(&[]);
    let read_here = !read.is_empty() && read.iter().all(|hash| doc.get_change_meta_by_hash(hash).is_some());
    let new: HashSet<ChangeHash> =
        if read_here { doc.get_changes_meta(read).into_iter().map(|meta| meta.hash).collect() } else { HashSet::new() };
    let mut history = History { by_actor: HashMap::new(), by_number: HashMap::new() };
    let mut by_others = false;
    for meta in &metas {
        let author = authors.author(&meta.actor);
        by_others |= author != Some(reader.me);
        let hand = Hand {
            author,
            at: meta.timestamp.saturating_mul(1_000),
            // What one wrote oneself is no news.
            is_new: new.contains(&meta.hash) && author != Some(reader.me),
            handed: authors.handover(&meta.actor, meta.seq).map(handed_over),
            ..NOBODY
        };
        history.by_actor.entry(meta.actor.to_bytes()).or_default().insert(meta.max_op, hand);
        history.by_number.extend(provenance.number(&meta.hash).map(|number| (number, hand)));
    }
    let before: Vec<(Element, String)> = if read_here { seen_at(doc, text, read, provenance) } else { Vec::new() };
    let seen: HashSet<Element> = before.iter().map(|(element, _)| provenance.origin(*element)).collect();
    let mut standing: Vec<Standing> = doc
        .list_range(text, ..)
        .map(|item| {
            let id = item.id();
            let element = provenance.element(&id).map(|element| (element, provenance.origin(element)));
            let change = element.and_then(|(element, _)| provenance.change_of(element));
            let made = history.hand_of(&id, change);
            // Words that came back are still those of who wrote them.
            let wrote = element.and_then(|(_, origin)| history.by_number.get(&provenance.change_of(origin)?).copied());
            let is_new = made.is_new && element.is_none_or(|(_, origin)| !seen.contains(&origin));
            Standing { text: words(&item.value), hand: Hand { is_new, ..wrote.unwrap_or(made) }, element, change }
        })
        .collect();
    type_in(&mut standing, reader);
    mark_touching(&mut standing, provenance);
    let gone = gone(&before, &standing, reader.me, &history, provenance);
    let mut builder = Builder::default();
    // Also what has deleted and left nothing to see.
    builder.handed.extend(authors.handed().map(|handover| (handed_over(handover), 0)));
    let removed = |builder: &mut Builder, after: Option<usize>| {
        for (words, hand) in gone.get(&after).into_iter().flatten() {
            builder.remove(words, *hand);
        }
    };
    removed(&mut builder, None);
    for (place, element) in standing.iter().enumerate() {
        builder.push(&element.text, element.hand);
        removed(&mut builder, Some(place));
    }
    let mut merged = builder.finish();
    merged.is_unread = read.is_empty() && by_others;
    // Where what was read last is not here, what is new since cannot be told.
    merged.is_known = read.is_empty() || read_here;
    merged
}

fn words(value: &ValueRef<'_>) -> String {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(piece)) => piece.to_string(),
        ValueRef::Scalar(_) | ValueRef::Object(_) => NO_TEXT.to_owned(),
    }
}

/// Puts in what the reader typed and what is no change yet: it is the reader's, and no news. Offsets are of the text as
/// each splice found it, in UTF-16 code units.
fn type_in(standing: &mut Vec<Standing>, reader: &By<'_>) {
    let hand = Hand { author: Some(reader.me), ..NOBODY };
    for splice in reader.typed {
        let (from, to) = (begun_before(standing, splice.at), begun_before(standing, splice.at + splice.delete));
        let typed = |c: char| Standing { text: c.to_string(), hand, element: None, change: None };
        standing.splice(from..to, splice.insert.chars().map(typed));
    }
}

/// How many elements begin before an offset.
fn begun_before(standing: &[Standing], offset: usize) -> usize {
    let mut before = 0;
    let begins_before = |element: &&Standing| {
        let is_before = before < offset;
        before += element.text.encode_utf16().count();
        is_before
    };
    standing.iter().take_while(begins_before).count()
}

/// The elements that stood when it was last read.
fn seen_at(doc: &Automerge, text: &ObjId, read: &[ChangeHash], provenance: &Provenance) -> Vec<(Element, String)> {
    let items = doc.list_range_at(text, .., read);
    items.filter_map(|item| Some((provenance.element(&item.id())?, words(&item.value)))).collect()
}

/// What others took out since, by the place after which it stood.
fn gone(
    before: &[(Element, String)],
    standing: &[Standing],
    me: MemberId,
    history: &History<'_>,
    provenance: &Provenance,
) -> HashMap<Option<usize>, Vec<(String, Hand)>> {
    let places: HashMap<Element, usize> = standing
        .iter()
        .enumerate()
        .filter_map(|(place, standing)| standing.element.map(|(_, origin)| (origin, place)))
        .collect();
    let mut gone: HashMap<Option<usize>, Vec<(String, Hand)>> = HashMap::new();
    let mut after = None;
    for (element, words) in before {
        if let Some(place) = places.get(&provenance.origin(*element)) {
            after = Some(*place);
            continue;
        }
        let by = provenance.deleted_by(*element).and_then(|change| history.by_number.get(&change).copied());
        // Deleted in edits that are no change yet: by the reader.
        let Some(by) = by.filter(|by| by.author != Some(me)) else { continue };
        let hand = Hand { is_new: true, removed: true, handed: None, ..by };
        let here = gone.entry(after).or_default();
        match here.last_mut().filter(|(_, last)| last.author == hand.author) {
            // Key by key, it went in several changes.
            Some((known, last)) => {
                known.push_str(words);
                last.at = last.at.max(hand.at);
            }
            None => here.push((words.clone(), hand)),
        }
    }
    gone
}

/// Marks where words of two people meet within a line, or one went on writing in what another deleted, and neither knew.
fn mark_touching(standing: &mut [Standing], provenance: &Provenance) {
    let mut knowledge = Knowledge::new(provenance);
    let mut found: Vec<(usize, bool)> = Vec::new();
    for (place, here) in standing.iter().enumerate() {
        let Some(change) = here.change.filter(|_| here.text != "\n") else { continue };
        let before = place.checked_sub(1).and_then(|place| standing.get(place));
        let meets = before.filter(|before| before.text != "\n").and_then(|before| before.change);
        if meets.is_some_and(|other| other != change && knowledge.is_apart(other, change)) {
            found.push((place, true));
        }
        let after = here.element.and_then(|(element, _)| provenance.after(element));
        let cut = after.and_then(|after| provenance.deleted_by(after));
        if cut.is_some_and(|cut| knowledge.is_apart(cut, change)) {
            found.push((place, false));
        }
    }
    for (place, both) in found {
        let change = standing[place].change;
        let is_run = |other: &Standing, change: Option<u32>| other.change == change && other.text != "\n";
        let length = standing[place..].iter().take_while(|other| is_run(other, change)).count();
        standing[place..place + length].iter_mut().for_each(|standing| standing.hand.touches = true);
        if let Some(before) = place.checked_sub(1).filter(|_| both) {
            let change = standing[before].change;
            let length = standing[..place].iter().rev().take_while(|other| is_run(other, change)).count();
            standing[place - length..place].iter_mut().for_each(|standing| standing.hand.touches = true);
        }
    }
}

fn handed_over(handover: &Handover) -> HandedOver {
    HandedOver { author: handover.author, via: handover.via, verdict: handover.verdict }
}

impl History<'_> {
    fn hand(&self, actor: &ActorId, counter: u64) -> Option<Hand> {
        self.by_actor.get(actor.to_bytes())?.range(counter..).next().map(|(_, hand)| *hand)
    }

    fn hand_of(&self, id: &ObjId, change: Option<u32>) -> Hand {
        let known = change.and_then(|change| self.by_number.get(&change).copied());
        let found = known.or_else(|| match id {
            ObjId::Id(counter, actor, _) => self.hand(actor, *counter),
            ObjId::Root => None,
        });
        found.unwrap_or(NOBODY)
    }
}

#[derive(Default)]
struct Builder {
    merged: Merged,
    line: Vec<Authored>,
    line_start: usize,
    offset: usize,
    seen_text: bool,
    last: Option<Hand>,
    in_new: bool,
    in_touching: bool,
    authors: HashMap<Option<MemberId>, usize>,
    handed: BTreeMap<HandedOver, usize>,
}

impl Builder {
    fn push(&mut self, piece: &str, hand: Hand) {
        for c in piece.chars() {
            if c == '\n' {
                self.end_line();
                self.offset += 1;
                self.line_start = self.offset;
                continue;
            }
            // A place that is new may run over several lines and authors; it is one place to step to.
            self.enter(hand);
            if !c.is_whitespace() {
                *self.authors.entry(hand.author).or_default() += 1;
                if let Some(handed) = hand.handed {
                    *self.handed.entry(handed).or_default() += 1;
                }
            }
            match self.line.last_mut().filter(|_| self.last == Some(hand)) {
                Some(part) => part.text.push(c),
                None => self.line.push(Authored {
                    start: self.offset,
                    text: c.to_string(),
                    author: hand.author,
                    at: hand.at,
                    is_new: hand.is_new,
                    handed: hand.handed.map(|handed| handed.verdict),
                    touches: hand.touches,
                    removed: false,
                }),
            }
            self.last = Some(hand);
            self.offset += c.len_utf16();
        }
    }

    fn enter(&mut self, hand: Hand) {
        if hand.is_new && !self.in_new {
            self.merged.new_places += 1;
        }
        self.in_new = hand.is_new;
        if hand.touches && !self.in_touching {
            self.merged.touching += 1;
        }
        self.in_touching = hand.touches;
    }

    /// What stood here and is gone. It is no part of the text, and of nobody's share.
    fn remove(&mut self, words: &str, hand: Hand) {
        self.enter(hand);
        self.line.push(Authored {
            start: self.offset,
            text: words.to_owned(),
            author: hand.author,
            at: hand.at,
            is_new: true,
            handed: None,
            touches: false,
            removed: true,
        });
        self.last = None;
    }

    fn end_line(&mut self) {
        let parts = std::mem::take(&mut self.line);
        let text: String = parts.iter().filter(|part| !part.removed).map(|part| part.text.as_str()).collect();
        let kind = line_kind(&text, !self.seen_text);
        self.seen_text |= !text.trim().is_empty();
        self.merged.lines.push(MergedLine { start: self.line_start, kind, parts });
        self.last = None;
    }

    fn finish(mut self) -> Merged {
        self.end_line();
        self.merged.handed = self.handed.into_iter().collect();
        self.merged.authors = self.authors.into_iter().collect();
        self.merged.authors.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        self.merged
    }
}
