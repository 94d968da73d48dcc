//! Enrolment: a campaign is founded, people are invited, devices come in by invitation, and are cut off.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use huigao_shared::authority::manages;
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::{Member, Role, Roster, Unit, UnitKind};
use huigao_shared::text::seen::trimmed;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::{Code, Office, OfficeError, Seconds};
use crate::hub::{Event, Identity, Proof};
use crate::store::{Author, Device, Invitation, NewDevice, NewInvitation, StoreError};

/// How long an invitation may stand, in hours.
const HOURS: std::ops::RangeInclusive<i64> = 1..=14 * 24;
/// How long one stands unless asked otherwise: over a weekend.
pub const USUAL_HOURS: i64 = 72;
/// How many open invitations one person may have.
const OPEN_EACH: usize = 20;
/// How many devices one person may have, those that were revoked not counted.
pub const DEVICES_EACH: usize = 20;
/// How many people are invited at once at most.
const MANY: usize = 5_000;
/// The most characters of a device's name.
const MAX_NAME: usize = 60;
/// An uncompressed point on P-256.
const KEY_BYTES: usize = 65;

/// A campaign that was founded.
pub struct Founded {
    /// Its first person, of the campaign office.
    pub member: MemberId,
    /// By which that person's first device is enrolled.
    pub invited: Invited,
}

/// An invitation that was made.
pub struct Invited {
    /// Its public name.
    pub id: String,
    /// Its code: shown now and never again.
    pub code: Code,
    /// Until when, in seconds since 1970.
    pub expires: Seconds,
}

/// Whom an invitation is for.
pub struct Welcome {
    /// The person.
    pub member: Member,
    /// The roster that the person is in.
    pub roster: Arc<Roster>,
    /// Until when, in seconds since 1970.
    pub expires: Seconds,
}

/// A device that was enrolled.
pub struct Enrolled {
    /// Its id.
    pub device: DeviceId,
    /// Whose it is.
    pub member: Member,
    /// The roster as it stands.
    pub roster: Arc<Roster>,
}

impl Office {
    /// Founds the campaign: its office, and one person in it, who is invited.
    ///
    /// # Errors
    /// If there is one already, or a name does not fit.
    pub fn found(&mut self, title: &str, person: &str, now: Seconds) -> Result<Founded, OfficeError> {
        let (title, person) = (title.trim(), person.trim());
        if self.is_founded() {
            return Err(OfficeError::Founded);
        }
        let fits = |text: &str| (1..=MAX_NAME).contains(&text.chars().count());
        if !fits(title) || !fits(person) {
            return Err(OfficeError::Malformed("a title and a name of up to 60 characters are needed"));
        }
        let office: huigao_shared::ids::UnitId =
            "office".parse().map_err(|_| OfficeError::Malformed("the office's key"))?;
        let member = MemberId::from_bytes(random()?);
        let first = Member {
            unit: Some(office.clone()),
            roles: vec![Role::CampaignOffice],
            since: 1,
            ..Member::new(member, "office", person)
        };
        let unit =
            Unit {
                id: office, kind: UnitKind::Office, name: "活动办公室".into(), name_en: "Campaign office".into()
            };
        let roster = Roster {
            version: 1,
            mark: hex::encode(random::<8>()?),
            campaign: title.to_owned(),
            campaign_en: String::new(),
            units: vec![unit],
            members: vec![first],
            grants: Vec::new(),
            partial: false,
        };
        let by = Author::console(now);
        self.store.set_first_roster(&by, &roster)?;
        self.roster = Arc::new(roster);
        (self.tell)(Event::Founded { roster: self.roster.clone() });
        Ok(Founded { member, invited: self.invitation(&by, member, USUAL_HOURS)? })
    }

    /// Invites a person to enrol a device. The campaign office may invite anybody, everybody themselves.
    ///
    /// # Errors
    /// If that is not so, or there are too many open ones.
    pub fn invite(
        &mut self,
        by: &Identity,
        member: MemberId,
        hours: i64,
        now: Seconds,
    ) -> Result<Invited, OfficeError> {
        self.still(by)?;
        if by.member != member && !manages(self.person(by.member)?) {
            return Err(OfficeError::NotAllowed);
        }
        self.has_room(member)?;
        self.invitation(&Author::of(by, now), member, hours)
    }

    /// Invites many at once, each once, for a sheet of slips: all of them or none.
    ///
    /// # Errors
    /// If this is not the campaign office, or one of them cannot be invited.
    pub fn invite_many(
        &mut self,
        by: &Identity,
        members: &[MemberId],
        hours: i64,
        now: Seconds,
    ) -> Result<Vec<(MemberId, Invited)>, OfficeError> {
        self.still(by)?;
        if !manages(self.person(by.member)?) {
            return Err(OfficeError::NotAllowed);
        }
        // Somebody else who has left is no reason to send the one who asks away.
        let made = self.invitations_for(&Author::of(by, now), members, hours);
        made.map_err(|error| if matches!(error, OfficeError::Left) { OfficeError::NoSuch } else { error })
    }

