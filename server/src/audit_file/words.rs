//! What was done, in words.

use huigao_shared::audit::Deed;
use huigao_shared::authority::Edit;
use huigao_shared::ids::UnitId;
use huigao_shared::roster::{Member, Role};
use huigao_shared::space::Space;

use super::{Lang, Names, time_of};

/// The kind of deed.
pub(super) fn kind(lang: Lang, deed: &Deed) -> &'static str {
    let (zh, en) = match deed {
        Deed::CampaignMade { .. } => ("建立活动", "Campaign made"),
        Deed::Invited { .. } => ("发出邀请", "Invited"),
        Deed::InvitationRevoked { .. } => ("收回邀请", "Invitation taken back"),
        Deed::Enrolled { .. } => ("登记设备", "Device enrolled"),
        Deed::DeviceRenamed { .. } => ("设备改名", "Device renamed"),
        Deed::DeviceRevoked { .. } => ("停用设备", "Device revoked"),
        Deed::RosterChanged { .. } => ("名册改动", "Roster changed"),
        Deed::Exported { .. } => ("导出", "Exported"),
        Deed::Delivered { .. } => ("文稿首次送达活动办公室设备", "Document first delivered to an office's device"),
        Deed::Published { .. } => ("公布供评议", "Published for evaluation"),
        Deed::TokenMade { .. } => ("制作令牌", "Token made"),
        Deed::TokenRevoked { .. } => ("停用令牌", "Token revoked"),
    };
    lang.pick(zh, en)
}

/// What it was about, besides the person.
pub(super) fn detail(names: &Names<'_>, deed: &Deed) -> String {
    let pick = |zh, en| names.lang.pick(zh, en);
    match deed {
        Deed::CampaignMade { title } => title.clone(),
        Deed::Invited { invitation, expires, .. } => {
            names.list([invitation.clone(), format!("{} {}", pick("有效期至", "good until"), time_of(*expires))])
        }
        Deed::InvitationRevoked { invitation, .. } => invitation.clone(),
        Deed::Enrolled { name, invitation, .. } => names.list([name.clone(), invitation.clone()]),
        Deed::DeviceRenamed { device, name, before } if before.is_empty() => {
            names.list([name.clone(), names.device(*device, "")])
        }
        Deed::DeviceRenamed { name, before, .. } => format!("{before} → {name}"),
        Deed::DeviceRevoked { device, name, .. } => names.device(*device, name),
        Deed::RosterChanged { edit, .. } => edit_words(names, edit),
        Deed::Exported { list, rows } => {
            let what = if list == "audit" { pick("操作记录", "audit log") } else { pick("名册", "roster") };
            names.list([what.to_owned(), format!("{rows} {}", pick("行", "rows"))])
        }
        Deed::Delivered { document, space } => names.list([names.space(space), document.to_string()]),
        Deed::Published { document, author: None } => document.to_string(),
        Deed::Published { document, author: Some(author) } => {
            names.list([document.to_string(), format!("{} {}", pick("作者", "by"), names.person(*author))])
        }
        Deed::TokenMade { token, .. } | Deed::TokenRevoked { token } => token.clone(),
    }
}

fn edit_words(names: &Names<'_>, edit: &Edit) -> String {
    let pick = |zh, en| names.lang.pick(zh, en);
    match edit {
        Edit::Title { before, after } => {
            format!("{} {} → {}", pick("活动名称", "campaign title"), before.zh, after.zh)
        }
        Edit::Unit { before, after } => match (before, after) {
            (Some(before), Some(after)) => format!("{} {} → {}", pick("修改单位", "unit"), before.name, after.name),
            (Some(before), None) => format!("{} {}", pick("删除单位", "unit removed"), before.name),
            (None, Some(after)) => format!("{} {}", pick("新增单位", "new unit"), after.name),
            (None, None) => String::new(),
        },
        Edit::Member { before: None, after } => {
            let new = format!("{} {}", pick("新增人员", "new person"), names.or_other(&after.name, &after.name_en));
            names.list([new, names.unit(after.unit.as_ref()), names.roles(after)])
        }
        Edit::Member { before: Some(before), after } => changes(names, before, after),
        Edit::Remove { before } => {
            let gone = format!(
                "{} {}",
                pick("移出名册", "taken off the roster:"),
                names.or_other(&before.name, &before.name_en)
            );
            names.list([gone, names.unit(before.unit.as_ref()), names.roles(before)])
        }
        Edit::Grant { grant, given } => {
            let what = if *given { pick("准阅览", "may read") } else { pick("收回阅览", "may no longer read") };
            format!("{what} {}", names.space(&grant.space))
        }
    }
}

