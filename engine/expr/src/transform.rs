//! Transforms of a mapping: small changes to a text, or to each text of a list.

use serde_json::Value;

use crate::error::{EvalError, ExprError};
use crate::helpers::{self, Arguments};

/// A compiled transform: a helper, with its argument.
#[derive(Clone, Debug)]
pub struct Transform {
    helper: &'static helpers::Helper,
    argument: Option<Value>,
    whole_list: bool,
}

/// Every transform: name, whether it takes an argument, whether it works on a list as a whole, one line of help.
const TABLE: &[(&str, bool, bool, &str)] = &[
    ("trim", false, false, "without the spaces around it"),
    ("lower", false, false, "in small letters"),
    ("upper", false, false, "in capital letters"),
    ("title", false, false, "each word begun by a capital letter"),
    ("capitalize", false, false, "the first letter a capital"),
    ("digits", false, false, "only the digits"),
    ("first_word", false, false, "the first word"),
    ("last_word", false, false, "the last word"),
    ("slug", false, false, "small letters with - between words"),
    (
        "truncate",
        true,
        false,
        "cut to so many characters: { truncate: 100 }",
    ),
    (
        "split",
        true,
        false,
        "a list, cut at commas or at { split: \";\" }",
    ),
    (
        "join",
        true,
        true,
        "one text, with commas or with { join: \" / \" } between",
    ),
    ("unique", false, true, "each item once"),
    ("sort", false, true, "in order"),
    ("reverse", false, true, "from its end"),
    ("compact", false, true, "without empty items"),
    ("first", false, true, "the first item"),
    ("last", false, true, "the last item"),
];

impl Transform {
    /// Compiles a transform by name and literal argument. Names are listed by [`Transform::names`].
    ///
    /// # Errors
    /// There is none of that name, or its argument makes no sense.
    pub fn compile(name: &str, argument: Option<&Value>) -> Result<Self, ExprError> {
        let names: Vec<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
        let found = TABLE
            .iter()
            .find(|(known, ..)| *known == name)
            .zip(helpers::find(name));
        let Some(((_, takes, whole_list, _), helper)) = found else {
            let error = ExprError::new(
                "SC110",
                0..name.len(),
                format!("there is no transform \"{name}\""),
            );
            let meant = match name {
                "lowercase" | "downcase" => Some("lower"),
                "uppercase" | "upcase" => Some("upper"),
                "titlecase" | "title_case" => Some("title"),
                "strip" => Some("trim"),
                other => crate::types::nearest(other, names.iter().copied()),
            };
            return Err(match meant {
                Some(near) => error.did_you_mean(near),
                None => error.help(format!("transforms: {}", names.join(", "))),
            });
        };
        if argument.is_some() && !takes {
            return Err(ExprError::new(
                "SC110",
                0..name.len(),
                format!("the transform {name} takes no argument"),
            )
            .help(format!("write it alone: {name}")));
        }
        Ok(Self {
            helper,
            argument: argument.cloned(),
            whole_list: *whole_list,
        })
    }

    /// Every transform, with one line of help.
    pub fn names() -> Vec<(&'static str, &'static str)> {
        TABLE.iter().map(|(name, _, _, help)| (*name, *help)).collect()
    }

    /// The transformed value. One for texts goes over each item of a list.
    ///
    /// # Errors
    /// A value that it can't work with.
    pub fn apply(&self, value: Value, now: jiff::Timestamp) -> Result<Value, EvalError> {
        match value {
            Value::Array(items) if !self.whole_list => {
                let items = items
                    .into_iter()
                    .map(|item| self.one(item, now))
                    .collect::<Result<Vec<_>, _>>()?;
                // Each item's own list is opened: splitting a list of texts gives one list.
                Ok(items
                    .into_iter()
                    .flat_map(|item| match item {
                        Value::Array(inner) if self.helper.name == "split" => inner,
                        other => vec![other],
                    })
                    .collect())
            }
            value => self.one(value, now),
        }
    }

    fn one(&self, value: Value, now: jiff::Timestamp) -> Result<Value, EvalError> {
        if value.is_null() {
            return Ok(value);
        }
        let values = std::iter::once(value).chain(self.argument.clone()).collect();
        let arguments = Arguments {
            values,
            options: Vec::new(),
            now,
        };
        (self.helper.run)(&arguments).map_err(|why| {
            EvalError::new(
                "SC402",
                format!("the transform {} failed: {why}", self.helper.name),
            )
        })
    }
}
