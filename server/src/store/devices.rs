//! Devices and the invitations by which they were enrolled. Of an invitation's code only the digest is kept.

use std::collections::{BTreeSet, HashMap, HashSet};

use huigao_shared::audit::Deed;
use huigao_shared::ids::{DeviceId, MemberId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::roster::Author;
use super::{Store, StoreError, audit};

/// A device, as it is listed.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// What its owner calls it.
    pub name: String,
    /// Its public key: an uncompressed point on P-256, 65 bytes.
    pub key: Vec<u8>,
    /// When it was enrolled, in seconds since 1970.
    pub enrolled: i64,
    /// When it last signed in.
    pub seen: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
}

/// An invitation, as it is listed; its code cannot be shown again.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its public name.
    pub id: String,
    /// For whom.
    pub member: MemberId,
    /// Who made it; none for the command line.
    pub by: Option<MemberId>,
    /// When, in seconds since 1970.
    pub created: i64,
    /// Until when it is good.
    pub expires: i64,
    /// The device that it enrolled.
    pub device: Option<DeviceId>,
    /// When it was taken back.
    pub revoked: Option<i64>,
}

/// What a new invitation is.
pub struct NewInvitation {
    /// Its public name.
    pub id: String,
    /// SHA-256 of its code.
    pub digest: [u8; 32],
    /// For whom.
    pub member: MemberId,
    /// Until when, in seconds since 1970.
    pub expires: i64,
}

/// What enrols.
pub struct NewDevice {
    /// Its id.
    pub id: DeviceId,
    /// Its public key.
    pub key: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
}

const DEVICE: &str = "SELECT id, member, name, key, enrolled, seen, revoked FROM devices";
const INVITATION: &str = "SELECT id, member, author, created, expires, device, revoked FROM invitations";

impl Store {
    /// A device.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        let mut statement = self.db.prepare_cached(&format!("{DEVICE} WHERE id = ?1"))?;
        Ok(statement.query_row([id.as_bytes()], device).optional()?)
    }

    /// The device with this public key.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn device_by_key(&self, key: &[u8]) -> Result<Option<Device>, StoreError> {
        let mut statement = self.db.prepare_cached(&format!("{DEVICE} WHERE key = ?1"))?;
        Ok(statement.query_row([key], device).optional()?)
    }

    /// All devices of a person, or of everybody, in the order of their enrolment.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn devices(&self, member: Option<MemberId>) -> Result<Vec<Device>, StoreError> {
        let mut statement =
            self.db.prepare_cached(&format!("{DEVICE} WHERE ?1 IS NULL OR member = ?1 ORDER BY enrolled, id"))?;
        let member = member.map(|member| *member.as_bytes());
        let rows = statement.query_map([member], device)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The devices that were not cut off.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn good_devices(&self) -> Result<HashSet<DeviceId>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT id FROM devices WHERE revoked IS NULL")?;
        let rows = statement.query_map([], |row| Ok(DeviceId::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Everybody who has a device that was not cut off.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn enrolled(&self) -> Result<BTreeSet<MemberId>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT DISTINCT member FROM devices WHERE revoked IS NULL")?;
        let rows = statement.query_map([], |row| Ok(MemberId::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes when devices signed in, all of them at once.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn devices_seen(&mut self, seen: &HashMap<DeviceId, i64>) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        let tx = self.begin()?;
        for (id, at) in seen {
            tx.prepare_cached("UPDATE devices SET seen = ?2 WHERE id = ?1")?.execute((id.as_bytes(), at))?;
        }
        Ok(tx.commit()?)
    }

    /// Calls a device otherwise.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn rename_device(&mut self, by: &Author, device: &Device, name: &str) -> Result<(), StoreError> {
        let tx = self.begin()?;
        let done =
            tx.execute("UPDATE devices SET name = ?2 WHERE id = ?1 AND name <> ?2", (device.id.as_bytes(), name))?;
        if done > 0 {
            let (name, before) = (name.to_owned(), device.name.clone());
            audit::add(&tx, by.at, &by.did(Deed::DeviceRenamed { device: device.id, name, before }))?;
        }
        Ok(tx.commit()?)
    }

    /// Cuts a device off; false if it was already, or there is none.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn revoke_device(&mut self, by: &Author, device: &Device) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let done = tx.execute(
            "UPDATE devices SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL",
            (device.id.as_bytes(), by.at),
        )?;
        if done > 0 {
            let deed = Deed::DeviceRevoked { member: device.member, device: device.id, name: device.name.clone() };
            audit::add(&tx, by.at, &by.did(deed))?;
            take_back(&tx, by, device.member)?;
        }
        tx.commit()?;
        Ok(done > 0)
    }

    /// Makes invitations, all of them or none.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn invite(&mut self, by: &Author, new: &[NewInvitation]) -> Result<(), StoreError> {
        let tx = self.begin()?;
        for new in new {
            tx.prepare_cached(
                "INSERT INTO invitations (id, digest, member, author, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                new.id,
                new.digest,
                new.member.as_bytes(),
                by.member.map(|member| *member.as_bytes()),
                by.at,
                new.expires
            ])?;
            let deed = Deed::Invited { member: new.member, invitation: new.id.clone(), expires: new.expires };
            audit::add(&tx, by.at, &by.did(deed))?;
        }
        Ok(tx.commit()?)
    }

    /// The invitation with this digest.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn invitation(&self, digest: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
        let mut statement = self.db.prepare_cached(&format!("{INVITATION} WHERE digest = ?1"))?;
        Ok(statement.query_row([digest], invitation).optional()?)
    }

    /// All invitations, the newest first.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn invitations(&self) -> Result<Vec<Invitation>, StoreError> {
        let mut statement = self.db.prepare_cached(&format!("{INVITATION} ORDER BY created DESC, id"))?;
        let rows = statement.query_map([], invitation)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes an invitation back; none if it is not there to be taken back.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn revoke_invitation(&mut self, by: &Author, id: &str) -> Result<Option<Invitation>, StoreError> {
        let tx = self.begin()?;
        let found = tx.query_row(&format!("{INVITATION} WHERE id = ?1"), [id], invitation).optional()?;
        let Some(found) = found.filter(|found| found.device.is_none() && found.revoked.is_none()) else {
            return Ok(None);
        };
        tx.execute("UPDATE invitations SET revoked = ?2 WHERE id = ?1", (id, by.at))?;
        let deed = Deed::InvitationRevoked { member: found.member, invitation: found.id.clone() };
        audit::add(&tx, by.at, &by.did(deed))?;
        tx.commit()?;
        Ok(Some(found))
    }

    /// Enrols a device by an invitation, which is used up; false if it had been meanwhile.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn enrol(&mut self, at: i64, invitation: &Invitation, new: &NewDevice) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let used = tx.execute(
            "UPDATE invitations SET device = ?2 WHERE id = ?1 AND device IS NULL AND revoked IS NULL",
            (&invitation.id, new.id.as_bytes()),
        )?;
        if used == 0 {
            return Ok(false);
        }
        tx.execute(
            "INSERT INTO devices (id, member, name, key, enrolled) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![new.id.as_bytes(), invitation.member.as_bytes(), new.name, new.key, at],
        )?;
        let by = Author { member: Some(invitation.member), device: Some(new.id), token: None, at };
        let deed = Deed::Enrolled {
            member: invitation.member,
            device: new.id,
            name: new.name.clone(),
            invitation: invitation.id.clone(),
        };
        audit::add(&tx, at, &by.did(deed))?;
        tx.commit()?;
        Ok(true)
    }
}

