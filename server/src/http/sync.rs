//! `GET /sync`: the WebSocket.

use std::sync::PoisonError;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use huigao_shared::ids::MemberId;
use huigao_shared::space::Space;
use huigao_shared::wire::MAX_FRAME;
use serde::Deserialize;

use super::{Client, Shared, guard};
use crate::driver;
use crate::hub::Identity;

/// tungstenite's own buffers are 128 KiB each; most sockets are idle.
const BUFFER: usize = 4 << 10;

#[derive(Deserialize)]
pub(super) struct Credentials {
    token: Option<String>,
    /// Demonstration mode only.
    member: Option<MemberId>,
}

pub(super) async fn upgrade(
    State(shared): State<Shared>,
    Client { 0: client }: Client,
    Query(credentials): Query<Credentials>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !guard::same_origin(&headers) {
        return (StatusCode::FORBIDDEN, "this page was not served here\n").into_response();
    }
    let identity = match (credentials.token, credentials.member) {
        (Some(token), _) => by_token(&shared, &token),
        (None, Some(member)) if shared.demo && guard::is_local(client, &headers) => {
            shared.roster.member(member).map(|member| Identity { member: member.id, home: Space::Private(member.id) })
        }
        (None, _) => None,
    };
    let Some(identity) = identity else {
        return (StatusCode::UNAUTHORIZED, "a token is needed: huigao token\n").into_response();
    };
    upgrade
        .max_frame_size(MAX_FRAME)
        .max_message_size(MAX_FRAME)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .on_upgrade(move |socket| driver::serve(shared.relay, socket, identity))
}

fn by_token(shared: &Shared, token: &str) -> Option<Identity> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).cast_signed();
    let store = shared.store.lock().unwrap_or_else(PoisonError::into_inner);
    match store.identify(token, now) {
        Ok(identity) => identity,
        Err(error) => {
            tracing::error!(%error, "tokens cannot be read");
            None
        }
    }
}
