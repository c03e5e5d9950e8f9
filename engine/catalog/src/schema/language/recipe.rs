//! A recipe as a whole.

use indexmap::IndexMap;
use schemars::{JsonSchema, json_schema};

use super::condition::Condition;
use super::mapping::{Input, Mapping};
use super::step::Steps;
use super::trigger::Triggers;
use super::words::{Anything, Length, NAME, words};

/// A recipe: when this happens, take these fields, do these things.
#[derive(JsonSchema)]
#[schemars(
    rename = "recipe",
    deny_unknown_fields,
    extend("defaultSnippets" = [{
        "label": "recipe",
        "description": "a new recipe",
        "body": {
            "name": "${1:What it does}",
            "trigger": { "webhook": "${2:ghl.ContactCreate}" },
            "mappings": { "${3:first_name}": "${4:{{ trigger.firstName }\\}}" },
            "actions": [{ "action": "${5:contacts.create_note}", "with": {} }]
        }
    }])
)]
pub(crate) struct Recipe {
    /// What people call it.
    #[schemars(extend("examples" = ["Welcome a new contact"]))]
    name: Option<String>,
    /// What it does, in a sentence or two.
    description: Option<String>,
    /// Whether its triggers start it; true where left out. With false it rests: runs under way go on, and by hand or from
    /// another recipe it can still be started.
    #[schemars(extend("examples" = [false]))]
    enabled: Option<bool>,
    /// Settings that a person fills in once, without touching the rest. They are inputs.NAME in expressions.
    #[schemars(extend("propertyNames" = { "pattern": NAME, "patternErrorMessage": "A name is made of letters, digits and _ only" }))]
    inputs: Option<IndexMap<String, Input>>,
    /// What starts it: one of poll, webhook, schedule and manual, or a list of several.
    trigger: Triggers,
    /// The run goes on only where this holds; otherwise it ends as stopped.
    #[schemars(rename = "if")]
    condition: Option<Condition>,
    /// Fields, each computed once, in order; a later one may use an earlier one. They are fields.NAME in expressions.
    #[schemars(extend("propertyNames" = { "pattern": NAME, "patternErrorMessage": "A name is made of letters, digits and _ only" }))]
    mappings: Option<IndexMap<String, Mapping>>,
    /// What it does: steps, in order.
    actions: Steps,
    /// Steps for when a run fails. In them error.message, error.step and error.status say what happened.
    on_failure: Option<Steps>,
    /// What happens when one run begins while another of the recipe still goes on.
    concurrency: Option<Concurrency>,
    /// The account it works in, as the project file names it.
    #[schemars(extend("examples" = ["main"]))]
    connection: Option<String>,
    /// Runs the recipe for each account that has this tag.
    connections: Option<Connections>,
    /// How long runs are kept for looking at.
    #[schemars(extend("examples" = ["30d"]))]
    keep_runs: Option<Length>,
    /// Names of fields whose values are hidden in what is shown of a run.
    redact: Option<Redact>,
}

/// Accounts by a tag of the project file.
#[derive(JsonSchema)]
#[schemars(rename = "connections", deny_unknown_fields)]
pub(crate) struct Connections {
    /// The tag.
    #[schemars(extend("examples" = ["vip"]))]
    tagged: String,
}

/// Concurrency in full.
#[derive(JsonSchema)]
#[schemars(rename = "long_concurrency", deny_unknown_fields)]
pub(crate) struct LongConcurrency {
    /// What a second run does; queue where left out.
    mode: Option<ConcurrencyMode>,
    /// Only runs whose key is the same wait for each other.
    #[schemars(extend("examples" = ["{{ trigger.contactId }}"]))]
    key: Option<Anything>,
    /// How many may go on side by side.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

/// What a second run does.
#[derive(JsonSchema)]
#[schemars(rename = "concurrency_mode", rename_all = "snake_case")]
pub(crate) enum ConcurrencyMode {
    /// It waits its turn.
    Queue,
    /// It goes on beside the first.
    Parallel,
    /// It is not started.
    Skip,
    /// It ends the first.
    Restart,
}

words! {
    /// Concurrency, short or long.
    Concurrency "concurrency" false |generator| {
        let mode = generator.subschema_for::<ConcurrencyMode>();
        let long = generator.subschema_for::<LongConcurrency>();
        json_schema!({ "anyOf": [long, mode] })
    };

    /// One name or several.
    Redact "redact" false |_generator| json_schema!({
        "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "type": "string" }],
    });
}
