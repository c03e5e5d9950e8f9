//! Connectors: one API, its address, its ways of saying no, and its events.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use souschef_expr::Type;

/// One API.
#[derive(Clone, Debug)]
pub struct Connector {
    /// `ghl`.
    pub name: String,
    /// `GoHighLevel`.
    pub title: String,
    /// One line of help.
    pub help: String,
    /// The API's address; none where only the user knows it.
    pub base_url: Option<String>,
    /// How a request is allowed in.
    pub auth: Auth,
    /// The header that carries an operation's version: `Version`.
    pub version_header: Option<String>,
    /// Headers sent with every request.
    pub headers: IndexMap<String, String>,
    /// Rate limits per account.
    pub limits: Vec<Limits>,
    /// When calls to an operation whose other side fails are held back.
    pub circuit: Circuit,
    /// What an error body looks like.
    pub errors: ErrorShape,
    /// How accounts are connected by OAuth; none where the API has no such way.
    pub oauth: Option<OAuth>,
    /// The events it sends.
    pub webhooks: Webhooks,
}

/// How a request is allowed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// `Authorization: Bearer TOKEN`.
    Bearer,
    /// A header holding the token as it is.
    Header(String),
    /// Basic: the token is `user:password`.
    Basic,
    /// None.
    None,
}

/// How accounts are connected by OAuth's authorization code grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// The page where a person allows it.
    pub page: String,
    /// The same page under a name that shows nothing of the provider's.
    #[serde(default)]
    pub white_label_page: Option<String>,
    /// The path that gives tokens, below base_url.
    pub token: String,
    /// Form fields that every request for tokens carries beside the standard's.
    #[serde(default)]
    pub form: IndexMap<String, String>,
    /// Whether it takes a proof key (PKCE, S256).
    #[serde(default)]
    pub pkce: bool,
    /// Fields of the answer that tell whose the token is.
    #[serde(default)]
    pub answer: OAuthAnswer,
    /// Words in the message of a 401 that is not about the token's life: then no new one is asked for.
    #[serde(default)]
    pub not_expired: Vec<String>,
    /// How an agency's token gives the tokens of its accounts.
    #[serde(default)]
    pub agency: Option<OAuthAgency>,
}

/// Fields of a token's answer that tell whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuthAnswer {
    /// The field with the account's id: locationId.
    #[serde(default)]
    pub account: Option<String>,
    /// The field with the agency's id: companyId.
    #[serde(default)]
    pub company: Option<String>,
}

/// How an agency's token gives the tokens of its accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuthAgency {
    /// Form fields of an agency's requests for tokens, in place of those of the same name.
    #[serde(default)]
    pub form: IndexMap<String, String>,
    /// The path that gives an account's token for the agency's, below base_url.
    pub account_token: String,
    /// The form field with the agency's id.
    pub company: String,
    /// The form field with the account's id.
    pub account: String,
    /// The value of the version header of that request.
    #[serde(default)]
    pub version: Option<String>,
    /// The scopes that it needs.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// So many requests in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many.
    pub requests: u64,
    /// In how long.
    pub per: Duration,
}

/// When calls to an operation whose other side fails are held back, for each connection by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// So many failures in a row open it; 0: it never opens.
    pub failures: u32,
    /// So long it stays open at first; each further time is twice as long.
    pub pause: Duration,
    /// The longest that it stays open at a time.
    pub longest_pause: Duration,
    /// So long after the first failure no call fails for want of tries while it is open.
    pub patience: Duration,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            failures: 5,
            pause: Duration::from_secs(30),
            longest_pause: Duration::from_secs(5 * 60),
            patience: Duration::from_secs(6 * 60 * 60),
        }
    }
}

/// Where an error body says what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorShape {
    /// Dotted paths to the message (text or a list of text), the first that is there.
    #[serde(default)]
    pub message: Vec<String>,
    /// Dotted paths to a trace id.
    #[serde(default)]
    pub trace: Vec<String>,
}

/// The events that an API sends.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    /// The field that names the event: `type`.
    pub event_field: Option<String>,
    /// The field that names the account: `locationId`.
    pub account_field: Option<String>,
    /// The field that names the company, for events that belong to no single account: `companyId`.
    pub company_field: Option<String>,
    /// The field that names the delivery: `webhookId`.
    pub delivery_field: Option<String>,
    /// The field that says when it was sent: `timestamp`.
    pub time_field: Option<String>,
    /// How a delivery proves where it comes from; any one will do.
    pub signatures: Vec<Signature>,
    /// The events by name.
    pub events: IndexMap<String, Arc<Event>>,
}

/// How a delivery proves where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields repeat")]
pub enum Signature {
    /// Base64 of an Ed25519 signature over the raw body.
    Ed25519 { header: String, public_key: String },
    /// Base64 of an RSA PKCS#1 v1.5 SHA-256 signature over the raw body.
    RsaSha256 { header: String, public_key: String },
    /// A shared token in a header.
    Token { header: String },
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// `ghl.ContactCreate`.
    pub id: String,
    /// `ContactCreate`.
    pub name: String,
    /// The value of the event field where that differs from the name (`INSTALL`).
    pub wire: String,
    /// One line of help.
    pub help: String,
    /// What the body holds.
    pub shape: Type,
    /// A published sample.
    pub example: Value,
}
