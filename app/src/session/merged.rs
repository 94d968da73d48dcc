//! The merged version: who wrote which part of what stands, when, and what is new to this reader.

use std::collections::{BTreeMap, HashMap, HashSet};

use automerge::{ActorId, Automerge, ChangeHash, ObjId, ReadDoc, ScalarValueRef, ValueRef};
use huigao_shared::authorship::{Authorship, Handover};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::text::outline::line_kind;

use super::Session;
use super::event::Millis;
use super::view::{Authored, HandedOver, Merged, MergedLine};

/// Who made an operation, when, and whether it is new.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hand {
    author: Option<MemberId>,
    at: Millis,
    is_new: bool,
    handed: Option<HandedOver>,
}

impl Session {
    /// An open document as its readers see it; none if it is not open.
    #[must_use]
    pub fn merged(&self, document: DocumentId) -> Option<Merged> {
        let doc = self.docs.get(&document)?;
        let loaded = doc.loaded.as_ref()?;
        let text = loaded.text.as_ref()?;
        // Reading needs the committed document only; a copy of the handle keeps the session's own untouched.
        let mut auto = loaded.doc.clone();
        loaded.typed.clone().settle(&mut auto, text);
        Some(merge(auto.document(), text, &doc.stored.read, &doc.authors))
    }
}

/// Changes of each actor by their last operation, so that an operation finds its change.
struct History<'d> {
    by_actor: HashMap<&'d [u8], BTreeMap<u64, Hand>>,
}

fn merge(doc: &Automerge, text: &ObjId, read: &[ChangeHash], authors: &Authorship) -> Merged {
    let metas = doc.get_changes_meta(&[]);
    let read_here = !read.is_empty() && read.iter().all(|hash| doc.get_change_meta_by_hash(hash).is_some());
    // Nothing is new to someone who reads it for the first time.
    let new: HashSet<ChangeHash> =
        if read_here { doc.get_changes_meta(read).into_iter().map(|meta| meta.hash).collect() } else { HashSet::new() };
    let mut history = History { by_actor: HashMap::new() };
    for meta in &metas {
        let hand = Hand {
            author: authors.author(&meta.actor),
            at: meta.timestamp * 1000,
            is_new: new.contains(&meta.hash),
            handed: authors.handover(&meta.actor, meta.seq).map(handed_over),
        };
        history.by_actor.entry(meta.actor.to_bytes()).or_default().insert(meta.max_op, hand);
    }
    let mut builder = Builder::default();
    // Also what has deleted and left nothing to see.
    builder.handed.extend(authors.handed().map(|handover| (handed_over(handover), 0)));
    for item in doc.list_range(text, ..) {
        let ValueRef::Scalar(value) = &item.value else { continue };
        let ScalarValueRef::Str(piece) = value else { continue };
        let hand = match item.id() {
            ObjId::Id(counter, actor, _) => history.hand(&actor, counter),
            ObjId::Root => None,
        };
        builder.push(piece, hand.unwrap_or(Hand { author: None, at: 0, is_new: false, handed: None }));
    }
    builder.finish()
}

fn handed_over(handover: &Handover) -> HandedOver {
    HandedOver { author: handover.author, via: handover.via, verdict: handover.verdict }
}

impl History<'_> {
    fn hand(&self, actor: &ActorId, counter: u64) -> Option<Hand> {
        self.by_actor.get(actor.to_bytes())?.range(counter..).next().map(|(_, hand)| *hand)
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
            if hand.is_new && !self.in_new {
                self.merged.new_places += 1;
            }
            self.in_new = hand.is_new;
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
                }),
            }
            self.last = Some(hand);
            self.offset += c.len_utf16();
        }
    }

    fn end_line(&mut self) {
        let parts = std::mem::take(&mut self.line);
        let text: String = parts.iter().map(|part| part.text.as_str()).collect();
        let kind = line_kind(&text, !self.seen_text).name();
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
