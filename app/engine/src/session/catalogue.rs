//! What the relay tells of all documents at once: the roster, the catalogue, and labels back to it.

use std::collections::HashSet;

use huigao_shared::access::Access;
use huigao_shared::catalogue::{Cursor, Entry};
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{CataloguePage, Message};

use super::Session;
use super::document::Doc;
use super::event::{Changed, Effect, Millis, Write};
use super::known;
use super::link::LinkState;
use super::save::record;
use super::stored::json;

/// How long a label waits for more changes, in milliseconds.
pub(super) const LABEL_PAUSE: Millis = 2_000;

impl Session {
    pub(super) fn page(&mut self, page: CataloguePage, direct: bool) {
        let mut writes = Vec::new();
        if page.reset {
            self.link.seen = Some(HashSet::new());
            // Until all of it is told there is nothing to go on from.
            self.cursor = None;
            writes.push(Write::DeleteMeta { key: "cursor".into() });
            if !self.is_vouched_for(&page) {
                self.doubt_everything();
                writes.push(Write::DeleteMeta { key: "witness".into() });
                writes.push(Write::PutMeta { key: "epoch".into(), bytes: self.epoch.clone().into_bytes() });
            }
            if direct {
                // Before anything of what is told now: beside what the new relay says, an old cursor would be believed.
                self.write(std::mem::take(&mut writes));
            }
        }
        self.note_witness(page.cursor);
        for entry in page.entries {
            let document = entry.document;
            if let Some(seen) = &mut self.link.seen {
                seen.insert(document);
            }
            self.entry(entry);
            if self.docs.get(&document).is_some_and(|doc| doc.deleted) {
                self.deleted_elsewhere(document);
            }
            if let Some(doc) = self.docs.get(&document) {
                writes.push(known::write(document, doc));
                // One that is here is labelled by its text, and its record written with that.
                if doc.stored.heads.is_empty() {
                    writes.push(record(document, doc));
                }
            }
        }
        // A tab that only listens does not know what it missed before it was opened, nor what the other one has
        // finished saving: its own cursor stays.
        if direct && (page.complete || self.link.seen.is_none()) {
            self.cursor = Some(page.cursor);
            writes.push(cursor_write("cursor", page.cursor));
        }
        if page.complete {
            self.has_catalogue = true;
            if !std::mem::replace(&mut self.visited, true) {
                writes.push(Write::PutMeta { key: "visited".into(), bytes: vec![1] });
            }
            if let Some(seen) = self.link.seen.take() {
                self.missing_at_relay(&seen, &mut writes);
                writes.extend(
                    self.docs.iter().filter(|(id, _)| !seen.contains(id)).map(|(id, doc)| known::write(*id, doc)),
                );
            }
            self.link.confirmed_at = Some(self.calendar);
            if direct && self.link.state == LinkState::CatchingUp {
                self.link.state = LinkState::Up;
                self.leave_unreadable();
                self.queue_all();
                self.send_acts();
                self.send_words();
                self.broadcast_link();
            }
        }
        if direct && !writes.is_empty() {
            // Never without what it rests on: a relay that was put back is told by that.
            writes.extend(self.witness.map(|witness| cursor_write("witness", witness)));
            self.write(writes);
        }
        self.changed(Changed::Rows);
        self.changed(Changed::Status);
    }

    /// Whether the relay tells everything anew only since other documents may be read: what it receipted, it still has.
    pub(super) fn is_vouched_for(&self, page: &CataloguePage) -> bool {
        let Some(known) = page.witness else { return false };
        // This tab may have heard more than the one that asked.
        self.witness.is_none_or(|witness| witness == known || witness.seq < known.seq)
    }

    fn entry(&mut self, entry: Entry) {
        let document = entry.document;
        let new = self.new_doc(document, entry.space.clone());
        let doc = self.docs.entry(document).or_insert(new);
        // The relay names it, so it may be read, if by a roster that is still on its way.
        doc.left = false;
        let stored = &mut doc.stored;
        stored.announced = true;
        stored.relay_heads = entry.heads;
        if !self.visited && stored.read.is_empty() {
            // What was there before this reader's first visit is no news.
            stored.read.clone_from(&stored.relay_heads);
        }
        if stored.heads.is_empty()
            && let Some(label) = entry.label
        {
            stored.label = label;
            stored.label_heads = entry.label_heads;
            stored.note_date(self.calendar);
        } else if stored.heads == stored.relay_heads && entry.label_heads != stored.heads && doc.label_due.is_none() {
            // The relay's label is behind what this writer holds.
            doc.label_due = Some(self.now + LABEL_PAUSE);
        }
        doc.receipt = Some(doc.stored.relay_heads.clone());
        if doc.stored.heads != doc.stored.relay_heads || doc.stored.is_pending() {
            self.enqueue(document);
        }
        self.work_in_receipt(document);
        self.changed(Changed::Document(document));
    }

    /// Documents here that a catalogue told from the start did not name: the relay is refilled with what it
    /// lacks. What may not be read any more leaves this device, unless words of ours would go with it.
    fn missing_at_relay(&mut self, seen: &HashSet<DocumentId>, writes: &mut Vec<Write>) {
        let unseen: Vec<DocumentId> = self.docs.keys().filter(|document| !seen.contains(document)).copied().collect();
        for document in unseen {
            let Some(doc) = self.docs.get(&document) else { continue };
            let access = self.access(&doc.stored.space);
            let has_nothing = doc.stored.heads.is_empty() && doc.marked.is_empty();
            if has_nothing && doc.stored.unreceipted.is_empty() && doc.is_idle() {
                writes.extend(self.docs.remove(&document).into_iter().flat_map(|doc| known::forget(document, doc)));
                continue;
            }
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.left |= access == Access::None;
                doc.stored.announced = false;
                // Who may not write cannot refill it; what may not even be read leaves, doubtful words put aside.
                doc.stored.doubtful &= access != Access::Read;
            }
            if access == Access::Write {
                self.enqueue(document);
            }
        }
    }

    fn queue_all(&mut self) {
        let waiting: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| doc.opened > 0 || doc.stored.is_pending() || doc.stored.heads != doc.stored.relay_heads)
            .map(|(document, _)| *document)
            .collect();
        for document in waiting {
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.take_relays_word();
            }
            self.work_in_receipt(document);
            self.enqueue(document);
        }
    }

    pub(super) fn label_time(&self, doc: &Doc) -> Option<Millis> {
        if self.is_up() { doc.label_due } else { None }
    }

    /// Tells the relay what lists show, once the document has settled.
    pub(super) fn label_due(&mut self) {
        let due: Vec<DocumentId> = self
            .docs
            .iter()
            .filter(|(_, doc)| self.label_time(doc).is_some_and(|at| at <= self.now))
            .map(|(document, _)| *document)
            .collect();
        for document in due {
            let Some(doc) = self.docs.get_mut(&document) else { continue };
            doc.label_due = None;
            let stored = &doc.stored;
            let settled = stored.label_heads == stored.heads && stored.heads == stored.relay_heads;
            if !settled || stored.label.kind.is_empty() && stored.label.title.is_empty() {
                continue;
            }
            let (heads, label) = (stored.heads.clone(), stored.label.clone());
            if !self.docs.get(&document).is_some_and(|doc| self.may_write(doc)) {
                continue;
            }
            let json = json(&label);
            self.out.push(Effect::Send(Message::Label { document, heads, json: json.into() }.encode()));
        }
    }
}

pub(super) fn cursor_write(key: &str, cursor: Cursor) -> Write {
    Write::PutMeta { key: key.to_owned(), bytes: json(&cursor) }
}
