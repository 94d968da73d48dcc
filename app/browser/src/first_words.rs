//! First words, as a page reads them at a cold start: past the engine, which has not started yet.

use huigao_protocol::first_words::FirstWords;
use huigao_shared::ids::DocumentId;
use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

/// What is kept of a document of a profile; none if it cannot be had at once. Asked for now, whenever it is awaited.
pub fn read(profile: &str, document: DocumentId) -> impl Future<Output = Option<FirstWords>> + use<> {
    let kept = JsFuture::from(kept_text(&format!("huigao-{profile}"), &document.to_string()));
    async move {
        let json = kept.await.ok()?.as_string()?;
        FirstWords::decode(&json).filter(|words| words.view.document == document)
    }
}

#[wasm_bindgen(module = "/web/texts.js")]
extern "C" {
    #[wasm_bindgen(js_name = keptText)]
    fn kept_text(database: &str, document: &str) -> Promise;
}
