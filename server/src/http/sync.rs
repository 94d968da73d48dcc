//! `GET /sync`: the WebSocket. A program shows a token, a device says which one it is and proves it on the socket.

use std::sync::Arc;

use axum::Extension;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::wire::MAX_FRAME;
use huigao_shared::wire::proof::TurnedAway;
use serde::Deserialize;

use super::client::{Address, Client};
use super::error::ApiError;
use super::hall::Guest;
use super::{Shared, guard, now, proof};
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
    /// An enrolled device says which it is; that is no secret.
    device: Option<DeviceId>,
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
    let known = match credentials {
        // Without the office, which strangers could keep busy.
        Credentials { device: Some(device), token: None, .. } => Some((device, shared.known.has(device))),
        Credentials { .. } => None,
    };
    let own = known.and_then(|(device, knows)| knows.then_some(device));
    // In demonstration mode everybody is on this machine.
    let may = shared.demo || shared.doorkeeper().may_come(address, own);
    if !may {
        return ApiError::too_many().into_response();
    }
    let upgrade = sized(upgrade);
    if let Some((device, _)) = known {
        return match (
            shared.hall.enter(own.map_or(Guest::Stranger(address), |device| Guest::Known(device, address))),
            own,
        ) {
            (Some(seat), _) => {
                inflow.is_strange();
                upgrade.on_upgrade(move |socket| proof::meet(shared, device, seat, socket, inflow))
            }
            (None, Some(_)) => {
                inflow.is_strange();
                upgrade.on_upgrade(|socket| proof::turn_away(socket, TurnedAway::Busy))
            }
            (None, None) => ApiError::too_many().into_response(),
        };
    }
    let identity = shared.office(move |office| match credentials {
        Credentials { token: Some(token), .. } => office.by_token(&token, now()).map(Some),
        Credentials { member: Some(member), .. } if demo => {
            Ok(office.roster().member(member).map(|person| Identity::demonstration(person.id)))
        }
        Credentials { .. } => Ok(None),
    });
    let identity = match identity.await {
        Ok(Some(identity)) => identity,
        Ok(None) => return (StatusCode::UNAUTHORIZED, "a token is needed: huigao token\n").into_response(),
        Err(error) => return error.into_response(),
    };
    upgrade.on_upgrade(move |socket| driver::serve(shared.relay, socket, identity, inflow))
}

/// How much a socket may hold. Before it is known whose it is far less comes: its inflow sees to that.
fn sized(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .max_frame_size(MAX_FRAME)
        .max_message_size(MAX_FRAME)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(MAX_UNWRITTEN)
}