/// Takes back what a person has invited to and nobody has used.
pub(super) fn take_back(db: &Connection, by: &Author, author: MemberId) -> Result<(), StoreError> {
    take_back_where(db, by, "author = ?1", author)
}

/// Whoever is taken off the roster holds nothing any more: devices are cut off, invitations by and for the person are
/// taken back.
pub(super) fn end_all(db: &Connection, by: &Author, member: MemberId) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(&format!("{DEVICE} WHERE member = ?1 AND revoked IS NULL"))?;
    let devices = statement.query_map([member.as_bytes()], device)?.collect::<Result<Vec<_>, _>>()?;
    for device in devices {
        db.execute("UPDATE devices SET revoked = ?2 WHERE id = ?1", (device.id.as_bytes(), by.at))?;
        let deed = Deed::DeviceRevoked { member, device: device.id, name: device.name };
        audit::add(db, by.at, &by.did(deed))?;
    }
    take_back_where(db, by, "(author = ?1 OR member = ?1)", member)
}

fn take_back_where(db: &Connection, by: &Author, whose: &str, member: MemberId) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "{INVITATION} WHERE {whose} AND device IS NULL AND revoked IS NULL AND expires > ?2"
    ))?;
    let open = statement.query_map((member.as_bytes(), by.at), invitation)?.collect::<Result<Vec<_>, _>>()?;
    for invitation in open {
        db.execute("UPDATE invitations SET revoked = ?2 WHERE id = ?1", (&invitation.id, by.at))?;
        let deed = Deed::InvitationRevoked { member: invitation.member, invitation: invitation.id };
        audit::add(db, by.at, &by.did(deed))?;
    }
    Ok(())
}

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId::from_bytes(row.get(0)?),
        member: MemberId::from_bytes(row.get(1)?),
        name: row.get(2)?,
        key: row.get(3)?,
        enrolled: row.get(4)?,
        seen: row.get(5)?,
        revoked: row.get(6)?,
    })
}

fn invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        member: MemberId::from_bytes(row.get(1)?),
        by: row.get::<_, Option<[u8; 16]>>(2)?.map(MemberId::from_bytes),
        created: row.get(3)?,
        expires: row.get(4)?,
        device: row.get::<_, Option<[u8; 16]>>(5)?.map(DeviceId::from_bytes),
        revoked: row.get(6)?,
    })
}