    /// Invites from the relay's own command line, for an office that has lost its devices.
    ///
    /// # Errors
    /// If there is no such person, or there are too many open ones.
    pub fn invite_from_console(&mut self, member: MemberId, hours: i64, now: Seconds) -> Result<Invited, OfficeError> {
        self.invitation(&Author::console(now), member, hours)
    }

    fn invitation(&mut self, by: &Author, member: MemberId, hours: i64) -> Result<Invited, OfficeError> {
        let made = self.invitations_for(by, &[member], hours)?;
        made.into_iter().next().map(|(_, invited)| invited).ok_or(OfficeError::NoSuch)
    }

    fn invitations_for(
        &mut self,
        by: &Author,
        members: &[MemberId],
        hours: i64,
    ) -> Result<Vec<(MemberId, Invited)>, OfficeError> {
        if members.len() > MANY {
            return Err(OfficeError::Malformed("too many people at once"));
        }
        if !HOURS.contains(&hours) {
            return Err(OfficeError::Malformed("an invitation stands for 1 to 336 hours"));
        }
        let is_open = |invitation: &&Invitation| {
            invitation.device.is_none() && invitation.revoked.is_none() && invitation.expires > by.at
        };
        let mut open: HashMap<MemberId, usize> = HashMap::new();
        for invitation in self.store.invitations()?.iter().filter(is_open) {
            *open.entry(invitation.member).or_default() += 1;
        }
        let expires = by.at + hours * 3_600;
        let (mut new, mut made, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for member in members.iter().copied().filter(|member| seen.insert(*member)) {
            self.person(member)?;
            if open.get(&member).is_some_and(|open| *open >= OPEN_EACH) {
                return Err(OfficeError::TooMany);
            }
            let (id, code) = (hex::encode(random::<4>()?), Code::draw()?);
            new.push(NewInvitation { id: id.clone(), digest: code.digest(), member, expires });
            made.push((member, Invited { id, code, expires }));
        }
        self.store.invite(by, &new)?;
        Ok(made)
    }

    /// Whom a code invites; it is not used by this.
    ///
    /// # Errors
    /// If it invites nobody (any more), and why.
    pub fn welcome(&self, code: &Code, now: Seconds) -> Result<Welcome, OfficeError> {
        let invitation = self.good(code, now)?;
        if invitation.device.is_some() {
            return Err(OfficeError::CodeUsed);
        }
        let member = self.person(invitation.member)?.clone();
        Ok(Welcome { member, roster: self.roster(), expires: invitation.expires })
    }

    /// Enrols a device: its public key, and a signature over the code that proves the private one. A device whose
    /// answer was lost asks again and gets the same.
    ///
    /// # Errors
    /// If the invitation is not good, or the key does not fit.
    pub fn enrol(
        &mut self,
        code: &Code,
        key: &[u8],
        signature: &[u8],
        name: &str,
        now: Seconds,
    ) -> Result<Enrolled, OfficeError> {
        let statement = format!("huigao enrol\n{}", code.digits());
        if key.len() != KEY_BYTES || !is_signed(key, statement.as_bytes(), signature) {
            return Err(OfficeError::Malformed("the key or its signature"));
        }
        let invitation = self.good(code, now)?;
        if let Some(device) = invitation.device {
            return match self.store.device_by_key(key)? {
                Some(known) if known.id == device && known.revoked.is_none() => self.enrolled(&known),
                Some(_) | None => Err(OfficeError::CodeUsed),
            };
        }
        if self.store.device_by_key(key)?.is_some() {
            return Err(OfficeError::Malformed("the key is another device's"));
        }
        // Whoever runs the relay lets in an office that has lost all its devices, however many these are.
        if invitation.by.is_some() {
            self.has_room(invitation.member)?;
        }
        let name = self.free_name(invitation.member, name)?;
        let new = NewDevice { id: DeviceId::from_bytes(random()?), key: key.to_vec(), name };
        if !self.store.enrol(now, &invitation, &new)? {
            return Err(OfficeError::CodeUsed);
        }
        self.learn_devices();
        let device = self.store.device(new.id)?.ok_or(OfficeError::NoSuch)?;
        self.enrolled(&device)
    }

    /// A name that none of the person's devices has: a number follows where one has it.
    fn free_name(&self, member: MemberId, name: &str) -> Result<String, StoreError> {
        let taken: HashSet<String> = self.store.devices(Some(member))?.into_iter().map(|device| device.name).collect();
        let cut = |most: usize| -> String { trimmed(name).chars().take(most).collect() };
        let wanted = cut(MAX_NAME);
        if !taken.contains(&wanted) {
            return Ok(wanted);
        }
        let mut numbered = (2..=taken.len() + 2).map(|number| format!("{} {number}", cut(MAX_NAME - 6)));
        Ok(numbered.find(|name| !taken.contains(name)).unwrap_or(wanted))
    }

    fn enrolled(&self, device: &Device) -> Result<Enrolled, OfficeError> {
        let member = self.person(device.member)?.clone();
        Ok(Enrolled { device: device.id, member, roster: self.roster() })
    }

    /// Whether the person may have one more device.
    fn has_room(&self, member: MemberId) -> Result<(), OfficeError> {
        let devices = self.store.devices(Some(member))?;
        let in_use = devices.iter().filter(|device| device.revoked.is_none()).count();
        if in_use < DEVICES_EACH { Ok(()) } else { Err(OfficeError::TooManyDevices) }
    }

    fn good(&self, code: &Code, now: Seconds) -> Result<Invitation, OfficeError> {
        let invitation = self.store.invitation(&code.digest())?.ok_or(OfficeError::CodeUnknown)?;
        if invitation.revoked.is_some() {
            Err(OfficeError::CodeRevoked)
        } else if invitation.device.is_none() && invitation.expires <= now {
            Err(OfficeError::CodeExpired)
        } else {
            Ok(invitation)
        }
    }

    /// Invitations: all of them for the campaign office, one's own for everybody else.
    ///
    /// # Errors
    /// If the store fails.
    pub fn invitations(&self, by: &Identity) -> Result<Vec<Invitation>, OfficeError> {
        self.still(by)?;
        let all = manages(self.person(by.member)?);
        let mut invitations = self.store.invitations()?;
        invitations.retain(|invitation| all || invitation.member == by.member);
        Ok(invitations)
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// If it is not there to be taken back, or not this person's.
    pub fn revoke_invitation(&mut self, by: &Identity, id: &str, now: Seconds) -> Result<(), OfficeError> {
        if !self.invitations(by)?.iter().any(|invitation| invitation.id == id) {
            return Err(OfficeError::NoSuch);
        }
        self.store.revoke_invitation(&Author::of(by, now), id)?.map(drop).ok_or(OfficeError::NoSuch)
    }

    /// Devices of a person, or of everybody: the campaign office sees all, everybody their own.
    ///
    /// # Errors
    /// If these are not this person's to see.
    pub fn devices(&self, by: &Identity, member: Option<MemberId>) -> Result<Vec<Device>, OfficeError> {
        if member != Some(by.member) && !manages(self.person(by.member)?) {
            return Err(OfficeError::NotAllowed);
        }
        let mut devices = self.store.devices(member)?;
        for device in &mut devices {
            device.seen = self.seen.get(&device.id).copied().or(device.seen);
        }
        Ok(devices)
    }

    /// Calls a device otherwise.
    ///
    /// # Errors
    /// If it is not this person's.
    pub fn rename_device(&mut self, by: &Identity, id: DeviceId, name: &str, now: Seconds) -> Result<(), OfficeError> {
        let device = self.own_device(by, id)?;
        let name: String = name.trim().chars().take(MAX_NAME).collect();
        if name.is_empty() {
            return Err(OfficeError::Malformed("a device needs a name"));
        }
        Ok(self.store.rename_device(&Author::of(by, now), &device, &name)?)
    }

    /// Cuts a device off: its sockets close, nothing it sends is heard any more, and invitations that its person has
    /// made and nobody used yet are taken back, since it may have made them.
    ///
    /// # Errors
    /// If it is not this person's to revoke.
    pub fn revoke_device(&mut self, by: &Identity, id: DeviceId, now: Seconds) -> Result<(), OfficeError> {
        let device = self.own_device(by, id)?;
        self.store.revoke_device(&Author::of(by, now), &device)?;
        self.passes.forget(id);
        (self.tell)(Event::Revoked { proof: Proof::Device(id) });
        self.learn_devices();
        Ok(())
    }

    /// A device that this person may manage: one's own, or any for the campaign office. Others' are not there.
    fn own_device(&self, by: &Identity, id: DeviceId) -> Result<Device, OfficeError> {
        self.still(by)?;
        let manages = manages(self.person(by.member)?);
        let device = self.store.device(id)?.filter(|device| manages || device.member == by.member);
        device.ok_or(OfficeError::NoSuch)
    }
}

/// Whether a statement is signed by the key: ECDSA on P-256 with SHA-256, the signature as two plain numbers.
pub(super) fn is_signed(key: &[u8], statement: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(statement, signature).is_ok()
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(StoreError::Randomness)?;
    Ok(bytes)
}
