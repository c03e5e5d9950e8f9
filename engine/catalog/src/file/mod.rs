//! The form of a connector file: what a person writes, before it is made into [`crate::Connector`] and
//! [`crate::Operation`]. The JSON Schema `schemas/connector.schema.json` is generated from these types.
//!
//! ```yaml
//! # yaml-language-server: $schema=../../../../schemas/connector.schema.json
//! connector: ghl                     # which connector this file belongs to
//! # In one file of the connector, its head:
//! title: GoHighLevel
//! help: …
//! base_url: https://services.leadconnectorhq.com
//! auth: bearer                       # bearer | basic | none | { header: X-Api-Key }
//! version_header: Version
//! headers: {}
//! limits: [ { requests: 100, per: 10s }, { requests: 200000, per: 1d } ]
//! circuit: { failures: 5, pause: 30s, longest_pause: 5m, patience: 6h }   # when calls are held back; these where left out
//! errors: { message: [message, error], trace: [traceId] }
//! oauth: { page: https://…, white_label_page: https://…, token: /oauth/token, form: { user_type: Location }, pkce: false,
//!          answer: { account: locationId, company: companyId }, not_expired: [ … ],
//!          agency: { form: { user_type: Company }, account_token: /oauth/locationToken, company: companyId, account: locationId } }
//! webhooks: { event_field: type, account_field: locationId, delivery_field: webhookId, time_field: timestamp, signatures: [ … ],
//!             events: { ContactCreate: { help: …, fields: { id: text }, example: { … } , wire: … } } }
//! # In any file:
//! category: Contacts                 # of the operations below
//! version: 2021-07-28                # of the operations below that name none
//! types:                             # named types, used below as `type: $Contact`
//!   Contact: { fields: { id: text, tags: [text] } }
//! operations:
//!   contacts.create_task:
//!     title: Create Contact Task
//!     help: Adds a task to a contact.
//!     kind: action                   # trigger | action
//!     method: POST
//!     path: /contacts/{contactId}/tasks
//!     body: json                     # left out: json where an input goes into the body, else none; or { whole: INPUT }
//!     scopes: [contacts.write]
//!     effect: checkable
//!     look_for: { operation: contacts.list_tasks, with: { contactId: contactId }, items: "$.tasks[*]", matches: { title: title }, wrap: task }
//!     inputs:
//!       contactId: { in: path, type: text, required: true, help: The contact who gets the task, example: ocQHyuzHvysMo5N5VsXc }
//!       title: { in: body, type: text, required: true }
//!       dueDate: { in: body, type: datetime, required: true }
//!       completed: { in: body, type: boolean, required: true }
//!       status: { in: body, type: text, one_of: [open, done] }
//!       locationId: { in: query, type: text, required: true, fill: location_id }
//!     output: { fields: { task: $Task } }
//!   contacts.find:                   # several request forms: the first whose `needs` (any of them) is given
//!     calls:
//!       - { needs: [contactId], method: GET, path: "/contacts/{contactId}", sends: [contactId] }
//!       - { needs: [email, number], method: GET, path: /contacts/search/duplicate, sends: [locationId, email, number] }
//!   contacts.search:
//!     poll: { items: "$.contacts[*]", id: id, changed: dateUpdated,
//!             paging: { label: page+pageLimit, size: { pageLimit: 100 }, page: { input: page, first: 1 } } }
//!             # or skip: skip | answer: { startAfterId: $.meta.startAfterId } | last_item: { lastMessageId: id }; more: $.messages.nextPage
//!   contacts.create:
//!     slots: { prefix: custom_field_, count: 10, into: customFields, item: { id: id, key: key, value: field_value } }
//! sandbox:                           # hints for the sandbox, by operation id, where method, path and output do not tell enough
//!   contacts.find_duplicate: { does: find, collection: contacts, settings: { by: { email: email, number: phone } } }
//!   contacts.list: { settings: { order: -dateAdded } }
//! ```
//!
//! `does` is create, get, list, update, upsert, delete, find, exists, add, remove, link, unlink, bulk, slots, text or nothing;
//! `collection` is where the things lie. The commonest `settings`: `order`, `filters` (the field that an input narrows a
//! list by), `by` (the field that an input finds a thing by), `only`, `sets`, `defaults`, `derive`, `join`, `status`.
//! `engine/sandbox/src/hint.rs` says what each word means.
//!
//! A type is a word (`text`, `number`, `integer`, `boolean`, `datetime`, `date`, `phone`, `email`, `url`, `any`, `map`, `list`,
//! `null`), `$Name`, a list holding one type, or a map: `{ type, one_of, items, fields, open, nullable, min, max, any_of }`. A
//! field of `fields` is a type, or that map with `required` and `help` beside. Maps are open unless they say `open: false`.

