//! How the project's accounts stand, for those who show it. It holds no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use souschef_plan::Credential;

use super::connecting::out_of_reach;
use super::fixed::{not_taken, replace};
use super::grant::{Grant, Stand, share_of};
use super::store::StoreError;
use super::{Accounts, AccountsError};

/// How a connection's token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It can be used.
    Good,
    /// It is renewed by the next call.
    Due,
    /// Its renewal failed, and is tried again.
    Troubled,
    /// A person must connect the account again.
    Reconnect,
    /// It was never connected.
    Missing,
    /// The environment or file that should hold it does not.
    Unreadable,
    /// Another process has the data folder.
    OutOfReach,
}

/// Where a connection's token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFrom {
    /// The environment or a file.
    Token,
    /// A person's leave, given in the browser.
    Oauth,
    /// An agency's token.
    Through,
    /// A person's hand; it is kept sealed.
    Kept,
    /// Nowhere: none is needed.
    None,
}

/// How a connection stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub connection: String,
    /// `ghl`.
    pub connector: String,
    /// Where its calls go.
    pub base_url: Option<String>,
    /// The account.
    pub location_id: Option<String>,
    /// The agency.
    pub company_id: Option<String>,
    /// Where its token comes from.
    pub auth: TokenFrom,
    /// The agency's connection that it is reached through.
    pub through: Option<String>,
    /// How its token stands.
    pub state: TokenState,
    /// What is to be said about that.
    pub detail: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// When the token was given, where that is known.
    pub since: Option<Timestamp>,
    /// When it ends; it is renewed before.
    pub expires: Option<Timestamp>,
    /// What it allows, where that is known.
    pub scopes: Option<Vec<String>>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl Accounts {
    /// How every connection stands.
    pub async fn standings(&self) -> Vec<Standing> {
        let mut all = Vec::new();
        for name in self.names() {
            if let Ok(standing) = self.standing(name).await {
                all.push(standing);
            }
        }
        all
    }

    /// How a connection stands.
    ///
    /// # Errors
    /// There is no such connection.
    pub async fn standing(&self, name: &str) -> Result<Standing, AccountsError> {
        self.known(name)?;
        let Some(config) = self.project.connections.get(name) else {
            return Err(AccountsError::new(
                format!("the project has no connection {name}"),
                "see souschef.yaml",
            ));
        };
        let connector = self.connector_of(&config.connector)?;
        let mut standing = Standing {
            connection: name.to_owned(),
            connector: config.connector.clone(),
            base_url: self.live_url(name, Some(config), &connector).ok(),
            location_id: config.location_id.clone(),
            company_id: config.company_id.clone(),
            auth: TokenFrom::None,
            through: None,
            state: TokenState::Good,
            detail: None,
            help: None,
            since: None,
            expires: None,
            scopes: config.scopes.clone(),
            tags: config.tags.clone(),
        };
        match &config.auth {
            Some(Credential::Token(source)) => {
                standing.auth = TokenFrom::Token;
                if let Err(error) = self.check(name) {
                    standing.wrong(TokenState::Unreadable, error);
                } else if let Ok(token) = self.read(source)
                    && let Some(since) = self.refusals.since(name, &token)
                {
                    let message = format!("{}, since {since:.0}", not_taken(&connector.title, name));
                    let error = AccountsError::new(message, replace(source));
                    standing.wrong(TokenState::Reconnect, error);
                }
                return Ok(standing);
            }
            Some(Credential::OAuth { .. }) => standing.auth = TokenFrom::Oauth,
            Some(Credential::Through(agency)) => {
                standing.auth = TokenFrom::Through;
                standing.through = Some(agency.clone());
            }
            None if connector.auth == souschef_catalog::Auth::None => return Ok(standing),
            None => standing.auth = TokenFrom::Kept,
        }
        let keeper = match self.keeper(name) {
            Ok(keeper) => keeper,
            Err(error) => {
                standing.wrong(TokenState::Unreadable, error);
                return Ok(standing);
            }
        };
        match keeper.shown().await {
            Ok(Some(grant)) => standing.fill(&grant, keeper.trouble()),
            Ok(None) if standing.auth == TokenFrom::Through => {
                match self.agency_is_missing(&standing).await {
                    Some(error) => standing.wrong(TokenState::Missing, error),
                    None => standing.detail = Some("its token is asked for at the first call".to_owned()),
                }
            }
            Ok(None) if standing.auth == TokenFrom::Kept && connector.oauth.is_none() => {
                standing.auth = TokenFrom::None;
            }
            Ok(None) => standing.wrong(
                TokenState::Missing,
                AccountsError::new("not connected yet", connect(&standing)),
            ),
            Err(error @ StoreError::InUse(_)) => standing.wrong(TokenState::OutOfReach, out_of_reach(&error)),
            Err(error) => standing.wrong(TokenState::Unreadable, out_of_reach(&error)),
        }
        if standing.auth == TokenFrom::Oauth
            && standing.state == TokenState::Good
            && let Err(error) = self.app(name)
        {
            standing.wrong(TokenState::Troubled, error);
        }
        Ok(standing)
    }

    /// What is to be done before an account has its first token of its agency.
    async fn agency_is_missing(&self, standing: &Standing) -> Option<AccountsError> {
        let agency = standing.through.as_deref()?;
        let kept = self.keeper(agency).ok()?.shown().await;
        matches!(kept, Ok(None)).then(|| {
            AccountsError::new(
                format!("it is reached through {agency}, which is not connected yet"),
                format!(
                    "run `souschef connect {} --connection {agency}`",
                    standing.connector
                ),
            )
        })
    }
}

