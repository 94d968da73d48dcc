//! Marks of falls, as a browser keeps them over a reload, one for each profile and document: what each says, which a profile
//! takes, which wait for another, and which are dropped.
//!
//! Several people share a browser. A mark says where the app fell for one of them; to the others that document may be
//! in order, or none of theirs.

use huigao_shared::ids::{DocumentId, MemberId};
use serde::{Deserialize, Serialize};

use crate::command::Millis;
use crate::work::Work;

/// How the name of every mark begins.
pub const PREFIX: &str = "huigao.fell";
/// So many marks are kept, the newest.
const MOST: usize = 32;
/// And for so long, in milliseconds: whoever comes back after that finds out anew.
const AGE: Millis = 30 * 86_400_000;

#[derive(Serialize, Deserialize)]
struct Mark {
    at: Millis,
    work: Work,
}

/// What becomes of the marks that a browser has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sorted {
    /// In the middle of what the app fell for this profile.
    pub taken: Vec<Work>,
    /// The names of marks that are to go: those that were taken, and those that are of no use.
    pub gone: Vec<String>,
}

/// The name and the value of a mark.
#[must_use]
pub fn mark(profile: MemberId, work: &Work, now: Millis) -> Option<(String, String)> {
    let value = serde_json::to_string(&Mark { at: now, work: work.clone() }).ok()?;
    Some((format!("{PREFIX}/{profile}/{}", work.document), value))
}

fn read(name: &str, value: &str) -> Option<(MemberId, Mark)> {
    let (profile, document) = name.strip_prefix(PREFIX)?.strip_prefix('/')?.split_once('/')?;
    let (profile, document): (MemberId, DocumentId) = (profile.parse().ok()?, document.parse().ok()?);
    let mark: Mark = serde_json::from_str(value).ok()?;
    (mark.work.document == document).then_some((profile, mark))
}

/// Sorts out the marks, names and values, for the profile that starts.
#[must_use]
pub fn sort_out(marks: Vec<(String, String)>, profile: MemberId, now: Millis) -> Sorted {
    let mut sorted = Sorted::default();
    let mut good = Vec::new();
    for (name, value) in marks {
        match read(&name, &value) {
            // A clock may have been set forth or back.
            Some((owner, mark)) if now.abs_diff(mark.at) <= AGE.unsigned_abs() => good.push((name, owner, mark)),
            Some(_) | None => sorted.gone.push(name),
        }
    }
    good.sort_by_key(|(_, _, mark)| std::cmp::Reverse(mark.at));
    for (place, (name, owner, mark)) in good.into_iter().enumerate() {
        if place >= MOST {
            sorted.gone.push(name);
        } else if owner == profile {
            sorted.taken.push(mark.work);
            sorted.gone.push(name);
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_700_000_000_000;

    fn work(number: u8) -> Work {
        Work { document: DocumentId::from_bytes([number; 16]), reading: false, by: None, change: None }
    }

    fn marked(profile: &str, number: u8, at: Millis) -> (String, String) {
        mark(MemberId::from_key(profile), &work(number), at).expect("plain values")
    }

    #[test]
    fn a_mark_is_taken_by_its_profile_alone_and_once() {
        let marks = vec![marked("ann", 1, NOW), marked("ben", 1, NOW), marked("ann", 2, NOW - 5)];
        let ann = sort_out(marks.clone(), MemberId::from_key("ann"), NOW);
        assert_eq!(ann, Sorted { taken: vec![work(1), work(2)], gone: vec![marks[0].0.clone(), marks[2].0.clone()] });
        let left: Vec<_> = marks.into_iter().filter(|(name, _)| !ann.gone.contains(name)).collect();
        assert_eq!(sort_out(left.clone(), MemberId::from_key("ann"), NOW), Sorted::default());
        assert_eq!(sort_out(left, MemberId::from_key("ben"), NOW).taken, [work(1)]);
    }

    #[test]
    fn what_is_no_mark_or_no_use_any_more_is_dropped() {
        let (name, value) = marked("ann", 1, NOW);
        let bad = [
            // As an earlier version wrote it, for whoever came next.
            (PREFIX.to_owned(), serde_json::to_string(&work(1)).expect("plain values")),
            (name.clone(), "{".to_owned()),
            (marked("ann", 2, NOW).0, value.clone()),
            (format!("{PREFIX}/nobody/{}", work(1).document), value),
            marked("ben", 3, NOW - AGE - 1),
            marked("ann", 4, NOW + AGE + 1),
        ];
        let sorted = sort_out(bad.to_vec(), MemberId::from_key("ann"), NOW);
        assert_eq!((sorted.taken.len(), sorted.gone.len()), (0, bad.len()));
    }

    #[test]
    fn of_many_the_newest_are_kept() {
        let marks: Vec<_> = (0..40).map(|number| marked("ben", number, NOW - Millis::from(number))).collect();
        let sorted = sort_out(marks.clone(), MemberId::from_key("ann"), NOW);
        assert_eq!(sorted.gone.len(), 40 - MOST);
        assert!(!sorted.gone.contains(&marks[0].0) && sorted.gone.contains(&marks[39].0));
    }
}
