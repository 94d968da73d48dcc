//! The page: its address, its title, its language.

use super::listener::Listener;
use super::window;

/// The part of the address after `#`, as it stands there.
pub fn hash() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_owned()
}

/// Goes there: a new entry of the history.
pub fn set_hash(hash: &str) {
    let _ = window().location().set_hash(hash);
}

/// Calls with the new part after `#`, whoever changed it.
pub fn on_hash_change(heard: impl Fn(String) + 'static) -> Listener {
    Listener::on(&window(), &["hashchange"], move |_| heard(hash()))
}

/// Whether the browser gives us all it has: pages over HTTPS or from this very machine.
pub fn secure_context() -> bool {
    window().is_secure_context()
}

/// What the browser says it runs on, in a word.
pub fn platform_name() -> Option<&'static str> {
    let agent = window().navigator().user_agent().ok()?;
    [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("UOS", "UOS"),
        ("Kylin", "Kylin"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]
    .into_iter()
    .find(|(mark, _)| agent.contains(mark))
    .map(|(_, name)| name)
}

/// Which browser it says it is, in a word. Those that are made from another one name it too, so they come first.
pub fn browser_name() -> Option<&'static str> {
    let agent = window().navigator().user_agent().ok()?;
    [
        ("Edg", "Edge"),
        ("QQBrowser", "QQ"),
        ("360", "360"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    .into_iter()
    .find(|(mark, _)| agent.contains(mark))
    .map(|(_, name)| name)
}

/// Opens the browser's dialog for printing.
pub fn print() {
    let _ = window().print();
}

/// Sets the title.
pub fn set_title(title: &str) {
    if let Some(document) = window().document() {
        document.set_title(title);
    }
}

/// A custom property of the styles, as it is written.
pub fn style_property(name: &str) -> Option<String> {
    let root = window().document()?.document_element()?;
    let style = window().get_computed_style(&root).ok()??;
    style.get_property_value(name).ok()
}

/// Says which language the page is in.
pub fn set_language(tag: &str) {
    let root = window().document().and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute("lang", tag);
    }
}
