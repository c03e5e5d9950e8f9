//! Answers in the shape of the catalog's output types: the things where they belong, and beside them what an answer tells
//! by its usual names (`total`, `succeded`, `new`, `hasMore` …).

use serde_json::{Map, Value};
use souschef_expr::Type;

use crate::hint::Join;
use crate::kind::Kind;
use crate::part::{Holds, Place, bare};
use crate::store::{Record, Store, id_of};

/// Names that say that it is done.
const DONE: [&str; 4] = ["succeded", "succeeded", "success", "deleted"];

/// What is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The things, in the form of the answer.
    pub(crate) things: Vec<Value>,
    /// What is told beside them, by name.
    pub(crate) beside: Map<String, Value>,
    /// Whether something was to be done, and is.
    pub(crate) done: bool,
}

impl Told {
    /// That it is done, with nothing to show.
    pub(crate) fn done() -> Self {
        Self {
            done: true,
            ..Self::default()
        }
    }

    /// Tells something beside the things.
    pub(crate) fn tell(&mut self, name: &str, value: impl Into<Value>) {
        self.beside.insert(name.to_owned(), value.into());
    }
}

/// A thing as an answer of this type gives it: the fields that the type knows.
pub(crate) fn project(record: &Record, ty: &Type, kind: &Kind, store: &Store) -> Value {
    let Type::Map(map) = bare(ty) else {
        return Value::Object(record.clone());
    };
    if map.fields.is_empty() {
        return Value::Object(record.clone());
    }
    let mut out = Map::new();
    for (name, field) in &map.fields {
        let joined = kind
            .join
            .get(name)
            .and_then(|join| joined(record, join, &field.ty, store));
        let value = joined.or_else(|| match name.as_str() {
            "_id" => Some(Value::from(id_of(record))),
            name => record.get(name).cloned(),
        });
        if let Some(value) = value.filter(|value| !value.is_null() || matches!(field.ty, Type::Nullable(_))) {
            out.insert(name.clone(), value);
        }
    }
    Value::Object(out)
}

/// The thing of another collection that a field holds.
fn joined(record: &Record, join: &Join, ty: &Type, store: &Store) -> Option<Value> {
    let id = record.get(&join.by)?.as_str()?;
    let other = store.collection(&join.from).get(id)?;
    Some(project(other, ty, &Kind::default(), store))
}

/// The answer's body.
pub(crate) fn body(output: &Type, place: &Place, told: Told) -> Value {
    let inner = match place.holds {
        Holds::Many => Value::Array(told.things),
        Holds::One | Holds::Nothing => told.things.into_iter().next().unwrap_or(Value::Null),
    };
    let facts = Facts {
        beside: told.beside,
        done: told.done,
    };
    match (place.holds, inner) {
        (Holds::Nothing, Value::Null) => facts.fill(output, Map::new()),
        (Holds::One, Value::Null) if place.path.is_empty() => facts.fill(output, Map::new()),
        (_, inner) => build(output, &place.path, inner, &facts),
    }
}

struct Facts {
    beside: Map<String, Value>,
    done: bool,
}

/// Builds the maps that lead to the things, and tells the rest beside.
fn build(ty: &Type, path: &[String], inner: Value, facts: &Facts) -> Value {
    match path.split_first() {
        None => match inner {
            Value::Object(fields) if matches!(bare(ty), Type::Map(_)) => facts.fill_flat(ty, fields),
            other => other,
        },
        Some((name, rest)) => {
            let mut map = Map::new();
            let inside = match bare(ty) {
                Type::Map(fields) => fields.fields.get(name).map(|field| &field.ty),
                _ => None,
            };
            map.insert(
                name.clone(),
                build_inside(inside.unwrap_or(&Type::Any), rest, inner, facts),
            );
            facts.fill(ty, map)
        }
    }
}

fn build_inside(ty: &Type, path: &[String], inner: Value, facts: &Facts) -> Value {
    match path.is_empty() {
        true => inner,
        false => build(ty, path, inner, facts),
    }
}

impl Facts {
    /// Adds what the type has and is known, also in maps beside (`meta`).
    fn fill(&self, ty: &Type, map: Map<String, Value>) -> Value {
        let Type::Map(fields) = bare(ty) else {
            return if map.is_empty() {
                Value::Null
            } else {
                Value::Object(map)
            };
        };
        let Value::Object(mut map) = self.fill_flat(ty, map) else {
            return Value::Null;
        };
        for (name, field) in &fields.fields {
            if map.contains_key(name) {
                continue;
            }
            if let Type::Map(inside) = bare(&field.ty)
                && !inside.fields.is_empty()
                && let Value::Object(inside) = self.fill_flat(&field.ty, Map::new())
                && !inside.is_empty()
            {
                map.insert(name.clone(), Value::Object(inside));
            }
        }
        Value::Object(map)
    }

    fn fill_flat(&self, ty: &Type, mut map: Map<String, Value>) -> Value {
        if let Type::Map(fields) = bare(ty) {
            for (name, field) in &fields.fields {
                if map.contains_key(name) {
                    continue;
                }
                if let Some(value) = self.fact(name, &field.ty) {
                    map.insert(name.clone(), value);
                }
            }
        }
        Value::Object(map)
    }

    fn fact(&self, name: &str, ty: &Type) -> Option<Value> {
        if let Some(value) = self.beside.get(name)
            && ty.mismatches(value).is_empty()
        {
            return Some(value.clone());
        }
        (self.done && DONE.contains(&name) && *bare(ty) == Type::Boolean).then_some(Value::Bool(true))
    }
}
