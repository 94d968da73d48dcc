//! What the hub wants of the office: acts decided on, deliveries noted. One after another, in order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::Relay;
use crate::hub::roster::outcome_json;
use crate::hub::{ConnectionId, Event, Identity};
use crate::office::Office;

/// How often the office looks for what the command line has done.
const LOOK_AROUND: Duration = Duration::from_secs(2);
/// How long to wait before what could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How many errands are done in one go.
const BURST: usize = 256;

/// Something for the office to do.
pub enum Errand {
    /// Decide on an act.
    Act {
        /// For whom to answer.
        connection: ConnectionId,
        /// Who wants it.
        identity: Identity,
        /// As its maker names it.
        id: String,
        /// What it is to change.
        json: Vec<u8>,
    },
    /// Note that a document came to an office's device.
    Delivered {
        /// Who, on which device.
        identity: Identity,
        /// Which document.
        document: DocumentId,
        /// Where it lives.
        space: Arc<Space>,
    },
}

/// Does errands until the relay is gone.
pub async fn run_errands(relay: Relay, office: Arc<Mutex<Office>>, mut errands: mpsc::UnboundedReceiver<Errand>) {
    let mut look_around = interval(LOOK_AROUND);
    look_around.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut burst = Vec::new();
        tokio::select! {
            count = errands.recv_many(&mut burst, BURST) => {
                if count == 0 {
                    return;
                }
            }
            _ = look_around.tick() => {}
        }
        let (relay, office) = (relay.clone(), office.clone());
        let done = tokio::task::spawn_blocking(move || {
            if burst.is_empty()
                && let Err(error) = locked(&office).look_around(now())
            {
                tracing::error!(%error, "the office cannot look around");
            }
            do_all(&relay, &office, burst);
        });
        if let Err(error) = done.await {
            tracing::error!(%error, "an errand failed");
        }
    }
}

fn locked(office: &Mutex<Office>) -> MutexGuard<'_, Office> {
    office.lock().unwrap_or_else(PoisonError::into_inner)
}

fn do_all(relay: &Relay, office: &Mutex<Office>, errands: Vec<Errand>) {
    let mut delivered: Vec<(Identity, Vec<(DocumentId, Space)>)> = Vec::new();
    for errand in errands {
        match errand {
            Errand::Act { connection, identity, id, json } => {
                let outcome = loop {
                    let result = locked(office).act(&identity, &json, now());
                    match result {
                        Ok(outcome) => break outcome,
                        // Like a commit of documents: tried again until there is room. What follows waits its turn.
                        Err(error) => tracing::error!(%error, "an act could not be stored"),
                    }
                    std::thread::sleep(RETRY);
                };
                relay.tell(Event::Answered { connection, id, json: outcome_json(&outcome) });
            }
            Errand::Delivered { identity, document, space } => {
                let document = (document, space.as_ref().clone());
                match delivered.iter_mut().find(|(other, _)| other.proof == identity.proof) {
                    Some((_, documents)) => documents.push(document),
                    None => delivered.push((identity, vec![document])),
                }
            }
        }
    }
    for (identity, documents) in delivered {
        if let Err(error) = locked(office).delivered(&identity, &documents, now()) {
            tracing::error!(%error, "deliveries could not be noted");
        }
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).cast_signed()
}
