//! What was typed since the last change was made: splices that the document does not hold yet.
//!
//! A splice in a document of 20,000 characters costs milliseconds, as much as a slow PC has for a whole key. So keys
//! are collected here, those that follow each other as one splice, and go into the document when the change is made.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ObjId, ReadDoc};

use super::event::Splice;

/// Splices in order, each against what the former left. Offsets and lengths in UTF-16 code units.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Typed(Vec<Splice>);

impl Typed {
    pub fn push(&mut self, splice: Splice) {
        if let Some(last) = self.0.last_mut() {
            let end = last.at + units(&last.insert);
            if splice.delete == 0 && splice.at == end {
                return last.insert.push_str(&splice.insert);
            }
            if splice.insert.is_empty() && splice.at >= last.at && splice.at + splice.delete == end {
                // Taken back what was just typed.
                let kept: Vec<u16> = last.insert.encode_utf16().take(splice.at - last.at).collect();
                if let Ok(kept) = String::from_utf16(&kept) {
                    last.insert = kept;
                    return;
                }
            }
        }
        self.0.push(splice);
    }

    /// The splices.
    pub fn splices(&self) -> Vec<Splice> {
        self.0.clone()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How long a text of `length` becomes.
    pub fn length(&self, length: usize) -> usize {
        self.0.iter().fold(length, |length, splice| (length + units(&splice.insert)).saturating_sub(splice.delete))
    }

    /// The text as the user sees it.
    pub fn shown(&self, text: String) -> String {
        if self.0.is_empty() {
            return text;
        }
        let mut shown: Vec<u16> = text.encode_utf16().collect();
        for splice in &self.0 {
            let at = splice.at.min(shown.len());
            let end = (at + splice.delete).min(shown.len());
            shown.splice(at..end, splice.insert.encode_utf16());
        }
        String::from_utf16_lossy(&shown)
    }

    /// Puts it into the document; nothing is left here, short of words that the document takes nowhere.
    pub fn settle(&mut self, doc: &mut AutoCommit, text: &ObjId) {
        for Splice { at, delete, insert } in std::mem::take(&mut self.0) {
            let before = doc.length(text);
            // Offsets were compared with the text's length when they came, so they fit.
            let fits = isize::try_from(delete).is_ok_and(|delete| doc.splice_text(text, at, delete, &insert).is_ok());
            if fits || insert.is_empty() || doc.length(text) > before {
                continue;
            }
            // If ever they did not, the words are kept where the text ends.
            let end = doc.length(text);
            if doc.splice_text(text, end, 0, &insert).is_err() {
                self.0.push(Splice { at: end, delete: 0, insert });
            }
        }
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use automerge::{ObjType, ROOT};

    use super::*;

    fn typed(splices: &[(usize, usize, &str)]) -> Typed {
        let mut typed = Typed::default();
        for (at, delete, insert) in splices {
            typed.push(Splice { at: *at, delete: *delete, insert: (*insert).to_owned() });
        }
        typed
    }

    #[test]
    fn keys_that_follow_each_other_are_one_splice() {
        let typed = typed(&[(2, 0, "学"), (3, 0, "😀"), (5, 0, "习"), (5, 1, ""), (0, 1, "")]);
        assert_eq!(
            typed.0,
            [Splice { at: 2, delete: 0, insert: "学😀".into() }, Splice { at: 0, delete: 1, insert: String::new() }]
        );
        assert_eq!(typed.shown("甲乙丙".into()), "乙学😀丙");
        assert_eq!(typed.length(3), 5);
    }

    #[test]
    fn what_was_there_before_is_deleted_by_itself() {
        let typed = typed(&[(1, 2, "新"), (0, 2, "")]);
        assert_eq!(typed.0.len(), 2);
        assert_eq!(typed.shown("一二三四".into()), "四");
    }

    #[test]
    fn words_whose_place_is_not_there_are_kept_where_the_text_ends() {
        let mut doc = AutoCommit::new();
        let text = doc.put_object(ROOT, "text", ObjType::Text).expect("a new document");
        doc.splice_text(&text, 0, 0, "甲乙").expect("an empty text");
        let mut typed = typed(&[(9, 3, "没有丢"), (0, 0, "一、")]);
        typed.settle(&mut doc, &text);
        assert_eq!(doc.text(&text).expect("a text"), "一、甲乙没有丢");
        assert_eq!(typed, Typed::default());
    }
}
