//! Accounts: the project's connections, opened with their secrets.
//!
//! A token that stands in the environment or a file is read when its account is opened. One that was connected with
//! `souschef connect` is kept sealed ([`mod@store`]) and renewed while calls are made ([`mod@keeper`]).
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the docs of these modules are for those who work on them"
)]

mod callback;
mod choosing;
mod connecting;
mod fixed;
mod grant;
mod keeper;
mod reach;
mod secrets;
mod standing;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use souschef_catalog::{Auth, Catalog, Connector};
use souschef_connect::oauth::Holder;
use souschef_connect::{Connection, Secret, Token};
use souschef_journal::Journal;
use souschef_plan::{ConnectionConfig, Credential, Project, SecretSource};
use souschef_sandbox::Running;
use url::Url;

pub use callback::Callback;
pub use connecting::{Connecting, Permission};
pub use reach::{Reached, Trouble};
pub use standing::{Standing, TokenFrom, TokenState};

use self::fixed::{FixedToken, Refusals};
use self::keeper::{Keeper, KeptToken, Way};
use self::secrets::Shelf;
use self::store::TokenStore;
use crate::project::OpenProject;

/// Why an account can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AccountsError {
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl AccountsError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// Where the accounts' calls go.
#[derive(Clone, Debug)]
enum Target {
    /// To the APIs.
    Live,
    /// To a sandbox: base URL by connector, and the sample account's ids by name.
    Sandbox {
        urls: BTreeMap<String, String>,
        ids: serde_json::Map<String, serde_json::Value>,
    },
    /// Nowhere: requests are built and shown, never sent.
    Nowhere,
}

/// The project's accounts. Each is opened when it is first asked for, so that a missing secret of one does not stop a
/// recipe that uses another.
#[derive(Clone, Debug)]
pub struct Accounts {
    project: Project,
    catalog: Arc<Catalog>,
    target: Target,
    store: Arc<TokenStore>,
    /// Those that keep tokens, by connection; made when they are first needed.
    keepers: Arc<Mutex<BTreeMap<String, Arc<Keeper>>>>,
    shelf: Shelf,
    /// Tokens of the environment and of files that were not taken.
    refusals: Arc<Refusals>,
}

/// The field under which a connection's own token is kept.
const OWN: &str = "token";

impl Accounts {
    /// The project's own accounts. Tokens that were connected are read of the data folder when they are needed, as long as
    /// no service has it.
    pub fn live(project: &OpenProject) -> Self {
        let store = TokenStore::in_folder(crate::service::data_folder(project));
        Self::with(project, Target::Live, Arc::new(store))
    }

    /// The same accounts, their tokens kept in a journal that is open: the service's.
    pub fn kept_in(self, journal: &Arc<Journal>) -> Self {
        Self {
            store: Arc::new(TokenStore::in_journal(Arc::clone(journal))),
            keepers: Arc::default(),
            ..self
        }
    }

    /// The project's accounts for a dry run: addresses as they are, secrets left alone.
    pub fn unopened(project: &OpenProject) -> Self {
        Self::with(project, Target::Nowhere, Arc::new(TokenStore::nowhere()))
    }

    /// The same names, but every call goes to a sandbox.
    pub fn sandbox(project: &OpenProject, running: &Running) -> Self {
        let urls = project
            .catalog
            .connectors()
            .iter()
            .map(|connector| (connector.name.clone(), running.base_url(&connector.name)))
            .collect();
        let target = Target::Sandbox {
            urls,
            ids: running.sample(),
        };
        Self::with(project, target, Arc::new(TokenStore::nowhere()))
    }

    fn with(project: &OpenProject, target: Target, store: Arc<TokenStore>) -> Self {
        Self {
            store,
            keepers: Arc::default(),
            shelf: Shelf::of(&project.root),
            refusals: Arc::default(),
            project: project.config.clone(),
            catalog: Arc::clone(&project.catalog),
            target,
        }
    }

