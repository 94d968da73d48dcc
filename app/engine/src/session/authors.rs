//! By whose hands words came, and this member's word on what came in this member's name.
//!
//! A device knows what it wrote: one named value for each session and document, written with its change. So it
//! confirms by itself what others handed over of it, and disowns what a session of its own that is alive never wrote.
//! The rest (what another device wrote, or a tab that died) the member settles.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, ChangeHash};
use huigao_shared::authorship::{Attestation, AuthorRows, Authorship, Handover, Verdict};
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::wire::Message;
use serde::{Deserialize, Serialize};

use super::Session;
use super::catalogue::LABEL_PAUSE;
use super::document::Doc;
use super::event::{Changed, Effect, Write};
use super::stored::{hash, json};

const TOLD: &str = "authors/";
const WROTE: &str = "wrote/";
const WORD: &str = "word/";

/// The last change that a session of this device wrote in a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Wrote {
    /// Its number in the session's sequence; 0: none that stands.
    seq: u64,
    #[serde(with = "hash")]
    hash: ChangeHash,
}

/// What this device knows of what it wrote, and what it has said and the relay has not heard yet.
#[derive(Default)]
pub(super) struct Hand {
    wrote: BTreeMap<(ActorId, DocumentId), Wrote>,
    /// Sessions of this life of the tab: all that they wrote is known.
    alive: BTreeSet<ActorId>,
    words: BTreeMap<(DocumentId, ActorId, u64), Attestation>,
    /// Documents in which something may be settled.
    due: BTreeSet<DocumentId>,
}

/// What a named value holds of all this.
pub(super) enum Kept {
    Told(DocumentId, AuthorRows),
    Wrote(DocumentId, ActorId, Wrote),
    Word(DocumentId, Attestation),
}

pub(super) fn parse(key: &str, bytes: &[u8]) -> Option<Kept> {
    if let Some(document) = key.strip_prefix(TOLD) {
        return Some(Kept::Told(document.parse().ok()?, serde_json::from_slice(bytes).ok()?));
    }
    if let Some(rest) = key.strip_prefix(WROTE) {
        let (document, actor) = rest.split_once('/')?;
        return Some(Kept::Wrote(
            document.parse().ok()?,
            ActorId::try_from(actor).ok()?,
            serde_json::from_slice(bytes).ok()?,
        ));
    }
    let (document, _) = key.strip_prefix(WORD)?.split_once('/')?;
    Some(Kept::Word(document.parse().ok()?, serde_json::from_slice(bytes).ok()?))
}

/// The name under which it is stored what the relay told of a document's authors.
pub(super) fn told_key(document: DocumentId) -> String {
    format!("{TOLD}{document}")
}

fn put_told(document: DocumentId, authors: &Authorship) -> Write {
    let key = told_key(document);
    if authors.is_empty() {
        return Write::DeleteMeta { key };
    }
    Write::PutMeta { key, bytes: json(&authors.rows()) }
}

fn put_wrote(document: DocumentId, actor: &ActorId, wrote: Wrote) -> Write {
    Write::PutMeta { key: format!("{WROTE}{document}/{actor}"), bytes: json(&wrote) }
}

fn word_key(document: DocumentId, word: &Attestation) -> String {
    format!("{WORD}{document}/{}/{}", word.actor, word.from)
}

impl Hand {
    /// Whether a session was one of this device's.
    pub fn owns(&self, actor: &ActorId) -> bool {
        let first = (actor.clone(), DocumentId::from_bytes([0; 16]));
        self.wrote.range(first..).next().is_some_and(|((other, _), _)| other == actor)
    }
}

impl Session {
    pub(super) fn restore_kept(&mut self, kept: Kept) {
        match kept {
            Kept::Told(document, rows) => {
                if let Some(doc) = self.docs.get_mut(&document) {
                    doc.authors.merge(rows);
                }
            }
            Kept::Wrote(document, actor, wrote) => {
                self.hand.wrote.insert((actor, document), wrote);
            }
            Kept::Word(document, word) => {
                self.hand.words.insert((document, word.actor.clone(), word.from), word);
            }
        }
    }

    /// Notes a change of this device; returns what is stored with it.
    pub(super) fn note_wrote(&mut self, document: DocumentId, actor: &ActorId, seq: u64, hash: ChangeHash) -> Write {
        let wrote = Wrote { seq, hash };
        self.hand.alive.insert(actor.clone());
        self.hand.wrote.insert((actor.clone(), document), wrote);
        put_wrote(document, actor, wrote)
    }