mod lower;
mod read;
mod types;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::connector::{Auth, ErrorShape, OAuth, Signature};
use crate::operation::{Effect, Fill, InputPlace, Method, OperationKind, SandboxHint};

pub(crate) use lower::{Mistake, lower_connector, lower_operations};
pub use read::{Fault, read};
pub use types::TypeFile;

/// A file of a connector: its head, a part of its operations, or both.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorFile {
    /// Which connector this file belongs to: a short word such as ghl.
    pub connector: String,
    /// What people call it. The file that has a title is the connector's head.
    #[serde(default)]
    pub title: Option<String>,
    /// One line of help.
    #[serde(default)]
    pub help: Option<String>,
    /// The API's address; left out where each user has their own.
    #[serde(default)]
    pub base_url: Option<String>,
    /// How a request is allowed in: bearer, basic, none, or { header: NAME }.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// The header that carries an operation's version.
    #[serde(default)]
    pub version_header: Option<String>,
    /// Headers sent with every request.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// Rate limits per account.
    #[serde(default)]
    pub limits: Vec<LimitFile>,
    /// When calls to an operation whose other side fails are held back.
    #[serde(default)]
    pub circuit: Option<CircuitFile>,
    /// What an error body looks like.
    #[serde(default)]
    pub errors: ErrorShape,
    /// How accounts are connected by OAuth.
    #[serde(default)]
    pub oauth: Option<OAuth>,
    /// The events that the API sends.
    #[serde(default)]
    pub webhooks: Option<WebhooksFile>,
    /// The category of the operations in this file.
    #[serde(default)]
    pub category: Option<String>,
    /// The version of the operations in this file that name none.
    #[serde(default)]
    pub version: Option<String>,
    /// Named types, used as $Name.
    #[serde(default)]
    pub types: IndexMap<String, TypeFile>,
    /// Operations by id.
    #[serde(default)]
    pub operations: IndexMap<String, OperationFile>,
    /// How the sandbox plays operations, by id.
    #[serde(default)]
    pub sandbox: IndexMap<String, SandboxHint>,
}

/// So many requests in so long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitFile {
    /// How many.
    pub requests: u64,
    /// In how long: 10s, 1d.
    pub per: String,
}

/// When calls to an operation whose other side fails are held back.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircuitFile {
    /// So many failures in a row hold further calls back (5); 0: never.
    #[serde(default)]
    pub failures: Option<u32>,
    /// How long at first (30s); each further time is twice as long.
    #[serde(default)]
    pub pause: Option<String>,
    /// How long at most at a time (5m).
    #[serde(default)]
    pub longest_pause: Option<String>,
    /// So long no call fails for want of tries meanwhile (6h).
    #[serde(default)]
    pub patience: Option<String>,
}

/// The events that an API sends.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhooksFile {
    /// The field that names the event.
    #[serde(default)]
    pub event_field: Option<String>,
    /// The field that names the account.
    #[serde(default)]
    pub account_field: Option<String>,
    /// The field that names the company, for events that belong to no single account.
    #[serde(default)]
    pub company_field: Option<String>,
    /// The field that names the delivery.
    #[serde(default)]
    pub delivery_field: Option<String>,
    /// The field that says when it was sent.
    #[serde(default)]
    pub time_field: Option<String>,
    /// How a delivery proves where it comes from; any one will do.
    #[serde(default)]
    pub signatures: Vec<Signature>,
    /// The events by name.
    #[serde(default)]
    pub events: IndexMap<String, EventFile>,
}

/// One event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFile {
    /// One line of help.
    pub help: String,
    /// The word in the event field where that is not the event's name.
    #[serde(default)]
    pub wire: Option<String>,
    /// The body's fields.
    #[serde(default)]
    pub fields: IndexMap<String, TypeFile>,
    /// A sample body.
    #[serde(default)]
    pub example: Value,
}