/// What was changed of a person, each with what it was before.
fn changes(names: &Names<'_>, before: &Member, after: &Member) -> String {
    let pick = |zh, en| names.lang.pick(zh, en);
    let linked = |person: &Member| {
        person.linked.iter().map(|unit| names.unit(Some(unit))).collect::<Vec<_>>().join(pick("、", "; "))
    };
    let left =
        |person: &Member| if person.left { pick("已退出", "left") } else { pick("参加", "takes part") }.to_owned();
    let each = [
        (pick("姓名", "name"), before.name.clone(), after.name.clone()),
        (pick("英文名", "name in Latin letters"), before.name_en.clone(), after.name_en.clone()),
        (pick("单位", "unit"), names.unit(before.unit.as_ref()), names.unit(after.unit.as_ref())),
        (pick("职责", "roles"), names.roles(before), names.roles(after)),
        (pick("分管", "work"), before.division.clone(), after.division.clone()),
        (pick("联系单位", "linked units"), linked(before), linked(after)),
        (pick("状态", "state"), left(before), left(after)),
    ];
    let nothing = |text: String| if text.is_empty() { pick("无", "none").to_owned() } else { text };
    let changed = each.into_iter().filter(|(_, before, after)| before != after);
    let words = changed.map(|(what, before, after)| format!("{what}: {} → {}", nothing(before), nothing(after)));
    words.collect::<Vec<_>>().join(pick("；", "; "))
}

impl Names<'_> {
    fn list<const N: usize>(&self, parts: [String; N]) -> String {
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(self.lang.pick("，", ", "))
    }

    fn unit(&self, id: Option<&UnitId>) -> String {
        let name = |id: &UnitId| {
            self.roster.unit(id).map_or_else(|| id.to_string(), |unit| self.or_other(&unit.name, &unit.name_en))
        };
        id.map(name).unwrap_or_default()
    }

    fn roles(&self, person: &Member) -> String {
        let words: Vec<&str> = person.roles.iter().map(|role| role_words(self.lang, *role)).collect();
        words.join(self.lang.pick("、", " and "))
    }

    fn space(&self, space: &Space) -> String {
        let pick = |zh, en| self.lang.pick(zh, en);
        match space {
            Space::Private(owner) => format!("{} {}", self.person(*owner), pick("仅自己", "private")),
            Space::UnitMember(unit, owner) => {
                format!("{} {} {}", self.unit(Some(unit)), self.person(*owner), pick("个人工作", "own work"))
            }
            Space::Unit(unit) => self.unit(Some(unit)),
            Space::Pair(a, b) => {
                format!("{} {} {}", self.person(*a), self.person(*b), pick("两人之间", "between the two"))
            }
            Space::Opinions(about, owner) => {
                format!("{} {} {}", self.person(*owner), pick("意见，关于", "opinions on"), self.space(about))
            }
            Space::Group => pick("领导小组", "leading group").to_owned(),
            Space::Campaign => pick("活动", "campaign").to_owned(),
            Space::Evaluation => pick("群众评议", "public evaluation").to_owned(),
        }
    }
}

fn role_words(lang: Lang, role: Role) -> &'static str {
    let (zh, en) = match role {
        Role::Head => ("组长", "head"),
        Role::Deputy => ("副组长", "deputy"),
        Role::LeadingMember => ("领导小组成员", "member of the leading group"),
        Role::CampaignOffice => ("活动办公室", "campaign office"),
        Role::UnitStaff => ("本单位经办人", "unit staff"),
        Role::Supervisor => ("督导", "supervisor"),
        Role::Evaluator => ("评议代表", "evaluator"),
    };
    lang.pick(zh, en)
}
