//! `GET /sync`: the WebSocket.

use std::sync::Arc;

use axum::Extension;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use huigao_shared::ids::MemberId;
use huigao_shared::wire::MAX_FRAME;
use serde::Deserialize;

use super::client::{Address, Client};
use super::{Shared, guard, now};
use crate::driver;
use crate::hub::Identity;
use crate::inflow::Inflow;

/// tungstenite's own buffers are 128 KiB each; most sockets are idle.
const BUFFER: usize = 4 << 10;
/// How much may wait to be written to one socket: the largest message, and small ones beside it. What finds no room
/// ends the connection; answers to pings find none first, and the driver counts pings.
const MAX_UNWRITTEN: usize = 2 * MAX_FRAME;

#[derive(Deserialize)]
pub(super) struct Credentials {
    /// Of an enrolled device, for this one socket.
    ticket: Option<String>,
    /// Of another automerge-repo client that cannot send it as a header.
    token: Option<String>,
    /// Demonstration mode only.
    member: Option<MemberId>,
}

pub(super) async fn upgrade(
    State(shared): State<Shared>,
    Client(client): Client,
    Address(address): Address,
    Extension(inflow): Extension<Arc<Inflow>>,
    Query(credentials): Query<Credentials>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let demo = shared.demo && guard::is_local(client, &headers);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // What stands in an address may stand in a proxy's log; browsers cannot send the header with a socket.
    let credentials = Credentials { token: bearer.map(str::to_owned).or(credentials.token), ..credentials };
    let identity = shared.office(move |office| match credentials {
        Credentials { ticket: Some(ticket), .. } => office.redeem(&ticket, now()).map(Some),
        Credentials { token: Some(token), .. } => office.by_token(&token, now()).map(Some),
        Credentials { member: Some(member), .. } if demo => {
            Ok(office.roster().member(member).map(|person| Identity::demonstration(person.id)))
        }
        Credentials { .. } => Ok(None),
    });
    let identity = match identity.await {
        Ok(Some(identity)) => {
            shared.know(address, &identity);
            identity
        }
        Ok(None) => return (StatusCode::UNAUTHORIZED, "a token is needed: huigao token\n").into_response(),
        Err(error) => return error.into_response(),
    };
    upgrade
        .max_frame_size(MAX_FRAME)
        .max_message_size(MAX_FRAME)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(MAX_UNWRITTEN)
        .on_upgrade(move |socket| driver::serve(shared.relay, socket, identity, inflow))
}
