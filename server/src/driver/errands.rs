//! What the hub wants of the office: acts decided on, deliveries noted. One after another, in order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use huigao_shared::ids::DocumentId;
use huigao_shared::space::Space;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::Relay;
use crate::hub::roster::outcome_json;
use crate::hub::{Errand, Event, Identity};
use crate::office::Office;

/// How often the office looks for what the command line has done.
const LOOK_AROUND: Duration = Duration::from_secs(2);
/// How many errands are done in one go.
const BURST: usize = 256;

/// A document and where it lives.
type Delivery = (DocumentId, Arc<Space>);

/// Does errands until the relay is gone.
pub async fn run_errands(relay: Relay, office: Arc<Mutex<Office>>, mut errands: mpsc::UnboundedReceiver<Errand>) {
    let mut look_around = interval(LOOK_AROUND);
    look_around.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waiting = Vec::new();
    let mut has_failed = false;
    loop {
        tokio::select! {
            count = errands.recv_many(&mut waiting, BURST), if waiting.len() < BURST => {
                if count == 0 {
                    return;
                }
                if has_failed {
                    continue;
                }
            }
            // What could not be stored is tried again with the next look.
            _ = look_around.tick() => {}
        }
        let (relay, office) = (relay.clone(), office.clone());
        let burst = std::mem::take(&mut waiting);
        let done = tokio::task::spawn_blocking(move || {
            if (burst.is_empty() || has_failed)
                && let Err(error) = locked(&office).look_around(now())
            {
                tracing::error!(%error, "the office cannot look around");
            }
            do_all(&relay, &office, burst)
        });
        match done.await {
            Ok(left) => waiting = left,
            Err(error) => tracing::error!(%error, "an errand failed"),
        }
        has_failed = !waiting.is_empty();
    }
}

fn locked(office: &Mutex<Office>) -> MutexGuard<'_, Office> {
    office.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns what could not be stored, and all that came after it: like a commit of documents it is tried again until
/// there is room.
fn do_all(relay: &Relay, office: &Mutex<Office>, errands: Vec<Errand>) -> Vec<Errand> {
    let mut left = Vec::new();
    let mut delivered: Vec<(Identity, Vec<Delivery>)> = Vec::new();
    for errand in errands {
        match errand {
            Errand::Act { connection, identity, id, json, named } if left.is_empty() => {
                let result = locked(office).act(&identity, &json, &named, now());
                match result {
                    Ok(outcome) => relay.tell(Event::Answered { connection, id, json: outcome_json(&outcome) }),
                    Err(error) => {
                        tracing::error!(%error, "an act could not be stored");
                        left.push(Errand::Act { connection, identity, id, json, named });
                    }
                }
            }
            Errand::Act { .. } => left.push(errand),
            Errand::Delivered { identity, document, space } => {
                match delivered.iter_mut().find(|(other, _)| other.proof == identity.proof) {
                    Some((_, documents)) => documents.push((document, space)),
                    None => delivered.push((identity, vec![(document, space)])),
                }
            }
        }
    }
    for (identity, documents) in delivered {
        if let Err(error) = locked(office).delivered(&identity, &documents, now()) {
            tracing::error!(%error, "deliveries could not be noted");
            let again = |(document, space)| Errand::Delivered { identity: identity.clone(), document, space };
            left.extend(documents.into_iter().map(again));
        }
    }
    left
}

/// Seconds since 1970, for what is noted.
pub(super) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).cast_signed()
}
