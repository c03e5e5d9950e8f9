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
    /// The word that was probably meant instead.
    pub meant: Option<String>,
}

impl Mismatch {
    /// What was wanted and what is there, at a dotted path.
    fn new(path: impl Into<String>, message: String) -> Self {
        Self {
            path: path.into(),
            message,
            help: None,
            meant: None,
        }
    }

    fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    fn did_you_mean(mut self, word: &str) -> Self {
        self.meant = Some(word.to_owned());
        self.help(Some(format!("did you mean \"{word}\"?")))
    }
}

impl Type {
    /// Plain text.
    pub fn text() -> Self {
        Self::Text(Text::default())
    }

    /// Text that holds something known.
    pub fn formatted(format: Format) -> Self {
        Self::Text(Text {
            one_of: Vec::new(),
            format,
        })
    }

    /// Any number.
    pub fn number() -> Self {
        Self::Number {
            integer: false,
            min: None,
            max: None,
        }
    }

    /// A list of anything.
    pub fn list() -> Self {
        Self::List(Box::new(Self::Any))
    }

    /// A map of anything.
    pub fn map() -> Self {
        Self::Map(Map {
            fields: IndexMap::new(),
            open: true,
        })
    }

    /// What a person calls it: "text", "a whole number", "a list of text", "one of active, inactive" …
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "anything".to_owned(),
            Self::Null => "nothing".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Number { integer, min, max } => {
                let kind = if *integer { "a whole number" } else { "a number" };
                match (min, max) {
                    (Some(min), Some(max)) => format!("{kind} from {min} to {max}"),
                    (Some(min), None) => format!("{kind}, {min} or more"),
                    (None, Some(max)) => format!("{kind}, {max} at the most"),
                    (None, None) => kind.to_owned(),
                }
            }
            Self::Text(text) if !text.one_of.is_empty() => {
                let most = 12;
                let mut words = text
                    .one_of
                    .iter()
                    .take(most)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ");
                if text.one_of.len() > most {
                    words.push_str(&format!(" … ({} words)", text.one_of.len()));
                }
                format!("one of {words}")
            }
            Self::Text(text) => match text.format {
                Format::Plain => "text",
                Format::Datetime => "a date and time, like 2026-12-01T09:00:00Z",
                Format::Date => "a date, like 2026-12-01",
                Format::Phone => "a phone number, like +12025550143",
                Format::Email => "an e-mail address",
                Format::Url => "a web address",
            }
            .to_owned(),
            Self::List(item) => match item.as_ref() {
                Self::Any => "a list".to_owned(),
                Self::Map(_) => "a list of maps".to_owned(),
                item => format!("a list of {}", item.describe()),
            },
            Self::Map(_) => "a map".to_owned(),
            Self::OneOf(kinds) => kinds.iter().map(Self::describe).collect::<Vec<_>>().join(" or "),
            Self::Nullable(inner) => inner.describe(),
        }
    }

    /// The type of what a path segment leads to; `None` where the type is known not to have it.
    pub fn at(&self, segment: &str) -> Option<Type> {
        match self {
            Self::Any => Some(Self::Any),
            Self::Nullable(inner) => inner.at(segment),
            Self::List(item) => segment
                .parse::<usize>()
                .ok()
                .map(|_| item.as_ref().clone())
                .or_else(|| (segment == "length").then(Self::number)),
            Self::Map(map) => match map.fields.get(segment) {
                Some(field) => Some(field.ty.clone()),
                None => map.open.then_some(Self::Any),
            },
            Self::OneOf(kinds) => kinds.iter().find_map(|kind| kind.at(segment)),
            Self::Text(_) | Self::Number { .. } | Self::Boolean | Self::Null => None,
        }
    }

    /// The known fields, where it is a map that has some.
    pub fn field_names(&self) -> Vec<&str> {
        match self {
            Self::Map(map) => map.fields.keys().map(String::as_str).collect(),
            Self::Nullable(inner) => inner.field_names(),
            _ => Vec::new(),
        }
    }

    /// Where `value` is not of this type; empty where it is. Numbers and booleans written as text do not fit.
    pub fn mismatches(&self, value: &Value) -> Vec<Mismatch> {
        let mut found = Vec::new();
        self.compare(value, "", &mut found);
        found
    }

    /// Where `value` is text of this type that can be sent and is not what a person meant: a day, or a time without a zone,
    /// in the place of a moment, which an API reads in a zone of its own; an e-mail address or a phone number that can't
    /// be one.
    pub fn slips(&self, value: &Value) -> Vec<Mismatch> {
        let mut found = Vec::new();
        self.find_slips(value, "", &mut found);
        found
    }

    fn find_slips(&self, value: &Value, path: &str, found: &mut Vec<Mismatch>) {
        match (self, value) {
            (Self::Nullable(inner), _) => inner.find_slips(value, path, found),
            (Self::List(item), Value::Array(items)) => {
                for (index, one) in items.iter().enumerate() {
                    item.find_slips(one, &join(path, &index.to_string()), found);
                }
            }
            (Self::Map(map), Value::Object(fields)) => {
                for (name, one) in fields {
                    if let Some(field) = map.fields.get(name) {
                        field.ty.find_slips(one, &join(path, name), found);
                    }
                }
            }
            (Self::Text(text), Value::String(written)) => {
                found.extend(
                    text.slip(written)
                        .map(|(message, help)| Mismatch::new(path, message).help(Some(help))),
                );
            }
            _ => {}
        }
    }

    /// Whether a value of type `other` can be where this type is wanted; `true` where nothing is known.
    pub fn accepts(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Nullable(_), Self::Null) => true,
            (Self::Nullable(inner), other) => inner.accepts(other),
            (own, Self::Nullable(inner)) => own.accepts(inner),
            (own, Self::OneOf(kinds)) => kinds.iter().any(|kind| own.accepts(kind)),
            (Self::OneOf(kinds), other) => kinds.iter().any(|kind| kind.accepts(other)),
            (Self::Text(own), Self::Text(other)) => match (own.one_of.as_slice(), other.one_of.as_slice()) {
                ([], _) | (_, []) => true,
                (own, other) => other.iter().any(|word| own.contains(word)),
            },
            (Self::Number { .. }, Self::Number { .. })
            | (Self::Boolean, Self::Boolean)
            | (Self::Null, Self::Null) => true,
            (Self::List(own), Self::List(other)) => own.accepts(other),
            (Self::Map(_), Self::Map(_)) => true,
            _ => false,
        }
    }

    fn compare(&self, value: &Value, path: &str, found: &mut Vec<Mismatch>) {
        let mut tell = |message: String, help: Option<String>| {
            found.push(Mismatch::new(path, message).help(help));
        };
        let wrong = || {
            format!(
                "should be {}, and this is {}",
                self.describe(),
                crate::error::glimpse(value)
            )
        };
        match (self, value) {
            (Self::Any, _)
            | (Self::Nullable(_) | Self::Null, Value::Null)
            | (Self::Boolean, Value::Bool(_)) => {}
            (Self::Nullable(inner), _) => inner.compare(value, path, found),
            (Self::Number { integer, min, max }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                let good = (!integer || number.fract() == 0.0)
                    && min.is_none_or(|min| number >= min)
                    && max.is_none_or(|max| number <= max);
                if !good {
                    tell(wrong(), None);
                }
            }
            (Self::Text(text), Value::String(written)) => text.compare(written, path, found),
            (Self::List(item), Value::Array(items)) => {
                for (index, one) in items.iter().enumerate() {
                    item.compare(one, &join(path, &index.to_string()), found);
                }
            }
            (Self::Map(map), Value::Object(fields)) => map.compare(fields, path, found),
            (Self::OneOf(kinds), Value::Object(_)) if only_map(kinds).is_some() => {
                let map = only_map(kinds).unwrap_or(self);
                map.compare(value, path, found);
            }
            (Self::OneOf(kinds), _) => {
                if !kinds.iter().any(|kind| kind.mismatches(value).is_empty()) {
                    tell(wrong(), None);
                }
            }
            (Self::Text(_), Value::Number(number)) => {
                tell(wrong(), Some(format!("write \"{number}\", with the quotes")))
            }
            (Self::Boolean, Value::String(word)) => {
                let meant = match word.to_lowercase().as_str() {
                    "yes" | "on" | "true" => Some("write true, without quotes"),
                    "no" | "off" | "false" => Some("write false, without quotes"),
                    _ => None,
                };
                tell(wrong(), meant.map(str::to_owned));
            }
            (Self::Number { .. }, Value::String(word)) => {
                // 007 without its quotes would be text again.
                let meant = match word.parse::<f64>() {
                    Ok(number) if word.starts_with(['0', '+']) && number.is_finite() => {
                        Some(number.to_string())
                    }
                    Ok(number) if number.is_finite() => Some(word.clone()),
                    _ => None,
                };
                tell(
                    wrong(),
                    meant.map(|meant| format!("write {meant}, without quotes")),
                );
            }
            (Self::List(_), Value::String(word)) => {
                tell(wrong(), Some(listed(word)));
            }
            _ => tell(wrong(), None),
        }
    }
}

