//! The interface of `app/web/editor.js`; each function is described there.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

#[wasm_bindgen(module = "/web/editor.js")]
extern "C" {
    /// What the script gives back.
    pub type JsEditor;

    #[wasm_bindgen(js_name = createEditor)]
    pub fn create_editor(parent: &HtmlElement, options: &Object) -> JsEditor;

    #[wasm_bindgen(method)]
    pub fn composing(this: &JsEditor) -> bool;
    #[wasm_bindgen(method)]
    pub fn flush(this: &JsEditor);
    #[wasm_bindgen(method, catch, js_name = applyRemote)]
    pub fn apply_remote(this: &JsEditor, from: Vec<u32>, to: Vec<u32>, inserted: Vec<String>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn edit(this: &JsEditor, from: Vec<u32>, to: Vec<u32>, inserted: Vec<String>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = setReadOnly)]
    pub fn set_read_only(this: &JsEditor, read_only: bool);
    #[wasm_bindgen(method)]
    pub fn jump(this: &JsEditor, offset: u32);
    #[wasm_bindgen(method)]
    pub fn focus(this: &JsEditor);
    #[wasm_bindgen(method)]
    pub fn undo(this: &JsEditor) -> bool;
    #[wasm_bindgen(method)]
    pub fn redo(this: &JsEditor) -> bool;
    #[wasm_bindgen(method, js_name = openSearch)]
    pub fn open_search(this: &JsEditor);
    #[wasm_bindgen(method)]
    pub fn destroy(this: &JsEditor);
}

/// An offset as the script counts. No text beyond that fits into the browser.
pub fn unit(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Sets a property.
pub fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes everything.
    let _ = Reflect::set(object, &name.into(), &value.into());
}
