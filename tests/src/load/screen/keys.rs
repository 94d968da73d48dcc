//! From a key to its paint: the app beside CodeMirror alone, which is the floor, and beside two libraries that bind
//! CodeMirror to a CRDT.

use anyhow::Result;

use super::Found;
use crate::load::report::{Bound, Figure, Peer};

/// As the script names it, and as the table does.
const FLOOR: (&str, &str) = ("codemirror", "CodeMirror alone");
const BOUND_TO_A_CRDT: [(&str, &str); 2] = [("automerge", "automerge-codemirror"), ("yjs", "y-codemirror.next")];

/// One length of text, with the names of its figures.
struct Case {
    key: &'static str,
    what: &'static str,
    most: Bound,
    over_floor: f64,
    names: [&'static str; 3],
    slow: bool,
}

static CASES: [Case; 4] = [
    Case {
        key: "20k",
        what: "20,000 characters, 5 edits of others a second, p95; frames come every 16.7 ms",
        most: Bound::AtMost(16.0),
        over_floor: 1.15,
        names: ["key-to-paint", "key-floor", "key-peers"],
        slow: false,
    },
    Case {
        key: "100k",
        what: "100,000 characters, the caret at the start, 5 edits of others a second, p95",
        most: Bound::None,
        over_floor: 1.25,
        names: ["key-100k", "key-100k-floor", "key-100k-peers"],
        slow: false,
    },
    Case {
        key: "200k",
        what: "the same with 200,000 characters",
        most: Bound::None,
        over_floor: 1.25,
        names: ["key-200k", "key-200k-floor", "key-200k-peers"],
        slow: false,
    },
    Case {
        key: "100k-slow",
        what: "100,000 characters with the page's thread four times slower",
        most: Bound::None,
        over_floor: 1.25,
        names: ["key-slow", "key-slow-floor", "key-slow-peers"],
        slow: true,
    },
];

pub(super) fn figures(found: &Found) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for case in &CASES {
        figures.extend(of_case(found, case)?);
    }
    figures.push(found.figure(
        ("key-alone", "20,000 characters with nobody else writing, p95"),
        ("/keys/20k/alone", "/p95"),
        "ms",
        Bound::None,
    )?);
    let longest = |slow: bool| {
        let tasks = CASES.iter().filter(|case| case.slow == slow);
        let tasks = tasks.map(|case| found.number(&format!("/keys/{}/ours/task", case.key)));
        tasks.collect::<Result<Vec<_>>>().map(|tasks| tasks.into_iter().fold(0.0, f64::max))
    };
    let bound = Bound::AtMost(50.0);
    let what = "the page's longest task while keys are typed, whatever the length; 0 if none took over 50 ms";
    figures.push(Figure::new("key-task", what, longest(false)?, "ms", bound));
    let what = "the same with the page's thread four times slower";
    figures.push(Figure::new("key-task-slow", what, longest(true)?, "ms", bound));
    Ok(figures)
}

/// The time itself, and how it compares with the floor and with the faster of the two that merge as we do.
fn of_case(found: &Found, case: &Case) -> Result<[Figure; 3]> {
    let p95 = |who: &str| found.number(&format!("/keys/{}/{who}/p95", case.key));
    let peer =
        |(key, name): (&str, &'static str)| -> Result<Peer> { Ok(Peer { name, value: p95(key)?, measured: true }) };
    let ours = p95("ours")?;
    let floor = peer(FLOOR)?;
    let merging = BOUND_TO_A_CRDT.into_iter().map(peer).collect::<Result<Vec<_>>>()?;
    let faster = merging.iter().map(|peer| peer.value).fold(f64::INFINITY, f64::min);
    let [name, over_floor, over_peers] = case.names;

    let mut time =
        Figure::new(name, case.what, ours, "ms", case.most).with("all", found.all(&format!("/keys/{}", case.key)));
    let bound = Bound::AtMost(case.over_floor);
    let over_floor = Figure::new(over_floor, "the same over CodeMirror alone", ours / floor.value, "×", bound);
    let what = "the same over the faster of the two that bind a CRDT to CodeMirror";
    let over_peers = Figure::new(over_peers, what, ours / faster, "×", Bound::AtMost(1.0));
    time.peers = std::iter::once(floor).chain(merging).collect();
    Ok([time, over_floor, over_peers])
}