/// A text as the list that is meant: what stands between its commas.
fn listed(text: &str) -> String {
    let words: Vec<String> = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(in_a_list)
        .collect();
    match words.as_slice() {
        [] => "write [] for a list of none".to_owned(),
        [one] => format!("write [{one}] for a list of one"),
        several => format!("write [{}] for a list of {}", several.join(", "), several.len()),
    }
}

/// A text as it stands in a list on one line: in quotes where it would be read as something else.
fn in_a_list(word: &str) -> String {
    let word = crate::error::short(word);
    let plain = word.starts_with(|c: char| c.is_alphabetic())
        && word.chars().all(|c| c.is_alphanumeric() || " _-.…".contains(c))
        && !matches!(
            word.as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        );
    if plain { word } else { format!("{word:?}") }
}

impl Text {
    /// What is wrong with a text that can be sent, and what to write instead. An empty one clears what was there.
    fn slip(&self, written: &str) -> Option<(String, String)> {
        let shown = crate::error::short(written);
        match self.format {
            Format::Datetime => crate::moment::vague(written).map(|(what, meant)| {
                let message = format!("should be a date and time, and \"{shown}\" is {what}");
                (message, format!("write it like {meant}Z, or {meant}+01:00"))
            }),
            Format::Email if !written.is_empty() => crate::convert::email(written).err().map(|why| {
                let message = format!("should be an e-mail address, and this is \"{shown}\": {why}");
                (message, "write it like ana@example.com".to_owned())
            }),
            Format::Phone if !written.is_empty() => crate::convert::no_phone(written).map(|why| {
                let message = format!("should be a phone number, and this is \"{shown}\": {why}");
                (
                    message,
                    "write it with its country code, like +12025550143".to_owned(),
                )
            }),
            _ => None,
        }
    }

