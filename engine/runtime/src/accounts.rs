//! Accounts: the project's connections, opened with their secrets.
//!
//! A token that stands in the environment or a file is read when its account is opened. One that was connected with
//! `souschef connect` is kept sealed ([`mod@store`]) and renewed while calls are made ([`mod@keeper`]).
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the docs of these modules are for those who work on them"
)]

mod callback;
mod connecting;
mod grant;
mod keeper;
mod reach;
mod standing;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use souschef_catalog::{Auth, Catalog, Connector};
use souschef_connect::oauth::{App, Holder};
use souschef_connect::{Connection, Secret, Token};
use souschef_journal::Journal;
use souschef_plan::{ConnectionConfig, ConnectionPlan, Credential, Plan, Project, SecretSource};
use souschef_sandbox::Running;
use url::Url;

pub use callback::Callback;
pub use connecting::{Connecting, Permission};
pub use reach::{Reached, Trouble};
pub use standing::{Standing, TokenFrom, TokenState};

use self::keeper::{Keeper, KeptToken, Way};
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
    root: PathBuf,
    catalog: Arc<Catalog>,
    target: Target,
    store: Arc<TokenStore>,
    /// Those that keep tokens, by connection; made when they are first needed.
    keepers: Arc<Mutex<BTreeMap<String, Arc<Keeper>>>>,
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
            project: project.config.clone(),
            root: project.root.clone(),
            catalog: Arc::clone(&project.catalog),
            target,
        }
    }

    /// The name of the account that a recipe runs for; `asked` is the person's own choice.
    ///
    /// # Errors
    /// No account, or several, would do.
    pub fn name_for(&self, plan: &Plan, asked: Option<&str>) -> Result<String, AccountsError> {
        if let Some(name) = asked {
            return self.known(name).map(|()| name.to_owned());
        }
        match &plan.connection {
            ConnectionPlan::Named(name) => Ok(name.clone()),
            ConnectionPlan::Default => self.default_name(),
            ConnectionPlan::Tagged(tag) => {
                let tagged: Vec<&String> = self
                    .project
                    .connections
                    .iter()
                    .filter(|(_, connection)| connection.tags.contains(tag))
                    .map(|(name, _)| name)
                    .collect();
                match tagged.as_slice() {
                    [one] => Ok((*one).clone()),
                    [] if !matches!(self.target, Target::Live) => self.default_name(),
                    [] => Err(AccountsError::new(
                        format!("no connection is tagged {tag}"),
                        "add the tag under tags: of a connection in souschef.yaml, or name one with --connection",
                    )),
                    several => Err(AccountsError::new(
                        format!("this recipe runs for {} connections, one run each", several.len()),
                        format!(
                            "choose one with --connection: {}",
                            several
                                .iter()
                                .map(|name| name.as_str())
                                .collect::<Vec<_>>()
                                .join(", ")
                        ),
                    )),
                }
            }
        }
    }

    /// The names of the accounts that a recipe runs for: one, or each with its tag.
    ///
    /// # Errors
    /// There is no default where it needs one.
    pub fn names_for(&self, plan: &Plan) -> Result<Vec<String>, AccountsError> {
        match &plan.connection {
            ConnectionPlan::Tagged(tag) => Ok(self
                .project
                .connections
                .iter()
                .filter(|(_, connection)| connection.tags.contains(tag))
                .map(|(name, _)| name.clone())
                .collect()),
            _ => self.name_for(plan, None).map(|name| vec![name]),
        }
    }

    /// The accounts of a project that was read anew; calls go where these go.
    pub fn renewed(&self, project: &OpenProject) -> Self {
        Self::with(project, self.target.clone(), Arc::clone(&self.store))
    }

    /// The name of the project's default account.
    ///
    /// # Errors
    /// There is none.
    pub fn default_name(&self) -> Result<String, AccountsError> {
        let only = || match self.project.connections.len() {
            1 => self.project.connections.keys().next().cloned(),
            _ => None,
        };
        match self.project.default_connection.clone().or_else(only) {
            Some(name) => Ok(name),
            None if !matches!(self.target, Target::Live) => Ok("sandbox".to_owned()),
            None if self.project.connections.is_empty() => Err(AccountsError::new(
                "no account is connected yet",
                "name one under connections: in souschef.yaml (`souschef init` writes a project), or try it with --sandbox",
            )),
            None => Err(AccountsError::new(
                "the project has several connections and none is the default",
                "set default_connection: in souschef.yaml, or choose one with --connection",
            )),
        }
    }

    /// The account that a call of a connector's operation uses: the step's own, or the run's where it is of that connector,
    /// or the project's only one that is.
    ///
    /// # Errors
    /// There is none, or its secret can't be read.
    pub fn open(&self, connector: &str, step: Option<&str>, run: &str) -> Result<Connection, AccountsError> {
        let fits = |name: &str| {
            self.project
                .connections
                .get(name)
                .map_or(connector == "ghl", |config| config.connector == connector)
        };
        if let Some(name) = step {
            self.known(name)?;
            return self.connection(name, connector);
        }
        if fits(run) {
            return self.connection(run, connector);
        }
        let mut others = self.project.connections.keys().filter(|name| fits(name));
        match (others.next(), others.next()) {
            (Some(only), None) => self.connection(only, connector),
            (Some(_), Some(_)) => Err(AccountsError::new(
                format!("the project has several connections to {connector}"),
                "say which one with connection: at the step",
            )),
            (None, _) if !matches!(self.target, Target::Live) => self.connection(run, connector),
            (None, _) => Err(AccountsError::new(
                format!("the project has no connection to {connector}"),
                format!("add one under connections: in souschef.yaml with connector: {connector}"),
            )),
        }
    }

    /// The account for one call of a connector's operation, outside a run: the one that is named, the default where it is of
    /// that connector, or the only one that is.
    ///
    /// # Errors
    /// There is none, or its secret can't be read.
    pub fn for_connector(&self, connector: &str, asked: Option<&str>) -> Result<Connection, AccountsError> {
        match asked {
            Some(_) => self.open(connector, asked, ""),
            None => match self.default_name() {
                Ok(name) => self.open(connector, None, &name),
                // Without a default, an account that is the only one of its connector is still meant.
                Err(error) if self.project.connections.is_empty() => Err(error),
                Err(error) => self.open(connector, None, "").map_err(|_| error),
            },
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
            Some(config) => self.connection(name, &config.connector).map(|_| ()),
            None => Ok(()),
        }
    }

    /// `connection` in the scope of a recipe's expressions.
    pub fn scope_of(&self, name: &str) -> serde_json::Value {
        let config = self.project.connections.get(name);
        let (location, company) = self.ids(config);
        serde_json::json!({ "name": name, "location_id": location, "company_id": company })
    }

    /// One of the project's `secrets`, which recipes name.
    ///
    /// # Errors
    /// There is none of that name, or it can't be read.
    pub fn secret(&self, name: &str) -> Result<Secret, AccountsError> {
        let source = self.project.secrets.get(name).ok_or_else(|| {
            AccountsError::new(
                format!("the project has no secret {name}"),
                "name it under secrets: in souschef.yaml",
            )
        })?;
        read_secret(source, &self.root)
            .map_err(|(message, help)| AccountsError::new(format!("secret {name}: {message}"), help))
    }

    /// Where alerts are posted to; none where the project file names no such address.
    pub(crate) fn alert_address(&self) -> Option<Result<Secret, AccountsError>> {
        let source = self.project.alerts.webhook.as_ref()?;
        let read = read_secret(source, &self.root);
        Some(read.map_err(|(message, help)| AccountsError::new(format!("alerts: webhook: {message}"), help)))
    }

    /// What the events of a connection show, where its connector signs by token.
    ///
    /// # Errors
    /// It can't be read.
    pub fn webhook_token(&self, name: &str) -> Result<Option<Secret>, AccountsError> {
        let config = self.project.connections.get(name);
        let own = config.and_then(|config| config.webhook_token.as_ref());
        let source = match (own, config.and_then(|config| config.auth.as_ref())) {
            (Some(own), _) => own,
            (None, Some(Credential::Token(source))) => source,
            (None, _) => return Ok(None),
        };
        read_secret(source, &self.root)
            .map(Some)
            .map_err(|(message, help)| AccountsError::new(format!("connection {name}: {message}"), help))
    }

    /// The names of the project's connections, each with its connector's.
    pub fn connectors(&self) -> Vec<(String, String)> {
        self.project
            .connections
            .iter()
            .map(|(name, config)| (name.clone(), config.connector.clone()))
            .collect()
    }

    /// The names of the project's connections.
    pub fn names(&self) -> Vec<&str> {
        self.project.connections.keys().map(String::as_str).collect()
    }

    /// Whether the project has a connection of this name.
    ///
    /// # Errors
    /// It has not; which it has.
    pub fn known(&self, name: &str) -> Result<(), AccountsError> {
        if self.project.connections.contains_key(name) || (self.names().is_empty() && name == "sandbox") {
            return Ok(());
        }
        Err(AccountsError::new(
            format!("the project has no connection {name}"),
            if self.project.connections.is_empty() {
                "souschef.yaml names none yet".to_owned()
            } else {
                format!("souschef.yaml has: {}", self.names().join(", "))
            },
        ))
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
        let (base_url, token) = match &self.target {
            Target::Sandbox { urls, .. } => (
                urls.get(&connector.name).cloned().unwrap_or_default(),
                Some(Secret::new("sandbox").into()),
            ),
            Target::Live => (
                self.live_url(name, config, &connector)?,
                self.token(name, config, &connector)?,
            ),
            Target::Nowhere => (
                self.live_url(name, config, &connector)
                    .unwrap_or_else(|_| "https://base-url.example".to_owned()),
                Some(Secret::new("not sent").into()),
            ),
        };
        let base_url = parsed(name, &base_url)?;
        let (location_id, company_id) = self.ids(config);
        Ok(Connection {
            name: name.to_owned(),
            connector,
            base_url,
            token,
            location_id,
            company_id,
            paths: config.map(|config| config.paths.clone()).unwrap_or_default(),
        })
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

    fn token(
        &self,
        name: &str,
        config: Option<&ConnectionConfig>,
        connector: &Arc<Connector>,
    ) -> Result<Option<Token>, AccountsError> {
        match config.and_then(|config| config.auth.as_ref()) {
            Some(Credential::Token(source)) => read_secret(source, &self.root)
                .map(|secret| Some(secret.into()))
                .map_err(|(message, help)| AccountsError::new(format!("connection {name}: {message}"), help)),
            None if connector.auth == Auth::None => Ok(None),
            None | Some(Credential::OAuth { .. } | Credential::Through(_)) => {
                let keeper = self.keeper(name)?;
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

    /// The app by which a connection is opened.
    fn app(&self, name: &str) -> Result<App, AccountsError> {
        let config = self.project.connections.get(name);
        match config.and_then(|config| config.auth.as_ref()) {
            Some(Credential::OAuth {
                client_id,
                client_secret,
            }) => {
                let client_secret = read_secret(client_secret, &self.root).map_err(|(message, help)| {
                    AccountsError::new(format!("connection {name}: the app's secret: {message}"), help)
                })?;
                Ok(App {
                    client_id: client_id.clone(),
                    client_secret,
                })
            }
            _ => Err(AccountsError::new(
                format!("connection {name} names no app"),
                "write auth: { oauth: { client_id: …, client_secret: { env: NAME } } } at the connection",
            )),
        }
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

/// Reads a secret from where it is kept: the message and help where it can't be.
fn read_secret(source: &SecretSource, root: &Path) -> Result<Secret, (String, String)> {
    let text = match source {
        SecretSource::Env(variable) => std::env::var(variable).map_err(|_| {
            (
                format!("the environment has no variable {variable}"),
                format!("set it before you start: export {variable}=…"),
            )
        })?,
        SecretSource::File(file) => std::fs::read_to_string(root.join(file)).map_err(|why| {
            (
                format!("can't read the secret's file {file}: {why}"),
                "check its path and rights".into(),
            )
        })?,
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(("its secret is empty".into(), "put the token there".into()));
    }
    Ok(Secret::new(text))
}
