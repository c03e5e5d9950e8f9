//! Mappings and the recipe's own inputs.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::Value;
use souschef_expr::transform::Transform;

use super::words::{Anything, Kind, Literal, Region, TimeZone, with_help, words};

/// A field, with what is made of its value.
#[derive(JsonSchema)]
#[schemars(rename = "long_mapping", deny_unknown_fields)]
pub(crate) struct LongMapping {
    /// Where the value comes from: a name such as trigger.email, an expression, or a JSONPath.
    #[schemars(extend("examples" = ["trigger.email", "{{ trigger.email }}", "$.trigger.tags[0]"]))]
    from: Option<Anything>,
    /// What it is made into: text, number, phone, date … A value that can't be fails the run, with the reason.
    #[schemars(rename = "as")]
    kind: Option<Kind>,
    /// What is taken where the value is absent, or where lookup does not have it.
    default: Option<Anything>,
    /// true: the run fails where the value is absent.
    required: Option<bool>,
    /// A table from value to value.
    #[schemars(extend("examples" = [{ "hot": 1, "cold": 2 }]))]
    lookup: Option<IndexMap<String, Anything>>,
    /// What is done to the text, or to each item of a list, in order.
    #[schemars(extend("examples" = [["trim", "lower"]]))]
    transform: Option<Transforms>,
    /// For phone numbers without +: the country, as two capital letters.
    region: Option<Region>,
    /// For dates without one: the time zone.
    time_zone: Option<TimeZone>,
}

words! {
    /// A field.
    Mapping "mapping" false |generator| {
        let long = generator.subschema_for::<LongMapping>();
        let text = generator.subschema_for::<Literal>();
        json_schema!({
            "description": "A field: a value such as \"{{ trigger.email }}\", or { from, as, default, required, lookup, transform }.",
            "defaultSnippets": [
                { "label": "expression", "description": "a value of the event", "body": "{{ ${1:trigger.email} }}" },
                { "label": "from, as", "description": "a value made into a kind", "body": { "from": "${1:trigger.phone}", "as": "${2|text,number,integer,boolean,date,datetime,phone,email,list,duration|}" } },
            ],
            "anyOf": [
                long,
                { "type": ["string", "number", "boolean", "array"] },
                text,
            ],
        })
    };

    /// One transform or several.
    Transforms "transforms" false |generator| {
        let one = generator.subschema_for::<TransformForm>();
        json_schema!({ "anyOf": [{ "type": "array", "items": one.clone() }, one] })
    };

    /// One transform.
    TransformForm "transform" false |_generator| transform();
}

fn transform() -> Schema {
    let names = Transform::names();
    let mut words: Vec<Value> = with_help(&names)
        .get("anyOf")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let arguments: serde_json::Map<String, Value> = names
        .iter()
        .filter(|(_, help)| help.contains('{'))
        .map(|(name, help)| ((*name).to_owned(), serde_json::json!({ "description": help })))
        .collect();
    words.push(serde_json::json!({
        "type": "object",
        "properties": arguments,
        "additionalProperties": false,
        "minProperties": 1,
    }));
    json_schema!({ "anyOf": words })
}

/// A setting that a person fills in once.
#[derive(JsonSchema)]
#[schemars(rename = "long_input", deny_unknown_fields)]
pub(crate) struct LongInput {
    /// What it holds; text where left out.
    #[schemars(rename = "type")]
    kind: Option<Kind>,
    /// What the person is asked for.
    description: Option<String>,
    /// The value where nobody gives one: a plain value, no expression.
    default: Option<Anything>,
    /// false: it may be left out. true where there is no default.
    required: Option<bool>,
    /// The values it may be.
    #[schemars(extend("examples" = [["red", "green"]]))]
    one_of: Option<Vec<Anything>>,
    /// For phone numbers without +: the country, as two capital letters.
    region: Option<Region>,
}

words! {
    /// A setting.
    Input "input" false |generator| {
        let long = generator.subschema_for::<LongInput>();
        let kind = generator.subschema_for::<Kind>();
        json_schema!({
            "description": "A setting: { type, description, default, required, one_of }, or just its type.",
            "defaultSnippets": [
                { "label": "type, description", "description": "a setting that must be given", "body": { "type": "${1|text,number,integer,boolean,date,datetime,phone,email,list,duration|}", "description": "${2:What it is for}" } },
            ],
            "anyOf": [long, kind, { "enum": [null] }],
        })
    };
}
