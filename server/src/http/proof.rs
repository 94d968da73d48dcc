//! A device comes in: it answers a challenge on its socket, and only then the hub hears of it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, close_code};
use bytes::Bytes;
use huigao_shared::ids::DeviceId;
use huigao_shared::wire::Message;
use huigao_shared::wire::proof::TurnedAway;
use tokio::time::timeout;

use super::hall::Seat;
use super::{Shared, now};
use crate::driver;
use crate::hub::Identity;
use crate::inflow::Inflow;
use crate::office::{OfficeError, nonce};

/// How long a device may take to prove itself: a key signs at once, and lines are slow.
const PROVING: Duration = Duration::from_secs(10);
/// How long one that is turned away may take to hear of it.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Lets a device in if it proves that it is the one it says it is, and serves its socket.
pub(super) async fn meet(shared: Shared, device: DeviceId, seat: Seat, mut socket: WebSocket, inflow: Arc<Inflow>) {
    let proved = timeout(PROVING, prove(&shared, device, &mut socket)).await;
    let identity = match proved.unwrap_or(Err(TurnedAway::Late)) {
        Ok(identity) => identity,
        // It keeps its seat until it is gone.
        Err(why) => {
            tracing::debug!(%device, why = why.name(), "a device was turned away");
            return turn_away(socket, why).await;
        }
    };
    drop(seat);
    driver::serve(shared.relay, socket, identity, inflow).await;
}

/// Asks a device to sign, and says welcome to one that did.
async fn prove(shared: &Shared, device: DeviceId, socket: &mut WebSocket) -> Result<Identity, TurnedAway> {
    let nonce = nonce().map_err(|error| busy(&error))?;
    say(socket, &Message::Challenge { nonce: nonce.as_str().into() }).await?;
    let frame = first_frame(socket).await?;
    let Ok(Message::Proof { sender, signature }) = Message::decode(&frame) else { return Err(TurnedAway::Malformed) };
    let (peer_id, signature) = (sender.into_owned(), signature.into_owned());
    let let_in = shared.ask_office(move |office| office.let_in(device, peer_id, &nonce, &signature, now())).await;
    let identity = match let_in {
        Ok(Ok(identity)) => identity,
        Ok(Err(error)) => return Err(why(&error)),
        // It was logged where it happened.
        Err(_) => return Err(TurnedAway::Busy),
    };
    say(socket, &Message::Welcome).await?;
    Ok(identity)
}

/// The first message on a socket. How much else may come is bounded by the socket's inflow.
async fn first_frame(socket: &mut WebSocket) -> Result<Bytes, TurnedAway> {
    loop {
        match socket.recv().await {
            Some(Ok(Frame::Binary(frame))) => return Ok(frame),
            Some(Ok(Frame::Text(_) | Frame::Ping(_) | Frame::Pong(_))) => {}
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return Err(TurnedAway::Malformed),
        }
    }
}

async fn say(socket: &mut WebSocket, message: &Message<'_>) -> Result<(), TurnedAway> {
    // Whoever is gone hears nothing of why, either.
    socket.send(Frame::Binary(message.encode().into())).await.map_err(|_| TurnedAway::Malformed)
}

fn why(error: &OfficeError) -> TurnedAway {
    match error {
        OfficeError::Revoked => TurnedAway::Revoked,
        OfficeError::Left => TurnedAway::Left,
        OfficeError::NotSignedIn => TurnedAway::NotKnown,
        OfficeError::Malformed(_) => TurnedAway::Malformed,
        OfficeError::Store(_)
        | OfficeError::NotAllowed
        | OfficeError::NoSuch
        | OfficeError::CodeUnknown
        | OfficeError::CodeUsed
        | OfficeError::CodeExpired
        | OfficeError::CodeRevoked
        | OfficeError::Founded
        | OfficeError::TooMany
        | OfficeError::TooManyDevices => busy(error),
    }
}

fn busy(error: &impl std::fmt::Display) -> TurnedAway {
    tracing::error!(%error, "a device could not be let in");
    TurnedAway::Busy
}

/// Says why a device is not let in, and closes its socket.
pub(super) async fn turn_away(mut socket: WebSocket, why: TurnedAway) {
    let last_words = async {
        say(&mut socket, &Message::TurnedAway { why }).await?;
        let close = CloseFrame { code: close_code::POLICY, reason: why.name().into() };
        socket.send(Frame::Close(Some(close))).await.map_err(|_| why)?;
        // Who closes with something unread takes back what it said last.
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<(), TurnedAway>(())
    };
    let _ = timeout(LAST_WORDS, last_words).await;
}
