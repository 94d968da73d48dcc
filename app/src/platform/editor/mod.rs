//! The editor of `app/web/editor.js`, as a value that owns it.

mod callbacks;
mod options;
mod script;

use js_sys::{Error, Object};
use wasm_bindgen::{JsCast, JsValue};

use self::callbacks::Callbacks;
use self::script::{JsEditor, create_editor, set, unit};
use huigao_protocol::command::Splice;

pub use self::options::{ApplyError, NotTaken, Options};
pub use web_sys::HtmlElement as Parent;

/// An editor on the page, until this is dropped; what a composition holds back is told first.
pub struct EditorHandle {
    editor: JsEditor,
    _callbacks: Callbacks,
}

impl EditorHandle {
    /// Makes an editor within an element.
    pub fn create(parent: &Parent, options: Options) -> Self {
        let object = Object::new();
        let phrases = Object::new();
        for (english, translated) in &options.phrases {
            set(&phrases, english, translated);
        }
        set(&object, "text", &options.text);
        set(&object, "readOnly", options.read_only);
        set(&object, "label", &options.label);
        set(&object, "phrases", phrases);
        set(&object, "holdComposition", options.hold_composition);
        let callbacks = Callbacks::of(options);
        callbacks.put_into(&object);
        Self { editor: create_editor(parent, &object), _callbacks: callbacks }
    }

    /// Whether an input method is composing.
    pub fn composing(&self) -> bool {
        self.editor.composing()
    }

    /// Tells at once what a composition holds back.
    pub fn flush(&self) {
        self.editor.flush();
    }

    /// Applies what others did; no callback is called.
    pub fn apply(&self, splices: &[Splice]) -> Result<(), ApplyError> {
        if self.composing() {
            return Err(ApplyError::Composing);
        }
        let (from, to, inserted) = lists(splices);
        self.editor.apply_remote(from, to, inserted).map_err(|error| misfit(&error))
    }

    /// Makes an edit that the user asked for and did not type: it is told as typing is, and undone as one step.
    pub fn edit(&self, splices: &[Splice]) -> Result<(), ApplyError> {
        if self.composing() {
            return Err(ApplyError::Composing);
        }
        let (from, to, inserted) = lists(splices);
        self.editor.edit(from, to, inserted).map_err(|error| misfit(&error))
    }

    /// Lets the user type, or not.
    pub fn set_read_only(&self, read_only: bool) {
        self.editor.set_read_only(read_only);
    }

    /// Puts the caret there, near the top of what is visible.
    pub fn jump(&self, offset: usize) {
        self.editor.jump(unit(offset));
    }

    /// Lets the user type here.
    pub fn focus(&self) {
        self.editor.focus();
    }

    /// Takes back what the user did last; false if there is nothing.
    pub fn undo(&self) -> bool {
        self.editor.undo()
    }

    /// Does again what was taken back; false if there is nothing.
    pub fn redo(&self) -> bool {
        self.editor.redo()
    }

    /// Opens the search panel.
    pub fn open_search(&self) {
        self.editor.open_search();
    }
}

/// Splices as the script takes them.
fn lists(splices: &[Splice]) -> (Vec<u32>, Vec<u32>, Vec<String>) {
    (
        splices.iter().map(|splice| unit(splice.at)).collect(),
        splices.iter().map(|splice| unit(splice.at + splice.delete)).collect(),
        splices.iter().map(|splice| splice.insert.clone()).collect(),
    )
}

fn misfit(error: &JsValue) -> ApplyError {
    ApplyError::Misfit(error.unchecked_ref::<Error>().message().into())
}

impl Drop for EditorHandle {
    fn drop(&mut self) {
        self.editor.destroy();
    }
}
