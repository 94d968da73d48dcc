//! `/api/roster`: out as a file, and a preview of one that is to come in. What is taken over comes as an act.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use huigao_shared::authority::manages;
use huigao_shared::roster::Roster;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{Shared, now};
use crate::hub::Identity;
use crate::office::OfficeError;
use crate::roster_file::{Preview, TableError, preview as compare, read, rows, to_csv, to_xlsx};

type Write = fn(&[Vec<String>]) -> Result<Vec<u8>, TableError>;
type File = ([(HeaderName, &'static str); 2], Vec<u8>);

pub(super) async fn csv(State(shared): State<Shared>, Caller(identity): Caller) -> Result<File, ApiError> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"roster.csv\""),
    ];
    Ok((headers, file(&shared, identity, to_csv).await?))
}

pub(super) async fn xlsx(State(shared): State<Shared>, Caller(identity): Caller) -> Result<File, ApiError> {
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"roster.xlsx\""),
    ];
    Ok((headers, file(&shared, identity, to_xlsx).await?))
}

async fn file(shared: &Shared, identity: Identity, write: Write) -> Result<Vec<u8>, ApiError> {
    shared
        .office(move |office| {
            let roster = office.roster();
            allowed(&roster, &identity)?;
            let table = rows(&roster);
            office.exported(&identity, "roster", table.len() - 1, now())?;
            write(&table).map_err(|_| OfficeError::Malformed("a cell is too long"))
        })
        .await
}

/// Whom no document names, and who can be taken off the roster therefore; and who of them has a device.
pub(super) async fn unnamed(State(shared): State<Shared>, Caller(identity): Caller) -> Result<Json<Value>, ApiError> {
    let people = shared.office(move |office| office.unnamed(&identity)).await?;
    let rows = people.into_iter().map(|(member, enrolled)| json!({ "member": member, "enrolled": enrolled }));
    Ok(Json(rows.collect()))
}

/// How the file is to be read.
#[derive(Deserialize)]
pub(super) struct Reading {
    /// Columns, from 0 and with commas between, that are to be taken for what their headings may mean.
    #[serde(default)]
    near: String,
}

/// What a file of people would do. Nothing of it is read before it is known that it is somebody's who may.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Caller(identity): Caller,
    Query(Reading { near }): Query<Reading>,
    body: Body,
) -> Result<Json<Preview>, ApiError> {
    let allowed = shared.office(move |office| {
        let roster = office.roster();
        allowed(&roster, &identity)?;
        Ok(roster)
    });
    let roster = allowed.await?;
    let near: Vec<usize> = near.split(',').filter_map(|column| column.parse().ok()).collect();
    let file = super::body::file(body).await?;
    // Others ask the office meanwhile.
    let looked_at = tokio::task::spawn_blocking(move || {
        let random = || {
            let mut bytes = [0; 16];
            // Ids that collide are found by the roster's own rules.
            let _ = getrandom::fill(&mut bytes);
            bytes
        };
        read(&file).and_then(|table| compare(&roster, &table, &near, random))
    });
    looked_at.await.map_err(ApiError::internal)?.map(Json).map_err(|error| {
        let name = match error {
            TableError::Unreadable => "unreadable-file",
            TableError::NoHeadings => "no-headings",
            TableError::TooLarge => "table-too-large",
        };
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, name).saying(error)
    })
}

fn allowed(roster: &Roster, identity: &Identity) -> Result<(), OfficeError> {
    if roster.member(identity.member).is_some_and(manages) { Ok(()) } else { Err(OfficeError::NotAllowed) }
}
