//! A token is renewed: the lease taken, the refresh token sent, the pair that came put down before it is used.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use souschef_connect::oauth::{self, App, Holder, Judged};
use souschef_connect::{Client, Held, Secret};
use souschef_journal::{Journal, Lease, fault};

use super::{Keeper, Way, process};
use crate::accounts::grant::{Grant, Stand};
use crate::accounts::store::{Kept, StoreError, grants};

/// How long a renewal may take before another one may begin: longer than any request.
const LEASE: Duration = Duration::from_secs(150);
/// Between two looks whether another task's renewal has ended.
const GLANCE: Duration = Duration::from_millis(20);
/// Before an uncertain renewal is tried a second time.
const SECOND: Duration = Duration::from_millis(500);

impl Keeper {
    pub(super) async fn renew(
        self: &Arc<Self>,
        client: &Client,
        refused: Option<&Secret>,
    ) -> Result<Secret, Held> {
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

    pub(super) async fn renew_alone(
        &self,
        journal: &Journal,
        client: &Client,
        kept: Kept,
    ) -> Result<Secret, Held> {
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
    pub(super) async fn refresh(
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
    pub(super) async fn take_back(
        &self,
        journal: &Journal,
        before: &Kept,
        newest: &Kept,
    ) -> Result<(), StoreError> {
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
}
