//! What is known of the things of a collection, from every operation that touches it.

use indexmap::IndexMap;
use serde_json::{Map, Value};
use souschef_expr::Type;

use crate::clock;
use crate::hint::{Custom, Derive, Join, Verb};
use crate::part::{Holds, Part, bare};
use crate::store::{Record, Store, at, id_of};

/// Fields that tell when a thing was added, by their usual names.
const ADDED: [&str; 3] = ["dateAdded", "createdAt", "created_at"];
/// Fields that tell when a thing was changed, by their usual names.
const CHANGED: [&str; 3] = ["dateUpdated", "updatedAt", "updated_at"];

/// What is known of the things of one collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kind {
    /// The fields that answers give.
    pub(crate) fields: IndexMap<String, Type>,
    /// Fields of a new thing that nobody has given.
    defaults: Map<String, Value>,
    derive: IndexMap<String, Derive>,
    /// Fields that hold a thing of another collection.
    pub(crate) join: IndexMap<String, Join>,
    custom: Option<Custom>,
    changed: Vec<String>,
}

impl Kind {
    /// Learns from one operation.
    pub(crate) fn learn(&mut self, part: &Part) {
        if !matches!(part.place.holds, Holds::Nothing)
            && let Type::Map(map) = &part.place.item
        {
            for (name, field) in &map.fields {
                self.fields
                    .entry(name.clone())
                    .or_insert_with(|| field.ty.clone());
            }
        }
        if let Some(changed) = part.operation.poll.as_ref().and_then(|poll| poll.changed.clone())
            && !self.changed.contains(&changed)
        {
            self.changed.push(changed);
        }
        if part.verb == Verb::Create {
            for parent in &part.parents {
                self.fields.entry(parent.clone()).or_insert_with(Type::text);
            }
        }
        let settings = &part.settings;
        self.defaults.extend(settings.defaults.clone());
        self.derive.extend(settings.derive.clone());
        self.join.extend(settings.join.clone());
        if settings.custom.is_some() {
            self.custom.clone_from(&settings.custom);
        }
    }

    /// Completes a new thing: defaults, moments, derived fields.
    pub(crate) fn begin(&self, record: &mut Record, now: i64) {
        record.retain(|_, value| !value.is_null());
        for (name, value) in &self.defaults {
            record.entry(name.clone()).or_insert_with(|| value.clone());
        }
        for name in ADDED
            .iter()
            .chain(&CHANGED)
            .copied()
            .chain(self.changed.iter().map(String::as_str))
        {
            if let Some(ty) = self.fields.get(name)
                && !record.contains_key(name)
            {
                record.insert(name.to_owned(), moment(ty, now));
            }
        }
        self.derive(record);
    }

    /// Sets fields of a thing; null takes one away. The moments of change always move on, also where the clock stands still.
    pub(crate) fn change(&self, record: &mut Record, fields: Record, now: i64) {
        // What was made of a field that changes is made anew.
        for (name, how) in &self.derive {
            if !fields.contains_key(name) && how.sources().iter().any(|source| fields.contains_key(*source)) {
                record.shift_remove(name);
            }
        }
        for (name, value) in fields {
            if value.is_null() {
                record.shift_remove(&name);
            } else {
                record.insert(name, value);
            }
        }
        for name in CHANGED {
            if let Some(ty) = self.fields.get(name) {
                let before = record.get(name).and_then(clock::milliseconds);
                let now = before.map_or(now, |before| now.max(before.saturating_add(1)));
                record.insert(name.to_owned(), moment(ty, now));
            }
        }
        self.derive(record);
    }

    fn derive(&self, record: &mut Record) {
        for (name, how) in &self.derive {
            let text = |record: &Record, field: &str| {
                at(record, field)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let given = record.contains_key(name);
            let made = match how {
                Derive::Lower(field) => Some(text(record, field).to_lowercase()),
                _ if given && !matches!(how, Derive::Map(_)) => None,
                Derive::Join(fields) => {
                    let words: Vec<String> = fields.iter().map(|field| text(record, field)).collect();
                    Some(words.join(" ").trim().to_owned())
                }
                Derive::FirstWord(field) => text(record, field).split_whitespace().next().map(str::to_owned),
                Derive::OtherWords(field) => {
                    let text = text(record, field);
                    text.trim()
                        .split_once(' ')
                        .map(|(_, others)| others.trim().to_owned())
                }
                Derive::Same(field) => {
                    if let Some(value) = at(record, field).cloned() {
                        record.insert(name.clone(), value);
                    }
                    None
                }
                Derive::Later { than, minutes } => record
                    .get(than)
                    .and_then(clock::milliseconds)
                    .map(|start| clock::text(start.saturating_add(minutes.saturating_mul(60_000)))),
                Derive::Map(fields) => {
                    let map: Record = fields
                        .iter()
                        .filter_map(|(key, field)| Some((key.clone(), at(record, field)?.clone())))
                        .collect();
                    if !map.is_empty() {
                        record.insert(name.clone(), Value::Object(map));
                    }
                    None
                }
            };
            match made {
                Some(made) if !made.is_empty() => {
                    record.insert(name.clone(), Value::from(made));
                }
                _ => {}
            }
        }
    }

    /// Brings custom fields as they are sent (`{ id or key, field_value }`) into the form in which they are kept, beside those
    /// that the thing has.
    pub(crate) fn fold_custom(&self, fields: &mut Record, old: Option<&Record>, store: &Store) {
        let Some(custom) = &self.custom else { return };
        let Some(Value::Array(sent)) = fields.get(&custom.field) else {
            return;
        };
        let mut kept: Vec<Value> = old
            .and_then(|old| old.get(&custom.field))
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let definitions = store.collection(&custom.definitions);
        for item in sent.iter().filter_map(Value::as_object) {
            let text = |name: &str| item.get(name).and_then(Value::as_str);
            let by_key = text("key").map(|key| {
                let known = definitions.iter().find(|definition| {
                    let known = definition
                        .get(&custom.key)
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    known == key || known.rsplit('.').next() == Some(key)
                });
                known.map_or(key, id_of).to_owned()
            });
            let Some(id) = text("id")
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .or(by_key)
            else {
                continue;
            };
            let value = ["field_value", "value", custom.value.as_str()]
                .iter()
                .find_map(|name| item.get(*name))
                .cloned()
                .unwrap_or_default();
            let kept_item = kept
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .find(|kept| id_of(kept) == id);
            match kept_item {
                Some(item) => {
                    item.insert(custom.value.clone(), value);
                }
                None => {
                    let item = [("id".to_owned(), Value::from(id)), (custom.value.clone(), value)];
                    kept.push(Value::Object(item.into_iter().collect()));
                }
            }
        }
        fields.insert(custom.field.clone(), Value::Array(kept));
    }
}

/// A moment in the form that a field wants: a number of milliseconds, or text.
fn moment(ty: &Type, milliseconds: i64) -> Value {
    match bare(ty) {
        Type::Number { .. } => Value::from(milliseconds),
        _ => Value::from(clock::text(milliseconds)),
    }
}
