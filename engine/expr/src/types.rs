//! The kinds of JSON value that operations take and give: one type for inputs, outputs and expressions.

use indexmap::IndexMap;
use serde_json::Value;

/// What a JSON value may be. `Any` says that nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Type {
    /// Nothing is known of it.
    #[default]
    Any,
    /// Text; see [`Text`].
    Text(Text),
    /// A number, perhaps between bounds.
    Number {
        /// Whole numbers only.
        integer: bool,
        /// The least.
        min: Option<f64>,
        /// The most.
        max: Option<f64>,
    },
    /// True or false.
    Boolean,
    /// A list of one kind of item.
    List(Box<Type>),
    /// A map with known fields.
    Map(Map),
    /// One of several kinds.
    OneOf(Vec<Type>),
    /// The kind, or null.
    Nullable(Box<Type>),
    /// Only null.
    Null,
}

/// Text and what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// The words it may be; any where empty.
    pub one_of: Vec<String>,
    /// What the text holds.
    pub format: Format,
}

/// What a text holds, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Any text.
    #[default]
    Plain,
    /// A moment: ISO 8601 with an offset.
    Datetime,
    /// A day: `2026-11-24`.
    Date,
    /// A phone number in E.164.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address.
    Url,
}

/// A map with known fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// The fields that are known, in their published order.
    pub fields: IndexMap<String, Field>,
    /// Whether there may be others.
    pub open: bool,
}

/// One field of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// What it holds.
    pub ty: Type,
    /// Whether it must be there.
    pub required: bool,
    /// One line of help.
    pub help: Option<String>,
}

/// Where a value and a type disagree: a dotted path inside the value ("" for the value itself) and a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Dotted path inside the value.
    pub path: String,
    /// What was wanted and what is there, in a person's words.
    pub message: String,
    /// What to write instead, where it is known ("did you mean "active"?").
    pub help: Option<String>,
}

impl Type {
    /// Plain text.
    pub fn text() -> Self {
        Self::Text(Text::default())
    }

    /// Any number.
    pub fn number() -> Self {
        Self::Number { integer: false, min: None, max: None }
    }

    /// What a person calls it: "text", "a whole number", "a list of text", "one of active, inactive" …
    pub fn describe(&self) -> String {
        todo!()
    }

    /// The type of what a path segment leads to; `None` where the type is known not to have it.
    pub fn at(&self, _segment: &str) -> Option<Type> {
        todo!()
    }

    /// Where `value` is not of this type; empty where it is. Numbers and booleans written as text do not fit.
    pub fn mismatches(&self, _value: &Value) -> Vec<Mismatch> {
        todo!()
    }

    /// Whether a value of type `other` can be where this type is wanted; `true` where nothing is known.
    pub fn accepts(&self, _other: &Type) -> bool {
        todo!()
    }
}
