//! Small values that stand in many places of a recipe.

use schemars::{Schema, json_schema};
use serde_json::Value;

/// Letters, digits and `_`.
pub(crate) const NAME: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// A template, or a JSONPath.
pub(crate) const EXPRESSION: &str = r"\{\{|^\$\.";

/// Makes a type whose schema is written by hand.
macro_rules! words {
    ($($(#[$doc:meta])* $ty:ident $name:literal $inline:literal |$generator:ident| $schema:expr;)*) => {
        $($(#[$doc])*
        pub(crate) struct $ty;

        impl ::schemars::JsonSchema for $ty {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn inline_schema() -> bool {
                $inline
            }

            fn json_schema($generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                $schema
            }
        })*
    };
}

pub(crate) use words;

words! {
    /// Any value, with expressions anywhere in it.
    Anything "anything" true |_generator| Schema::default();

    /// A template or a JSONPath.
    Expression "expression" false |_generator| json_schema!({
        "type": "string",
        "pattern": EXPRESSION,
        "description": "An expression: \"{{ trigger.email }}\", text around it, or a JSONPath that begins with $.",
        "patternErrorMessage": "Write an expression, like \"{{ trigger.email }}\" or $.trigger.email",
    });

    /// `{ text: "$.99" }`.
    Literal "literal_text" false |_generator| json_schema!({
        "type": "object",
        "description": "Text as it is, even where it begins with $.",
        "properties": { "text": { "type": "string", "doNotSuggest": true } },
        "required": ["text"],
        "additionalProperties": false,
    });

    /// A length of time.
    Length "duration" false |_generator| json_schema!({
        "type": "string",
        "pattern": r"^\s*(\d+\s*(s|secs?|seconds?|m|min|mins|minutes?|h|hours?|d|days?|w|weeks?)\s*)+$",
        "patternErrorMessage": "Write a length of time, like 30s, 5m, 2h, 3d or 1h30m",
        "errorMessage": "Write a length of time, like 30s, 5m, 2h, 3d or 1h30m",
        "description": "A length of time: 30s, 5m, 2h, 3d, 1w or 1h30m.",
        "examples": ["30s", "5m", "1h", "1d"],
    });

    /// The kinds of value that a person can ask for.
    Kind "kind" false |_generator| with_help(&[
        ("text", "Text."),
        ("number", "A number, with or without decimals."),
        ("integer", "A whole number."),
        ("boolean", "True or false. Yes and no, on and off, 1 and 0 are understood."),
        ("date", "A day, like 2026-12-01."),
        ("datetime", "A moment, like 2026-12-01T09:00:00Z."),
        ("phone", "A phone number in the form +12025550143. `region` says which country one without + is of."),
        ("email", "An e-mail address."),
        ("list", "A list; one value becomes a list of it."),
        ("duration", "A length of time, like 2d or 1h30m."),
        ("any", "Anything, unchanged."),
    ]);

    /// A country.
    Region "region" true |_generator| json_schema!({
        "type": "string",
        "pattern": "^[A-Z]{2}$",
        "patternErrorMessage": "Write the country as two capital letters, like US, GB or DE",
        "examples": ["US", "GB", "DE"],
    });

    /// A time zone.
    TimeZone "time_zone" true |_generator| json_schema!({
        "type": "string",
        "examples": ["Europe/Berlin", "America/New_York", "UTC"],
    });

    /// A name of the person's own.
    Name "name" true |_generator| json_schema!({
        "type": "string",
        "pattern": NAME,
        "patternErrorMessage": "A name is made of letters, digits and _ only",
    });
}

/// One of these words, each with its help.
pub(crate) fn with_help<T: AsRef<str>>(words: &[(T, T)]) -> Schema {
    let forms: Vec<Value> = words
        .iter()
        .map(|(word, help)| serde_json::json!({ "const": word.as_ref(), "description": help.as_ref() }))
        .collect();
    json_schema!({ "anyOf": forms })
}
