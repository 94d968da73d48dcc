//! The merged version as it is read: runs of one author, bars, and the places that are new. No elements here.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use huigao_shared::authorship::Verdict;
use huigao_shared::ids::MemberId;
use huigao_shared::text::outline::heading_len;

use huigao_protocol::command::Millis;
use huigao_protocol::view::{Authored, HandedOver, Merged, MergedLine};

/// An author, or nobody whom the roster knows.
pub type Author = Option<MemberId>;

/// A piece of a line, all by one author, all new or all read.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Part {
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub author: Author,
    /// When it was last added to.
    pub at: Millis,
    /// The new place it belongs to.
    pub place: Option<usize>,
    /// Whether that place begins here.
    pub begins: bool,
    /// What its author says of it, if it came by another's hand.
    pub handed: Option<Verdict>,
    /// It touches what another person wrote at the same time.
    pub touches: bool,
    /// It stood here at the last reading, and is gone; by the author's hand.
    pub removed: bool,
}

/// What the margin says where a run begins.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Who {
    /// The run's authors, who wrote most first.
    pub authors: Vec<Author>,
    /// When the run was last added to.
    pub at: Millis,
    /// Whether something in it is new.
    pub is_new: bool,
    /// What their authors say of those parts that came by another's hand and are not confirmed.
    pub handed: Option<Verdict>,
}

/// A line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// `title`, `h1` … `h4`, `body` or `empty`.
    pub kind: &'static str,
    /// A heading's level in the page: one under the heading above it, whatever numbers were left out. 0 for other lines.
    pub level: u8,
    /// The margin, if a run begins here.
    pub who: Option<Who>,
    /// Authors with how much of the line each one wrote, in the order of the text.
    pub bars: Vec<(Author, usize)>,
    /// Its pieces.
    pub parts: Vec<Part>,
    /// What follows a heading in its own line.
    pub run_in: Vec<Part>,
}

/// A place that is new since the last reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// How it begins.
    pub text: String,
    /// Who began it.
    pub author: Author,
    /// When.
    pub at: Millis,
    /// It begins with what is gone.
    pub removed: bool,
}

/// A heading to go to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The key of its line.
    pub key: u64,
    /// Its level, from 1.
    pub level: u8,
    /// Its text.
    pub text: String,
}

/// A document to read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// Lines with keys that stay as long as the line does.
    pub lines: Vec<(u64, Line)>,
    /// New places, in order.
    pub places: Vec<Place>,
    /// Authors with how much each one wrote, most first.
    pub authors: Vec<(Author, usize)>,
    /// What came by another's hand, and how many characters of it stand.
    pub handed: Vec<(HandedOver, usize)>,
    /// Its headings.
    pub marks: Vec<Mark>,
    /// Whether it can be told what is new.
    pub is_known: bool,
    /// Nothing of it was ever read: it is new as a whole.
    pub is_unread: bool,
    /// How many places there are where people wrote without knowing of each other.
    pub touching: usize,
    /// It is the text alone: who wrote it was not looked up.
    pub is_plain: bool,
}

/// In the side list, so much of a new place is shown.
const EXCERPT: usize = 60;

impl Reading {
    /// Prepares a merged version.
    pub fn of(mut merged: Merged) -> Self {
        let mut places = Vec::new();
        let mut goes_on = false;
        let mut lines: Vec<Line> = std::mem::take(&mut merged.lines)
            .into_iter()
            .map(|line| prepare(line, &mut places, &mut goes_on))
            .collect();
        mark_runs(&mut lines);
        set_levels(&mut lines);
        let lines = keyed(lines);
        let marks = lines.iter().filter_map(|(key, line)| mark(*key, line)).collect();
        let Merged { authors, handed, is_unread, is_known, touching, is_plain, .. } = merged;
        Self { lines, places, authors, handed, marks, is_known, is_unread, touching, is_plain }
    }
}

/// The page's own heading is the first.
fn set_levels(lines: &mut [Line]) {
    let mut above: Vec<u8> = Vec::new();
    for line in lines {
        let rank = match line.kind {
            "title" => 0,
            kind => match kind.strip_prefix('h').and_then(|rank| rank.parse().ok()) {
                Some(rank) => rank,
                None => continue,
            },
        };
        above.retain(|other| *other < rank);
        above.push(rank);
        line.level = above.len() as u8 + 1;
    }
}

fn mark(key: u64, line: &Line) -> Option<Mark> {
    let level = line.kind.strip_prefix('h')?.parse().ok()?;
    let text = line.parts.iter().filter(|part| !part.removed).map(|part| part.text.as_str()).collect();
    Some(Mark { key, level, text })
}

