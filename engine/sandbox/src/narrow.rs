//! Which things of a collection a list gives: the inputs narrow it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use souschef_catalog::{Input, InputPlace};
use souschef_expr::Type;

use crate::clock;
use crate::conditions;
use crate::hint::{Filter, Way};
use crate::kind::Kind;
use crate::part::Part;
use crate::request::{Given, Refusal};
use crate::store::{Record, at};

/// Inputs that hold words to look for, by their usual names.
const TEXT: [&str; 4] = ["query", "q", "search", "searchTerm"];

/// Milliseconds.
const DAY: i64 = 86_400_000;

/// One test of a thing.
enum Test<'a> {
    /// One of the fields equals it; a thing without the field passes where `lax`.
    Equal {
        fields: Vec<String>,
        wanted: &'a Value,
        lax: bool,
    },
    /// The field equals one of these.
    OneOf { field: String, wanted: Vec<String> },
    /// The field's moment is this one or later.
    From { field: String, moment: i64 },
    /// The field's moment is before this one.
    Before { field: String, moment: i64 },
    /// Every word stands somewhere in the thing.
    Words(Vec<String>),
    /// The fields have these values.
    Fields(&'a Map<String, Value>),
    /// The conditions hold.
    Conditions(&'a Value),
}

/// What narrows a list.
pub(crate) struct Narrow<'a> {
    tests: Vec<Test<'a>>,
}

impl<'a> Narrow<'a> {
    /// From an operation's inputs. `paging` are the inputs that page.
    ///
    /// # Errors
    /// Conditions that can't be understood.
    pub(crate) fn new(
        part: &'a Part,
        kind: &Kind,
        given: &'a Given,
        paging: &[String],
    ) -> Result<Self, Refusal> {
        let mut tests = vec![Test::Fields(&part.settings.only)];
        for (name, value) in &given.inputs {
            if paging.contains(name) || part.key.as_ref() == Some(name) || value.is_null() {
                continue;
            }
            // Things that do not say whose they are belong to the account.
            let input = part.operation.inputs.get(name);
            let lax = input.is_some_and(|input| input.fill.is_some());
            match part.settings.filters.get(name) {
                Some(filter) => tests.extend(filter_test(filter, kind, name, value, lax)?),
                None => tests.extend(input.and_then(|input| told_test(input, kind, name, value, lax))),
            }
        }
        Ok(Self { tests })
    }

    /// Whether the list gives this thing.
    pub(crate) fn lets(&self, record: &Record) -> bool {
        self.tests.iter().all(|test| test.passes(record))
    }
}

/// The test of an input that has no hint: the field of its name, or the words to look for.
fn told_test<'a>(input: &Input, kind: &Kind, name: &str, value: &'a Value, lax: bool) -> Option<Test<'a>> {
    let field = camel(name);
    let known = [name, &field]
        .into_iter()
        .find(|name| kind.fields.contains_key(*name));
    if let Some(field) = known {
        let all = matches!(&input.ty, Type::Text(text) if text.one_of.iter().any(|word| word == "all"));
        if all && value == "all" {
            return None;
        }
        return Some(Test::Equal {
            fields: vec![field.to_owned()],
            wanted: value,
            lax,
        });
    }
    if input.place == InputPlace::Path && !lax {
        return Some(Test::Equal {
            fields: vec![name.to_owned()],
            wanted: value,
            lax: false,
        });
    }
    TEXT.contains(&name).then(|| Test::Words(words(value)))
}

fn filter_test<'a>(
    filter: &'a Filter,
    kind: &Kind,
    name: &str,
    value: &'a Value,
    lax: bool,
) -> Result<Option<Test<'a>>, Refusal> {
    let (field, way) = match filter {
        Filter::Equal(fields) => {
            let fields = fields.names().to_vec();
            return Ok(Some(Test::Equal {
                fields,
                wanted: value,
                lax,
            }));
        }
        Filter::Words { words } => {
            return Ok(value.as_str().and_then(|word| words.get(word)).map(Test::Fields));
        }
        Filter::Other { field, is } => (field.clone().unwrap_or_else(|| camel(name)), is),
    };
    let moment = || moment_of(value).ok_or_else(|| Refusal::new(422, format!("{name} should be a moment")));
    Ok(match way {
        Way::From => Some(Test::From {
            field,
            moment: moment()?,
        }),
        Way::Before => Some(Test::Before {
            field,
            moment: moment()?,
        }),
        Way::Until => Some(Test::Before {
            field,
            moment: moment()?.saturating_add(DAY),
        }),
        Way::OneOf => {
            let text = value.as_str().unwrap_or_default();
            let wanted = text.split(',').map(|word| word.trim().to_lowercase()).collect();
            Some(Test::OneOf { field, wanted })
        }
        Way::Text => Some(Test::Words(words(value))),
        Way::Conditions => {
            let problems = conditions::faults(kind, value, name, 0);
            if !problems.is_empty() {
                return Err(Refusal {
                    status: 422,
                    problems,
                });
            }
            Some(Test::Conditions(value))
        }
        Way::Ignored => None,
    })
}

