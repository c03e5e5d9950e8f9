//! An account's token, asked for with its agency's.

use std::sync::Arc;

use souschef_connect::oauth::{self, Judged};
use souschef_connect::{Asking, Client, Held, Secret};
use souschef_journal::Journal;

use super::Keeper;
use crate::accounts::grant::Grant;
use crate::accounts::store::Kept;

impl Keeper {
    /// Asks the agency's token for this account's. Asking again does no harm, so nothing is noted before.
    pub(super) async fn through(
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
    pub(super) fn boxed<'a>(
        self: Arc<Self>,
        client: &'a Client,
        refused: Option<&'a Secret>,
    ) -> Asking<'a, Result<Secret, Held>> {
        Box::pin(self.give(client, refused))
    }
}
