//! Connecting an account: the question that a browser takes to the provider, and what is kept of the answer.

use jiff::Timestamp;
use souschef_catalog::OAuth;
use souschef_connect::oauth::{self, App, Holder, Judged, Page};
use souschef_connect::{Client, Secret};
use souschef_plan::Credential;
use url::Url;

use super::grant::Grant;
use super::keeper::Way;
use super::standing::Standing;
use super::store::{StoreError, grants, sealable};
use super::{Accounts, AccountsError, OWN};

/// What a person is asked to allow.
#[derive(Clone, Debug)]
pub struct Permission<'a> {
    /// The connection.
    pub connection: &'a str,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Where the browser comes back to; the app must know it.
    pub redirect: &'a str,
    /// The page that shows nothing of the provider's name.
    pub white_label: bool,
}

/// A question that is out.
#[derive(Clone, Debug)]
pub struct Connecting {
    /// The page to open.
    pub page: Url,
    /// What the answer must repeat.
    pub state: Secret,
    connection: String,
    redirect: String,
    verifier: Secret,
    scopes: Vec<String>,
    app: App,
    holder: Holder,
}

impl Connecting {
    /// The connection that it is about.
    pub fn connection(&self) -> &str {
        &self.connection
    }
}

impl Accounts {
    /// Whether an account is connected by OAuth (a page in the browser) rather than by a token.
    pub fn by_oauth(&self, connection: &str) -> bool {
        self.keeper(connection)
            .is_ok_and(|keeper| matches!(keeper.way, Way::Refresh(..)))
    }

    /// The agency's connection through which an account is reached, where it is.
    pub fn agency_of(&self, connection: &str) -> Option<String> {
        match self.project.connections.get(connection)?.auth.as_ref()? {
            Credential::Through(agency) => Some(agency.clone()),
            Credential::Token(_) | Credential::OAuth { .. } => None,
        }
    }

    /// Begins to connect an account by OAuth.
    ///
    /// # Errors
    /// The connection names no app, or its connector knows no OAuth.
    pub fn ask(&self, permission: Permission<'_>) -> Result<Connecting, AccountsError> {
        let name = permission.connection;
        let keeper = self.keeper(name)?;
        let Way::Refresh(app, holder) = &keeper.way else {
            return Err(AccountsError::new(
                format!("connection {name} names no app to connect with"),
                "write auth: { oauth: { client_id: …, client_secret: { env: NAME } } } at the connection",
            ));
        };
        let app = app.clone()?;
        let data = self.data(name, keeper.connector.oauth.as_ref())?;
        let mut scopes = permission.scopes;
        if let (Holder::Agency, Some(agency)) = (holder, &data.agency) {
            scopes.extend(agency.scopes.iter().cloned());
        }
        scopes.sort();
        scopes.dedup();
        let (state, verifier) = (oauth::unguessable(), oauth::unguessable());
        let own = keeper.connector.base_url.as_deref();
        // A stand-in of the API has the page as well.
        let elsewhere = own.is_none_or(|own| Url::parse(own).is_ok_and(|own| own != keeper.base_url));
        let page = Page {
            client_id: &app.client_id,
            redirect: permission.redirect,
            scopes: &scopes,
            state: &state,
            challenge: Some(&oauth::challenge(&verifier)),
            white_label: permission.white_label,
            host: elsewhere.then_some(&keeper.base_url),
        };
        let page = page.url(data).map_err(|why| AccountsError {
            message: why,
            help: None,
        })?;
        Ok(Connecting {
            page,
            state,
            connection: name.to_owned(),
            redirect: permission.redirect.to_owned(),
            verifier,
            scopes,
            holder: *holder,
            app,
        })
    }