    /// The last change of this session's present actor in a document.
    pub(super) fn last_wrote(&self, document: DocumentId) -> Option<ChangeHash> {
        let wrote = self.hand.wrote.get(&(self.actor.clone(), document))?;
        (wrote.seq > 0).then_some(wrote.hash)
    }

    /// Another tab of this device made a change, and stores it.
    pub(super) fn note_tab_wrote(&mut self, document: DocumentId, made: ChangeHash, changes: &[u8]) {
        let metas = split_chunks(changes).unwrap_or_default().into_iter().filter_map(|chunk| check(chunk).ok());
        for meta in metas.filter(|meta| meta.hash == made) {
            let known = self.hand.wrote.entry((meta.actor, document)).or_insert(Wrote { seq: 0, hash: made });
            if known.seq < meta.seq {
                *known = Wrote { seq: meta.seq, hash: made };
            }
        }
    }

    /// A change of this device had its number in the session's sequence taken by another one: what this device wrote
    /// there ends with what stands.
    pub(super) fn take_back_wrote(&mut self, document: DocumentId) {
        let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) else { return };
        let metas = loaded.doc.get_changes_meta(&[]);
        let mut writes = Vec::new();
        for ((actor, of), wrote) in &mut self.hand.wrote {
            if *of != document || metas.iter().any(|meta| meta.hash == wrote.hash) {
                continue;
            }
            let last = metas.iter().filter(|meta| *meta.actor == *actor && meta.seq < wrote.seq).max_by_key(|m| m.seq);
            *wrote = last
                .map_or(Wrote { seq: 0, hash: ChangeHash([0; 32]) }, |meta| Wrote { seq: meta.seq, hash: meta.hash });
            writes.push(put_wrote(document, actor, *wrote));
        }
        if !writes.is_empty() {
            self.write(writes);
        }
    }

    /// The relay tells by whose hands changes of a document came.
    pub(super) fn authors_told(&mut self, document: DocumentId, reset: bool, json: &[u8], direct: bool) {
        let Ok(rows) = serde_json::from_slice::<AuthorRows>(json) else { return };
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if reset {
            doc.authors = Authorship::default();
        }
        // Only what the relay says itself shows that it has heard: what is held here has this device's words in it.
        let mut told = Authorship::default();
        told.merge(rows.clone());
        doc.authors.merge(rows);
        let mut writes = Vec::new();
        self.hand.words.retain(|(of, ..), word| {
            if *of != document {
                return true;
            }
            let row = told.handover(&word.actor, word.from);
            let verdict = if word.genuine { Verdict::Confirmed } else { Verdict::Disowned };
            let is_heard = row.is_some_and(|row| row.verdict == verdict && row.to == word.to);
            // It stands, and is said again until the relay says so too; not one that the relay can never take.
            let stands = !is_heard && (doc.authors.attest(self.me, word).is_some() || row.is_none());
            if !stands {
                writes.push(Write::DeleteMeta { key: word_key(document, word) });
            }
            stands
        });
        // Edits that are not a change yet would be committed by looking.
        if let Some(loaded) = doc.loaded.as_mut().filter(|loaded| loaded.first_edit.is_none()) {
            let named = doc.stored.label.changed_by;
            loaded.relabel(&mut doc.stored, &doc.authors);
            if named != doc.stored.label.changed_by {
                doc.label_due.get_or_insert(self.now + LABEL_PAUSE);
            }
        }
        if direct {
            writes.push(put_told(document, &doc.authors));
            self.write(writes);
            self.settle_soon(document);
            // A reminder says no more than that there is something.
            self.sync_document(document);
        }
        self.changed(Changed::Document(document));
        self.changed(Changed::Status);
    }

    /// The relay started over: what it told of hands is told anew where it still is so.
    pub(super) fn forget_authors(&mut self) {
        let mut writes = Vec::new();
        for (document, doc) in &mut self.docs {
            if !doc.authors.is_empty() {
                doc.authors = Authorship::default();
                writes.push(put_told(*document, &doc.authors));
            }
        }
        if self.link.leading && !writes.is_empty() {
            self.write(writes);
        }
    }

    pub(super) fn settle_soon(&mut self, document: DocumentId) {
        if self.docs.get(&document).is_some_and(|doc| doc.authors.awaits(self.me)) {
            self.hand.due.insert(document);
        }
    }

    /// A document that waits for this member's word, and not only for this device to look.
    pub(super) fn to_settle(&self) -> Option<DocumentId> {
        let waits = |(document, doc): &(&DocumentId, &Doc)| {
            !doc.authors.is_empty() && doc.authors.awaits(self.me) && !self.hand.due.contains(document)
        };
        self.docs.iter().find(waits).map(|(document, _)| *document)
    }

    /// Settles what this device knows for certain.
    pub(super) fn settle_due(&mut self) {
        if !self.is_up() {
            return;
        }
        for document in std::mem::take(&mut self.hand.due) {
            if self.ensure_loaded(document) {
                self.changed(Changed::Status);
                for word in self.certain(document) {
                    self.say_word(document, word);
                }
            } else if self.docs.contains_key(&document) {
                self.hand.due.insert(document);
            }
        }
    }

    fn certain(&mut self, document: DocumentId) -> Vec<Attestation> {
        let handed = self.handed_in_my_name(document, None);
        let Some(loaded) = self.docs.get_mut(&document).and_then(|doc| doc.loaded.as_mut()) else { return Vec::new() };
        let mut is_here = |hash: &ChangeHash| loaded.doc.get_change_meta_by_hash(hash).is_some();
        let mut words = Vec::new();
        for Handover { actor, from, to, hash, .. } in handed {
            if !self.hand.owns(&actor) || !is_here(&hash) {
                continue;
            }
            let wrote = match self.hand.wrote.get(&(actor.clone(), document)) {
                // A document holds one change of a session for each number: with the last one, all before it are ours.
                Some(wrote) if wrote.seq == 0 || is_here(&wrote.hash) => *wrote,
                // What was written here has not come, or was put aside: the member knows, this device does not.
                Some(_) => continue,
                None => Wrote { seq: 0, hash },
            };
            if wrote.seq >= from {
                let (to, hash) = if wrote.seq >= to { (to, hash) } else { (wrote.seq, wrote.hash) };
                words.push(Attestation { actor: actor.clone(), from, to, hash, genuine: true });
            }
            // A tab that died may have written more than it could note.
            if wrote.seq < to && self.hand.alive.contains(&actor) {
                words.push(Attestation { actor, from: from.max(wrote.seq + 1), to, hash, genuine: false });
            }
        }
        words
    }

    /// What came in this member's name and is not settled; by one hand, or by any.
    fn handed_in_my_name(&self, document: DocumentId, via: Option<MemberId>) -> Vec<Handover> {
        let Some(doc) = self.docs.get(&document) else { return Vec::new() };
        let mine = |handover: &&Handover| {
            handover.author == self.me && via.map_or(handover.verdict == Verdict::Open, |via| handover.via == via)
        };
        doc.authors.handed().filter(mine).cloned().collect()
    }

    /// The member says of what another handed over whether it is theirs.
    pub(super) fn attest(&mut self, document: DocumentId, via: MemberId, genuine: bool) {
        for Handover { actor, from, to, hash, .. } in self.handed_in_my_name(document, Some(via)) {
            self.say_word(document, Attestation { actor, from, to, hash, genuine });
        }
    }

    fn say_word(&mut self, document: DocumentId, word: Attestation) {
        let Some(doc) = self.docs.get_mut(&document) else { return };
        if doc.authors.attest(self.me, &word).is_none() {
            return;
        }
        let told = put_told(document, &doc.authors);
        let json = json(&word);
        self.write(vec![told, Write::PutMeta { key: word_key(document, &word), bytes: json.clone() }]);
        // Every tab knows it: whichever leads says it, and none says an older one.
        self.broadcast_word(document, &json);
        self.hand.words.insert((document, word.actor.clone(), word.from), word);
        if self.link.leading && self.is_up() {
            self.out.push(Effect::Send(Message::Attest { document, json: json.into() }.encode()));
        }
        self.changed(Changed::Document(document));
        self.changed(Changed::Status);
    }

    /// Another tab of the profile said a word.
    pub(super) fn take_word(&mut self, document: DocumentId, json: &[u8]) {
        let Ok(word) = serde_json::from_slice::<Attestation>(json) else { return };
        let Some(doc) = self.docs.get_mut(&document) else { return };
        doc.authors.attest(self.me, &word);
        self.hand.words.insert((document, word.actor.clone(), word.from), word);
        if self.link.leading {
            self.send_words();
        }
        self.changed(Changed::Document(document));
        self.changed(Changed::Status);
    }

    /// Says what the relay has not confirmed to have heard.
    pub(super) fn send_words(&mut self) {
        if !self.is_up() {
            return;
        }
        for ((document, ..), word) in &self.hand.words {
            let json = json(word);
            self.out.push(Effect::Send(Message::Attest { document: *document, json: json.into() }.encode()));
        }
    }
}
