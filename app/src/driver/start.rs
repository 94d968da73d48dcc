//! Starting a profile, as the page does it.

use std::rc::Rc;

use futures_channel::oneshot;
use huigao_protocol::message::{Start, VERSION};

use super::handle::Handle;
use super::page::Page;
use crate::platform::{fall, last_words, online, visibility};
use huigao_browser::account::{Account, Credential};
use huigao_browser::identity::Identity;
use huigao_browser::profiles::{self, ProfileInfo};
use huigao_browser::{clock, spawn};
use huigao_protocol::command::StoreError;

/// Starts profiles.
pub struct Driver;

impl Driver {
    /// Starts an engine for a profile: it opens the database, joins the other tabs, and seeks the lead. Needs no network.
    pub async fn start(mut profile: ProfileInfo, identity: Identity) -> Result<Handle, StoreError> {
        let Identity { member, roster, credential } = identity;
        let (words, claim) = last_words::left(member).await.unzip();
        let (opened, waiting) = oneshot::channel();
        let page = Page::new(member, claim);
        page.start(
            Start {
                version: VERSION,
                profile: profile.id.clone(),
                member,
                demo: matches!(credential, Credential::Demonstration),
                roster,
                page: page.name(),
                words: words.unwrap_or_default(),
                fell: fall::begin(member),
                online: online::online(),
                shown: visibility::visible(),
            },
            opened,
        )?;
        waiting.await.map_err(|_| StoreError::Failed("the engine did not start".to_owned()))??;

        profile.last_used = clock::now();
        let account = Rc::new(Account::new(member, credential));
        let handle = Handle::new(page, profile.clone(), account);
        spawn(async move {
            // The list is for choosing; the profile is found without it.
            let _ = profiles::remember(&profile).await;
        });
        Ok(handle)
    }
}
