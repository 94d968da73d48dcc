//! Who uses this browser: several people may share it, and each has a database of their own.
//!
//! The list is a database too, and not a line in the browser's local storage, because that is written out whenever the
//! browser likes. Should it be lost all the same, nothing else is: a profile's id follows from the person's.

use huigao_shared::ids::{DeviceId, MemberId};
use js_sys::{Object, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::database::{Access, Database, ObjectStore, Requests, Schema, Step, Upgrade, all, entries_in};
use super::keys::DeviceKey;
use huigao_protocol::command::{Millis, StoreError};

/// A person who uses this browser.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileInfo {
    /// Names the database.
    pub id: String,
    /// Who it is.
    pub member: MemberId,
    /// How to call the person before the roster is read.
    pub name: String,
    /// When the profile was last used.
    #[serde(default)]
    pub last_used: Millis,
    /// It was picked in a demonstration, where nobody needs a key.
    #[serde(default)]
    pub demo: bool,
}

impl ProfileInfo {
    /// The profile of a person: always the same one.
    pub fn of(member: MemberId, name: String) -> Self {
        Self { id: member.to_string(), member, name, last_used: 0, demo: false }
    }
}

const PROFILES: &str = "profiles";
/// Keys of devices: by the member's id once enrolled, by the invitation's code until then.
const KEYS: &str = "keys";

static LIST: Schema = Schema { version: 2, stores: &[PROFILES, KEYS], migrate };

fn migrate(upgrade: &Upgrade) -> Step<()> {
    if upgrade.old_version() < 1 {
        upgrade.database().build_object_store("profiles").create()?;
    }
    if upgrade.old_version() < 2 {
        upgrade.database().build_object_store("keys").create()?;
    }
    Ok(())
}

/// The key and the device's id by which a person was enrolled on this browser.
pub async fn key_of(member: MemberId) -> Result<Option<(DeviceId, DeviceKey)>, StoreError> {
    let Some(value) = read_key(member.to_string()).await? else { return Ok(None) };
    let field = |name: &str| Reflect::get(&value, &name.into()).unwrap_or_default();
    let device = field("device").as_string().and_then(|id| id.parse().ok());
    Ok(device.zip(DeviceKey::of(field("pair"))))
}

/// Keeps the key of a device that is enrolled; the one that was kept for its invitation goes.
pub async fn keep_key(member: MemberId, device: DeviceId, key: &DeviceKey, code: &str) -> Result<(), StoreError> {
    let value = Object::new();
    // Setting a field of a new plain object cannot fail.
    let _ = Reflect::set(&value, &"device".into(), &device.to_string().into());
    let _ = Reflect::set(&value, &"pair".into(), key.value());
    write_key(member.to_string(), value.into(), Some(joining(code))).await
}

/// The key that is kept for an invitation.
pub async fn joining_key(code: &str) -> Result<Option<DeviceKey>, StoreError> {
    Ok(read_key(joining(code)).await?.and_then(DeviceKey::of))
}

/// Keeps a key before the relay hears of it.
pub async fn keep_joining_key(code: &str, key: &DeviceKey) -> Result<(), StoreError> {
    write_key(joining(code), key.value().clone(), None).await
}

fn joining(code: &str) -> String {
    format!("joining/{code}")
}

async fn read_key(key: String) -> Result<Option<JsValue>, StoreError> {
    let database = open().await?;
    let read = database.run(Access::Read, move |running| {
        let key = JsValue::from_str(&key);
        Box::pin(async move { running.object_store(KEYS)?.get(&key).await })
    });
    read.await
}

async fn write_key(key: String, value: JsValue, remove: Option<String>) -> Result<(), StoreError> {
    let database = open().await?;
    let write = database.run(Access::Write, move |running| {
        let requests = |store: Step<ObjectStore>| -> Step<Vec<Requests<()>>> {
            let store = store?;
            let mut requests: Vec<Requests<()>> = vec![Box::pin(store.put_kv(&JsValue::from_str(&key), &value))];
            if let Some(remove) = &remove {
                requests.push(Box::pin(store.delete(&JsValue::from_str(remove))));
            }
            Ok(requests)
        };
        match requests(running.object_store(KEYS)) {
            Ok(requests) => all(requests),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    });
    write.await
}

/// All profiles, the one that was used last first.
pub async fn list() -> Result<Vec<ProfileInfo>, StoreError> {
    let read = open().await?;
    let read = read.run(Access::Read, |running| Box::pin(async move { entries_in(&running, PROFILES, None)?.await }));
    let entries = read.await?;
    let parse = |(key, value): (JsValue, JsValue)| -> Option<ProfileInfo> {
        let stored: Option<ProfileInfo> =
            value.as_string().and_then(|json| serde_json::from_slice(json.as_bytes()).ok());
        // An entry that cannot be read still says whose it is: the database goes by the person.
        stored.or_else(|| Some(ProfileInfo::of(key.as_string()?.parse().ok()?, String::new())))
    };
    let mut profiles: Vec<ProfileInfo> = entries.into_iter().filter_map(parse).collect();
    profiles.sort_by_key(|profile| std::cmp::Reverse(profile.last_used));
    Ok(profiles)
}

/// Adds a profile, or replaces what is known of it.
pub async fn remember(profile: &ProfileInfo) -> Result<(), StoreError> {
    let json = serde_json::to_string(profile).map_err(|error| StoreError::Failed(error.to_string()))?;
    let key = JsValue::from_str(&profile.id);
    let value = JsValue::from_str(&json);
    let database = open().await?;
    let write = database.run(Access::Write, move |running| {
        let (key, value) = (key.clone(), value.clone());
        Box::pin(async move { running.object_store(PROFILES)?.put_kv(&key, &value).await })
    });
    write.await
}

async fn open() -> Result<Database, StoreError> {
    Database::open("huigao-profiles".to_owned(), &LIST).await
}
