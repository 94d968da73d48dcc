//! Saving texts as files, and reading files that were chosen.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Event, File, HtmlAnchorElement, HtmlInputElement, Url};

use super::window;
use huigao_browser::clock::sleep;
use huigao_browser::spawn;

/// Browsers read the text after the click, some of them only when the person has chosen a folder.
const KEPT: u32 = 60_000;

/// Has the browser save a text as a file in UTF-8; false if it cannot.
pub fn save_text(name: &str, text: &str) -> bool {
    try_save(name, text).is_ok()
}

/// Has the browser save bytes as a file; false if it cannot.
pub fn save_bytes(name: &str, bytes: &[u8]) -> bool {
    let parts = Array::of1(&Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).and_then(|blob| offer(name, &blob)).is_ok()
}

/// The file that was chosen in a file field.
pub fn chosen_file(event: &Event) -> Option<File> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    input.files()?.get(0)
}

/// Empties a file input, so that the same file chosen again is heard of.
pub fn forget_choice(event: &Event) {
    if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
        input.set_value("");
    }
}

/// Whether a file has more bytes than this. It is not read for it.
pub fn is_larger(file: &File, bytes: usize) -> bool {
    file.size() > bytes as f64
}

/// The bytes of a file; none if it cannot be read (any more).
pub async fn read_file(file: File) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

fn try_save(name: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("text/plain;charset=utf-8");
    let parts = Array::of1(&text.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
    offer(name, &blob)
}

fn offer(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;

    let document = window().document().ok_or(JsValue::UNDEFINED)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();

    spawn(async move {
        sleep(KEPT).await;
        let _ = Url::revoke_object_url(&address);
    });
    Ok(())
}
