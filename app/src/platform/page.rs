//! The page: its address, its title, its language.

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::window;
use huigao_browser::listener::Listener;

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

/// Brings an element of the page up, by its id, and gives it the focus.
pub fn go_to(id: &str) {
    let found = window().document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.scroll_into_view();
        let _ = element.focus();
    }
}

/// Which element of a list is to have the focus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The one after.
    Next,
    /// The one before.
    Previous,
    /// The first of all.
    First,
    /// The last of all.
    Last,
}

/// Moves the focus among those elements within another, by its id, that match a selector and are to be seen. Whether there
/// was somewhere to go.
pub fn step_focus(within: &str, selector: &str, step: Step) -> bool {
    let Some(document) = window().document() else { return false };
    let Some(list) = document.get_element_by_id(within).and_then(|list| list.query_selector_all(selector).ok()) else {
        return false;
    };
    let all: Vec<HtmlElement> =
        (0..list.length()).filter_map(|at| list.item(at)?.dyn_into::<HtmlElement>().ok()).collect();
    let seen: Vec<HtmlElement> = all.into_iter().filter(|element| element.offset_parent().is_some()).collect();
    let here = document.active_element();
    let place = seen.iter().position(|element| here.as_deref() == Some(element.unchecked_ref()));
    let next = match (step, place) {
        (Step::First, _) | (Step::Next, None) => seen.first(),
        (Step::Last, _) | (Step::Previous, None) => seen.last(),
        (Step::Next, Some(place)) => seen.get(place + 1),
        (Step::Previous, Some(place)) => place.checked_sub(1).and_then(|place| seen.get(place)),
    };
    next.is_some_and(|element| element.focus().is_ok())
}

/// Notes in the browser's timeline that something is on the screen, for whoever measures.
pub fn mark(name: &str) {
    if let Some(performance) = window().performance() {
        // It fails only for the browser's own names.
        let _ = performance.mark(name);
    }
}

/// Opens the browser's dialog for printing.
pub fn print() {
    let _ = window().print();
}

/// Has the browser ask before the page is closed or loaded anew, for as long as what is returned is kept.
pub fn ask_before_leaving() -> Listener {
    Listener::on(&window(), &["beforeunload"], |event| {
        event.prevent_default();
        // What browsers of before 2023 go by.
        let _ = Reflect::set(&event, &"returnValue".into(), &true.into());
    })
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
