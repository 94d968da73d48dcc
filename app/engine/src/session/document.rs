//! One document in memory: its Automerge copy, and what is on its way to or from it.

use std::collections::{BTreeSet, HashSet};

use automerge::sync::{self, SyncDoc};
use automerge::{ActorId, AutoCommit, ChangeHash, ObjId, PatchAction, PatchLog, ReadDoc};
use huigao_shared::authorship::{Authorship, Verdict};
use huigao_shared::change::ChangeMeta;
use huigao_shared::document;
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::{DocumentId, MemberId, member_of};
use huigao_shared::text::count::count;
use huigao_shared::text::seen::trimmed;
use huigao_shared::wire::Refusal;

use super::absorb::{Orphans, absorb};
use super::aside::Aside;
use super::event::{Heads, Millis, Splice, TypedMark};
use super::first_words::First;
use super::moves::Whereabouts;
use super::reading::AtReader;
use super::stored::StoredDocument;
use super::typed::Typed;

/// So many bytes that other tabs told of a document may wait for it to be read; then it is.
const FROM_TABS: usize = 256 << 10;
/// So many characters of its first line stand for a title that a document has not.
const FIRST_LINE: usize = 40;

/// A document that this profile knows of.
pub(super) struct Doc {
    pub stored: StoredDocument,
    pub loaded: Option<Loaded>,
    pub loading: bool,
    /// Its chunks were looked for: the record of one tab may not know yet what another stored.
    pub probed: bool,
    /// How many views show it.
    pub opened: usize,
    /// Views that wait for it to be loaded.
    pub wanted: bool,
    /// The sync with the relay on this connection.
    pub sync: Option<sync::State>,
    /// What the relay sent on this connection was dropped: it is to send all that is missing again.
    pub starts_over: bool,
    /// Messages from the relay that are not applied yet, and since when they wait.
    pub inbox: Vec<sync::Message>,
    pub inbox_since: Millis,
    /// Changes from other tabs that are not applied yet.
    pub from_tabs: Vec<Vec<u8>>,
    /// Its record is to be written once it is loaded.
    pub record_due: bool,
    /// Heads receipted by the relay that could not be worked in yet.
    pub receipt: Option<Heads>,
    /// Changes that the relay refused, and what builds on them: never part of the document.
    pub refused: HashSet<ChangeHash>,
    /// Those of them that are named in the database; the others have no side copy yet.
    pub named: HashSet<ChangeHash>,
    /// Why the last of them were.
    pub refused_why: Option<Refusal>,
    /// The relay said on this connection that this member may not write here, whatever the roster says.
    pub barred: bool,
    /// It may not be read any more, and waits for its last words to be put aside.
    pub left: bool,
    /// It has left the database by another tab, while it waited here, to leave or to be read.
    pub deleted: bool,
    /// Refusals that wait for the document to be loaded.
    pub refusals: Vec<(Vec<ChangeHash>, Refusal)>,
    /// Those of which another tab told: all have heard that.
    pub refused_by_tabs: HashSet<ChangeHash>,
    /// When the label is to be told to the relay.
    pub label_due: Option<Millis>,
    /// Since when words made here wait in it for what nobody is known to have.
    pub stranded_since: Option<Millis>,
    /// Transactions under way.
    pub saving: usize,
    /// Changes that have a marker in the database.
    pub marked: BTreeSet<ChangeHash>,
    /// By whose hands its changes came, as far as the relay has told.
    pub authors: Authorship,
    /// It cannot be worked on: it is read and exported, and nothing is taken into it.
    pub aside: Option<Aside>,
    /// What a page shows of it at first.
    pub first: First,
    /// It is to be put away once this one is saved, which was made of it at these heads.
    pub moves_to: Option<(DocumentId, Heads)>,
    /// It was to stand here for this one, which was refused: the mark of that is to be taken back.
    pub stays: Option<DocumentId>,
}

impl Doc {
    pub fn new(stored: StoredDocument) -> Self {
        Self {
            stored,
            loaded: None,
            loading: false,
            probed: false,
            opened: 0,
            wanted: false,
            sync: None,
            starts_over: false,
            inbox: Vec::new(),
            inbox_since: 0,
            from_tabs: Vec::new(),
            record_due: false,
            receipt: None,
            refused: HashSet::new(),
            named: HashSet::new(),
            refused_why: None,
            barred: false,
            left: false,
            deleted: false,
            refusals: Vec::new(),
            refused_by_tabs: HashSet::new(),
            label_due: None,
            stranded_since: None,
            saving: 0,
            marked: BTreeSet::new(),
            authors: Authorship::default(),
            aside: None,
            first: First::default(),
            moves_to: None,
            stays: None,
        }
    }

