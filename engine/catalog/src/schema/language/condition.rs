//! Conditions.

use schemars::json_schema;

use super::words::{EXPRESSION, words};

words! {
    /// What must hold.
    Condition "condition" false |generator| {
        let own = generator.subschema_for::<Condition>();
        let several = generator.subschema_for::<Conditions>();
        let comparison = generator.subschema_for::<Comparison>();
        json_schema!({
            "description": "What must hold. Every line must: `trigger.source: referral` means equal, `trigger.total: { at_least: 100 }` compares.",
            "defaultSnippets": [
                { "label": "is", "description": "equal to a value", "body": { "${1:trigger.source}": "${2:referral}" } },
                { "label": "compare", "description": "another comparison", "body": { "${1:trigger.name}": { "${2|is_not,contains,starts_with,greater_than,at_least,before,after,exists,is_empty|}": "${3:value}" } } },
                { "label": "any", "description": "at least one of several", "body": { "any": [{ "${1:trigger.source}": "${2:referral}" }] } },
            ],
            "anyOf": [
                {
                    "type": "object",
                    "minProperties": 1,
                    "properties": {
                        "all": several.clone(),
                        "any": several,
                        "not": own.clone(),
                    },
                    "propertyNames": {
                        "not": { "enum": ["and", "or"] },
                    },
                    "additionalProperties": comparison,
                },
                { "type": "array", "minItems": 1, "items": own, "description": "Each of these must hold." },
                { "type": "string", "pattern": r"\{\{", "patternErrorMessage": "Write lines of `name: value`, or an expression like \"{{ gt trigger.total 100 }}\"" },
                { "type": "boolean" },
            ],
        })
    };

    /// Several conditions.
    Conditions "conditions" false |generator| {
        let one = generator.subschema_for::<Condition>();
        json_schema!({
            "description": "A list of conditions: `all` of them, or `any` of them.",
            "anyOf": [
                { "type": "array", "minItems": 1, "items": one.clone() },
                one,
            ],
        })
    };

    /// What a value is held against.
    Comparison "comparison" false |_generator| {
        let any = |help: &str| serde_json::json!({ "description": help });
        let text = |help: &str| serde_json::json!({ "type": "string", "description": help });
        let number = |help: &str| serde_json::json!({
            "description": help,
            "anyOf": [{ "type": "number" }, { "type": "string" }],
        });
        let moment = |help: &str| serde_json::json!({ "type": "string", "description": help, "examples": ["2026-12-01", "{{ run.started_at }}"] });
        let list = |help: &str| serde_json::json!({
            "description": help,
            "anyOf": [{ "type": "array" }, { "type": "string", "pattern": EXPRESSION }],
        });
        let flag = |help: &str| serde_json::json!({
            "description": help,
            "anyOf": [{ "type": "boolean" }, { "type": "string", "pattern": EXPRESSION }],
        });
        json_schema!({
            "description": "A value that it must equal, or `{ operator: value }`.",
            "anyOf": [
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": false,
                    "properties": {
                        "is": any("Equal to this."),
                        "is_not": any("Not equal to this."),
                        "in": list("One of this list."),
                        "not_in": list("None of this list."),
                        "contains": any("Text that holds this text, or a list that has this item."),
                        "not_contains": any("Text without this text, or a list without this item."),
                        "starts_with": text("Text that begins with this."),
                        "ends_with": text("Text that ends with this."),
                        "matches": text("Text that matches this regular expression."),
                        "greater_than": number("A number greater than this."),
                        "at_least": number("A number that is this or more."),
                        "less_than": number("A number less than this."),
                        "at_most": number("A number that is this or less."),
                        "before": moment("A date or time before this."),
                        "after": moment("A date or time after this."),
                        "exists": flag("true: it is there and not null. false: it is not."),
                        "is_empty": flag("true: it is absent, null, \"\", or an empty list or map. false: it is not."),
                    },
                },
                { "not": { "type": "object" } },
            ],
        })
    };
}
