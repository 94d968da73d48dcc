//! The door: one router, one file an endpoint.

mod audit;
mod body;
mod caller;
mod client;
mod devices;
mod doorkeeper;
mod enrolment;
mod error;
mod files;
mod guard;
mod hall;
mod headers;
mod health;
mod invitations;
mod proof;
mod roster;
mod serve;
mod session;
mod sign_in;
mod sync;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use tokio::sync::Semaphore;

use crate::assets::Assets;
use crate::driver::Relay;
use crate::hub::{Identity, Proof};
use crate::office::{KnownDevices, Office, OfficeError, Seconds};
use client::Client;
pub use client::Peer;
pub use doorkeeper::Doorkeeper;
use error::ApiError;
pub use files::Etags;
pub use hall::Hall;
pub use serve::serve;

/// How long a request may take, its body included: the largest file over a slow line, with room.
const REQUEST: Duration = Duration::from_secs(300);

/// Where sockets are opened.
const SYNC: &str = "/sync";
/// How many may wait for the office on threads of their own. It does one thing after another: the others wait their turn
/// where waiting costs nothing.
const TURNS: usize = 4;

/// What all endpoints share.
#[derive(Clone)]
pub struct Shared {
    /// The running hub.
    pub relay: Relay,
    /// Who is who.
    pub office: Arc<Mutex<Office>>,
    /// The devices that may come in.
    pub known: KnownDevices,
    /// Whose turn it is with the office.
    pub turns: Turns,
    /// Sockets that have not proved who they are.
    pub hall: Hall,
    /// How often one may knock.
    pub doorkeeper: Arc<Mutex<Doorkeeper>>,
    /// The app's files.
    pub assets: Assets,
    /// Their ETags.
    pub etags: Etags,
    /// Whether anybody on this machine may be anyone.
    pub demo: bool,
    /// Whether a proxy on this machine says where requests come from.
    pub behind_proxy: bool,
    /// Whether this process serves TLS.
    pub tls: bool,
}

impl Shared {
    /// Asks the office. What it does not do becomes an answer.
    async fn office<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Office) -> Result<T, OfficeError> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.ask_office(ask).await??)
    }

    /// Asks the office, apart from the thread that the hub and all sockets share: it waits for the disk.
    async fn ask_office<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Office) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.turns.0.clone().acquire_owned().await.map_err(ApiError::internal)?;
        let office = self.office.clone();
        let asked = move || {
            let answer = ask(&mut office.lock().unwrap_or_else(PoisonError::into_inner));
            // Also if nobody waits for the answer any more.
            drop(turn);
            answer
        };
        tokio::task::spawn_blocking(asked).await.map_err(ApiError::internal)
    }

    /// Counts a request for the device that it came from, as is known by now, and not for its address.
    fn know(&self, address: IpAddr, identity: &Identity) {
        if let Proof::Device(device) = identity.proof {
            self.doorkeeper().is_known(address, device);
        }
    }

    fn doorkeeper(&self) -> MutexGuard<'_, Doorkeeper> {
        self.doorkeeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Turns with the office. Clones are the same ones.
#[derive(Clone)]
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(TURNS)))
    }
}

/// Everything the relay serves.
pub fn router(shared: Shared) -> Router {
    let api = Router::new()
        .route("/session", get(session::session))
        .route("/setup", post(session::setup))
        .route("/enrolment/look", post(enrolment::look))
        .route("/enrolment", post(enrolment::enrol))
        .route("/sign-in/challenge", post(sign_in::challenge))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/devices", get(devices::list))
        .route("/devices/{device}", patch(devices::rename).delete(devices::revoke))
        .route("/invitations", get(invitations::list).post(invitations::invite))
        .route("/invitations/{id}", axum::routing::delete(invitations::revoke))
        .route("/roster/roster.csv", get(roster::csv))
        .route("/roster/roster.xlsx", get(roster::xlsx))
        .route("/roster/unnamed", get(roster::unnamed))
        .route("/audit", get(audit::page))
        .route("/audit.csv", get(audit::export))
        .layer(middleware::from_fn(body::small))
        // A whole file comes to this one, and a list of a county's people to that.
        .route("/invitations/many", post(invitations::invite_many))
        .route("/roster/preview", post(roster::preview))
        .layer(middleware::map_response(headers::not_stored));
    Router::new()
        .nest("/api", api)
        .route(SYNC, get(sync::upgrade))
        .layer(middleware::from_fn_with_state(shared.clone(), knock))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .fallback(files::file)
        .layer(middleware::from_fn_with_state(shared.clone(), headers::secure))
        .with_state(shared)
}

/// Lets an address ask so often, for so long, and pages of other sites not at all.
async fn knock(State(shared): State<Shared>, Client(peer): Client, request: Request, next: Next) -> Response {
    if !guard::same_origin(request.headers()) {
        return (StatusCode::FORBIDDEN, "this page was not served here\n").into_response();
    }
    let address = client::address(peer, request.headers(), shared.behind_proxy);
    // In demonstration mode everybody is on this machine. Sockets are counted where it is seen whose they may be.
    let may = shared.demo || request.uri().path() == SYNC || shared.doorkeeper().may_ask(address);
    if !may {
        return ApiError::too_many().into_response();
    }
    tokio::time::timeout(REQUEST, next.run(request))
        .await
        .unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

fn now() -> Seconds {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).cast_signed()
}
