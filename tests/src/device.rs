//! Devices with keys of their own, and how they come in on a socket.

use anyhow::{Context, Result, anyhow, bail, ensure};
use huigao_shared::ids::DeviceId;
use huigao_shared::wire::Message;
use huigao_shared::wire::proof::{TurnedAway, statement};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::process::Client;

/// A pair of keys, as a browser makes it.
pub struct DeviceKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl DeviceKey {
    /// A new pair.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn new() -> Result<Self> {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(|_| anyhow!("no key"))?;
        let pair = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).map_err(|error| anyhow!("{error}"))?;
        Ok(Self { pair, random })
    }

    /// The public half: an uncompressed point, 65 bytes.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// Signs a statement.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn sign(&self, statement: &str) -> Result<Vec<u8>> {
        let signature = self.pair.sign(&self.random, statement.as_bytes());
        Ok(signature.map_err(|_| anyhow!("no signature"))?.as_ref().to_vec())
    }
}

/// What stands behind the socket's path for a device.
#[must_use]
pub fn query(device: DeviceId) -> String {
    format!("?device={device}")
}

/// What the relay asks the device to sign.
///
/// # Errors
/// If it says something else, or nothing.
pub async fn challenge<S: AsyncRead + AsyncWrite + Unpin>(client: &mut Client<S>) -> Result<String> {
    let frame = client.next().await?;
    match Message::decode(&frame)? {
        Message::Challenge { nonce } => Ok(nonce.into_owned()),
        other => bail!("expected a challenge, got {other:?}"),
    }
}

/// Sends a proof under this client's peer id; none if the relay says welcome, or why it turns the device away.
///
/// # Errors
/// If it says something else, or nothing.
pub async fn prove<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    signature: Vec<u8>,
) -> Result<Option<TurnedAway>> {
    let sender = client.peer_id.clone();
    client.send(&Message::Proof { sender: sender.into(), signature: signature.into() }).await?;
    answer(client).await
}

/// What the relay says to a proof.
///
/// # Errors
/// If it says something else, or nothing.
pub async fn answer<S: AsyncRead + AsyncWrite + Unpin>(client: &mut Client<S>) -> Result<Option<TurnedAway>> {
    let frame = client.next().await.context("no answer to the proof")?;
    match Message::decode(&frame)? {
        Message::Welcome => Ok(None),
        Message::TurnedAway { why } => Ok(Some(why)),
        other => bail!("expected an answer to the proof, got {other:?}"),
    }
}

/// Does on a fresh socket all that a device does to be in, and joins.
///
/// # Errors
/// If the relay does not let it in.
pub async fn come_in<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    device: DeviceId,
    key: &DeviceKey,
) -> Result<()> {
    let nonce = challenge(client).await?;
    let signature = key.sign(&statement(device, &nonce, &client.peer_id))?;
    let turned_away = prove(client, signature).await?;
    ensure!(turned_away.is_none(), "turned away: {turned_away:?}");
    client.join(true).await
}
