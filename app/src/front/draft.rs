//! The page's end of one editor.
//!
//! The text is the engine's as far as it was heard, and what was typed since. Nothing of the engine's is worked in
//! while an input method composes: it waits, in order.

use std::collections::VecDeque;

use huigao_protocol::command::{Command, OpenError, Splice};
use huigao_protocol::delta::Delta;
use huigao_protocol::first_words::FirstWords;
use huigao_protocol::message::{OfText, Opened, Opening, ToEngine};
use huigao_protocol::strand::{Place, Strand};
use huigao_protocol::view::DocumentView;
use huigao_protocol::words::{Count, LastWords};
use huigao_shared::ids::DocumentId;

use super::Notice;
use super::kept::Kept;

/// A document that the page has asked for.
#[derive(Default)]
pub struct Draft {
    /// By how many parts of the page it is shown.
    pub shown_by: usize,
    /// A part of the page waits for it.
    pub wanted: bool,
    /// Its state.
    pub view: Option<DocumentView>,
    /// Nobody shows it any more: it stays until all that was typed is saved.
    pub leaves: bool,
    /// An engine comes, and has not opened it yet.
    pub waits: bool,
    /// As it was called last, also when it may not be seen any more.
    title: String,
    /// An input method composes.
    pub composing: bool,
    /// The number of what was typed last.
    typed: Count,
    /// The number of what was given to the engine that comes.
    given: Count,
    text: Option<Text>,
    held: VecDeque<OfText>,
}

/// What the editor shows.
struct Text {
    opening: Opening,
    strand: Strand,
    kept: Kept,
    /// The text at both ends, some time ago.
    base: String,
    /// What has become of it at both ends since.
    since: Delta,
}

impl Text {
    /// Puts the text at both ends down.
    fn settle(&mut self) {
        if !self.since.is_empty() {
            self.base = self.since.apply(&self.base);
        }
        self.since = Delta::default();
    }

    fn whole(&mut self) -> String {
        self.settle();
        self.strand.unheard().apply(&self.base)
    }
}

impl Draft {
    /// Shown as it was saved last, until an engine has opened it.
    pub fn of_first_words(FirstWords { view, text }: FirstWords) -> Self {
        let text = Text {
            // Engines count from one.
            opening: 0,
            strand: Strand::new(Place::First),
            kept: Kept::of(text.clone()),
            base: text,
            since: Delta::default(),
        };
        Self { title: view.title.clone(), view: Some(view), waits: true, text: Some(text), ..Self::default() }
    }

    /// Whether it is here, and may be seen.
    pub fn is_open(&self) -> bool {
        self.text.is_some() && self.view.is_some() && !self.leaves
    }

    /// What the editor shows; none of what may not be seen any more.
    pub fn text(&mut self) -> Option<String> {
        Some(self.text.as_mut().filter(|_| self.view.is_some() && !self.leaves)?.whole())
    }

    /// Nobody shows it any more.
    pub fn leave(&mut self, document: DocumentId, say: &mut Vec<ToEngine>) {
        self.leaves = true;
        self.composing = false;
        if !self.waits {
            say.push(ToEngine::Command(Command::Close(document)));
        }
    }

    /// Whether all that was typed is saved.
    pub fn is_saved(&self) -> bool {
        self.text.as_ref().is_none_or(|text| text.strand.is_heard() && text.kept.is_saved())
    }

    /// What was typed up to this number is saved.
    pub fn saved(&mut self, typed: Count) {
        if let Some(text) = self.text.as_mut() {
            text.kept.saved(typed);
        }
    }

    /// What was typed and is not known to be saved.
    pub fn last_words(&mut self, page: &str, document: DocumentId) -> Option<LastWords> {
        let (base, edits) = self.text.as_mut()?.kept.last_words()?;
        let title = self.view.as_ref().map_or(&self.title, |view| &view.title).clone();
        Some(LastWords { page: page.to_owned(), document, title, base, edits })
    }

    /// Another engine comes, and has been given all that was typed up to now.
    pub fn begin_anew(&mut self) {
        self.held.clear();
        self.waits = !self.leaves;
        self.given = self.typed;
        if let Some(text) = self.text.as_mut() {
            text.note_heard(u64::MAX);
        }
    }

    /// What was typed for an engine that could not open the document when it came: it is to be kept beside it. Told once.
    pub fn homeless(&mut self, page: &str, document: DocumentId) -> Option<LastWords> {
        if !self.waits || self.view.is_some() {
            return None;
        }
        self.waits = false;
        if self.typed <= self.given {
            return None;
        }
        let words = self.last_words(page, document);
        if let Some(text) = self.text.as_mut() {
            // Should it be opened after all, they are not said again.
            text.note_heard(u64::MAX);
        }
        words
    }

