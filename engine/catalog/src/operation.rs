//! Operations: one call of an API, as data.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use souschef_expr::Type;

/// Trigger or action. A trigger is a read that can be polled, and can be a step too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum OperationKind {
    Trigger,
    Action,
}

/// HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// `GET`, `POST` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What repeating a call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// The same again changes nothing more (PUT, DELETE, upsert, adding a tag).
    Settled,
    /// Whether it happened can be looked up (`look_for`).
    Checkable,
    /// May do harm when repeated.
    Unsafe,
}

/// One named operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `contacts.create_task`. Operations of other connectors than GHL begin with the connector's name: `timerex.create_task`.
    pub id: String,
    /// The connector's name: `ghl`.
    pub connector: String,
    /// `Contacts`.
    pub category: String,
    /// `Create Contact Task`.
    pub title: String,
    /// One line of help.
    pub help: String,
    /// Trigger or action.
    pub kind: OperationKind,
    /// The requests it may be, nearly always one. With several, the first whose `needs` are met is sent.
    pub calls: Vec<HttpCall>,
    /// OAuth scopes.
    pub scopes: Vec<String>,
    /// What repeating it may do.
    pub effect: Effect,
    /// How to find out whether a checkable call happened.
    pub look_for: Option<LookFor>,
    /// Why it should not be used any more, where that is so.
    pub deprecated: Option<String>,
    /// The inputs, flat, in order: required first.
    pub inputs: IndexMap<String, Input>,
    /// Friendly numbered inputs that are folded into one list (`custom_field_1` …).
    pub slots: Option<Slots>,
    /// What it answers.
    pub output: Type,
    /// How to poll it (triggers).
    pub poll: Option<Poll>,
}

impl Operation {
    /// The call's first request form, which is what the catalog shows; none for an operation made by hand without any.
    pub fn call(&self) -> Option<&HttpCall> {
        self.calls.first()
    }

    /// The form that is sent for these inputs: the first whose needs are met.
    pub fn call_for(&self, given: impl Fn(&str) -> bool) -> Option<&HttpCall> {
        self.calls
            .iter()
            .find(|call| call.needs.is_empty() || call.needs.iter().any(|name| given(name)))
    }

    /// The names of the numbered inputs: `custom_field_1` …
    pub fn slot_names(&self) -> Vec<String> {
        self.slots
            .iter()
            .flat_map(|slots| (1..=slots.count).map(|number| format!("{}{number}", slots.prefix)))
            .collect()
    }
}

impl HttpCall {
    /// The path as it is written: `/contacts/{contactId}/tasks`.
    pub fn path_text(&self) -> String {
        self.path.iter().fold(String::new(), |path, part| match part {
            PathPart::Literal(text) => format!("{path}/{text}"),
            PathPart::Input(name) => format!("{path}/{{{name}}}"),
        })
    }
}

/// One HTTP request form of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// The path, in parts; a trailing slash is an empty literal at the end.
    pub path: Vec<PathPart>,
    /// `2021-07-28`: the value of the connector's version header.
    pub version: Option<String>,
    /// This form is chosen where any of these inputs is given; always where empty.
    pub needs: Vec<String>,
    /// The inputs that this form sends; all where empty.
    pub sends: Vec<String>,
    /// What body it has.
    pub body: Body,
}

/// A part of a path between slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// Fixed text.
    Literal(String),
    /// An input's value.
    Input(String),
}

/// What body a request has.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Body {
    /// None at all.
    #[default]
    None,
    /// A JSON map of the body inputs (`{}` where none is given).
    Json,
    /// The value of this one input, as JSON.
    Whole(String),
}

/// Where an input goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum InputPlace {
    Path,
    Query,
    Body,
}

/// What the connection fills in where the recipe leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Fill {
    LocationId,
    CompanyId,
}

/// One input.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Where it goes.
    pub place: InputPlace,
    /// What it holds.
    pub ty: Type,
    /// Whether the call fails without it. An input that the connection fills may be left out all the same.
    pub required: bool,
    /// One line of help.
    pub help: Option<String>,
    /// An example value.
    pub example: Option<Value>,
    /// The API's own default, for the reader; never sent by us.
    pub default: Option<Value>,
    /// Filled from the connection where left out.
    pub fill: Option<Fill>,
    /// Its name in the request where that differs.
    pub wire: Option<String>,
}

impl Input {
    /// Whether a number and its text are the same here: a path and a query hold nothing but text.
    pub fn takes_number_as_text(&self) -> bool {
        self.place != InputPlace::Body
    }
}

/// Numbered friendly inputs: `custom_field_1: { key or id, value }` … become items of a list in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// `custom_field_`.
    pub prefix: String,
    /// How many.
    pub count: u8,
    /// The body input that is the list: `customFields`. Slots are added after what it already holds.
    pub into: String,
    /// The item's field names by the slot's field names: `id: id, key: key, value: field_value`.
    pub item: IndexMap<String, String>,
}

/// How to find out whether a checkable call happened: call a read and compare.
#[derive(Clone, Debug, PartialEq)]
pub struct LookFor {
    /// The read's operation id.
    pub operation: String,
    /// The read's inputs, each from an input of the call: `contactId: contactId`.
    pub with: IndexMap<String, String>,
    /// Where in the answer the things are, a JSONPath: `$.tasks[*]`.
    pub items: String,
    /// Fields of a thing that must equal inputs of the call: `title: title`.
    pub matches: IndexMap<String, String>,
    /// The key under which the found thing stands in the call's own answer: `task`; none where it is the answer.
    pub wrap: Option<String>,
}

/// How to poll a read.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// JSONPath to the items.
    pub items: String,
    /// Dotted path of an item's id; none where items have none.
    pub id: Option<String>,
    /// Dotted path of the field that tells a change; none: the whole item.
    pub changed: Option<String>,
    /// How to get the next page; none where there is one only.
    pub paging: Option<Paging>,
}

/// How to get the next page.
#[derive(Clone, Debug, PartialEq)]
pub struct Paging {
    /// The input that sets the page size, and the size asked for.
    pub size: Option<(String, u64)>,
    /// How inputs move on.
    pub advance: Advance,
    /// JSONPath that is true (or not empty) while there is more; none: until a page is shorter than the size, or empty.
    pub more: Option<String>,
    /// `limit+skip`, as the catalog shows it.
    pub label: String,
}

/// How inputs move on to the next page.
#[derive(Clone, Debug, PartialEq)]
pub enum Advance {
    /// Counts pages from `first`.
    Page {
        /// The input.
        input: String,
        /// The first page's number.
        first: u64,
    },
    /// Counts items from 0.
    Skip {
        /// The input.
        input: String,
    },
    /// Inputs from JSONPaths in the answer.
    Answer(IndexMap<String, String>),
    /// Inputs from dotted paths in the last item.
    LastItem(IndexMap<String, String>),
}

/// How the sandbox plays an operation, where it can't be told from method, path and output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SandboxHint {
    /// `create`, `get`, `list`, `find`, `update`, `upsert`, `delete`, `add`, `remove`, `nothing` …; the sandbox documents them.
    #[serde(default)]
    pub does: Option<String>,
    /// The collection it works on: `tasks`.
    #[serde(default)]
    pub collection: Option<String>,
    /// Everything else the sandbox understands.
    #[serde(default)]
    pub settings: IndexMap<String, Value>,
}
