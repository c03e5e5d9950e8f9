//! The project file, `souschef.yaml`.

mod alerts;
mod form;
mod read;
mod shape;

use std::collections::BTreeMap;

use souschef_recipe::{Diagnostic, SourceFile};

pub use alerts::{AlertKind, Alerts};

/// The project file's content. Secrets are named here, never held.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `connections:` by name.
    pub connections: BTreeMap<String, ConnectionConfig>,
    /// `default_connection:`; the only connection where there is one.
    pub default_connection: Option<String>,
    /// `secrets:` by name.
    pub secrets: BTreeMap<String, SecretSource>,
    /// `recipes:` a folder, or files; `recipes` where left out.
    pub recipes: Vec<String>,
    /// `connectors:`: the person's own connector files.
    pub connectors: Vec<String>,
    /// `data:`; `.souschef` where left out.
    pub data: String,
    /// `listen.webhooks`.
    pub listen_webhooks: String,
    /// `listen.admin`.
    pub listen_admin: String,
    /// `listen.hosts`: names under which the admin API is asked through a proxy.
    pub hosts: Vec<String>,
    /// `listen.behind_proxy`.
    pub behind_proxy: bool,
    /// `alerts:`: who is told when something needs a person.
    pub alerts: Alerts,
    /// `inputs:`: settings of recipes filled in once, by recipe name and input name.
    pub inputs: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

/// One account.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionConfig {
    /// `connector:`, `ghl` or another.
    pub connector: String,
    /// `location_id:`.
    pub location_id: Option<String>,
    /// `company_id:`.
    pub company_id: Option<String>,
    /// `auth:`; none for connectors that need none, and for tokens that `souschef connect` has sealed.
    pub auth: Option<Credential>,
    /// `base_url:`; the connector's own where left out.
    pub base_url: Option<String>,
    /// `webhook_token:`, which its events show; the token of `auth` where left out.
    pub webhook_token: Option<SecretSource>,
    /// `tags:`.
    pub tags: Vec<String>,
    /// `scopes:` the token has, where the person says so; then `check` can tell what is missing.
    pub scopes: Option<Vec<String>>,
    /// `paths:` other paths for operations of a connector whose paths are the user's to set, by operation id.
    pub paths: BTreeMap<String, String>,
}

/// How an account is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `{ token: … }`.
    Token(SecretSource),
    /// `{ oauth: { client_id, client_secret } }`.
    OAuth {
        /// The app's id.
        client_id: String,
        /// The app's secret.
        client_secret: SecretSource,
    },
    /// `{ through: NAME }`: the token is had for that of an agency, another connection.
    Through(String),
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `{ env: NAME }`.
    Env(String),
    /// `{ file: PATH }`, relative to the project file.
    File(String),
}

impl Project {
    /// Reads a project file. Gives what could be read and everything wrong with it.
    pub fn parse(source: &SourceFile) -> (Option<Self>, Vec<Diagnostic>) {
        read::parse(source)
    }

    /// What a project file names of recipes that are not among these.
    pub fn missing_recipes(source: &SourceFile, recipes: &[String]) -> Vec<Diagnostic> {
        read::missing_recipes(source, recipes)
    }

    /// The JSON Schema of the project file (draft-07).
    pub fn schema() -> serde_json::Value {
        souschef_catalog::schema::draft07(
            schemars::schema_for!(form::ProjectForm),
            "souschef schema project",
        )
    }
}
