//! Starting a profile, as the page does it.

use std::future::{poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use futures_channel::oneshot;
use huigao_protocol::first_words::FirstWords;
use huigao_protocol::message::{Start, VERSION};
use huigao_shared::ids::DocumentId;

use super::handle::Handle;
use super::page::Page;
use crate::platform::{fall, last_words, online, visibility};
use huigao_browser::account::{Account, Credential};
use huigao_browser::identity::Identity;
use huigao_browser::profiles::{self, ProfileInfo};
use huigao_browser::{clock, first_words, spawn};
use huigao_protocol::command::StoreError;

/// How the start of an engine ends.
type Started = Pin<Box<dyn Future<Output = Result<(), StoreError>>>>;

/// Starts profiles.
pub struct Driver;

impl Driver {
    /// Starts an engine for a profile: it opens the database, joins the other tabs, and seeks the lead. Needs no network.
    ///
    /// If there are first words of the document that is to be `shown`, the page begins with them, and how the engine's
    /// start ends is told by what is returned besides. Else it has started.
    pub async fn start(
        mut profile: ProfileInfo,
        identity: Identity,
        shown: Option<DocumentId>,
    ) -> Result<(Handle, Started), StoreError> {
        let kept = shown.map(|document| (document, first_words::read(&profile.id, document)));
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
        let mut started: Started = Box::pin(async move {
            waiting.await.unwrap_or_else(|_| Err(StoreError::Failed("the engine did not start".to_owned())))
        });
        let first = match kept {
            Some((document, kept)) => sooner(kept, &mut started).await?.map(|words| (document, words)),
            None => {
                started.as_mut().await?;
                None
            }
        };
        let started: Started = match first {
            Some((document, words)) => {
                page.begin_with(document, words);
                started
            }
            None => Box::pin(ready(Ok(()))),
        };

        profile.last_used = clock::now();
        let account = Rc::new(Account::new(member, credential));
        let handle = Handle::new(page, profile.clone(), account);
        spawn(async move {
            // The list is for choosing; the profile is found without it.
            let _ = profiles::remember(&profile).await;
        });
        Ok((handle, started))
    }
}

/// First words, if they are there before the engine has started. None: it has.
async fn sooner(
    kept: impl Future<Output = Option<FirstWords>>,
    started: &mut Started,
) -> Result<Option<FirstWords>, StoreError> {
    let mut kept = pin!(kept);
    let mut is_read = false;
    poll_fn(|context| {
        if !is_read && let Poll::Ready(words) = kept.as_mut().poll(context) {
            is_read = true;
            if words.is_some() {
                return Poll::Ready(Ok(words));
            }
        }
        started.as_mut().poll(context).map_ok(|()| None)
    })
    .await
}