/// A moment in milliseconds, as a moment, or as a day as MM-DD-YYYY.
fn moment_of(value: &Value) -> Option<i64> {
    clock::milliseconds(value).or_else(|| {
        let day = Date::strptime("%m-%d-%Y", value.as_str()?).ok()?;
        let start = day.to_zoned_datetime(TimeZone::UTC).ok()?;
        Some(start.timestamp().as_millisecond())
    })
}

/// `pipeline_id` as `pipelineId`.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        out.extend(letters);
    }
    out
}

fn words(value: &Value) -> Vec<String> {
    let text = value.as_str().unwrap_or_default().to_lowercase();
    text.split_whitespace().map(str::to_owned).collect()
}

impl Test<'_> {
    fn passes(&self, record: &Record) -> bool {
        match self {
            Self::Equal { fields, wanted, lax } => fields.iter().any(|field| match at(record, field) {
                Some(value) => is(value, wanted),
                None => *lax || **wanted == Value::Bool(false),
            }),
            Self::OneOf { field, wanted } => at(record, field)
                .and_then(Value::as_str)
                .is_some_and(|text| wanted.contains(&text.to_lowercase())),
            Self::From { field, moment } => millis(record, field).is_some_and(|own| own >= *moment),
            Self::Before { field, moment } => millis(record, field).is_some_and(|own| own < *moment),
            Self::Words(words) => words.iter().all(|word| mentions(record, word)),
            Self::Fields(fields) => has(record, fields),
            Self::Conditions(list) => conditions::hold(record, list),
        }
    }
}

/// Whether a thing has these values in its fields. What is absent is false; `{ above: 0 }` is a greater number.
pub(crate) fn has(record: &Record, fields: &Map<String, Value>) -> bool {
    fields
        .iter()
        .all(|(field, wanted)| match (at(record, field), wanted.get("above")) {
            (None, _) => *wanted == Value::Bool(false),
            (Some(value), None) => is(value, wanted),
            (Some(value), Some(bound)) => value.as_f64() > bound.as_f64(),
        })
}

fn millis(record: &Record, field: &str) -> Option<i64> {
    at(record, field).and_then(clock::milliseconds)
}

/// Whether a field is what is wanted: equal as text without regard to case, or a list that holds it.
pub(crate) fn is(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Array(list), Value::Array(several)) => several.iter().any(|wanted| list.contains(wanted)),
        (Value::Array(list), wanted) => list.iter().any(|item| is(item, wanted)),
        (value, Value::Array(several)) => several.iter().any(|wanted| is(value, wanted)),
        (Value::String(text), Value::String(wanted)) => same(text, wanted),
        (Value::Bool(value), Value::String(wanted)) => wanted.parse() == Ok(*value),
        (Value::Number(number), Value::String(wanted)) => {
            number.as_f64().is_some() && wanted.parse().ok() == number.as_f64()
        }
        (value, wanted) => value == wanted,
    }
}

/// Whether two texts are the same but for capitals. Every thing of a list may be asked: nothing is copied.
fn same(one: &str, other: &str) -> bool {
    one == other
        || one
            .chars()
            .flat_map(char::to_lowercase)
            .eq(other.chars().flat_map(char::to_lowercase))
}

/// Whether a text or list of a thing has this word (in small letters) in it.
fn mentions(record: &Record, word: &str) -> bool {
    record.values().any(|value| match value {
        Value::String(text) => text.to_lowercase().contains(word),
        Value::Array(list) => list
            .iter()
            .filter_map(Value::as_str)
            .any(|text| text.to_lowercase().contains(word)),
        _ => false,
    })
}