    /// Whether this side and the relay hold the same, as far as both have said.
    pub fn is_settled(&self, writer: bool) -> bool {
        let said_so = self.sync.as_ref().is_some_and(|state| state.their_heads.as_ref() == Some(&self.stored.heads));
        let committed = self.stored.heads == self.stored.relay_heads && !self.stored.is_pending();
        // The relay may have lost what a reader still has, and a reader cannot bring it back: its author will.
        let read = !writer && self.stored.receipted == self.stored.relay_heads && !self.stored.is_pending();
        self.inbox.is_empty() && !self.loading && (said_so || committed || read)
    }

    /// The relay's heads as last told are durable there, also for a copy that was read after they were told.
    pub fn take_relays_word(&mut self) {
        if self.receipt.is_none() && !self.stored.relay_heads.is_empty() {
            self.receipt = Some(self.stored.relay_heads.clone());
        }
    }

    /// Drops what is known of the sync, in the middle of a connection.
    pub fn start_over(&mut self) {
        // What lies in the inbox the relay has sent, and sends again only to who starts over.
        self.starts_over |= self.sync.take().is_some() || !self.inbox.is_empty();
        self.inbox.clear();
    }

    /// Whether its text can be had neither from memory nor, since the app falls at it, from this device.
    pub fn is_out_of_reach(&self) -> bool {
        self.loaded.is_none() && self.aside.as_ref().is_some_and(Aside::is_unreadable)
    }

    /// Whether other tabs have told so much of it that it is to be read.
    pub fn is_told_much(&self) -> bool {
        self.from_tabs.iter().map(Vec::len).sum::<usize>() >= FROM_TABS
    }

    /// Whether it can leave memory without losing anything.
    pub fn is_idle(&self) -> bool {
        self.opened == 0
            && !self.wanted
            && self.moves_to.is_none()
            && self.stays.is_none()
            && self.saving == 0
            && self.inbox.is_empty()
            && self.from_tabs.is_empty()
            && self.refusals.is_empty()
            // Of what waits for what it builds on the heads say nothing: it would not be read again.
            && self.loaded.as_ref().is_none_or(|loaded| loaded.first_edit.is_none() && loaded.orphans.is_empty())
    }

    /// Changes made here that the relay is not known to have, but those that wait for what they build on.
    pub fn words_in_hand(&self) -> Heads {
        let waits = |hash: &&ChangeHash| self.loaded.as_ref().is_some_and(|loaded| loaded.orphans.contains_key(hash));
        self.stored.unreceipted.iter().filter(|hash| !waits(hash)).copied().collect()
    }
}

/// The document itself.
pub(super) struct Loaded {
    pub doc: AutoCommit,
    pub text: Option<ObjId>,
    /// What was typed and is not in `doc` yet.
    pub typed: Typed,
    /// The first and last edit that are not committed yet.
    pub first_edit: Option<Millis>,
    /// Until where a page's typing is in it and not saved.
    pub typed_mark: Option<TypedMark>,
    pub last_edit: Millis,
    /// An input method is composing: nothing remote may touch the text.
    pub composing: bool,
    /// Changes that another tab wrote and may not have finished saving: they go into the next chunk from here,
    /// so that what builds on them never stands alone in the database.
    pub foreign: Vec<u8>,
    /// Changes that are not part of the document yet, since what they build on has not come.
    pub orphans: Orphans,
    /// Chunks that the present copy was read from or written as.
    pub chunk_keys: Vec<String>,
    /// The graph of its changes, by which those that come are checked; none before the first comes.
    pub graph: Option<ChangeGraph>,
    /// Those among them that wait for what they build on.
    pub waiting: Vec<ChangeMeta>,
    /// What the reader's copy has of this one. What is read anew or rebuilt has its changes in another order, so the
    /// reader is given all of it anew, too.
    pub at_reader: Option<AtReader>,
    /// Where it came from and has gone to.
    pub whereabouts: Whereabouts,
}

/// What applying remote changes did.
pub(super) struct Applied {
    /// For the editor; the whole text replaced, if the patches say more than it can show.
    pub splices: Vec<Splice>,
    /// Whether the heads moved.
    pub moved: bool,
}

impl Loaded {
    /// A copy with nothing open; the session's actor writes from now on.
    pub fn new(mut doc: AutoCommit, actor: ActorId, chunk_keys: Vec<String>) -> Self {
        doc.set_actor(actor);
        let text = document::first_text(&mut doc);
        Self { text, ..Self::with_open_edits(doc, chunk_keys) }
    }

