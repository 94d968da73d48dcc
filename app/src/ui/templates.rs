//! The campaign template that is built in: kinds of document with their names and outlines.

use std::sync::LazyLock;

use huigao_shared::template::Template;
use rust_i18n::t;

use crate::ui::lang::Lang;

static BUILT_IN: LazyLock<Template> = LazyLock::new(|| {
    // The test `locales` parses the same file: what is built in is readable.
    Template::parse(include_str!("../../../public/templates/study-practice.json")).unwrap_or_else(|_| Template {
        id: String::new(),
        title: huigao_shared::template::Bilingual::default(),
        kinds: Vec::new(),
    })
});

/// The template in use.
pub fn template() -> &'static Template {
    &BUILT_IN
}

/// The name of a kind in the language of the screen.
pub fn kind_name(kind: &str) -> String {
    match template().kind(kind) {
        Some(kind) => Lang::current().pick(&kind.name.zh, &kind.name.en).to_owned(),
        None if kind.is_empty() => t!("kind.none").into_owned(),
        None => kind.to_owned(),
    }
}

/// Where a kind stands in the template's order; unknown ones come last.
pub fn kind_rank(kind: &str) -> usize {
    let kinds = &template().kinds;
    kinds.iter().position(|known| known.id == kind).unwrap_or(kinds.len())
}
