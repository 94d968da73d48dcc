//! The audit log as a table that people read: words for what was done, and times of the campaign's zone.
//!
//! Owns: the columns and the words. May not touch: the store.

mod words;

use std::collections::HashMap;

use huigao_shared::audit::Placed;
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::Roster;

/// The campaign's zone: UTC+8, all year.
const ZONE: i64 = 8 * 3_600;

/// A language of the words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language of a tag; Chinese for any other and for none.
    #[must_use]
    pub fn of(tag: Option<&str>) -> Self {
        let english = tag.is_some_and(|tag| tag.split('-').next().is_some_and(|main| main.eq_ignore_ascii_case("en")));
        if english { Self::En } else { Self::Zh }
    }

    const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// What names the people and devices of the log.
pub struct Names<'a> {
    /// In which language.
    pub lang: Lang,
    /// The people and units.
    pub roster: &'a Roster,
    /// What devices are called now.
    pub devices: &'a HashMap<DeviceId, String>,
}

/// The entries as rows, headings first.
#[must_use]
pub fn rows(names: &Names<'_>, entries: &[Placed]) -> Vec<Vec<String>> {
    let headings = match names.lang {
        Lang::Zh => ["序号", "时间（UTC+8）", "经办", "经办设备", "事项", "有关的人", "内容", "校验值"],
        Lang::En => ["Number", "Time (UTC+8)", "By", "On device", "What", "About", "Details", "Hash"],
    };
    let entries = entries.iter().map(|placed| row(names, placed));
    std::iter::once(headings.map(str::to_owned).to_vec()).chain(entries).collect()
}

fn row(names: &Names<'_>, placed: &Placed) -> Vec<String> {
    let entry = &placed.entry;
    let by = entry
        .by
        .map_or_else(|| names.lang.pick("服务器命令行", "The relay's console").to_owned(), |by| names.person(by));
    let token = entry.token.as_ref().map(|token| format!("{} {token}", names.lang.pick("令牌", "token")));
    let device = entry.device.map(|device| names.device(device, ""));
    vec![
        placed.number.to_string(),
        time_of(placed.at),
        by,
        device.or(token).unwrap_or_default(),
        words::kind(names.lang, &entry.deed).to_owned(),
        entry.deed.subject().map(|subject| names.person(subject)).unwrap_or_default(),
        words::detail(names, &entry.deed),
        placed.hash.clone(),
    ]
}

/// `2026-04-28 10:31:07` in the campaign's zone.
fn time_of(at: i64) -> String {
    match time::OffsetDateTime::from_unix_timestamp(at.saturating_add(ZONE)) {
        Ok(then) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            then.year(),
            u8::from(then.month()),
            then.day(),
            then.hour(),
            then.minute(),
            then.second()
        ),
        Err(_) => at.to_string(),
    }
}

impl Names<'_> {
    fn person(&self, id: MemberId) -> String {
        self.roster.member(id).map_or_else(|| id.to_string(), |person| self.or_other(&person.name, &person.name_en))
    }

    /// What a device is called: as the entry has it, else as it is called now.
    fn device(&self, id: DeviceId, noted: &str) -> String {
        let name = if noted.is_empty() { self.devices.get(&id).map_or("", String::as_str) } else { noted };
        if name.is_empty() { id.to_string() } else { name.to_owned() }
    }

    fn or_other(&self, zh: &str, en: &str) -> String {
        let wanted = self.lang.pick(zh, en);
        if wanted.is_empty() { zh } else { wanted }.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huigao_shared::audit::{Deed, Entry, with_removed};
    use huigao_shared::authority::Edit;
    use huigao_shared::roster::{Member, Role};

    fn table(lang: Lang, deeds: Vec<Deed>) -> Vec<Vec<String>> {
        let (office, device) = (MemberId::from_key("office"), DeviceId::from_bytes([7; 16]));
        let roster = Roster { members: vec![Member::new(office, "office", "秦立川")], ..Roster::default() };
        let entries: Vec<Placed> = (1..)
            .zip(deeds)
            .map(|(number, deed)| Placed {
                number,
                at: 1_777_343_467,
                entry: Entry { by: Some(office), device: Some(device), token: None, deed },
                hash: "00ff".to_owned(),
            })
            .collect();
        let devices = HashMap::from([(device, "办公室台式机".to_owned())]);
        let roster = with_removed(&roster, &entries);
        rows(&Names { lang, roster: &roster, devices: &devices }, &entries)
    }

    #[test]
    fn a_revocation_names_the_device_also_where_the_entry_does_not() {
        let (member, device) = (MemberId::from_key("office"), DeviceId::from_bytes([7; 16]));
        let old: Deed = serde_json::from_value(serde_json::json!({
            "device-revoked": { "member": member, "device": device }
        }))
        .expect("an entry of before");
        let new = Deed::DeviceRevoked { member, device, name: "丢了的笔记本".to_owned() };
        let rows = table(Lang::Zh, vec![old, new]);
        assert_eq!(
            rows[1],
            ["1", "2026-04-28 10:31:07", "秦立川", "办公室台式机", "停用设备", "秦立川", "办公室台式机", "00ff"]
        );
        assert_eq!(rows[2][6], "丢了的笔记本");
    }

    #[test]
    fn what_was_done_is_said_in_words_of_the_language_asked_for() {
        let member = Member { roles: vec![Role::Evaluator], ..Member::new(MemberId::from_key("ann"), "ann", "=安") };
        let deed = || Deed::RosterChanged { version: 2, edit: Box::new(Edit::member(None, member.clone())) };
        assert_eq!(
            table(Lang::of(None), vec![deed()])[1][4..7],
            ["名册改动", member.id.to_string().as_str(), "新增人员 =安，评议代表"]
        );
        assert_eq!(table(Lang::of(Some("en-GB")), vec![deed()])[1][6], "new person =安, evaluator");
        let gone = || {
            let before = Box::new(Member { roles: Vec::new(), ..member.clone() });
            Deed::RosterChanged { version: 3, edit: Box::new(Edit::Remove { before }) }
        };
        // The log names whoever is on no roster any more.
        assert_eq!(table(Lang::Zh, vec![gone()])[1][4..7], ["名册改动", "=安", "移出名册 =安"]);
        assert_eq!(table(Lang::En, vec![gone()])[1][6], "taken off the roster: =安");
        let exported = Deed::Exported { list: "audit".to_owned(), rows: 3 };
        assert_eq!(table(Lang::Zh, vec![exported])[1][6], "操作记录，3 行");
    }

    #[test]
    fn no_cell_is_a_formula_for_a_spreadsheet() {
        let titles = ["=1+1", "+1", "-1", "@x", "\t=1", "＝1+1", " =1"];
        let deeds = titles.map(|title| Deed::CampaignMade { title: title.to_owned() }).to_vec();
        let csv = crate::roster_file::to_csv(&table(Lang::Zh, deeds)).expect("csv");
        let text = String::from_utf8(csv).expect("utf-8");
        let cells = text.split([',', '\n']).map(|cell| cell.trim_start_matches('"'));
        let formula = |cell: &str| cell.trim_start().starts_with(['=', '+', '-', '@', '＝']);
        assert_eq!(cells.filter(|cell| formula(cell)).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
