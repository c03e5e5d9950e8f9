//! What the account holds: collections of records, found by id.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// One thing: its fields. It always has an `id`.
pub(crate) type Record = Map<String, Value>;

/// Things of one kind, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    rows: BTreeMap<u64, Record>,
    places: HashMap<String, u64>,
    next: u64,
}

impl Collection {
    /// Adds a thing, or replaces the one of the same id.
    pub(crate) fn insert(&mut self, id: &str, mut record: Record) {
        record.insert("id".to_owned(), Value::from(id));
        let place = *self.places.entry(id.to_owned()).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.rows.insert(place, record);
    }

    /// A thing by id.
    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.rows.get(self.places.get(id)?)
    }

    /// Takes a thing out.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        let place = self.places.remove(id)?;
        self.rows.remove(&place)
    }

    /// Every thing with its place in the order, oldest first.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = (u64, &Record)> {
        self.rows.iter().map(|(place, record)| (*place, record))
    }

    /// Every thing, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.rows.values()
    }
}

/// Every collection of one connector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    collections: IndexMap<String, Collection>,
    nothing: Collection,
}

impl Store {
    /// A collection; an empty one where there is none of this name.
    pub(crate) fn collection(&self, name: &str) -> &Collection {
        self.collections.get(name).unwrap_or(&self.nothing)
    }

    /// A collection to change.
    pub(crate) fn collection_mut(&mut self, name: &str) -> &mut Collection {
        self.collections.entry(name.to_owned()).or_default()
    }

    /// Everything, as JSON.
    pub(crate) fn as_json(&self) -> Value {
        let lists = self.collections.iter().map(|(name, collection)| {
            let records = collection.iter().cloned().map(Value::Object).collect();
            (name.clone(), Value::Array(records))
        });
        Value::Object(lists.collect())
    }
}

/// The id of a thing.
pub(crate) fn id_of(record: &Record) -> &str {
    record.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// What stands at a dotted path in a thing.
pub(crate) fn at<'a>(record: &'a Record, path: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    let mut value = record.get(first)?;
    for segment in rest.split('.') {
        value = match value {
            Value::Object(map) => map.get(segment)?,
            Value::Array(list) => list.get(segment.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}