    /// Ends it: the code becomes a token, which is kept if it is this account's. `who`: for the audit log.
    ///
    /// # Errors
    /// No token was given, it is another account's, or it can't be kept. Then nothing is.
    pub async fn connect(
        &self,
        client: &Client,
        asked: Connecting,
        code: &Secret,
        who: &str,
    ) -> Result<Standing, AccountsError> {
        let name = &asked.connection;
        let keeper = self.keeper(name)?;
        let data = self.data(name, keeper.connector.oauth.as_ref())?;
        let request = oauth::exchange(
            data,
            &asked.app,
            asked.holder,
            code,
            &asked.redirect,
            Some(&asked.verifier),
        );
        let judged = client
            .ask_for_token(&request, &keeper.connector, &keeper.base_url)
            .await;
        let issued = match judged {
            Judged::Issued(issued) => *issued,
            Judged::Void(denied) | Judged::NotNow(denied) | Judged::Unknown(denied) => {
                return Err(AccountsError::new(
                    denied.message,
                    "nothing was kept; see that client_id, client_secret and the redirect address are the app's, and begin anew",
                ));
            }
        };
        let config = self.project.connections.get(name);
        let wanted = [
            (
                "location",
                config.and_then(|config| config.location_id.as_ref()),
                &issued.account,
            ),
            (
                "company",
                config.and_then(|config| config.company_id.as_ref()),
                &issued.company,
            ),
        ];
        for (what, wanted, given) in wanted {
            if let (Some(wanted), Some(given)) = (wanted, given)
                && wanted != given
            {
                return Err(AccountsError::new(
                    format!("what was allowed is the {what} {given}, and connection {name} is for {wanted}"),
                    format!("nothing was kept; choose {wanted} on the page, or correct souschef.yaml"),
                ));
            }
        }
        let mut grant = Grant::issued(issued, None, None);
        if grant.scopes.is_empty() {
            grant.scopes = asked.scopes;
        }
        self.seal(name, &grant, who).await?;
        self.standing(name).await
    }

    /// Keeps a token that a person gave.
    ///
    /// # Errors
    /// The connection takes no such token, or it can't be kept.
    pub async fn connect_by_token(
        &self,
        name: &str,
        token: Secret,
        who: &str,
    ) -> Result<Standing, AccountsError> {
        let keeper = self.keeper(name)?;
        let config = self.project.connections.get(name);
        if config.is_some_and(|config| config.auth.is_some()) {
            return Err(AccountsError::new(
                format!(
                    "connection {name} says under auth: where its token comes from, so a kept one would not be used"
                ),
                "take auth: out of the connection in souschef.yaml",
            ));
        }
        if !matches!(keeper.way, Way::Given) {
            return Err(AccountsError::new(
                format!("connection {name} takes no token"),
                "see its auth:",
            ));
        }
        let text = token.reveal().trim();
        if text.is_empty() || !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
            return Err(AccountsError::new(
                "this is no token",
                "paste it as the account's settings show it, on one line",
            ));
        }
        let grant = Grant::given(Secret::new(text), Timestamp::now());
        self.seal(name, &grant, who).await?;
        self.standing(name).await
    }

    /// Forgets what is kept of a connection; true where there was something.
    ///
    /// # Errors
    /// The data folder can't be used.
    pub async fn disconnect(&self, name: &str, who: &str) -> Result<bool, AccountsError> {
        let journal = match self.store.open(false).await {
            Ok(journal) => journal,
            Err(StoreError::Absent) => return Ok(false),
            Err(error) => return Err(out_of_reach(&error)),
        };
        let failed = |error| out_of_reach(&StoreError::from(error));
        let sealed = journal.look().sealed().await.map_err(failed)?;
        let fields: Vec<&(String, String, Timestamp)> =
            sealed.iter().filter(|(owner, ..)| owner == name).collect();
        if fields.is_empty() {
            return Ok(false);
        }
        journal
            .forget_connection(name, who, Timestamp::now())
            .await
            .map_err(failed)?;
        self.forget_known();
        Ok(true)
    }

    async fn seal(&self, name: &str, grant: &Grant, who: &str) -> Result<(), AccountsError> {
        let reach = |error: StoreError| out_of_reach(&error);
        let journal = self.store.open(true).await.map_err(reach)?;
        journal
            .put_secret(name, OWN, sealable(grant).map_err(reach)?, who, Timestamp::now())
            .await
            .map_err(|error| reach(error.into()))?;
        // It is read back: a key that can't open what it sealed is found now.
        grants(&journal, name, OWN).await.map_err(reach)?;
        self.forget_known();
        Ok(())
    }

    /// What is kept has changed: nothing that was known before counts.
    fn forget_known(&self) {
        let keepers = self
            .keepers
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        keepers.values().for_each(|keeper| keeper.forget());
    }

    fn data<'a>(&self, name: &str, oauth: Option<&'a OAuth>) -> Result<&'a OAuth, AccountsError> {
        oauth.ok_or_else(|| {
            AccountsError::new(
                format!("the connector of {name} knows no OAuth"),
                "connect it by a token: auth: { token: { env: NAME } }",
            )
        })
    }
}

pub(super) fn out_of_reach(error: &StoreError) -> AccountsError {
    let help = match error {
        StoreError::InUse(_) => "it may be starting or stopping; try again in a moment",
        StoreError::Absent | StoreError::Failed(_) => {
            "see the project's data folder and the key (SOUSCHEF_KEY_FILE)"
        }
    };
    AccountsError::new(error.to_string(), help)
}