    /// The accounts of a project that was read anew; calls go where these go.
    pub fn renewed(&self, project: &OpenProject) -> Self {
        Self {
            refusals: Arc::clone(&self.refusals),
            ..Self::with(project, self.target.clone(), Arc::clone(&self.store))
        }
    }

    /// The ids of the sandbox's sample account by name (`contact_id`); none where calls go elsewhere.
    pub(crate) fn sample_ids(&self) -> Option<&serde_json::Map<String, serde_json::Value>> {
        match &self.target {
            Target::Sandbox { ids, .. } => Some(ids),
            Target::Live | Target::Nowhere => None,
        }
    }

    /// Whether an account can be used: its secret is there, its address is one.
    ///
    /// # Errors
    /// What is in the way.
    pub fn check(&self, name: &str) -> Result<(), AccountsError> {
        match self.project.connections.get(name) {
            Some(config) => {
                if let (Target::Live, Some(Credential::Token(source))) = (&self.target, &config.auth) {
                    self.fixed(name, source)?;
                }
                self.connection(name, &config.connector).map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// `connection` in the scope of a recipe's expressions.
    pub fn scope_of(&self, name: &str) -> serde_json::Value {
        let config = self.project.connections.get(name);
        let (location, company) = self.ids(config);
        serde_json::json!({ "name": name, "location_id": location, "company_id": company })
    }

    fn ids(&self, config: Option<&ConnectionConfig>) -> (Option<String>, Option<String>) {
        match &self.target {
            Target::Sandbox { ids, .. } => {
                let id = |name: &str| ids.get(name).and_then(|id| id.as_str()).map(str::to_owned);
                (id("location_id"), id("company_id"))
            }
            Target::Live => (
                config.and_then(|c| c.location_id.clone()),
                config.and_then(|c| c.company_id.clone()),
            ),
            Target::Nowhere => (
                config
                    .and_then(|c| c.location_id.clone())
                    .or_else(|| Some("(location_id)".to_owned())),
                config
                    .and_then(|c| c.company_id.clone())
                    .or_else(|| Some("(company_id)".to_owned())),
            ),
        }
    }

    fn connection(&self, name: &str, connector: &str) -> Result<Connection, AccountsError> {
        let config = self.project.connections.get(name);
        let connector = self.connector_of(connector)?;
        let base_url = match &self.target {
            Target::Sandbox { urls, .. } => urls.get(&connector.name).cloned().unwrap_or_default(),
            Target::Live => self.live_url(name, config, &connector)?,
            Target::Nowhere => self
                .live_url(name, config, &connector)
                .unwrap_or_else(|_| "https://base-url.example".to_owned()),
        };
        let base_url = parsed(name, &base_url)?;
        let (location_id, company_id) = self.ids(config);
        let bare = Connection {
            name: name.to_owned(),
            connector,
            base_url,
            token: None,
            location_id,
            company_id,
            paths: config.map(|config| config.paths.clone()).unwrap_or_default(),
        };
        let token = match &self.target {
            Target::Sandbox { .. } => Some(Secret::new("sandbox").into()),
            Target::Live => self.token(config, &bare)?,
            Target::Nowhere => Some(Secret::new("not sent").into()),
        };
        Ok(Connection { token, ..bare })
    }

    fn live_url(
        &self,
        name: &str,
        config: Option<&ConnectionConfig>,
        connector: &Connector,
    ) -> Result<String, AccountsError> {
        config
            .and_then(|config| config.base_url.clone())
            .or_else(|| connector.base_url.clone())
            .ok_or_else(|| {
                AccountsError::new(
                    format!(
                        "connection {name} has no base_url, and {} has none of its own",
                        connector.title
                    ),
                    format!("set base_url: of connection {name} in souschef.yaml"),
                )
            })
    }

    /// The token that stands in the environment or a file, as it is now.
    fn fixed(&self, name: &str, source: &SecretSource) -> Result<Secret, AccountsError> {
        self.read(source)
            .map_err(|(message, help)| AccountsError::new(format!("connection {name}: {message}"), help))
    }

    fn token(
        &self,
        config: Option<&ConnectionConfig>,
        bare: &Connection,
    ) -> Result<Option<Token>, AccountsError> {
        match config.and_then(|config| config.auth.as_ref()) {
            // In the foreground nobody waits for a better one.
            Some(Credential::Token(source)) if !self.store.is_of_service() => {
                Ok(Some(self.fixed(&bare.name, source)?.into()))
            }
            Some(Credential::Token(source)) => Ok(Some(Token::Kept(Arc::new(FixedToken {
                connection: bare.clone(),
                source: source.clone(),
                shelf: self.shelf.clone(),
                scopes: config
                    .and_then(|config| config.scopes.clone())
                    .unwrap_or_default(),
                catalog: Arc::clone(&self.catalog),
                refusals: Arc::clone(&self.refusals),
            })))),
            None if bare.connector.auth == Auth::None => Ok(None),
            None | Some(Credential::OAuth { .. } | Credential::Through(_)) => {
                let keeper = self.keeper(&bare.name)?;
                Ok(Some(Token::Kept(Arc::new(KeptToken(keeper)))))
            }
        }
    }

    /// The one that keeps a connection's token.
    fn keeper(&self, name: &str) -> Result<Arc<Keeper>, AccountsError> {
        self.known(name)?;
        let keepers = || self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeper) = keepers().get(name) {
            return Ok(Arc::clone(keeper));
        }
        let config = self.project.connections.get(name);
        let connector = self.connector_of(config.map_or("ghl", |config| config.connector.as_str()))?;
        let base_url = self.address(name, config, &connector)?;
        let (owner, field, way) = match config.and_then(|config| config.auth.as_ref()) {
            Some(Credential::Through(through)) => {
                let account = config.and_then(|config| config.location_id.clone());
                let company = self
                    .project
                    .connections
                    .get(through)
                    .and_then(|agency| agency.company_id.clone());
                let (Some(account), Some(company)) = (account, company) else {
                    return Err(AccountsError::new(
                        format!(
                            "connection {name} is reached through {through}, and one of them lacks its id"
                        ),
                        format!("write location_id: at {name} and company_id: at {through}"),
                    ));
                };
                let agency = self.keeper(through)?;
                let field = format!("account {account}");
                let way = Way::Through {
                    agency,
                    company,
                    account,
                };
                (through.clone(), field, way)
            }
            Some(Credential::OAuth { .. }) => (name.to_owned(), OWN.to_owned(), self.refreshed(name)),
            Some(Credential::Token(_)) | None => (name.to_owned(), OWN.to_owned(), Way::Given),
        };
        let store = Arc::clone(&self.store);
        let made = Keeper::new(name.to_owned(), owner, field, connector, base_url, way, store);
        Ok(Arc::clone(
            keepers().entry(name.to_owned()).or_insert_with(|| Arc::new(made)),
        ))
    }

    fn refreshed(&self, name: &str) -> Way {
        let config = self.project.connections.get(name);
        let agency = config.is_some_and(|config| config.location_id.is_none() && config.company_id.is_some());
        let holder = if agency { Holder::Agency } else { Holder::Account };
        Way::Refresh(self.app(name), holder)
    }

    fn connector_of(&self, name: &str) -> Result<Arc<Connector>, AccountsError> {
        self.catalog.connector(name).ok_or_else(|| {
            AccountsError::new(format!("there is no connector {name}"), "see `souschef catalog`")
        })
    }

    fn address(
        &self,
        name: &str,
        config: Option<&ConnectionConfig>,
        connector: &Connector,
    ) -> Result<Url, AccountsError> {
        parsed(name, &self.live_url(name, config, connector)?)
    }
}

fn parsed(name: &str, base_url: &str) -> Result<Url, AccountsError> {
    Url::parse(base_url).map_err(|why| {
        AccountsError::new(
            format!("connection {name} has a base_url that is no web address: {why}"),
            "write it like https://api.example.com",
        )
    })
}
