//! An account's token: given to calls, renewed in time by one at a time, kept on disk before it is used.
//!
//! What must stay true: a refresh token is sent by one task of one process at a time (the lease in the journal; the data
//! folder has one process). Before it is sent, that is on disk. The pair that came is on disk before it is used, and the
//! one before is kept until the new one has worked. Only the provider's word that a refresh token is void ends an account;
//! all else is tried again.

mod renewing;
mod source;
mod through;
mod trouble;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use souschef_catalog::Connector;
use souschef_connect::oauth::{App, Holder};
use souschef_connect::{Client, Held, Secret};
use souschef_journal::{Journal, fault};
use tokio::sync::OwnedMutexGuard;
use url::Url;

pub(crate) use source::KeptToken;

use super::AccountsError;
use super::grant::{Grant, Stand, share_of};
use super::store::{Kept, StoreError, TokenStore, grants, keep};

/// How a token is renewed.
#[derive(Debug)]
pub(crate) enum Way {
    /// It is not: a person gave it.
    Given,
    /// By its refresh token; or why the app is not known.
    Refresh(Result<App, AccountsError>, Holder),
    /// By an agency's token.
    Through {
        agency: Arc<Keeper>,
        company: String,
        account: String,
    },
}

/// Keeps one token.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The connection, for people.
    pub(crate) connection: String,
    /// Whose secrets it is among in the journal, and under which name.
    pub(crate) owner: String,
    pub(crate) field: String,
    pub(crate) connector: Arc<Connector>,
    pub(crate) base_url: Url,
    pub(crate) way: Way,
    pub(crate) store: Arc<TokenStore>,
    known: Mutex<Memory>,
    flight: Arc<tokio::sync::Mutex<()>>,
}

/// What this process knows.
#[derive(Debug, Default)]
struct Memory {
    kept: Option<Kept>,
    /// A renewal failed: how often in a row, until when it is left alone, and what was said.
    failed: Option<(u32, Timestamp, String)>,
}

/// Names this process among those that had the journal before.
fn process() -> &'static str {
    static PROCESS: OnceLock<String> = OnceLock::new();
    PROCESS.get_or_init(|| uuid::Uuid::now_v7().to_string())
}

impl Keeper {
    pub(crate) fn new(
        connection: String,
        owner: String,
        field: String,
        connector: Arc<Connector>,
        base_url: Url,
        way: Way,
        store: Arc<TokenStore>,
    ) -> Self {
        Self {
            connection,
            owner,
            field,
            connector,
            base_url,
            way,
            store,
            known: Mutex::default(),
            flight: Arc::default(),
        }
    }

