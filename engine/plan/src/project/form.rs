//! The form of `souschef.yaml`: what a person writes. The JSON Schema is generated from these types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::AlertKind;

/// The project file of souschef: which accounts there are, and where recipes and secrets lie.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct ProjectForm {
    /// The accounts, by names of your own.
    #[serde(deserialize_with = "or_nothing")]
    #[schemars(schema_with = "section::<BTreeMap<String, ConnectionForm>>")]
    pub(super) connections: BTreeMap<String, ConnectionForm>,
    /// The account of recipes that name none. Not needed where there is only one.
    pub(super) default_connection: Option<String>,
    /// Secrets that recipes name and never see, such as webhook tokens.
    #[serde(deserialize_with = "or_nothing")]
    #[schemars(schema_with = "section::<BTreeMap<String, SecretForm>>")]
    pub(super) secrets: BTreeMap<String, SecretForm>,
    /// The folder of the recipes, or a list of files; `recipes` where left out.
    #[schemars(schema_with = "section::<OneOrMore>")]
    pub(super) recipes: Option<OneOrMore>,
    /// Your own connector files.
    #[serde(deserialize_with = "or_nothing")]
    #[schemars(schema_with = "section::<Vec<String>>")]
    pub(super) connectors: Vec<String>,
    /// The folder of the journal; `.souschef` where left out.
    pub(super) data: Option<String>,
    /// What `souschef serve` opens.
    #[serde(deserialize_with = "or_nothing")]
    #[schemars(schema_with = "section::<ListenForm>")]
    pub(super) listen: ListenForm,
    /// Who is told when something needs a person.
    #[serde(deserialize_with = "or_nothing")]
    #[schemars(schema_with = "section::<AlertsForm>")]
    pub(super) alerts: AlertsForm,
    /// Settings of recipes, filled in once: by recipe, then by input.
    #[serde(deserialize_with = "or_nothing")]
    #[schemars(schema_with = "section::<BTreeMap<String, BTreeMap<String, Value>>>")]
    pub(super) inputs: BTreeMap<String, BTreeMap<String, Value>>,
}

/// An empty section is no section.
fn or_nothing<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// What [`or_nothing`] takes: the section, or its key with nothing after it.
fn section<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let written = generator.subschema_for::<T>();
    json_schema!({ "anyOf": [written, { "enum": [null] }] })
}

/// Who is told when something needs a person, and of what.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct AlertsForm {
    /// A recipe of the project, started with the alert as its event.
    pub(super) recipe: Option<String>,
    /// Where the web address lies that alerts are posted to.
    pub(super) webhook: Option<SecretForm>,
    /// What alerts are about: run_failed, needs_attention, token_dead, poll_failing; everything where left out.
    #[schemars(schema_with = "kinds")]
    pub(super) about: Vec<String>,
}

/// The words of what alerts can be about.
fn kinds(_: &mut SchemaGenerator) -> Schema {
    let words = AlertKind::ALL.map(AlertKind::word);
    json_schema!({ "type": "array", "items": { "enum": words } })
}

/// One text or a list of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    /// One.
    One(String),
    /// A list.
    More(Vec<String>),
}

/// An account.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ConnectionForm {
    /// Which API: `ghl`, or another connector.
    pub(super) connector: String,
    /// The account's location (sub-account), filled into calls that need it.
    #[serde(default)]
    pub(super) location_id: Option<String>,
    /// The agency's company, for the operations that need it.
    #[serde(default)]
    pub(super) company_id: Option<String>,
    /// How the account is opened.
    #[serde(default)]
    pub(super) auth: Option<AuthForm>,
    /// The API's address, where it is not the connector's own.
    #[serde(default)]
    #[schemars(extend("format" = "uri"))]
    pub(super) base_url: Option<String>,
    /// The token that this account's webhooks show (TimeRex), where it is another than that of `auth`: where it is kept.
    #[serde(default)]
    pub(super) webhook_token: Option<SecretForm>,
    /// Words by which recipes choose several accounts: `connections: { tagged: vip }`.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// The scopes that the token has; then `souschef check` tells what is missing.
    #[serde(default)]
    pub(super) scopes: Option<Vec<String>>,
    /// Other paths for operations whose paths are yours to set, by operation.
    #[serde(default)]
    pub(super) paths: BTreeMap<String, String>,
}

/// How an account is opened: a token, OAuth, or an agency's connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct AuthForm {
    /// A Private Integration Token or another token: where it is kept.
    #[serde(default)]
    pub(super) token: Option<SecretForm>,
    /// An OAuth app.
    #[serde(default)]
    pub(super) oauth: Option<OAuthForm>,
    /// The agency's connection (by OAuth) through which this account is reached.
    #[serde(default)]
    pub(super) through: Option<String>,
}

/// An OAuth app.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct OAuthForm {
    /// The app's client id.
    pub(super) client_id: String,
    /// The app's client secret: where it is kept.
    pub(super) client_secret: SecretForm,
}

/// Where a secret is kept: an environment variable or a file, never the secret itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct SecretForm {
    /// The environment variable that holds it.
    #[serde(default)]
    pub(super) env: Option<String>,
    /// The file that holds it, relative to this one.
    #[serde(default)]
    pub(super) file: Option<String>,
}

/// Addresses that `souschef serve` opens.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct ListenForm {
    /// For webhooks; `127.0.0.1:7879` where left out.
    pub(super) webhooks: Option<String>,
    /// For commands and the admin API; `127.0.0.1:7878` where left out.
    pub(super) admin: Option<String>,
    /// Names under which the admin API is asked through a proxy: `souschef.example.com`.
    pub(super) hosts: Vec<String>,
    /// Says that a proxy with TLS stands in front, where the admin API listens beyond this machine.
    pub(super) behind_proxy: bool,
}