    /// A copy that may have edits which are no change yet.
    pub fn with_open_edits(doc: AutoCommit, chunk_keys: Vec<String>) -> Self {
        let text = document::text_object(&doc);
        Self {
            doc,
            text,
            typed: Typed::default(),
            typed_mark: None,
            first_edit: None,
            last_edit: 0,
            composing: false,
            foreign: Vec::new(),
            orphans: Orphans::new(),
            chunk_keys,
            graph: None,
            waiting: Vec::new(),
            at_reader: None,
            whereabouts: Whereabouts::default(),
        }
    }

    /// The text with what was typed.
    pub fn text(&self) -> String {
        self.typed.shown(self.text.as_ref().and_then(|text| self.doc.text(text).ok()).unwrap_or_default())
    }

    /// Puts what was typed into the document.
    pub fn settle(&mut self) {
        if let Some(text) = &self.text {
            self.typed.settle(&mut self.doc, text);
        }
    }

    /// Length in UTF-16 code units.
    pub fn len(&self) -> usize {
        self.typed.length(self.text.as_ref().map_or(0, |text| self.doc.length(text)))
    }

    /// Applies several messages as one: the changes of all, what the last one says of the peer.
    pub fn receive(
        &mut self,
        state: &mut sync::State,
        messages: Vec<sync::Message>,
    ) -> Result<Applied, automerge::AutomergeError> {
        let changes: Vec<Vec<u8>> =
            messages.iter().flat_map(|message| message.changes.iter().map(<[u8]>::to_vec)).collect();
        let Some(mut last) = messages.into_iter().last() else {
            return Ok(Applied { splices: Vec::new(), moved: false });
        };
        if self.doc.get_heads().is_empty() {
            // Automerge would replace an empty document by what it loads, and drop what waits in it.
            let all: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
            absorb(&mut self.doc, &mut self.orphans, &all);
            self.text = document::first_text(&mut self.doc);
            last.changes = Vec::<Vec<u8>>::new().into();
            self.doc.sync().receive_sync_message(state, last)?;
            let text = self.text();
            let splices = if text.is_empty() { Vec::new() } else { vec![Splice { at: 0, delete: 0, insert: text }] };
            return Ok(Applied { splices, moved: !self.doc.get_heads().is_empty() });
        }
        last.changes = changes.into();
        self.tracked(|doc, log| doc.sync().receive_sync_message_log_patches(state, last, log))
    }

    /// Applies changes that came another way. There must be no edits that are not committed.
    pub fn apply(&mut self, changes: &[u8]) -> Applied {
        // This logs no patches, so the views are brought along by comparing.
        let (before, old) = (self.doc.get_heads(), self.text());
        absorb(&mut self.doc, &mut self.orphans, &[changes]);
        self.foreign.extend_from_slice(changes);
        self.text = document::first_text(&mut self.doc);
        let moved = self.doc.get_heads() != before;
        let splices = if moved { replace_all(&old, &self.text()) } else { Vec::new() };
        Applied { splices, moved }
    }

    fn tracked(
        &mut self,
        act: impl FnOnce(&mut AutoCommit, &mut PatchLog) -> Result<(), automerge::AutomergeError>,
    ) -> Result<Applied, automerge::AutomergeError> {
        let before = self.doc.get_heads();
        let had_text = self.text.clone();
        let old_len = self.len();
        // Of a text that something else was put in the place of, Automerge tells no patches.
        let unseen = self.is_overlaid().then(|| self.text());
        let mut log = PatchLog::active();
        act(&mut self.doc, &mut log)?;
        let patches = self.doc.make_patches(&mut log);
        self.text = document::first_text(&mut self.doc);
        let moved = self.doc.get_heads() != before;
        if let Some(old) = unseen {
            let splices = if moved { replace_all(&old, &self.text()) } else { Vec::new() };
            return Ok(Applied { splices, moved });
        }
        let mut splices = Vec::new();
        let mut plain = had_text == self.text && !self.is_overlaid();
        for patch in patches {
            if Some(&patch.obj) != had_text.as_ref() {
                continue;
            }
            match patch.action {
                PatchAction::SpliceText { index, value, .. } => {
                    splices.push(Splice { at: index, delete: 0, insert: value.make_string() });
                }
                PatchAction::DeleteSeq { index, length } => {
                    splices.push(Splice { at: index, delete: length, insert: String::new() });
                }
                PatchAction::Mark { .. } | PatchAction::Conflict { .. } => {}
                PatchAction::PutMap { .. }
                | PatchAction::PutSeq { .. }
                | PatchAction::Insert { .. }
                | PatchAction::Increment { .. }
                | PatchAction::DeleteMap { .. } => plain = false,
            }
        }
        if !plain {
            // Another program put something into the text that is no text, or another text in its place.
            splices = vec![Splice { at: 0, delete: old_len, insert: self.text() }];
        }
        Ok(Applied { splices, moved })
    }

