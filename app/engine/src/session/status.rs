//! What pages ask of the session.

use automerge::ChangeHash;
use huigao_shared::access::Access;
use huigao_shared::ids::DocumentId;
use huigao_shared::text::count::{Count, count};
use huigao_shared::text::outline::{Heading, outline};

use super::Session;
use super::document::Doc;
use super::event::StoreError;
use super::link::LinkState;
use super::view::{DocumentSync, DocumentView, Row, SaveState, SideCopy, Status, SyncState};

impl Session {
    /// The state of the whole profile.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            sync: self.sync_state(),
            save: self.save_state(),
            leading: self.link.leading,
            has_catalogue: self.has_catalogue,
            to_settle: self.to_settle(),
        }
    }

    fn sync_state(&self) -> SyncState {
        let pending = self.docs.values().filter(|doc| is_pending(doc)).count();
        if let Some(why) = self.link.shut_out {
            return SyncState::ShutOut(why);
        }
        match self.link.state {
            LinkState::Down | LinkState::Connecting if pending == 0 => SyncState::OfflineSaved,
            LinkState::Down | LinkState::Connecting => SyncState::OfflinePending(pending),
            LinkState::Greeting | LinkState::CatchingUp => SyncState::Syncing,
            LinkState::Up if self.link.not_storing => SyncState::Failed("relay-cannot-store".to_owned()),
            LinkState::Up if !self.queue.is_empty() || !self.link.active.is_empty() => SyncState::Syncing,
            LinkState::Up if pending > 0 => SyncState::Pending(pending),
            LinkState::Up => SyncState::Synced(self.link.confirmed_at.unwrap_or(self.calendar)),
        }
    }

    fn save_state(&self) -> SaveState {
        let unsaved = self.saves.is_busy() || self.docs.values().any(has_edits);
        match &self.saves.error {
            Some(StoreError::Full) => SaveState::Full,
            Some(StoreError::Failed(_)) => SaveState::Failed,
            None if unsaved => SaveState::Saving,
            None => SaveState::Saved,
        }
    }

    /// Every document of every space that this member may read, in no order.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let readable = |doc: &&Doc| self.access(&doc.stored.space) >= Access::Read;
        let rows = self.docs.iter().filter(|(_, doc)| readable(doc)).map(|(document, doc)| {
            let stored = &doc.stored;
            let label = &stored.label;
            let dated = stored.dated(self.calendar);
            Row {
                document: *document,
                space: stored.space.clone(),
                kind: label.kind.clone(),
                title: label.title.clone(),
                characters: label.characters,
                characters_bare: label.characters_bare,
                changed_at: dated.map(|dated| dated.at),
                date_uncertain: dated.is_some_and(|dated| dated.uncertain),
                changed_by: label.changed_by,
                stale: stored.label_heads
                    != if stored.heads.is_empty() { &stored.relay_heads } else { &stored.heads }.as_slice(),
                sync: self.document_sync(*document, doc),
                unread: {
                    let newest = if stored.heads.is_empty() { &stored.relay_heads } else { &stored.heads };
                    let mine = newest.len() == 1 && label.changed_by == Some(self.me);
                    stored.read != *newest && !mine
                },
                moved_to: label.moved_to,
            }
        });
        rows.collect()
    }

    fn document_sync(&self, document: DocumentId, doc: &Doc) -> DocumentSync {
        if doc.aside.is_some() {
            DocumentSync::Aside
        } else if self.side_copies.values().any(|copy| copy.document == document) {
            DocumentSync::Refused
        } else if is_pending(doc) {
            DocumentSync::Pending
        } else if doc.stored.heads.is_empty() {
            DocumentSync::Remote
        } else {
            DocumentSync::Synced
        }
    }

    /// An open document.
    #[must_use]
    pub fn document(&self, document: DocumentId) -> Option<DocumentView> {
        let doc = self.docs.get(&document)?;
        let loaded = doc.loaded.as_ref()?;
        let full = self.saves.error == Some(StoreError::Full);
        let save = match &self.saves.error {
            Some(StoreError::Full) => SaveState::Full,
            Some(StoreError::Failed(_)) => SaveState::Failed,
            None if doc.saving > 0 || has_edits(doc) => SaveState::Saving,
            None => SaveState::Saved,
        };
        Some(DocumentView {
            document,
            space: doc.stored.space.clone(),
            kind: doc.stored.label.kind.clone(),
            title: doc.stored.label.title.clone(),
            // Without room, typing on would only grow what is not safe.
            writable: self.may_write(doc) && !full && loaded.text.is_some(),
            sync: self.document_sync(document, doc),
            save,
            aside: doc.aside.as_ref().map(|aside| aside.by),
            overlaid: loaded.is_overlaid().then(|| loaded.overlaid_by()),
            origin: loaded.whereabouts.origin,
            moved_to: loaded.whereabouts.moved_to,
            put_away: doc.stored.label.moved_to.is_some(),
        })
    }

    /// Whether anything of a document is on this device.
    #[must_use]
    pub fn holds(&self, document: DocumentId) -> bool {
        self.docs.contains_key(&document)
    }

    /// The text of an open document.
    #[must_use]
    pub fn text(&self, document: DocumentId) -> Option<String> {
        Some(self.docs.get(&document)?.loaded.as_ref()?.text())
    }

    /// The characters of an open document's text.
    #[must_use]
    pub fn count(&self, document: DocumentId) -> Option<Count> {
        self.text(document).map(|text| count(&text))
    }

    /// The headings of an open document's text.
    #[must_use]
    pub fn outline(&self, document: DocumentId) -> Option<Vec<Heading>> {
        self.text(document).map(|text| outline(&text))
    }

    /// Texts that the relay refused.
    #[must_use]
    pub fn side_copies(&self) -> Vec<SideCopy> {
        self.side_copies.values().cloned().collect()
    }

    /// A line for each document that is not at rest, for the diagnostics page and for failing simulations.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<String> {
        let restless = |doc: &Doc| is_pending(doc) || doc.stored.heads != doc.stored.relay_heads || doc.saving > 0;
        let lines = self.docs.iter().filter(|(_, doc)| restless(doc)).map(|(document, doc)| {
            let stored = &doc.stored;
            let short = |heads: &[ChangeHash]| -> Vec<String> { heads.iter().map(|hash| hash.to_string().chars().take(6).collect()).collect() };
            format!(
                "{document} heads {:?} relay {:?} receipted {:?} unreceipted {:?} doubtful {} loaded {} loading {} inbox {} tabs {} \
                 syncing {} active {} queued {} receipt {:?} saving {}",
                short(&stored.heads), short(&stored.relay_heads), short(&stored.receipted), short(&stored.unreceipted),
                stored.doubtful, doc.loaded.is_some(), doc.loading, doc.inbox.len(), doc.from_tabs.len(), doc.sync.is_some(),
                self.link.active.contains(document), self.queue.contains(document), doc.receipt.as_deref().map(short), doc.saving,
            )
        });
        lines.collect()
    }

    /// What the platform said when the connection last failed.
    #[must_use]
    pub fn link_reason(&self) -> Option<&str> {
        self.link.reason.as_deref()
    }
}

fn has_edits(doc: &Doc) -> bool {
    doc.loaded.as_ref().is_some_and(|loaded| loaded.first_edit.is_some())
}

fn is_pending(doc: &Doc) -> bool {
    doc.stored.is_pending() || has_edits(doc)
}
