//! Last words: what was typed in a page that went, or whose engine fell, before it was saved. They are taken in when the
//! profile is opened next, and once: until where a page's typing is saved is a named value, written in the transaction
//! of the change itself.

use std::collections::BTreeMap;

use huigao_protocol::delta::Delta;
use huigao_protocol::words::{Count, LastWords};
use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::Refusal;
use serde::{Deserialize, Serialize};

use super::Session;
use super::document::Doc;
use super::event::{Effect, Millis, Splice, TypedMark, Write};
use super::stored::json;

const PREFIX: &str = "typed/";
/// A page that has typed nothing for so long has nothing that is not saved: its value goes. In milliseconds.
const OLD: Millis = 30 * 24 * 3_600_000;

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Until {
    number: Count,
    at: Millis,
}

/// Until where the typing of pages is saved.
#[derive(Default)]
pub(super) struct Typing {
    until: BTreeMap<(DocumentId, String), Until>,
    words: Vec<LastWords>,
    has_begun: bool,
}

fn key(document: DocumentId, page: &str) -> String {
    format!("{PREFIX}{document}/{page}")
}

/// What a named value says: in which document of which page typing is saved until where.
pub(super) fn parse(key: &str, bytes: &[u8]) -> Option<(DocumentId, String, Until)> {
    let (document, page) = key.strip_prefix(PREFIX)?.split_once('/')?;
    Some((document.parse().ok()?, page.to_owned(), serde_json::from_slice(bytes).ok()?))
}

impl Typing {
    pub fn of(words: Vec<LastWords>) -> Self {
        Self { words, ..Self::default() }
    }

    pub fn restore(&mut self, parsed: Option<(DocumentId, String, Until)>) {
        if let Some((document, page, until)) = parsed {
            self.until.insert((document, page), until);
        }
    }

    /// Typing is saved until there, once this is written.
    pub fn note(&mut self, document: DocumentId, mark: TypedMark, at: Millis) -> Write {
        let until = Until { number: mark.number, at };
        let key = key(document, &mark.page);
        self.until.insert((document, mark.page), until);
        Write::PutMeta { key, bytes: json(&until) }
    }
}

impl Session {
    /// The user typed.
    pub(super) fn typed(&mut self, document: DocumentId, splices: &[Splice], mark: TypedMark) {
        self.edit(document, splices);
        match self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) {
            Some(loaded) => loaded.typed_mark = Some(mark),
            None => self.keep_lost_words(document, splices, mark),
        }
    }

    /// A page could not open the document in which it has typed. If it is not in memory here either, the words lie beside
    /// it, whatever becomes of it later.
    pub(super) fn words(&mut self, words: LastWords) {
        let document = words.document;
        self.typing.words.push(words);
        self.take_last_words(document);
    }

    /// Words that reached the engine when their document had just left: they lie beside it.
    fn keep_lost_words(&mut self, document: DocumentId, splices: &[Splice], mark: TypedMark) {
        let words: String = splices.iter().map(|splice| splice.insert.as_str()).collect();
        if words.trim().is_empty() {
            return self.needs_no_saving(document, Some(mark));
        }
        let copy = self.keep_copy(document, String::new(), words, Refusal::NoWriteAccess);
        let note = self.typing.note(document, mark, self.calendar);
        self.write(vec![copy, note]);
    }

    /// Begins to take in what pages could not save, and forgets old pages: with the first event, which tells the time.
    pub(super) fn begin_last_words(&mut self) {
        if std::mem::replace(&mut self.typing.has_begun, true) {
            return;
        }
        let of_words: Vec<String> = self.typing.words.iter().map(|words| words.page.clone()).collect();
        let newest = self.typing.until.values().map(|until| until.at).max().unwrap_or_default();
        // A clock that is or was wrong makes nothing old before its time.
        let now = newest.min(self.calendar);
        let is_old = |page: &String, until: &Until| until.at < now - OLD && !of_words.contains(page);
        let old: Vec<_> = self
            .typing
            .until
            .iter()
            .filter(|((_, page), until)| is_old(page, until))
            .map(|(key, _)| key.clone())
            .collect();
        let mut writes = Vec::new();
        for (document, page) in old {
            writes.push(Write::DeleteMeta { key: key(document, &page) });
            self.typing.until.remove(&(document, page));
        }
        if !writes.is_empty() {
            self.write(writes);
        }
        let documents: Vec<DocumentId> = self.typing.words.iter().map(|words| words.document).collect();
        for document in documents {
            let is_there = self.docs.get(&document).is_some_and(|doc| !doc.is_out_of_reach());
            if !is_there || self.ensure_loaded(document) {
                self.take_last_words(document);
            }
        }
    }

    /// Takes in what pages could not save of a document that has been loaded, or that is not there any more.
    pub(super) fn take_last_words(&mut self, document: DocumentId) {
        let (now, later) =
            std::mem::take(&mut self.typing.words).into_iter().partition(|words| words.document == document);
        self.typing.words = later;
        for LastWords { page, title, base, edits, .. } in now {
            let Some(last) = edits.last().map(|(number, _)| *number) else { continue };
            let mark = TypedMark { page, number: last };
            let saved = self.typing.until.get(&(document, mark.page.clone())).map_or(0, |until| until.number);
            if saved >= last {
                self.needs_no_saving(document, Some(mark));
                continue;
            }
            let (there, rest): (Vec<_>, Vec<_>) = edits.into_iter().partition(|(number, _)| *number <= saved);
            let before = there.iter().fold(base, |text, (_, delta)| delta.apply(&text));
            let typed = rest.iter().fold(Delta::default(), |all, (_, delta)| all.then(delta));
            // Of a document whose beginning cannot be read there is no text to write them into.
            let has_text = |doc: &Doc| doc.loaded.as_ref().is_some_and(|loaded| loaded.text.is_some());
            let may_write = |doc: &Doc| has_text(doc) && self.access(&doc.stored.space) == Access::Write;
            let may_write = self.docs.get(&document).is_some_and(may_write);
            match self.text(document).filter(|_| may_write) {
                Some(text) => {
                    let (typed, _) = typed.beside(&Delta::between(&before, &text));
                    let splices = typed.splices();
                    self.edit(document, &splices);
                    // It may have come, and been opened, while they were on their way.
                    if self.docs.get(&document).is_some_and(|doc| doc.opened > 0) && !splices.is_empty() {
                        self.out.push(Effect::Editor { document, splices });
                    }
                    if let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) {
                        loaded.typed_mark = Some(mark);
                    }
                    self.commit(document);
                }
                None => {
                    let copy = self.keep_copy(document, title, typed.apply(&before), Refusal::NoWriteAccess);
                    let note = self.typing.note(document, mark, self.calendar);
                    self.write(vec![copy, note]);
                }
            }
        }
    }

    /// Typing that left nothing behind, or is saved already.
    pub(super) fn needs_no_saving(&mut self, document: DocumentId, mark: Option<TypedMark>) {
        self.out.extend(mark.map(|mark| Effect::Kept { document, mark }));
    }

    /// Says what a completed transaction has saved of what pages typed.
    pub(super) fn tell_kept(&mut self, writes: &[Write]) {
        for write in writes {
            if let Write::PutMeta { key, bytes } = write
                && let Some((document, page, until)) = parse(key, bytes)
            {
                self.out.push(Effect::Kept { document, mark: TypedMark { page, number: until.number } });
            }
        }
    }
}
