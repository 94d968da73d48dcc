//! Words of the screens: complete in every language, each one used, and none written into a view.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use huigao_shared::template::Template;

fn app() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A language's words by key. The files are flat, one `key: "text"` a line.
fn words(language: &str) -> BTreeMap<String, String> {
    let path = app().join("locales").join(format!("{language}.yml"));
    let mut words = BTreeMap::new();
    for line in read(&path).lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, text) =
            line.split_once(": ").unwrap_or_else(|| panic!("{language}: not a key and its words: {line}"));
        if key == "_version" {
            continue;
        }
        let text: String = serde_json::from_str(text).unwrap_or_else(|_| panic!("{language}: not in quotes: {line}"));
        assert!(!text.is_empty(), "{language}: {key} says nothing");
        assert!(words.insert(key.to_owned(), text).is_none(), "{language}: {key} is there twice");
    }
    words
}

/// Every file of the screens with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![app().join("src/ui")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the screens") {
            let path = entry.expect("a file of the screens").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = read(&path);
                sources.push((path, text));
            }
        }
    }
    sources
}

/// The keys that a source asks for: what stands in quotes after `t!(`.
fn keys_in(source: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    for (at, call) in source.match_indices("t!(") {
        let (before, rest) = source.split_at_checked(at).unwrap_or_default();
        // `format!(` and the like end the same way.
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let key = rest.trim_start_matches(call).trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
        match key {
            Some(key) => keys.push(key),
            None => panic!("a key that is not a plain text: {}", rest.lines().next().unwrap_or_default()),
        }
    }
    keys
}

/// Names in `%{…}`.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let (chinese, english) = (words("zh-CN"), words("en"));
    let keys = |words: &BTreeMap<String, String>| words.keys().cloned().collect::<BTreeSet<_>>();
    let (in_chinese, in_english) = (keys(&chinese), keys(&english));
    assert_eq!(in_chinese.difference(&in_english).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in English");
    assert_eq!(in_english.difference(&in_chinese).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in Chinese");
    for (key, text) in &chinese {
        let other = english.get(key).map(String::as_str).unwrap_or_default();
        assert_eq!(placeholders(text), placeholders(other), "{key}");
    }
}

#[test]
fn every_key_that_is_asked_for_exists_and_every_one_that_exists_is_asked_for() {
    let known: BTreeSet<String> = words("zh-CN").into_keys().collect();
    let mut asked = BTreeSet::new();
    for (path, source) in sources() {
        for key in keys_in(&source) {
            assert!(known.contains(key), "{}: there are no words for {key}", path.display());
            asked.insert(key.to_owned());
        }
    }
    assert_eq!(known.difference(&asked).collect::<Vec<_>>(), Vec::<&String>::new(), "words that nobody says");
}

#[test]
fn no_view_has_words_of_its_own() {
    // The name of a language in itself is the same in every language.
    let allowed = ["lang.rs"];
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (path, source) in sources() {
        let is_allowed = allowed.iter().any(|name| path.ends_with(name));
        for line in source.lines().filter(|line| !is_allowed && !line.trim_start().starts_with("//")) {
            assert!(!line.contains(is_chinese), "{}: {line}", path.display());
        }
    }
}

#[test]
fn the_built_in_template_is_readable_and_bilingual() {
    let path = app().join("../public/templates/study-practice.json");
    let template = Template::parse(&read(&path)).expect("a template");
    assert!(!template.kinds.is_empty());
    for kind in &template.kinds {
        assert!(!kind.name.zh.is_empty() && !kind.name.en.is_empty(), "{} has no name", kind.id);
        assert!(!kind.spaces.is_empty(), "{} can be nowhere", kind.id);
    }
}
