//! The rules of the tree, checked: who may name what, dead paths in the documentation, files that grow too long.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest that a Rust file may be, in lines.
const LONGEST: usize = 450;
/// Endings by which a word in backticks, or a link, is taken for a path of this repository.
const PATH_ENDINGS: [&str; 6] = ["/", ".rs", ".md", ".js", ".json", ".css"];
/// What compiles for the browser only, by crate.
const BROWSER_MODULES: [(&str, &[&str]); 2] =
    [("app/src/lib.rs", &["driver", "platform", "ui"]), ("app/engine/src/lib.rs", &["driver", "platform"])];
/// Where the app speaks of the browser.
const PLATFORMS: [&str; 3] = ["app/src/platform/", "app/engine/src/platform/", "app/browser/src/"];
const BROWSER_CFG: &str = "#[cfg(target_arch = \"wasm32\")]";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie within the workspace").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files with this ending beneath a folder, as sorted paths from the root. Build output and packages are left out.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root().join(&folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        for entry in entries {
            let entry = entry.expect("a readable folder");
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            if entry.path().is_dir() {
                if !name.starts_with('.') && name != "node_modules" && name != "target" {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Rust without its comments; strings stay, and so do line breaks.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let length = block_comment(rest);
            code.extend(
                rest.chars()
                    .scan(0, |at, c| {
                        *at += c.len_utf8();
                        (*at <= length).then_some(c)
                    })
                    .filter(|c| *c == '\n'),
            );
            length
        } else {
            let length = match c {
                '"' => string(rest),
                'r' if !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') => raw_string(rest).unwrap_or(1),
                '\'' => character(rest),
                _ => c.len_utf8(),
            };
            code.push_str(rest.get(..length).unwrap_or(rest));
            length
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while let Some(rest) = text.get(at..) {
        let step = match rest.get(..2) {
            Some("/*") => {
                depth += 1;
                2
            }
            Some("*/") => {
                depth -= 1;
                2
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 || at >= text.len() {
            break;
        }
    }
    at
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.get(1..)?.chars().take_while(|c| *c == '#').count();
    let body = text.get(1 + hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + body.find(&close)? + close.len())
}

/// A character in quotes; the quote alone, if it begins a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => chars.find(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// Whether code names something, as a whole word or path: `fs` is no part of `offs`.
fn names(code: &str, what: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(what).any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        let after = code.get(at + what.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// Whether code names a module of `std`, also as one of several: `use std::{fmt, fs}`.
fn names_std(code: &str, module: &str) -> bool {
    names(code, &format!("std::{module}"))
        || code.split("std::{").skip(1).any(|group| {
            let mut depth = 1i32;
            let inner: String = group
                .chars()
                .take_while(|c| {
                    depth += i32::from(*c == '{') - i32::from(*c == '}');
                    depth > 0
                })
                .collect();
            names(&inner, module)
        })
}

/// Every file beneath the folders, apart from those that `exempt` starts, whose code breaks the rule.
fn offenders(folders: &[&str], exempt: &[&str], rule: impl Fn(&str) -> Option<String>) -> String {
    let mut report = String::new();
    for path in folders.iter().flat_map(|folder| files(folder, ".rs")) {
        if exempt.iter().any(|start| path.starts_with(start)) {
            continue;
        }
        if let Some(what) = rule(&code_of(&read(&path))) {
            let _ = writeln!(report, "{path} names {what}");
        }
    }
    report
}

fn first_named(code: &str, words: &[&str]) -> Option<String> {
    words.iter().find(|word| names(code, word)).map(|word| (*word).to_owned())
}

#[test]
fn only_the_platform_names_the_browser() {
    let browser = ["web_sys", "js_sys", "indexed_db", "wasm_bindgen", "wasm_bindgen_futures"];
    let report = offenders(&["app/src", "app/engine/src"], &PLATFORMS, |code| first_named(code, &browser));
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_page_knows_no_automerge() {
    // It would have to be downloaded before a word can be read.
    let words = ["automerge", "huigao_engine"];
    let report = offenders(&["app/src", "app/browser/src", "app/protocol/src"], &[], |code| first_named(code, &words));
    assert!(report.is_empty(), "{report}");
}

#[test]
fn what_needs_a_browser_is_compiled_for_the_browser_only() {
    for (path, modules) in BROWSER_MODULES {
        let code = code_of(&read(path));
        let lines: Vec<&str> = code.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut found = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let Some(module) = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ") else { continue };
            let module = module.trim_end_matches(';');
            let guarded = at > 0 && lines[at - 1] == BROWSER_CFG;
            assert_eq!(guarded, modules.contains(&module), "{path}: the cfg of {module}");
            found.push(module.to_owned());
        }
        assert!(modules.iter().all(|module| found.iter().any(|name| name == module)), "{path}: {found:?}");
    }
}

#[test]
fn only_the_platform_reads_clocks_in_the_app() {
    // Both panic in the browser.
    let clocks = ["Instant::now", "SystemTime::now"];
    let report = offenders(&["app"], &PLATFORMS, |code| first_named(code, &clocks));
    assert!(report.is_empty(), "{report}");
}

#[test]
fn session_reader_and_both_halves_of_the_page_are_pure() {
    let words = [
        "crate::driver",
        "crate::platform",
        "crate::ui",
        "huigao_browser",
        "leptos",
        "web_sys",
        "js_sys",
        "window",
        "getrandom",
    ];
    let folders =
        ["app/engine/src/session", "app/engine/src/host", "app/engine/src/reader", "app/src/front", "app/protocol/src"];
    let report = offenders(&folders, &[], |code| {
        let modules = ["time", "fs", "net", "thread", "env"];
        let standard = modules.iter().find(|module| names_std(code, module)).map(|module| format!("std::{module}"));
        standard.or_else(|| first_named(code, &words))
    });
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_reader_knows_neither_session_nor_host() {
    // It can be ended at any time: what it needs comes with its jobs.
    let words = ["crate::session", "crate::host"];
    let report = offenders(&["app/engine/src/reader"], &[], |code| first_named(code, &words));
    assert!(report.is_empty(), "{report}");
}

#[test]
fn shared_is_a_function_of_its_arguments() {
    let words = ["Instant", "SystemTime", "tokio", "leptos", "axum", "web_sys", "js_sys", "getrandom", "rand"];
    let report = offenders(&["shared/src"], &[], |code| {
        let modules = ["fs", "net", "thread", "env"];
        let standard = modules.iter().find(|module| names_std(code, module)).map(|module| format!("std::{module}"));
        standard.or_else(|| first_named(code, &words))
    });
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_hub_is_pure() {
    let words = ["tokio", "axum", "rusqlite", "crate::store", "crate::driver", "crate::http", "Instant", "SystemTime"];
    let report = offenders(&["server/src/hub"], &[], |code| first_named(code, &words));
    assert!(report.is_empty(), "{report}");
}

#[test]
fn only_the_store_names_sql() {
    let words =
        ["rusqlite", "libsqlite3_sys", "SELECT", "INSERT INTO", "INSERT OR", "DELETE FROM", "CREATE TABLE", "PRAGMA"];
    let folders = ["app", "server/src", "shared/src", "tests/src", "xtask/src"];
    let report = offenders(&folders, &["server/src/store/"], |code| {
        let update = names(code, "UPDATE") && names(code, "SET");
        first_named(code, &words).or(update.then(|| "UPDATE … SET".to_owned()))
    });
    assert!(report.is_empty(), "{report}");
}

#[test]
fn what_cannot_be_written_as_json_does_not_become_an_empty_value() {
    let report = offenders(&["server/src"], &[], |code| {
        let found = code.split(';').find(|part| part.contains("serde_json::to_") && part.contains("unwrap_or"));
        found.map(|part| part.trim().to_owned())
    });
    assert!(report.is_empty(), "{report}");
}

#[test]
fn crates_depend_downwards_only() {
    let rules: [(&str, &[&str]); 7] = [
        (
            "shared",
            &[
                "huigao-app",
                "huigao-engine",
                "huigao-server",
                "leptos",
                "axum",
                "tokio",
                "web-sys",
                "rusqlite",
                "getrandom",
            ],
        ),
        (
            "app/protocol",
            &["huigao-app", "huigao-engine", "huigao-browser", "automerge", "leptos", "web-sys", "wasm-bindgen"],
        ),
        ("app/browser", &["huigao-app", "huigao-engine", "huigao-server", "automerge", "leptos"]),
        ("app/engine", &["huigao-app", "huigao-server", "leptos", "axum", "tokio", "rusqlite"]),
        ("app", &["huigao-server", "axum", "tokio", "rusqlite"]),
        ("server", &["huigao-app", "huigao-engine", "leptos", "web-sys", "wasm-bindgen"]),
        ("xtask", &["huigao-app", "huigao-engine", "huigao-server", "huigao-shared"]),
    ];
    for (name, forbidden) in rules {
        let manifest = read(&format!("{name}/Cargo.toml"));
        for line in manifest.lines() {
            let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
            assert!(!forbidden.contains(&key), "{name}/Cargo.toml names {key}");
        }
    }
}

#[test]
fn files_stay_short() {
    let mut report = String::new();
    for path in ["app", "server", "shared", "xtask", "tests/src"].iter().flat_map(|folder| files(folder, ".rs")) {
        let lines = read(&path).lines().count();
        if lines > LONGEST {
            let _ = writeln!(report, "{path} has {lines} lines, {LONGEST} are allowed");
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// The documentation: the READMEs and all beneath `docs`.
fn pages() -> Vec<String> {
    let readmes = ["README.md", "README.zh-CN.md", "CHANGELOG.md"].map(str::to_owned);
    readmes.into_iter().chain(files("docs", ".md")).collect()
}

/// A page without its fenced blocks, which show commands and not paths.
fn prose_of(page: &str) -> String {
    let mut fenced = false;
    let mut prose = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// Words in backticks that look like paths of this repository.
fn paths_in(prose: &str) -> Vec<&str> {
    let quoted = prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let strange = |c: char| c.is_whitespace() || "*{}<>…:#$?=+\"".contains(c);
    quoted
        .filter(|word| word.contains('/') && !word.starts_with(['/', '.', '-']) && !word.contains(strange))
        .filter(|word| PATH_ENDINGS.iter().any(|ending| word.ends_with(ending)))
        .filter(|word| !word.starts_with("target/") && !word.contains("node_modules"))
        .collect()
}

/// Where the links of a page lead within this repository, anchors left out.
fn links_in(prose: &str) -> Vec<&str> {
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    local
        .filter_map(|target| target.split('#').next())
        .filter(|target| PATH_ENDINGS.iter().any(|ending| target.ends_with(ending)))
        .collect()
}

#[test]
fn the_documentation_names_no_dead_path() {
    let mut report = String::new();
    for page in pages() {
        let prose = prose_of(&read(&page));
        for path in paths_in(&prose).into_iter().filter(|path| !root().join(path).exists()) {
            let _ = writeln!(report, "{page}: `{path}` is not there");
        }
        let path = root().join(&page);
        let folder = path.parent().expect("a page lies in a folder");
        for link in links_in(&prose).into_iter().filter(|link| !folder.join(link).exists()) {
            let _ = writeln!(report, "{page}: the link to {link} leads nowhere");
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn both_readmes_have_the_same_sections() {
    let sections = |page: &str| prose_of(&read(page)).lines().filter(|line| line.starts_with("## ")).count();
    let (english, chinese) = (sections("README.md"), sections("README.zh-CN.md"));
    assert!(english > 0);
    assert_eq!(english, chinese, "sections in README.md and README.zh-CN.md");
}

#[test]
fn comments_are_not_code() {
    let code = code_of(
        "let a = \"// tokio\"; // axum\n/* leptos\n/* two */ */ let b: &'a str = r#\"x\"y\"#; let c = '\"'; // fs\n",
    );
    assert!(names(&code, "tokio") && !names(&code, "axum") && !names(&code, "leptos") && !names(&code, "fs"), "{code}");
    assert!(names(&code, "let c") && code.lines().count() == 3, "{code}");
    assert!(names_std("use std::{fmt, fs::File};", "fs") && !names_std("use std::{fmt, io}; fs", "fs"));
    assert_eq!(paths_in("see `app/src/lib.rs`, `unit/U` and `public/styles/*.css`"), ["app/src/lib.rs"]);
}
