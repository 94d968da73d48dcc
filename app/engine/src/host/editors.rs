//! The engine's ends of the page's editors.

use std::collections::BTreeMap;

use huigao_protocol::command::{OpenError, Splice};
use huigao_protocol::delta::Delta;
use huigao_protocol::message::{FromEngine, OfText, Opened, Opening};
use huigao_protocol::strand::{Place, Said, Strand};
use huigao_protocol::view::DocumentView;
use huigao_shared::ids::DocumentId;

use crate::session::Session;

/// One opened document.
struct Editor {
    opening: Opening,
    /// How often the session has opened it.
    times: usize,
    strand: Strand,
    /// As the page knows it.
    view: Option<DocumentView>,
}

/// All opened documents.
#[derive(Default)]
pub struct Editors {
    open: BTreeMap<DocumentId, Editor>,
    last: Opening,
}

impl Editors {
    /// A document was opened: both ends begin with its text.
    pub fn open(&mut self, session: &Session, document: DocumentId, result: Result<(), OpenError>) -> FromEngine {
        let begun =
            result.and_then(|()| session.text(document).zip(session.document(document)).ok_or(OpenError::Unknown));
        if begun.is_err() {
            self.open.remove(&document);
        }
        let result = begun.map(|(text, view)| {
            self.last += 1;
            let times = self.open.get(&document).map_or(0, |editor| editor.times) + 1;
            let (strand, view_known) = (Strand::new(Place::Second), Some(view.clone()));
            let editor = Editor { opening: self.last, times, strand, view: view_known };
            self.open.insert(document, editor);
            Box::new(Opened { opening: self.last, text, view })
        });
        FromEngine::Text { document, said: OfText::Opened(result) }
    }

    /// Nobody shows it any more. Returns how often the session has opened it.
    pub fn close(&mut self, document: DocumentId) -> usize {
        self.open.remove(&document).map_or(0, |editor| editor.times)
    }

    fn of(&mut self, document: DocumentId, opening: Opening) -> Option<&mut Editor> {
        self.open.get_mut(&document).filter(|editor| editor.opening == opening)
    }

    /// What an editor changed, as it is to be done to the session's text; none if it belongs to a former opening.
    pub fn heard(&mut self, document: DocumentId, opening: Opening, said: Said, delta: Delta) -> Option<Delta> {
        // One that is out of step is of a page that has begun anew.
        self.of(document, opening)?.strand.hear(said, delta).ok()
    }

    /// The editor has worked in so many changes.
    pub fn was_heard(&mut self, document: DocumentId, opening: Opening, number: u64) {
        if let Some(editor) = self.of(document, opening) {
            editor.strand.was_heard(number);
        }
    }

    /// The session has changed a text.
    pub fn say(&mut self, document: DocumentId, splices: &[Splice]) -> Option<FromEngine> {
        let editor = self.open.get_mut(&document)?;
        let delta = Delta::of(splices);
        let said = editor.strand.say(delta.clone());
        let said = OfText::Edit { opening: editor.opening, said, delta };
        Some(FromEngine::Text { document, said })
    }

    /// The state of a document may have changed.
    pub fn look(&mut self, session: &Session, document: DocumentId) -> Option<FromEngine> {
        let editor = self.open.get_mut(&document)?;
        let view = session.document(document);
        if editor.view == view {
            return None;
        }
        editor.view.clone_from(&view);
        if view.is_none() {
            // It has left. Should it come again, both ends begin anew.
            self.open.remove(&document);
        }
        Some(FromEngine::View { document, view: view.map(Box::new) })
    }
}