fn connect(standing: &Standing) -> String {
    // Without an app in souschef.yaml there is no page to open: the token is given by hand.
    let by_hand = if standing.auth == TokenFrom::Kept {
        " --token"
    } else {
        ""
    };
    format!(
        "run `souschef connect {} --connection {}{by_hand}`",
        standing.connector, standing.connection
    )
}

impl Standing {
    /// Whether calls can be made.
    pub fn is_fit(&self) -> bool {
        matches!(self.state, TokenState::Good | TokenState::Due)
    }

    /// The scopes of these that the token lacks, as far as is known.
    pub fn lacks<'a>(&self, needed: &'a [String]) -> Vec<&'a str> {
        let Some(granted) = &self.scopes else {
            return Vec::new();
        };
        let lacking = needed.iter().filter(|scope| !granted.contains(scope));
        lacking.map(String::as_str).collect()
    }

    fn wrong(&mut self, state: TokenState, error: AccountsError) {
        self.state = state;
        self.detail = Some(error.message);
        self.help = error.help;
    }

    fn fill(&mut self, grant: &Grant, trouble: Option<String>) {
        self.since = Some(grant.at);
        self.expires = grant.expires;
        if !grant.scopes.is_empty() {
            self.scopes = Some(grant.scopes.clone());
        }
        self.location_id = self.location_id.take().or_else(|| grant.account.clone());
        self.company_id = self.company_id.take().or_else(|| grant.company.clone());
        let now = Timestamp::now();
        if let Some((since, why)) = &grant.dead {
            let help = connect(self);
            let message = format!("it can't be renewed since {since:.0}: {why}");
            return self.wrong(TokenState::Reconnect, AccountsError::new(message, help));
        }
        if let Some(message) = trouble {
            self.state = TokenState::Troubled;
            self.detail = Some(message);
            return;
        }
        self.state = match grant.stand(now, share_of(&self.connection), None) {
            Stand::Good => TokenState::Good,
            Stand::Due | Stand::Ended | Stand::Dead => TokenState::Due,
        };
        if let Some(since) = grant.renewing {
            self.detail = Some(format!(
                "a renewal was begun at {since:.0}, and its answer did not come"
            ));
        }
    }
}