/// One operation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationFile {
    /// What people call it.
    pub title: String,
    /// One line of help.
    pub help: String,
    /// Whether it can be polled (a read) or only be done.
    pub kind: OperationKind,
    /// The method; with several request forms it stands in `calls`.
    #[serde(default)]
    pub method: Option<Method>,
    /// The path, with {input} where an input goes.
    #[serde(default)]
    pub path: Option<String>,
    /// Several request forms: the first whose needs are met is sent.
    #[serde(default)]
    pub calls: Vec<CallFile>,
    /// What body it has: json, none, or { whole: INPUT } where one input is the whole body.
    #[serde(default)]
    pub body: Option<BodyFile>,
    /// The value of the version header; none for no header.
    #[serde(default)]
    pub version: Option<String>,
    /// OAuth scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What repeating it may do.
    pub effect: Effect,
    /// How to find out whether a checkable call happened.
    #[serde(default)]
    pub look_for: Option<LookForFile>,
    /// Why it should not be used any more.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Inputs by name.
    #[serde(default)]
    pub inputs: IndexMap<String, InputFile>,
    /// Numbered inputs that are folded into one list.
    #[serde(default)]
    pub slots: Option<SlotsFile>,
    /// What it answers.
    #[serde(default)]
    pub output: Option<TypeFile>,
    /// How to poll it.
    #[serde(default)]
    pub poll: Option<PollFile>,
}

/// One request form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallFile {
    /// Chosen where any of these inputs is given.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The inputs that it sends; all where left out.
    #[serde(default)]
    pub sends: Vec<String>,
}

/// What body a request has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyFile {
    /// A JSON map of the body inputs.
    Json,
    /// None.
    None,
    /// This input's value.
    Whole(String),
}

/// One input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// Where it goes.
    #[serde(rename = "in")]
    pub place: InputPlace,
    /// What it holds: a word, `[type]`, `$Name`, or text where left out.
    #[serde(default, rename = "type")]
    pub kind: Option<TypeFile>,
    /// The words it may be.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// A map's fields.
    #[serde(default)]
    pub fields: Option<IndexMap<String, TypeFile>>,
    /// Whether a map may have other fields; true where left out.
    #[serde(default)]
    pub open: Option<bool>,
    /// Whether it may be null.
    #[serde(default)]
    pub nullable: bool,
    /// The least number.
    #[serde(default)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default)]
    pub max: Option<f64>,
    /// It may be one of several types.
    #[serde(default)]
    pub any_of: Vec<TypeFile>,
    /// Whether the call fails without it.
    #[serde(default)]
    pub required: bool,
    /// One line of help.
    #[serde(default)]
    pub help: Option<String>,
    /// An example.
    #[serde(default)]
    pub example: Option<Value>,
    /// The API's own default.
    #[serde(default)]
    pub default: Option<Value>,
    /// Filled from the connection where left out.
    #[serde(default)]
    pub fill: Option<Fill>,
    /// Its name in the request where that differs.
    #[serde(default)]
    pub wire: Option<String>,
}

/// Numbered inputs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotsFile {
    /// What their names begin with.
    pub prefix: String,
    /// How many.
    pub count: u8,
    /// The body input that is the list.
    pub into: String,
    /// The item's field names by the slot's.
    pub item: IndexMap<String, String>,
}

/// How to look whether a call happened.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookForFile {
    /// The read's id.
    pub operation: String,
    /// The read's inputs, each the name of an input of the call.
    #[serde(default)]
    pub with: IndexMap<String, String>,
    /// JSONPath to the things in the answer.
    pub items: String,
    /// A thing's fields that must equal inputs of the call.
    pub matches: IndexMap<String, String>,
    /// The key under which the thing stands in the call's own answer.
    #[serde(default)]
    pub wrap: Option<String>,
}

/// How to poll a read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollFile {
    /// JSONPath to the items.
    pub items: String,
    /// Dotted path of an item's id.
    #[serde(default)]
    pub id: Option<String>,
    /// Dotted path of the field that tells a change.
    #[serde(default)]
    pub changed: Option<String>,
    /// How to get the next page.
    #[serde(default)]
    pub paging: Option<PagingFile>,
}

/// How to get the next page: one of page, skip, answer and last_item.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagingFile {
    /// What the catalog shows.
    pub label: String,
    /// The input that sets the page size, and the size asked for.
    #[serde(default)]
    pub size: IndexMap<String, u64>,
    /// Counts pages.
    #[serde(default)]
    pub page: Option<PageFile>,
    /// The input that counts items.
    #[serde(default)]
    pub skip: Option<String>,
    /// Inputs from JSONPaths in the answer.
    #[serde(default)]
    pub answer: Option<IndexMap<String, String>>,
    /// Inputs from dotted paths in the last item.
    #[serde(default)]
    pub last_item: Option<IndexMap<String, String>>,
    /// JSONPath that is true while there is more.
    #[serde(default)]
    pub more: Option<String>,
}

/// Counting pages.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageFile {
    /// The input.
    pub input: String,
    /// The first page's number.
    pub first: u64,
}