/// `goes_on` says whether the text before ended within a new place: line breaks do not end it.
fn prepare(line: MergedLine, places: &mut Vec<Place>, goes_on: &mut bool) -> Line {
    let mut parts: Vec<Part> = Vec::new();
    let mut bars: Vec<(Author, usize)> = Vec::new();
    for Authored { text, author, at, is_new, handed, touches, removed, .. } in line.parts {
        let length = text.chars().count();
        // What is gone is of nobody's share.
        match bars.iter_mut().find(|(known, _)| *known == author) {
            _ if removed => {}
            Some((_, written)) => *written += length,
            None => bars.push((author, length)),
        }
        let begins = is_new && !*goes_on;
        *goes_on = is_new;
        if begins {
            places.push(Place { text: String::new(), author, at, removed });
        }
        let place = is_new.then(|| places.len().saturating_sub(1));
        if let Some(place) = place.and_then(|place| places.get_mut(place)) {
            let room = EXCERPT.saturating_sub(place.text.chars().count());
            place.text.extend(text.chars().take(room));
        }
        match parts.last_mut() {
            Some(last)
                if last.author == author
                    && last.place == place
                    && last.handed == handed
                    && (last.touches, last.removed) == (touches, removed)
                    && !begins =>
            {
                last.text.push_str(&text);
                last.at = last.at.max(at);
            }
            _ => parts.push(Part { text, author, at, place, begins, handed, touches, removed }),
        }
    }
    let run_in = split_run_in(&mut parts);
    Line { kind: line.kind.name(), level: 0, who: None, bars, parts, run_in }
}

/// Takes from the pieces of a line what follows its heading.
fn split_run_in(parts: &mut Vec<Part>) -> Vec<Part> {
    let line: String = parts.iter().filter(|part| !part.removed).map(|part| part.text.as_str()).collect();
    let mut left = heading_len(&line);
    let is_whole = left == line.len();
    let mut rest = Vec::new();
    let heading = std::mem::take(parts);
    for mut part in heading {
        if part.removed {
            if left > 0 || is_whole {
                parts.push(part)
            } else {
                rest.push(part)
            }
            continue;
        }
        let within = left.min(part.text.len());
        left -= within;
        let after = part.text.split_off(within);
        let begins = part.begins && part.text.is_empty();
        if !after.is_empty() {
            rest.push(Part { text: after, begins, ..part.clone() });
        }
        if !part.text.is_empty() {
            parts.push(part);
        }
    }
    rest
}

/// Text that was written further apart in time is another run.
const RUN_MS: u64 = 12 * 3_600_000;

/// The run that a line is in: where it starts, who writes, whether something is new, when it was last added to.
struct Run {
    start: usize,
    authors: Vec<Author>,
    is_new: bool,
    handed: Option<Verdict>,
    at: Millis,
}

/// A run goes on as long as the same people write, at about one time, and all is new or nothing is. Empty lines
/// belong to the run around them.
fn mark_runs(lines: &mut [Line]) {
    let mut run: Option<Run> = None;
    for index in 0..lines.len() {
        let Some(line) = lines.get(index) else { break };
        if line.parts.is_empty() {
            continue;
        }
        let mut authors = line.bars.clone();
        if authors.is_empty() {
            // Nothing of the line is left.
            authors.extend(line.parts.first().map(|part| (part.author, 0)));
        }
        authors.sort_by_key(|(_, written)| std::cmp::Reverse(*written));
        let authors: Vec<Author> = authors.into_iter().map(|(author, _)| author).collect();
        let parts = || line.parts.iter().chain(&line.run_in);
        let at = parts().map(|part| part.at).max().unwrap_or_default();
        let is_new = parts().any(|part| part.place.is_some());
        let handed = parts().filter_map(|part| part.handed).filter(|verdict| *verdict != Verdict::Confirmed).max();
        let goes_on = |run: &&Run| {
            run.authors == authors && run.is_new == is_new && run.handed == handed && run.at.abs_diff(at) <= RUN_MS
        };
        let start = run.as_ref().filter(goes_on).map_or(index, |run| run.start);
        if let Some(first) = lines.get_mut(start) {
            let who = first.who.get_or_insert_with(|| Who { authors: authors.clone(), at, is_new, handed });
            who.at = who.at.max(at);
        }
        run = Some(Run { start, authors, is_new, handed, at });
    }
}

/// Keys from what the lines say; equal lines are told apart by their order.
fn keyed(lines: Vec<Line>) -> Vec<(u64, Line)> {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    let keyed = lines.into_iter().map(|line| {
        let key = hash(&line);
        let times = seen.entry(key).or_default();
        *times += 1;
        (hash(&(key, *times)), line)
    });
    keyed.collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