    fn compare(&self, written: &str, path: &str, found: &mut Vec<Mismatch>) {
        if !self.one_of.is_empty() && !self.one_of.iter().any(|word| word == written) {
            let near = nearest(written, self.one_of.iter().map(String::as_str));
            let all = Type::Text(self.clone()).describe();
            let message = format!("can't be \"{}\"; it is {all}", crate::error::short(written));
            let mismatch = Mismatch::new(path, message);
            found.push(match near {
                Some(near) => mismatch.did_you_mean(near),
                None => mismatch,
            });
        }
        if self.format == Format::Datetime && crate::moment::Moment::read_text(written, None).is_err() {
            let message = format!(
                "should be a date and time, and this is \"{}\"",
                crate::error::short(written)
            );
            let help = "write it like 2026-12-01T09:00:00Z, or 2026-12-01T09:00:00+01:00";
            found.push(Mismatch::new(path, message).help(Some(help.to_owned())));
        }
    }
}

impl Map {
    fn compare(&self, fields: &serde_json::Map<String, Value>, path: &str, found: &mut Vec<Mismatch>) {
        for (name, field) in &self.fields {
            match fields.get(name) {
                Some(value) => field.ty.compare(value, &join(path, name), found),
                None if field.required => {
                    let message = format!("lacks {name} ({})", field.ty.describe());
                    found.push(Mismatch::new(path, message));
                }
                None => {}
            }
        }
        for name in fields
            .keys()
            .filter(|name| !self.open && !self.fields.contains_key(*name))
        {
            let near = nearest(name, self.fields.keys().map(String::as_str));
            let known: Vec<&str> = self.fields.keys().map(String::as_str).collect();
            let mismatch = Mismatch::new(join(path, name), "is not known there".to_owned());
            found.push(match near {
                Some(near) => mismatch.did_you_mean(near),
                None => mismatch.help(Some(format!("known are: {}", known.join(", ")))),
            });
        }
    }
}

fn join(path: &str, segment: &str) -> String {
    if path.is_empty() {
        segment.to_owned()
    } else {
        format!("{path}.{segment}")
    }
}

/// The one of several kinds of value that is a map: where a map is written, that is meant.
pub fn only_map(kinds: &[Type]) -> Option<&Type> {
    fn is_map(kind: &Type) -> bool {
        match kind {
            Type::Map(_) => true,
            Type::Nullable(inner) => is_map(inner),
            _ => false,
        }
    }
    let mut maps = kinds.iter().filter(|kind| is_map(kind));
    maps.next().filter(|_| maps.next().is_none())
}

/// The word nearest to one that is not known, where one is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    souschef_recipe::nearest(word, known)
}
