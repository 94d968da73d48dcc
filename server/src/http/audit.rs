//! `/api/audit`: the log of acts of authority, for the campaign office and supervisors.

use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use huigao_shared::audit::{Deed, Entry, Placed, with_removed};
use huigao_shared::authority::{Edit, reads_audit};
use huigao_shared::ids::{DeviceId, MemberId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{Shared, now};
use crate::audit_file::{Lang, Names, rows};
use crate::hub::Identity;
use crate::office::{Office, OfficeError};
use crate::roster_file::to_csv;

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
    /// In which language a file is; Chinese unless asked for.
    lang: Option<String>,
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
    let told = shared.office(move |office| Ok((read(office, &identity, &filter)?, device_names(office)?)));
    let (entries, mut devices) = told.await?;
    let more = entries.len() == crate::store::AUDIT_PAGE;
    let named: HashSet<DeviceId> = entries.iter().flat_map(|placed| devices_of(&placed.entry)).collect();
    devices.retain(|device, _| named.contains(device));
    Ok(Json(json!({ "entries": entries, "more": more, "devices": devices })))
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
    if !office.roster().member(identity.member).is_some_and(reads_audit) {
        return Err(OfficeError::NotAllowed);
    }
    Ok(office.store().audit(filter.before, |placed| filter.takes(placed))?)
}

fn export_all(office: &mut Office, identity: &Identity, mut filter: Filter) -> Result<Vec<u8>, OfficeError> {
    let mut entries = Vec::new();
    loop {
        let page = read(office, identity, &filter)?;
        filter.before = page.last().map(|placed| placed.number);
        let last = page.len() < crate::store::AUDIT_PAGE;
        entries.extend(page);
        if last {
            break;
        }
    }
    entries.reverse();
    office.exported(identity, "audit", entries.len(), now())?;
    let (roster, devices) = (with_removed(&office.roster(), &removals(office)?), device_names(office)?);
    let names = Names { lang: Lang::of(filter.lang.as_deref()), roster: &roster, devices: &devices };
    to_csv(&rows(&names, &entries)).map_err(|_| OfficeError::Malformed("a cell cannot be written"))
}

/// All entries by which people were taken off the roster: whatever a file tells of them, it names them.
fn removals(office: &Office) -> Result<Vec<Placed>, OfficeError> {
    let is_removal = |placed: &Placed| matches!(&placed.entry.deed, Deed::RosterChanged { edit, .. } if matches!(**edit, Edit::Remove { .. }));
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = office.store().audit(before, is_removal)?;
        before = page.last().map(|placed| placed.number);
        let last = page.len() < crate::store::AUDIT_PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// What every device is called now.
fn device_names(office: &Office) -> Result<HashMap<DeviceId, String>, OfficeError> {
    Ok(office.store().devices(None)?.into_iter().map(|device| (device.id, device.name)).collect())
}

/// The devices that an entry tells of: on which it was done, and to which.
fn devices_of(entry: &Entry) -> impl Iterator<Item = DeviceId> {
    let about = match &entry.deed {
        Deed::Enrolled { device, .. } | Deed::DeviceRenamed { device, .. } | Deed::DeviceRevoked { device, .. } => {
            Some(*device)
        }
        Deed::CampaignMade { .. }
        | Deed::Invited { .. }
        | Deed::InvitationRevoked { .. }
        | Deed::RosterChanged { .. }
        | Deed::Exported { .. }
        | Deed::Delivered { .. }
        | Deed::Published { .. }
        | Deed::TokenMade { .. }
        | Deed::TokenRevoked { .. } => None,
    };
    entry.device.into_iter().chain(about)
}
