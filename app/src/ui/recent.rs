//! The documents that this person opened last on this browser.

use huigao_shared::ids::{DocumentId, MemberId};
use leptos::prelude::*;

use crate::platform::locale;

const KEPT: usize = 5;

/// The last documents, the latest first.
#[derive(Clone, Copy)]
pub struct Recent {
    documents: RwSignal<Vec<DocumentId>>,
    member: MemberId,
}

impl Recent {
    /// As remembered for this person.
    pub fn of(member: MemberId) -> Self {
        let text = locale::recall(&place(member)).unwrap_or_default();
        let documents = text.split(' ').filter_map(|id| id.parse().ok()).take(KEPT).collect();
        Self { documents: RwSignal::new(documents), member }
    }

    /// Follows them.
    pub fn documents(self) -> Vec<DocumentId> {
        self.documents.get()
    }

    /// Puts one in front.
    pub fn opened(self, document: DocumentId) {
        let mut documents = self.documents.get_untracked();
        documents.retain(|known| *known != document);
        documents.insert(0, document);
        documents.truncate(KEPT);
        let ids: Vec<String> = documents.iter().map(DocumentId::to_string).collect();
        locale::remember(&place(self.member), &ids.join(" "));
        self.documents.set(documents);
    }
}

fn place(member: MemberId) -> String {
    format!("huigao-recent-{member}")
}
