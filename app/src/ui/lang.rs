//! The language of the screen: which one, remembered on this browser, and told to the words.

use crate::platform::{locale, page};

/// A language of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

const REMEMBERED: &str = "huigao-language";

impl Lang {
    /// All of them, the first one first.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// Its tag, as the page and the word lists know it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Its own name for itself, the same in every language.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    /// The language of this tag; Chinese for any other.
    pub fn of(tag: &str) -> Self {
        Self::ALL.into_iter().find(|lang| lang.tag() == tag).unwrap_or(Self::Zh)
    }

    /// The one in use.
    pub fn current() -> Self {
        Self::of(&rust_i18n::locale())
    }

    /// The text in this language; the other one where there is none.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        let (first, second) = match self {
            Self::Zh => (zh, en),
            Self::En => (en, zh),
        };
        if first.is_empty() { second } else { first }
    }

    /// The one chosen on this browser before.
    pub fn remembered() -> Self {
        locale::recall(REMEMBERED).map_or(Self::Zh, |tag| Self::of(&tag))
    }

    /// Makes it the language of the screen, and of the next visit.
    pub fn choose(self) {
        rust_i18n::set_locale(self.tag());
        page::set_language(self.tag());
        locale::remember(REMEMBERED, self.tag());
    }
}
