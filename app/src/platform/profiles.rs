//! Who uses this browser: several people may share it, and each has a database of their own.
//!
//! The list is a database too, and not a line in the browser's local storage, because that is written out whenever the
//! browser likes. Should it be lost all the same, nothing else is: a profile's id follows from the person's.

use huigao_shared::ids::MemberId;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::database::{Access, Database, Schema, Step, Upgrade};
use crate::session::event::{Millis, StoreError};

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
}

impl ProfileInfo {
    /// The profile of a person: always the same one.
    pub fn of(member: MemberId, name: String) -> Self {
        Self { id: member.to_string(), member, name, last_used: 0 }
    }
}

const PROFILES: &str = "profiles";

static LIST: Schema = Schema { version: 1, stores: &[PROFILES], migrate };

fn migrate(upgrade: &Upgrade) -> Step<()> {
    if upgrade.old_version() < 1 {
        upgrade.database().build_object_store(PROFILES).create()?;
    }
    Ok(())
}

/// All profiles, the one that was used last first.
pub async fn list() -> Result<Vec<ProfileInfo>, StoreError> {
    let read = open().await?;
    let read =
        read.run(Access::Read, |running| Box::pin(async move { running.object_store(PROFILES)?.get_all(None).await }));
    let values = read.await?;
    let parse = |value: JsValue| serde_json::from_str(&value.as_string()?).ok();
    let mut profiles: Vec<ProfileInfo> = values.into_iter().filter_map(parse).collect();
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
