//! The office: who is who at this relay. It decides on acts, enrols devices, signs them in, and keeps the audit log.
//!
//! Owns: the roster's changes, invitations, devices, what proves who somebody is. May not touch: documents, sockets,
//! clocks (times come in as arguments). It tells the hub what changes for open connections.

mod acts;
mod codes;
mod enrolment;
pub mod limits;
mod passes;
mod sign_in;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::{Member, Roster};

use crate::hub::{Event, Identity, Proof};
use crate::store::{Store, StoreError};

pub use codes::Code;
pub use enrolment::{Enrolled, Founded, Invited, Welcome};
use passes::Passes;
pub use sign_in::{Session, nonce};

/// The devices that there are and that were not revoked, by their ids. Clones are the same.
#[derive(Clone, Default)]
pub struct KnownDevices(Arc<RwLock<HashSet<DeviceId>>>);

impl KnownDevices {
    /// Whether this is one of them.
    #[must_use]
    pub fn has(&self, device: DeviceId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&device)
    }

    fn set(&self, devices: HashSet<DeviceId>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = devices;
    }
}

/// Seconds since 1970.
pub type Seconds = i64;

/// Why the office does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// Nobody known asks.
    #[error("sign in first")]
    NotSignedIn,
    /// The device was cut off.
    #[error("this device was revoked")]
    Revoked,
    /// The person left the campaign.
    #[error("this person is not in the campaign any more")]
    Left,
    /// Who asks may not do this.
    #[error("not allowed")]
    NotAllowed,
    /// What it is about is not there.
    #[error("no such thing")]
    NoSuch,
    /// No invitation has this code.
    #[error("no invitation has this code")]
    CodeUnknown,
    /// The invitation was used.
    #[error("the invitation was used")]
    CodeUsed,
    /// The invitation's time is over.
    #[error("the invitation has expired")]
    CodeExpired,
    /// The invitation was taken back.
    #[error("the invitation was taken back")]
    CodeRevoked,
    /// There is a campaign already.
    #[error("there is a campaign already")]
    Founded,
    /// Too much at once.
    #[error("too many open invitations")]
    TooMany,
    /// The person has as many devices as one may have.
    #[error("too many devices of one person")]
    TooManyDevices,
    /// What came cannot be read.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an office has done, for those whom it concerns: usually the hub.
pub type Tell = Box<dyn Fn(Event) + Send>;

/// The office over its own connection to the store.
pub struct Office {
    store: Store,
    roster: Arc<Roster>,
    passes: Passes,
    tell: Tell,
    /// Tokens by which somebody came in: they may be revoked from the command line.
    tokens: HashSet<String>,
    /// When devices came in, to be stored together: a whole office comes back at once.
    seen: HashMap<DeviceId, Seconds>,
    data_version: i64,
    known: KnownDevices,
}

impl Office {
    /// The office of a store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn new(store: Store, tell: Tell) -> Result<Self, StoreError> {
        let roster = Arc::new(store.roster()?.unwrap_or_default());
        let data_version = store.data_version()?;
        let (tokens, seen) = (HashSet::new(), HashMap::new());
        let known = KnownDevices::default();
        let office = Self { store, roster, passes: Passes::default(), tell, tokens, seen, data_version, known };
        office.learn_devices();
        Ok(office)
    }

    /// The devices that may come in, for whoever has to know without asking the office.
    #[must_use]
    pub fn known_devices(&self) -> KnownDevices {
        self.known.clone()
    }

    /// Notes which devices may come in by now. If that cannot be read, whoever comes is asked for a proof all the same, and
    /// has a stranger's place until then.
    fn learn_devices(&self) {
        match self.store.good_devices() {
            Ok(devices) => self.known.set(devices),
            Err(error) => tracing::warn!(%error, "which devices may come in cannot be read"),
        }
    }

    /// The roster as it stands.
    #[must_use]
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.clone()
    }

    /// Whether there is a campaign.
    #[must_use]
    pub fn is_founded(&self) -> bool {
        self.roster.version > 0
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn person(&self, id: MemberId) -> Result<&Member, OfficeError> {
        self.roster.member(id).filter(|person| !person.left).ok_or(OfficeError::Left)
    }

    /// Whether what proved who somebody is still does: a deed may come in long after its request began.
    fn still(&self, identity: &Identity) -> Result<(), OfficeError> {
        match &identity.proof {
            Proof::Device(device) if self.store.device(*device)?.is_none_or(|device| device.revoked.is_some()) => {
                Err(OfficeError::Revoked)
            }
            Proof::Device(_) | Proof::Demonstration | Proof::Token(_) => Ok(()),
        }
    }

    /// Stores when devices came in, and looks for what the command line has done beside this process.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn look_around(&mut self, now: Seconds) -> Result<(), OfficeError> {
        let seen = std::mem::take(&mut self.seen);
        if let Err(error) = self.store.devices_seen(&seen) {
            // On a full disk there is no room for the dates; what is there can be read all the same.
            tracing::warn!(%error, "when devices signed in could not be noted");
        }
        let version = self.store.data_version()?;
        if version == self.data_version && now % 60 >= 2 {
            return Ok(());
        }
        self.data_version = version;
        self.learn_devices();
        let in_use: Vec<String> = self.tokens.iter().cloned().collect();
        for token in self.store.ended_tokens(&in_use, now)? {
            self.tokens.remove(&token);
            (self.tell)(Event::Revoked { proof: Proof::Token(token) });
        }
        if !self.is_founded() {
            self.roster = Arc::new(self.store.roster()?.unwrap_or_default());
            if self.is_founded() {
                (self.tell)(Event::Founded { roster: self.roster.clone() });
            }
        }
        Ok(())
    }
}
