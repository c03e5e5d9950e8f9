//! An account's token: given to calls, renewed in time by one at a time, kept on disk before it is used.
//!
//! What must stay true: a refresh token is sent by one task of one process at a time (the lease in the journal; the data
//! folder has one process). Before it is sent, that is on disk. The pair that came is on disk before it is used, and the
//! one before is kept until the new one has worked. Only the provider's word that a refresh token is void ends an account;
//! all else is tried again.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use souschef_catalog::Connector;
use souschef_connect::oauth::{self, App, Denied, Holder, Judged};
use souschef_connect::{Asking, Client, Held, Secret, TokenSource};
use souschef_journal::{Journal, Lease, fault};
use tokio::sync::OwnedMutexGuard;
use url::Url;

use super::AccountsError;
use super::grant::{Grant, Stand, rest, share_of};
use super::store::{Kept, StoreError, TokenStore, grants, keep};

/// How long a renewal may take before another one may begin: longer than any request.
const LEASE: Duration = Duration::from_secs(150);
/// Between two looks whether another task's renewal has ended.
const GLANCE: Duration = Duration::from_millis(20);
/// When a held call asks again where a person must act first.
const PERSON: Duration = Duration::from_secs(30);
/// Before an uncertain renewal is tried a second time.
const SECOND: Duration = Duration::from_millis(500);

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

    async fn renew(self: &Arc<Self>, client: &Client, refused: Option<&Secret>) -> Result<Secret, Held> {
        let reach = |error: StoreError| self.out_of_reach(&error);
        let create = matches!(self.way, Way::Through { .. });
        // Held open until the new pair is on disk, so that no other process can begin meanwhile.
        let journal = self.store.open(create).await.map_err(reach)?;
        let lease = format!("token {} {}", self.owner, self.field);
        let me = format!("{} {}", process(), uuid::Uuid::now_v7());
        loop {
            let given = journal
                .lease(&lease, &me, LEASE, Timestamp::now())
                .await
                .map_err(|error| reach(error.into()))?;
            let Lease::Held { owner, .. } = given else { break };
            if fault::bug("no_single_flight_refresh") {
                break;
            }
            if owner.starts_with(process()) {
                tokio::time::sleep(GLANCE).await;
            } else if let Err(error) = journal.end_lease(&lease, &owner).await {
                // A process that had the journal before was stopped while it renewed; the data folder is ours now, so
                // it can't go on. That its lease is gone already is as good.
                tracing::debug!(%error, "a stopped process's lease");
            }
        }
        let kept = self.read(&journal).await.map_err(reach);
        let renewed = match kept {
            Err(held) => Err(held),
            Ok(kept) => match kept.or_else(|| self.before_the_first()) {
                None => Err(self.not_connected()),
                Some(kept) => match self.stand(&kept, refused) {
                    Stand::Good => Ok(kept.grant.access),
                    Stand::Dead => Err(self.ended(&kept.grant)),
                    Stand::Due | Stand::Ended => self.renew_alone(&journal, client, kept).await,
                },
            },
        };
        if let Err(error) = journal.end_lease(&lease, &me).await {
            tracing::warn!(connection = self.connection, %error, "the lease of a renewal could not be given up");
        }
        renewed
    }

    async fn renew_alone(&self, journal: &Journal, client: &Client, kept: Kept) -> Result<Secret, Held> {
        match &self.way {
            Way::Given => Err(self.gone("the account no longer takes the token that it was connected with")),
            Way::Refresh(Err(error), _) => Err(self.not_now(&error.message, None)),
            Way::Refresh(Ok(app), holder) => self.refresh(journal, client, app, *holder, kept).await,
            Way::Through {
                agency,
                company,
                account,
            } => {
                self.through(journal, client, agency, company, account, kept)
                    .await
            }
        }
    }

    /// Refreshes with each kept refresh token in turn, newest first, until one gives a new pair.
    async fn refresh(
        &self,
        journal: &Journal,
        client: &Client,
        app: &App,
        holder: Holder,
        newest: Kept,
    ) -> Result<Secret, Held> {
        let reach = |error: StoreError| self.out_of_reach(&error);
        let Some(data) = &self.connector.oauth else {
            return Err(self.gone("its connector knows no way to renew a token"));
        };
        let mut tokens: Vec<Secret> = Vec::new();
        for kept in grants(journal, &self.owner, &self.field).await.map_err(reach)? {
            if let Some(token) = kept.grant.refresh.filter(|token| !tokens.contains(token)) {
                tokens.push(token);
            }
        }
        let before = newest.clone();
        let mut newest = newest;
        let mut lost = newest.grant.renewing;
        let mut said = None;
        for token in tokens {
            if newest.grant.renewing.is_none() || newest.grant.refresh.as_ref() != Some(&token) {
                let mut intent = newest.grant.clone();
                intent.renewing = Some(lost.unwrap_or_else(Timestamp::now));
                newest = self.put(journal, &newest, intent).await.map_err(reach)?;
            }
            fault::point("accounts.refresh.before_send");
            let request = oauth::refresh(data, app, holder, &token);
            let mut judged = client
                .ask_for_token(&request, &self.connector, &self.base_url)
                .await;
            fault::point("accounts.refresh.after_send");
            if let Judged::Unknown(denied) = &judged {
                lost = newest.grant.renewing;
                tracing::warn!(
                    connection = self.connection,
                    why = denied.message,
                    "a token's renewal is uncertain"
                );
                tokio::time::sleep(SECOND.max(denied.wait.unwrap_or_default().min(SECOND * 10))).await;
                judged = client
                    .ask_for_token(&request, &self.connector, &self.base_url)
                    .await;
            } else if let Judged::Void(_) = &judged
                && said.is_none()
            {
                // Nobody else can have used it, as far as is known here: the provider is asked twice before it is believed.
                tokio::time::sleep(SECOND).await;
                judged = client
                    .ask_for_token(&request, &self.connector, &self.base_url)
                    .await;
            }
            match judged {
                Judged::Issued(issued) => {
                    let grant = Grant::issued(*issued, Some(&newest.grant), Some(&token));
                    let kept = self.put(journal, &newest, grant).await.map_err(reach)?;
                    fault::point("accounts.refresh.kept");
                    self.memory(|memory| memory.failed = None);
                    tracing::info!(connection = self.connection, "the token was renewed");
                    return Ok(kept.grant.access);
                }
                Judged::Void(denied) => said = Some(denied),
                Judged::NotNow(denied) => {
                    if lost.is_none() {
                        self.take_back(journal, &before, &newest).await.map_err(reach)?;
                    }
                    return Err(self.failed(&denied));
                }
                Judged::Unknown(denied) => return Err(self.failed(&denied)),
            }
        }
        // Somebody may have connected it anew while the provider was asked.
        let now = self.read(journal).await.map_err(reach)?;
        if let Some(now) = now.filter(|now| now.version != newest.version) {
            return match now.grant.stand(Timestamp::now(), self.share(), None) {
                Stand::Good | Stand::Due => Ok(now.grant.access),
                Stand::Ended | Stand::Dead => Err(self.ended(&now.grant)),
            };
        }
        let said = said.map_or_else(|| "there is no refresh token".to_owned(), |denied| denied.message);
        let why = match lost {
            Some(_) => format!("the answer of an earlier renewal was lost on its way, and then {said}"),
            None => said,
        };
        let mut dead = newest.grant.clone();
        dead.dead = Some((Timestamp::now(), why));
        dead.renewing = None;
        let dead = self.put(journal, &newest, dead).await.map_err(reach)?;
        tracing::error!(
            connection = self.connection,
            "the account must be connected again"
        );
        Err(self.ended(&dead.grant))
    }

    /// The provider has not begun a renewal after all. What had worked is the only one again.
    async fn take_back(&self, journal: &Journal, before: &Kept, newest: &Kept) -> Result<(), StoreError> {
        let mut grant = newest.grant.clone();
        grant.renewing = None;
        let kept = self.put(journal, newest, grant).await?;
        if before.confirmed {
            journal
                .confirm_secret(&self.owner, &self.field, kept.version)
                .await?;
            self.memory(|memory| {
                memory.kept = Some(Kept {
                    confirmed: true,
                    ..kept
                });
            });
        }
        Ok(())
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

    /// Asks the agency's token for this account's. Asking again does no harm, so nothing is noted before.
    async fn through(
        &self,
        journal: &Journal,
        client: &Client,
        agency: &Arc<Keeper>,
        company: &str,
        account: &str,
        newest: Kept,
    ) -> Result<Secret, Held> {
        let mut refused: Option<Secret> = None;
        loop {
            let own = |held: Held| Held {
                message: format!(
                    "{} is reached through {}: {}",
                    self.connection, held.connection, held.message
                ),
                ..held
            };
            let token = Arc::clone(agency)
                .boxed(client, refused.as_ref())
                .await
                .map_err(own)?;
            let Some(request) = oauth::account_token(&self.connector, &token, company, account) else {
                return Err(self.gone("its connector knows no way from an agency to its accounts"));
            };
            match client
                .ask_for_token(&request, &self.connector, &self.base_url)
                .await
            {
                Judged::Issued(issued) => {
                    agency.note_worked(&token).await;
                    if issued.account.as_deref().is_some_and(|told| told != account) {
                        return Err(self.not_now("the provider gave another account's token", None));
                    }
                    let grant = Grant::issued(*issued, None, None);
                    let kept = self.put(journal, &newest, grant).await;
                    self.memory(|memory| memory.failed = None);
                    return kept
                        .map(|kept| kept.grant.access)
                        .map_err(|error| self.out_of_reach(&error));
                }
                Judged::NotNow(denied) | Judged::Void(denied)
                    if denied.status == Some(401) && refused.is_none() =>
                {
                    refused = Some(token);
                }
                Judged::NotNow(denied) | Judged::Void(denied) | Judged::Unknown(denied) => {
                    return Err(self.failed(&denied));
                }
            }
        }
    }

    /// As [`Keeper::give`], in a form that may call itself.
    fn boxed<'a>(
        self: Arc<Self>,
        client: &'a Client,
        refused: Option<&'a Secret>,
    ) -> Asking<'a, Result<Secret, Held>> {
        Box::pin(self.give(client, refused))
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

    /// Why it is left alone now, where a renewal has just failed.
    fn resting(&self) -> Option<Held> {
        let now = Timestamp::now();
        self.memory(|memory| {
            let (_, until, message) = memory.failed.as_ref()?;
            (now < *until).then(|| self.held("SC531", message.clone(), None, *until))
        })
    }

    fn failed(&self, denied: &Denied) -> Held {
        self.not_now(&denied.message, denied.wait)
    }

    fn not_now(&self, why: &str, asked: Option<Duration>) -> Held {
        let share = self.share();
        let message = format!("the token of {} could not be renewed yet: {why}", self.connection);
        let until = self.memory(|memory| {
            let failures = memory.failed.as_ref().map_or(0, |(failures, ..)| *failures) + 1;
            let until = after(rest(failures, asked, share));
            memory.failed = Some((failures, until, message.clone()));
            until
        });
        self.held("SC531", message, None, until)
    }

    fn not_connected(&self) -> Held {
        self.person(format!("{} is not connected yet", self.connection))
    }

    fn gone(&self, why: &str) -> Held {
        self.person(format!("{} must be connected again: {why}", self.connection))
    }

    fn ended(&self, grant: &Grant) -> Held {
        match &grant.dead {
            Some((_, why)) => self.gone(why),
            None => self.gone("its token has ended"),
        }
    }

    fn person(&self, message: String) -> Held {
        let help = format!(
            "run `souschef connect {} --connection {}`",
            self.connector.name, self.connection
        );
        self.held("SC530", message, Some(help), after(PERSON))
    }

    fn out_of_reach(&self, error: &StoreError) -> Held {
        let help = match error {
            StoreError::InUse(_) => Some(
                "while the service runs, let it do the work, or stop it; or give the connection a token of its own: \
                 auth: { token: { env: NAME } }"
                    .to_owned(),
            ),
            StoreError::Absent | StoreError::Failed(_) => None,
        };
        let message = format!("the token of {} is out of reach: {error}", self.connection);
        self.held("SC532", message, help, after(PERSON))
    }

    fn held(&self, code: &'static str, message: String, help: Option<String>, until: Timestamp) -> Held {
        Held {
            connection: self.connection.clone(),
            code,
            message,
            help,
            until,
            outage: false,
        }
    }
}

fn after(wait: Duration) -> Timestamp {
    Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// A keeper as calls know it.
#[derive(Clone, Debug)]
pub(crate) struct KeptToken(pub(crate) Arc<Keeper>);

impl TokenSource for KeptToken {
    fn token<'a>(
        &'a self,
        client: &'a Client,
        refused: Option<&'a Secret>,
    ) -> Asking<'a, Result<Option<Secret>, Held>> {
        Box::pin(async move {
            let keeper = Arc::clone(&self.0);
            // An API that nobody was connected to may be one that needs no token; one with OAuth needs one.
            let bare = matches!(keeper.way, Way::Given) && keeper.connector.oauth.is_none();
            if bare && keeper.newest().await.is_ok_and(|kept| kept.is_none()) {
                return Ok(None);
            }
            keeper.give(client, refused).await.map(Some)
        })
    }

    fn worked<'a>(&'a self, token: &'a Secret) -> Asking<'a, ()> {
        Box::pin(self.0.note_worked(token))
    }
}