    fn memory<T>(&self, with: impl FnOnce(&mut Memory) -> T) -> T {
        with(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn share(&self) -> f64 {
        share_of(&format!("{} {}", self.owner, self.field))
    }

    fn stand(&self, kept: &Kept, refused: Option<&Secret>) -> Stand {
        kept.grant.stand(Timestamp::now(), self.share(), refused)
    }

    /// Forgets what it knows: a person has changed what is kept.
    pub(crate) fn forget(&self) {
        self.memory(|memory| *memory = Memory::default());
    }

    /// The newest grant: the known one, or the kept one.
    async fn newest(&self) -> Result<Option<Kept>, StoreError> {
        if let Some(kept) = self.memory(|memory| memory.kept.clone())
            && kept.grant.dead.is_none()
        {
            return Ok(Some(kept));
        }
        let journal = match self.store.open(false).await {
            Ok(journal) => journal,
            Err(StoreError::Absent) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.read(&journal).await
    }

    /// The newest kept grant, which is known from then on.
    async fn read(&self, journal: &Journal) -> Result<Option<Kept>, StoreError> {
        let newest = grants(journal, &self.owner, &self.field)
            .await?
            .into_iter()
            .next();
        self.memory(|memory| memory.kept.clone_from(&newest));
        Ok(newest)
    }

    async fn give(self: Arc<Self>, client: &Client, refused: Option<&Secret>) -> Result<Secret, Held> {
        let kept = self.newest().await.map_err(|error| self.out_of_reach(&error))?;
        let Some(kept) = kept.or_else(|| self.before_the_first()) else {
            return Err(self.not_connected());
        };
        match self.stand(&kept, refused) {
            Stand::Good => return Ok(kept.grant.access),
            Stand::Dead => return Err(self.ended(&kept.grant)),
            // Whoever comes while it is being renewed takes the one that is still good.
            Stand::Due => match self.alone().try_lock_owned() {
                Ok(alone) if self.resting().is_none() => {
                    let renewed = Arc::clone(&self).renewed(alone, client, refused).await;
                    return Ok(renewed.unwrap_or(kept.grant.access));
                }
                _ => return Ok(kept.grant.access),
            },
            Stand::Ended => {}
        }
        let alone = self.alone().lock_owned().await;
        if let Some(kept) = self.memory(|memory| memory.kept.clone())
            && matches!(self.stand(&kept, refused), Stand::Good | Stand::Due)
        {
            return Ok(kept.grant.access);
        }
        if let Some(held) = self.resting() {
            return Err(held);
        }
        self.renewed(alone, client, refused).await
    }

    /// What is held by the one that renews it.
    fn alone(&self) -> Arc<tokio::sync::Mutex<()>> {
        if fault::bug("no_single_flight_refresh") {
            Arc::default()
        } else {
            Arc::clone(&self.flight)
        }
    }

    /// An account reached through an agency has no token until it is first asked for.
    fn before_the_first(&self) -> Option<Kept> {
        let Way::Through { .. } = self.way else {
            return None;
        };
        let mut grant = Grant::given(Secret::new(""), Timestamp::UNIX_EPOCH);
        grant.expires = Some(Timestamp::UNIX_EPOCH);
        Some(Kept {
            version: 0,
            grant,
            confirmed: false,
        })
    }

    /// Renews it, in a task of its own: a caller that goes away must not leave a renewal between its request and its
    /// commit.
    async fn renewed(
        self: Arc<Self>,
        alone: OwnedMutexGuard<()>,
        client: &Client,
        refused: Option<&Secret>,
    ) -> Result<Secret, Held> {
        let (keeper, client, refused) = (Arc::clone(&self), client.clone(), refused.cloned());
        let task = tokio::spawn(async move {
            let renewed = keeper.renew(&client, refused.as_ref()).await;
            drop(alone);
            renewed
        });
        match task.await {
            Ok(renewed) => renewed,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(self.not_now("the renewal was interrupted", None)),
        }
    }

    async fn put(&self, journal: &Journal, after: &Kept, grant: Grant) -> Result<Kept, StoreError> {
        let version = keep(journal, &self.owner, &self.field, after.version, &grant).await?;
        let kept = Kept {
            version,
            grant,
            confirmed: false,
        };
        self.memory(|memory| memory.kept = Some(kept.clone()));
        Ok(kept)
    }

    /// A call with this token was let in: the ones before it are forgotten.
    async fn note_worked(&self, token: &Secret) {
        let version = self.memory(|memory| {
            let kept = memory.kept.as_mut()?;
            let news = !kept.confirmed
                && kept.version > 0
                && kept.grant.access == *token
                && kept.grant.renewing.is_none();
            news.then(|| {
                kept.confirmed = true;
                kept.version
            })
        });
        let Some(version) = version else { return };
        let confirmed = match self.store.open(false).await {
            Ok(journal) => journal
                .confirm_secret(&self.owner, &self.field, version)
                .await
                .map_err(StoreError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = confirmed {
            // The older pair is kept a little longer; the next call tries again.
            tracing::debug!(connection = self.connection, %error, "a token that worked could not be noted");
            self.memory(|memory| {
                if let Some(kept) = memory.kept.as_mut().filter(|kept| kept.version == version) {
                    kept.confirmed = false;
                }
            });
        }
    }

    /// The grant, for those who show it.
    pub(crate) async fn shown(&self) -> Result<Option<Grant>, StoreError> {
        Ok(self.newest().await?.map(|kept| kept.grant))
    }

    /// What is said of the last renewal, where it failed lately.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.memory(|memory| memory.failed.as_ref().map(|(.., message)| message.clone()))
    }
}
