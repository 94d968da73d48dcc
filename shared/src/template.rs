//! Campaign templates: the kinds of document a campaign has, as data.

use serde::{Deserialize, Serialize};

use crate::space::SpaceKind;

/// A text in both languages of the screen.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A figure that a requirement counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    /// Characters, with punctuation.
    Characters,
    /// Hours.
    Hours,
}

/// What a campaign requires of a kind of document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Threshold {
    /// What is counted.
    pub figure: Figure,
    /// How much is required.
    pub min: u32,
    /// Whether all documents of the kind count together.
    #[serde(default)]
    pub sum: bool,
}

/// A kind of document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kind {
    /// Its key, which labels carry.
    pub id: String,
    /// Its name on the screen.
    pub name: Bilingual,
    /// The kinds of space in which it may be created.
    pub spaces: Vec<SpaceKind>,
    /// Headings that a new document starts with.
    #[serde(default)]
    pub outline: Vec<String>,
    /// What is required of it, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

impl Kind {
    /// Whether its characters count towards a requirement.
    #[must_use]
    pub fn counts_characters(&self) -> bool {
        self.threshold.as_ref().is_some_and(|threshold| threshold.figure == Figure::Characters)
    }

    /// The text that a new document of this kind starts with: its title, then its headings, each with an empty line
    /// beneath it to write in.
    #[must_use]
    pub fn first_text(&self, title: &str) -> String {
        let mut text = format!("{title}\n");
        for (at, heading) in self.outline.iter().enumerate() {
            if at > 0 {
                text.push('\n');
            }
            text.push_str(heading);
            text.push('\n');
        }
        text
    }
}

/// Where writing begins in such a text, in UTF-16 code units: on the first empty line beneath the title, else at the end.
#[must_use]
pub fn writing_begins(text: &str) -> usize {
    let mut offset = 0;
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 && line.is_empty() {
            return offset;
        }
        offset += line.encode_utf16().count() + 1;
    }
    text.encode_utf16().count()
}

/// A campaign template.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Template {
    /// Its key.
    pub id: String,
    /// Its name.
    pub title: Bilingual,
    /// The kinds of document, in the order in which they are offered.
    pub kinds: Vec<Kind>,
}

impl Template {
    /// Reads a template file.
    ///
    /// # Errors
    /// If it is not JSON of this shape; the error names line and column.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json.as_bytes())
    }

    /// The kind with this key.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::outline::outline;

    fn kind(outline: &[&str]) -> Kind {
        Kind {
            id: "report".to_owned(),
            name: Bilingual::default(),
            spaces: Vec::new(),
            outline: outline.iter().map(|&heading| heading.to_owned()).collect(),
            threshold: None,
        }
    }

    #[test]
    fn who_starts_a_report_writes_beneath_its_first_heading() {
        let text = kind(&["一、基本情况", "二、问题", "（一）对照要求"]).first_text("报告😀");
        assert_eq!(text, "报告😀\n一、基本情况\n\n二、问题\n\n（一）对照要求\n");
        let at = writing_begins(&text);
        assert_eq!(at, "报告😀\n一、基本情况\n".encode_utf16().count());
        // What is typed there is no heading, and the headings stay what they are.
        let mut units: Vec<u16> = text.encode_utf16().collect();
        drop(units.splice(at..at, "正文".encode_utf16()));
        let written = String::from_utf16(&units).expect("whole characters");
        assert_eq!(written.lines().nth(2), Some("正文"));
        assert_eq!(outline(&written).len(), 4);
    }

    #[test]
    fn characters_count_where_characters_are_required() {
        let json = r#"{"id": "c", "title": {"zh": "", "en": ""}, "kinds": [
            {"id": "note", "name": {"zh": "", "en": ""}, "spaces": ["own"], "threshold": {"figure": "characters", "min": 20000, "sum": true}},
            {"id": "session", "name": {"zh": "", "en": ""}, "spaces": ["own"], "threshold": {"figure": "hours", "min": 40}},
            {"id": "report", "name": {"zh": "", "en": ""}, "spaces": ["own"]}
        ]}"#;
        let template = Template::parse(json).expect("a template");
        let counts: Vec<bool> = template.kinds.iter().map(Kind::counts_characters).collect();
        assert_eq!(counts, [true, false, false]);
    }

    #[test]
    fn without_headings_writing_begins_beneath_the_title() {
        let text = kind(&[]).first_text("笔记");
        assert_eq!((text.as_str(), writing_begins(&text)), ("笔记\n", 3));
        assert_eq!(writing_begins("笔记"), 2);
    }
}
