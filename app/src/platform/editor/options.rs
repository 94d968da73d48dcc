//! What an editor is given and what it says.

use huigao_protocol::command::Splice;

/// The kind of a line, given its text and whether it is the title; and of a heading that is run in, where it ends.
pub type LineKindOf = Box<dyn Fn(&str, bool) -> (&'static str, Option<usize>)>;

/// How an editor begins, and whom it tells. Offsets are UTF-16 code units.
pub struct Options {
    /// What it shows at first.
    pub text: String,
    /// Whether nothing can be typed.
    pub read_only: bool,
    /// What it is, for those who do not see it.
    pub label: String,
    /// The search panel's words, English and translated.
    pub phrases: Vec<(String, String)>,
    /// Tells the outcome of a composition, not each of its steps.
    pub hold_composition: bool,
    /// Called while the screen is drawn, so it must not touch the handle.
    pub line_kind: LineKindOf,
    /// The user changed the text.
    pub on_change: Box<dyn Fn(Vec<Splice>)>,
    /// The user moved the selection: anchor and head.
    pub on_selection: Box<dyn Fn(usize, usize)>,
    /// An input method started or ended composing.
    pub on_composition: Box<dyn Fn(bool)>,
    /// Something that was pasted or dropped was not taken.
    pub on_refused: Box<dyn Fn(NotTaken)>,
}

/// Why something that was pasted or dropped was not taken. Files come with their names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotTaken {
    /// It is a picture.
    Picture,
    /// The file is no plain text.
    NoText(String),
    /// The file has no text in it.
    Empty(String),
    /// The file is too large.
    TooLarge(String),
    /// There is no text in what was brought.
    Nothing,
}

/// Why the editor did not take a change of others.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ApplyError {
    /// An input method composes.
    #[error("an input method is composing")]
    Composing,
    /// The change does not fit the text: it must be shown anew.
    #[error("the change does not fit the text: {0}")]
    Misfit(String),
}
