//! The form of a recipe test file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A recipe's tests: named cases, each one run of the recipe.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeTest {
    /// The recipe's name where it is not the file's own (`welcome.test.yaml` tests `welcome.yaml`).
    #[serde(default)]
    pub recipe: Option<String>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One run and what is expected of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows, as a sentence.
    pub name: String,
    /// The event. Left out: the newest item of the sandbox's sample account, or the event's published sample.
    #[serde(default)]
    pub event: Option<Value>,
    /// Which trigger fires, where the recipe has several.
    #[serde(default)]
    pub trigger: Option<String>,
    /// The recipe's settings.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// The moment at which the clock stands, as ISO 8601; 2026-01-15T09:00:00Z where left out.
    #[serde(default)]
    pub now: Option<String>,
    /// What the account holds beside the sample: a list of things by collection (`contacts: [ { id: …, email: … } ]`).
    #[serde(default)]
    pub given: Map<String, Value>,
    /// Whether the account starts empty, without the sample.
    #[serde(default)]
    pub empty_account: bool,
    /// What calls answer instead of the sandbox, by operation: one answer, or a list of them in turn.
    #[serde(default)]
    pub answers: IndexMap<String, Answers>,
    /// Events that come for `wait_for` steps, in order.
    #[serde(default)]
    pub events: Vec<SentEvent>,
    /// What is expected; `souschef test --update` writes it.
    #[serde(default)]
    pub expect: Option<Expectation>,
}

/// One answer, or several in turn (the last is repeated).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "an answer is a map of status: and body:, or a list of such maps"
)]
pub enum Answers {
    /// In turn.
    Several(Vec<Answer>),
    /// Always this one.
    One(Answer),
}

/// An answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status; 200 where left out.
    #[serde(default = "ok")]
    pub status: u16,
    /// The body.
    #[serde(default)]
    pub body: Value,
}

fn ok() -> u16 {
    200
}

/// An event for a `wait_for` step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentEvent {
    /// The event's id: `ghl.InboundMessage`, or `custom`.
    pub webhook: String,
    /// Its body.
    #[serde(default)]
    pub body: Value,
}

/// What is expected of a run. What is left out is not looked at.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// How the run ends: succeeded, failed, stopped, needs_attention or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "outcomes")]
    pub outcome: Option<String>,
    /// Words that the reason must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Fields that the mappings must make; others may be there too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Map<String, Value>>,
    /// Every call that the run makes, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<CallExpectation>>,
    /// Calls that must be among those made, in this order, others between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_include: Option<Vec<CallExpectation>>,
    /// What steps must return, by id; a map may hold more than is written here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<Map<String, Value>>,
}

/// One call.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallExpectation {
    /// The operation.
    pub call: String,
    /// Its inputs; others may be there too, unless `exact` is true.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
    /// Whether the inputs must be these and no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
}

fn outcomes(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": ["string", "null"],
        "enum": ["succeeded", "failed", "stopped", "needs_attention", "cancelled", null]
    })
}

/// The JSON Schema of a test file (draft-07).
pub fn schema() -> Value {
    souschef_catalog::schema::draft07(schemars::schema_for!(RecipeTest), "souschef schema test")
}