    /// Whether something else was put in the text's place. What readers see does not change by that.
    pub fn is_overlaid(&self) -> bool {
        self.text.is_some() && document::text_object(&self.doc) != self.text
    }

    /// Whose change put it there, where that can be told.
    pub fn overlaid_by(&self) -> Option<MemberId> {
        match self.doc.get(automerge::ROOT, document::TEXT).ok().flatten()?.1 {
            ObjId::Id(_, actor, _) => member_of(&actor),
            ObjId::Root => None,
        }
    }

    /// About what one application of remote changes costs in the browser, in milliseconds: it grows with the document.
    pub fn apply_cost(&self) -> Millis {
        2 + Millis::try_from(self.len() / 2_000).unwrap_or(100)
    }

    /// All of it, with what waits for other changes.
    pub fn save(&mut self) -> Vec<u8> {
        let mut whole = if self.doc.get_heads().is_empty() { Vec::new() } else { self.doc.save() };
        self.orphans.values().for_each(|change| whole.extend_from_slice(change.raw_bytes()));
        whole
    }

    /// Works the text into the label. It names nobody as the last writer whose name others used and who has not said
    /// that it is so.
    pub fn relabel(&mut self, stored: &mut StoredDocument, authors: &Authorship) {
        let text = self.text();
        let counted = count(&text);
        stored.label.characters = counted.with_punctuation;
        stored.label.characters_bare = counted.without_punctuation;
        if let Some(title) = document::string(&self.doc, document::TITLE) {
            // What shows nothing is no title, whoever has set it.
            stored.label.title = trimmed(&title).to_owned();
        } else if let Some(line) = text.lines().map(trimmed).find(|line| !line.is_empty()) {
            // Another program's document, that has none: lists name it by how it begins.
            stored.label.title = line.chars().take(FIRST_LINE).collect();
        }
        if let Some(kind) = document::string(&self.doc, document::KIND) {
            stored.label.kind = kind;
        }
        let heads = self.doc.get_heads();
        let newest = heads
            .iter()
            .filter_map(|head| {
                self.doc.get_change_meta_by_hash(head).map(|meta| (meta.timestamp, meta.actor.into_owned(), meta.seq))
            })
            .max_by_key(|(time, ..)| *time);
        if let Some((time, actor, seq)) = newest {
            let is_open = authors.handover(&actor, seq).is_some_and(|h| h.verdict != Verdict::Confirmed);
            stored.label.changed_at = time.saturating_mul(1_000);
            stored.label.changed_by = authors.author(&actor).filter(|_| !is_open);
        }
        self.whereabouts = self.read_whereabouts(authors);
        // Only while nobody has written in it since, or beside: nobody looks for words in what is put away.
        let is_last = self.whereabouts.moved_by.is_some_and(|change| heads == [change]);
        stored.label.moved_to = self.whereabouts.moved_to.filter(|_| is_last).map(|moved| moved.document);
        stored.label_heads.clone_from(&heads);
        stored.heads = heads;
    }

    /// Those changes that are neither in `heads` nor beneath them; none if one of `heads` is not here.
    pub fn uncovered(&mut self, heads: &[ChangeHash]) -> Option<Vec<ChangeHash>> {
        if self.doc.get_heads() == heads {
            return Some(Vec::new());
        }
        let all_here = heads.iter().all(|head| self.doc.get_change_meta_by_hash(head).is_some());
        all_here.then(|| self.doc.get_changes_meta(heads).into_iter().map(|meta| meta.hash).collect())
    }
}

/// One splice that turns `old` into `new`, leaving alone what they share at both ends.
pub(super) fn replace_all(old: &str, new: &str) -> Vec<Splice> {
    let prefix: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (Some(old_rest), Some(new_rest)) = (old.get(prefix..), new.get(prefix..)) else { return Vec::new() };
    let suffix: usize =
        old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (removed, inserted) = (
        old_rest.get(..old_rest.len() - suffix).unwrap_or_default(),
        new_rest.get(..new_rest.len() - suffix).unwrap_or_default(),
    );
    if removed.is_empty() && inserted.is_empty() {
        return Vec::new();
    }
    let at = old.get(..prefix).unwrap_or_default().encode_utf16().count();
    vec![Splice { at, delete: removed.encode_utf16().count(), insert: inserted.to_owned() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_splice_leaves_alone_what_both_share() {
        let splices = replace_all("一、甲😀乙\n尾", "一、甲😀丙丁\n尾");
        assert_eq!(splices, [Splice { at: 5, delete: 1, insert: "丙丁".into() }]);
        assert_eq!(replace_all("同", "同"), []);
        assert_eq!(replace_all("aa", "aaa"), [Splice { at: 2, delete: 0, insert: "a".into() }]);
    }
}
