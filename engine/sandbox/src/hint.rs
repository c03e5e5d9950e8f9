//! The words of a hint: what the `sandbox:` section of a connector file may say.
//!
//! ```yaml
//! sandbox:
//!   contacts.find_duplicate: { does: find, collection: contacts, settings: { by: { email: email, number: phone } } }
//! ```
//!
//! Nearly everything is told from the operation itself (see [`crate::part`]); a hint says the rest. `does` is one of the
//! words of [`Verb`], `collection` is where the things lie, and `settings` holds the fields of [`Settings`]. What is for
//! the whole collection may stand with any one of its operations.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operation does to a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verb {
    /// Adds a thing made of the body and the path's ids.
    Create,
    /// Gives the thing that the path names.
    Get,
    /// Gives the things that the inputs let through, page by page.
    List,
    /// Sets the body's fields on the thing that the path names.
    Update,
    /// Updates the thing that `by` finds, or creates one.
    Upsert,
    /// Takes the thing that the path names away.
    Delete,
    /// Gives the first thing that `by` finds, or null where the output allows it.
    Find,
    /// Tells whether `by` finds a thing.
    Exists,
    /// Adds words of the body to a list of the thing (tags, followers).
    Add,
    /// Takes words of the body out of a list of the thing.
    Remove,
    /// Keeps that the path's things belong together (a contact and a campaign).
    Link,
    /// Forgets it.
    Unlink,
    /// Changes every thing that `ids` names: adds to or takes from `list`, or sets the fields of `sets`.
    Bulk,
    /// Gives the times of a calendar's opening hours that nothing has taken.
    Slots,
    /// Gives `text`, as the answer's whole body.
    Text,
    /// Changes nothing and says that it is done.
    Nothing,
}

/// What a hint's `settings` may hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The input that names the thing, where it is not the last one of the path.
    pub(crate) key: Option<String>,
    /// Where the thing stands in the answer: `$.contact`, `$`.
    pub(crate) at: Option<String>,
    /// How an input narrows a list.
    pub(crate) filters: IndexMap<String, Filter>,
    /// Only things whose fields are these; `{ above: 0 }` is a greater number.
    pub(crate) only: Map<String, Value>,
    /// The status of an answer that goes well, where it is not the usual one (201 for a POST that makes something, else 200).
    pub(crate) status: Option<u16>,
    /// Fields that a created thing gets where the body has none.
    pub(crate) sets: Map<String, Value>,
    /// The field that a thing is found by, for each input.
    pub(crate) by: IndexMap<String, Fields>,
    /// The input that names a thing which does not count.
    pub(crate) except: Option<String>,
    /// Which fields no two things may share; a second one is refused.
    pub(crate) unlike: Vec<String>,
    /// What is said then.
    pub(crate) refusal: Option<String>,
    /// The order: `newest`, `dateAdded`, `-dateAdded`.
    pub(crate) order: Option<String>,
    /// The input that names the field of the order, and the one that says `asc` or `desc`.
    pub(crate) sort: Option<SortInputs>,
    /// The list input that goes on after a thing (its mark and its id), and the field of each thing that holds them.
    pub(crate) after: Option<String>,
    /// Which collection must hold the thing that a path input names.
    pub(crate) within: IndexMap<String, String>,
    /// Whether fields that the catalog does not know may be sent in the body.
    pub(crate) open: bool,
    /// For `bulk`: the input that lists the things' ids.
    pub(crate) ids: Option<String>,
    /// For `bulk`: the list that is changed, by the body input of the same name.
    pub(crate) list: Option<String>,
    /// For `bulk`: the input that says `add` or `remove`.
    pub(crate) mode: Option<String>,
    /// For `bulk`: the input that empties the list first.
    pub(crate) clear: Option<String>,
    /// For `bulk`: the body inputs that are set on each thing.
    pub(crate) fields: Vec<String>,
    /// For `text`: the body, and its kind.
    pub(crate) text: Option<String>,
    /// For `text`: the kind of body.
    pub(crate) content_type: Option<String>,
    /// For `slots`: the collection of what is booked.
    pub(crate) booked: Option<String>,
    /// For `slots`: the thing whose `timezone` counts where the calendar has none.
    pub(crate) zone: Option<Join>,
    /// For the whole collection: fields of a new thing that nobody has given.
    pub(crate) defaults: Map<String, Value>,
    /// For the whole collection: fields made from others.
    pub(crate) derive: IndexMap<String, Derive>,
    /// For the whole collection: fields that hold a thing of another one.
    pub(crate) join: IndexMap<String, Join>,
    /// For the whole collection: the list of custom fields.
    pub(crate) custom: Option<Custom>,
}

/// One field or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Fields {
    /// One.
    One(String),
    /// Any of several.
    Any(Vec<String>),
}

impl Fields {
    /// Their names.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Any(names) => names,
        }
    }
}

/// How an input narrows a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Filter {
    /// The field equals it, or, being a list, holds it.
    Equal(Fields),
    /// In another way.
    Other {
        /// The field.
        #[serde(default)]
        field: Option<String>,
        /// How.
        is: Way,
    },
    /// Its words each stand for fields of a certain value, as in `only`.
    Words {
        /// The fields by word.
        words: IndexMap<String, Map<String, Value>>,
    },
}

/// The other ways to narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// The moment is this one or later.
    From,
    /// The moment is before this one.
    Before,
    /// The day is this one or earlier.
    Until,
    /// One of several, with commas between.
    OneOf,
    /// Any text of the thing holds it.
    Text,
    /// It is a list of conditions: `{ field, operator, value }`, or `{ group: AND or OR, filters }`.
    Conditions,
    /// It narrows nothing.
    Ignored,
}

/// The inputs of a list's order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SortInputs {
    /// The input that names the field.
    #[serde(default)]
    pub(crate) field: Option<String>,
    /// The input that says which way.
    #[serde(default)]
    pub(crate) direction: Option<String>,
}

/// How a field is made from others.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Derive {
    /// Their texts with a blank between, where the field is not given.
    Join(Vec<String>),
    /// The field's first word, where this one is not given.
    FirstWord(String),
    /// The field's other words, where this one is not given.
    OtherWords(String),
    /// The field in small letters, always.
    Lower(String),
    /// Another field's value, where this one is not given.
    Same(String),
    /// So many minutes after the moment of a field, where this one is not given.
    Later {
        /// The field.
        than: String,
        /// How many.
        minutes: i64,
    },
    /// A map of other fields, always.
    Map(IndexMap<String, String>),
}

impl Derive {
    /// The fields that it is made from.
    pub(crate) fn sources(&self) -> Vec<&str> {
        match self {
            Self::Join(fields) => fields.iter().map(String::as_str).collect(),
            Self::FirstWord(field) | Self::OtherWords(field) | Self::Lower(field) | Self::Same(field) => {
                vec![field]
            }
            Self::Later { than, .. } => vec![than],
            Self::Map(fields) => fields.values().map(String::as_str).collect(),
        }
    }
}

/// A field that holds a thing of another collection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Join {
    /// The collection.
    pub(crate) from: String,
    /// The field that holds the other thing's id.
    pub(crate) by: String,
}

/// How custom fields are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Custom {
    /// The field that lists them.
    pub(crate) field: String,
    /// The collection of their definitions.
    pub(crate) definitions: String,
    /// The field of a definition that is its key.
    pub(crate) key: String,
    /// What a value is called in answers.
    pub(crate) value: String,
}
