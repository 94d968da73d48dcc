//! `/api/audit`: the log of acts of authority, for the campaign office and supervisors.

use std::fmt::Write;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use huigao_shared::audit::Placed;
use huigao_shared::ids::MemberId;
use huigao_shared::roster::{Role, Roster};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{Shared, now};
use crate::hub::Identity;
use crate::office::{Office, OfficeError};
use crate::store::StoreError;

/// Which entries.
#[derive(Clone, Deserialize)]
pub(super) struct Filter {
    /// Only those before this number.
    before: Option<u64>,
    /// Only of this kind.
    what: Option<String>,
    /// Only by or about this person.
    member: Option<MemberId>,
    /// Only from this time on, in seconds since 1970.
    since: Option<i64>,
    /// Only before this time.
    until: Option<i64>,
}

impl Filter {
    fn takes(&self, placed: &Placed) -> bool {
        let entry = &placed.entry;
        let about = |member: MemberId| entry.by == Some(member) || entry.deed.subject() == Some(member);
        self.what.as_deref().is_none_or(|what| what.is_empty() || entry.deed.name() == what)
            && self.member.is_none_or(about)
            && self.since.is_none_or(|since| placed.at >= since)
            && self.until.is_none_or(|until| placed.at < until)
    }
}

pub(super) async fn page(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    let entries = shared.office(move |office| read(office, &identity, &filter)).await?;
    let more = entries.len() == crate::store::AUDIT_PAGE;
    Ok(Json(json!({ "entries": entries, "more": more })))
}

/// All of it as CSV; that is noted as well.
pub(super) async fn export(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Query(filter): Query<Filter>,
) -> Result<impl IntoResponse, ApiError> {
    let text = shared.office(move |office| export_all(office, &identity, filter)).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, text))
}

fn read(office: &Office, identity: &Identity, filter: &Filter) -> Result<Vec<Placed>, OfficeError> {
    let roster = office.roster();
    let reads = |role| roster.member(identity.member).is_some_and(|person| person.has(role));
    if !reads(Role::CampaignOffice) && !reads(Role::Supervisor) {
        return Err(OfficeError::NotAllowed);
    }
    Ok(office.store().audit(filter.before, |placed| filter.takes(placed))?)
}

fn export_all(office: &mut Office, identity: &Identity, mut filter: Filter) -> Result<String, OfficeError> {
    let mut rows = Vec::new();
    loop {
        let page = read(office, identity, &filter)?;
        filter.before = page.last().map(|placed| placed.number);
        let last = page.len() < crate::store::AUDIT_PAGE;
        rows.extend(page);
        if last {
            break;
        }
    }
    rows.reverse();
    office.exported(identity, "audit", rows.len(), now())?;
    let roster = office.roster();
    // The mark at the start tells spreadsheets that it is UTF-8.
    let mut text = String::from("\u{feff}number,seconds,by,device,what,about,detail,hash\r\n");
    for placed in rows {
        let name = |member: Option<MemberId>| member.map(|id| name_of(&roster, id)).unwrap_or_default();
        let entry = &placed.entry;
        let detail = serde_json::to_string(&entry.deed).map_err(StoreError::Json)?;
        let device = entry.device.map(|device| device.to_string());
        let device = device.or_else(|| entry.token.clone()).unwrap_or_default();
        let cells =
            [name(entry.by), device, entry.deed.name().to_owned(), name(entry.deed.subject()), detail, placed.hash];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        let _ = write!(text, "{},{},{}\r\n", placed.number, placed.at, cells.join(","));
    }
    Ok(text)
}

fn name_of(roster: &Roster, id: MemberId) -> String {
    roster.member(id).map_or_else(|| id.to_string(), |person| person.name.clone())
}

/// A cell in quotes; what a spreadsheet would take for a formula is made plain text.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}