    /// The text was changed in the editor.
    pub fn edit(&mut self, document: DocumentId, splices: &[Splice], typed: Count) -> Option<ToEngine> {
        let text = self.text.as_mut()?;
        let delta = Delta::of(splices);
        let said = text.strand.say(delta.clone());
        text.kept.typed(typed, delta.clone());
        self.typed = typed;
        // The engine that comes knows no opening yet: it is carried over once it does.
        (!self.waits).then_some(ToEngine::Edit { document, opening: text.opening, said, typed, delta })
    }

    /// What the engine said of the text.
    pub fn hear(&mut self, document: DocumentId, said: OfText, say: &mut Vec<ToEngine>, notices: &mut Vec<Notice>) {
        if self.composing {
            self.held.push_back(said);
        } else {
            self.work_in(document, said, say, notices);
        }
    }

    /// Works in what has waited.
    pub fn release(&mut self, document: DocumentId, say: &mut Vec<ToEngine>, notices: &mut Vec<Notice>) {
        while let Some(said) = self.held.pop_front() {
            self.work_in(document, said, say, notices);
        }
    }

    fn work_in(&mut self, document: DocumentId, said: OfText, say: &mut Vec<ToEngine>, notices: &mut Vec<Notice>) {
        match said {
            OfText::Opened(result) => self.opened(document, result, say, notices),
            OfText::Edit { opening, said, delta } => {
                let Some(text) = self.text.as_mut().filter(|text| text.opening == opening) else { return };
                text.note_heard(said.heard);
                let Ok(here) = text.strand.hear(said, delta.clone()) else { return };
                text.since = text.since.then(&delta);
                text.kept.came(&here);
                say.push(ToEngine::Heard { document, opening, number: said.number });
                let splices = here.splices();
                // An editor that begins anew has it already.
                let begins_anew = notices.iter().any(|notice| matches!(notice, Notice::Opened { anew: true, .. }));
                if !splices.is_empty() && !begins_anew {
                    notices.push(Notice::Text { document, splices });
                }
            }
            OfText::Heard { opening, number } => {
                if let Some(text) = self.text.as_mut().filter(|text| text.opening == opening) {
                    text.note_heard(number);
                }
            }
        }
    }

    fn opened(
        &mut self,
        document: DocumentId,
        result: Result<Box<Opened>, OpenError>,
        say: &mut Vec<ToEngine>,
        notices: &mut Vec<Notice>,
    ) {
        let Opened { opening, text: base, view } = match result {
            Ok(opened) => *opened,
            Err(error) => {
                // What was shown before is not to be seen now, and who showed it asks again.
                self.view = None;
                self.wanted |= std::mem::take(&mut self.shown_by) > 0;
                if self.leaves {
                    // It was left while its engine came, which is not to open it later.
                    say.push(ToEngine::Command(Command::Close(document)));
                }
                return notices.push(Notice::Opened { document, anew: true, result: Err(error) });
            }
        };
        self.waits = false;
        if std::mem::take(&mut self.wanted) {
            self.shown_by += 1;
        }
        self.title.clone_from(&view.title);
        let is_shown = self.view.replace(view).is_some();
        let mut text = Text {
            opening,
            strand: Strand::new(Place::First),
            kept: Kept::of(base.clone()),
            base,
            since: Delta::default(),
        };
        let mut shown = None;
        if let Some(mut before) = self.text.take() {
            let whole = before.whole();
            // What was typed and had not reached the engine goes on from the new text.
            let (is_heard, typed) = (before.strand.is_heard(), before.strand.unheard());
            let (typed, _) = typed.beside(&Delta::between(&before.base, &text.base));
            // Also where nothing is left of it: the engine is to say that there is nothing to save.
            if !is_heard {
                let said = text.strand.say(typed.clone());
                say.push(ToEngine::Edit { document, opening, said, typed: self.typed, delta: typed });
            }
            let change = Delta::between(&whole, &text.whole());
            if !before.kept.is_saved() {
                // Not known to be saved, also if the new text has it.
                text.kept = before.kept;
                text.kept.came(&change);
            }
            shown = is_shown.then_some(change);
        }
        if let Some(change) = &shown {
            // The editor that there is goes on, with the caret where it is.
            let splices = change.splices();
            if !splices.is_empty() {
                notices.push(Notice::Text { document, splices });
            }
        }
        self.text = Some(text);
        if self.leaves {
            // It was left while its engine came.
            return say.push(ToEngine::Command(Command::Close(document)));
        }
        notices.push(Notice::Opened { document, anew: shown.is_none(), result: Ok(()) });
    }
}

impl Text {
    /// The engine has so many of the editor's changes: they are at both ends.
    fn note_heard(&mut self, number: u64) {
        for delta in self.strand.was_heard(number) {
            self.since = self.since.then(&delta);
        }
    }
}
