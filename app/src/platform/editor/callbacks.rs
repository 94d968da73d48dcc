//! From the script to Rust.

use js_sys::Object;
use wasm_bindgen::prelude::Closure;

use super::options::{NotTaken, Options};
use super::script::set;
use huigao_protocol::command::Splice;

type Changed = dyn Fn(Vec<u32>, Vec<u32>, Vec<String>);

/// What the script calls; it must live as long as the editor.
pub struct Callbacks {
    line_kind: Closure<dyn Fn(String, bool) -> String>,
    change: Closure<Changed>,
    selection: Closure<dyn Fn(u32, u32)>,
    composition: Closure<dyn Fn(bool)>,
    refused: Closure<dyn Fn(String, String)>,
}

impl Callbacks {
    /// Those of an editor's options.
    pub fn of(options: Options) -> Self {
        let Options { line_kind, on_change, on_selection, on_composition, on_refused, .. } = options;
        Self {
            line_kind: Closure::new(move |text: String, title| match line_kind(&text, title) {
                (kind, None) => kind.to_owned(),
                (kind, Some(end)) => format!("{kind} {end}"),
            }),
            change: Closure::new(move |from: Vec<u32>, to: Vec<u32>, inserted: Vec<String>| {
                on_change(splices(&from, &to, inserted));
            }),
            selection: Closure::new(move |anchor, head| {
                on_selection(anchor as usize, head as usize);
            }),
            composition: Closure::new(on_composition),
            refused: Closure::new(move |reason: String, name: String| {
                on_refused(match reason.as_str() {
                    "picture" => NotTaken::Picture,
                    "file" => NotTaken::NoText(name),
                    "empty" => NotTaken::Empty(name),
                    "large" => NotTaken::TooLarge(name),
                    _ => NotTaken::Nothing,
                });
            }),
        }
    }

    /// Adds them to the script's options.
    pub fn put_into(&self, object: &Object) {
        set(object, "lineKind", self.line_kind.as_ref());
        set(object, "onChange", self.change.as_ref());
        set(object, "onSelection", self.selection.as_ref());
        set(object, "onComposition", self.composition.as_ref());
        set(object, "onRefused", self.refused.as_ref());
    }
}

fn splices(from: &[u32], to: &[u32], inserted: Vec<String>) -> Vec<Splice> {
    from.iter()
        .zip(to)
        .zip(inserted)
        .map(|((&from, &to), insert)| Splice { at: from as usize, delete: to.saturating_sub(from) as usize, insert })
        .collect()
}
