//! Whether a checkable call has happened: what to read, and what the answer says.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use souschef_catalog::{LookFor, Operation};
use souschef_expr::moment::Moment;
use souschef_expr::types::{Format, Type};

use crate::poll;
use crate::token::Held;

/// Things made so long before the call may still be its own: clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(120);
/// Fields that say when a thing was made.
const MADE: [&str; 4] = ["dateAdded", "createdAt", "dateCreated", "created_at"];

/// What a look found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// It has happened: what the call would have answered.
    Adopted(Value),
    /// It has not.
    Absent,
    /// Nobody can tell: why.
    Unclear(String),
    /// It could not be looked for now: there is no token that works.
    Held(Held),
}

/// The inputs of the read; those that the call itself leaves out are left out.
pub(crate) fn inputs(look: &LookFor, call: &Map<String, Value>) -> Map<String, Value> {
    look.with
        .iter()
        .filter_map(|(name, from)| Some((name.clone(), call.get(from)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// The things in an answer; none where the answer does not have the place for them at all.
pub(crate) fn things(look: &LookFor, answer: &Value) -> Option<Vec<Value>> {
    poll::there(answer, &look.items).then(|| poll::items(answer, &look.items))
}

/// What the things say about a call first sent at `since`.
pub(crate) fn compare(
    operation: &Operation,
    look: &LookFor,
    call: &Map<String, Value>,
    things: &[Value],
    since: Timestamp,
) -> Found {
    let wanted: Vec<(&String, &Value, Option<&Type>)> = look
        .matches
        .iter()
        .filter_map(|(field, from)| {
            let value = call.get(from).filter(|value| !value.is_null())?;
            Some((field, value, operation.inputs.get(from).map(|input| &input.ty)))
        })
        .collect();
    if wanted.is_empty() {
        return Found::Unclear("the call gives nothing that it could be recognised by".to_owned());
    }
    let fits = |thing: &&Value| {
        made(thing).is_none_or(|made| made >= since.saturating_sub(SKEW).unwrap_or(Timestamp::MIN))
            && wanted
                .iter()
                .all(|(field, value, ty)| at(thing, field).is_some_and(|there| same(value, there, *ty)))
    };
    let mut found = things.iter().filter(fits);
    match (found.next(), found.next()) {
        (None, _) => Found::Absent,
        (Some(one), None) => Found::Adopted(match &look.wrap {
            Some(wrap) => json!({ wrap: one }),
            None => one.clone(),
        }),
        (Some(_), Some(_)) => Found::Unclear("there are several that it could be".to_owned()),
    }
}

fn at<'a>(thing: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(thing, |value, segment| value.get(segment))
}

fn made(thing: &Value) -> Option<Timestamp> {
    let field = MADE.iter().find_map(|name| thing.get(name))?;
    Some(Moment::read(field, None).ok()?.at.timestamp())
}

/// Whether an API would give back `there` for `sent`.
fn same(sent: &Value, there: &Value, ty: Option<&Type>) -> bool {
    if souschef_expr::condition::equal(sent, there) {
        return true;
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (Some(one), Some(two)) = (text(sent), text(there)) else {
        return false;
    };
    let format = match ty {
        Some(Type::Text(kind)) => kind.format,
        Some(Type::Nullable(inner)) => match inner.as_ref() {
            Type::Text(kind) => kind.format,
            _ => Format::Plain,
        },
        _ => Format::Plain,
    };
    match format {
        Format::Email => one.to_lowercase() == two.to_lowercase(),
        Format::Phone => digits(&one) == digits(&two),
        Format::Datetime | Format::Date => match (Moment::read(sent, None), Moment::read(there, None)) {
            (Ok(one), Ok(two)) => one.at.timestamp() == two.at.timestamp(),
            _ => one == two,
        },
        Format::Plain | Format::Url => one == two,
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
