//! What is remembered of an item: in which scan it was first met, and in which it was met changed.
//!
//! Scans are numbered. A recipe has a place in that order, and an item is news for it when something happened to the item
//! after that place. So recipes that look at one list share one memory, however they differ in what they want of it and
//! how often, and one that was away finds what came meanwhile.

use std::collections::BTreeMap;

use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use souschef_connect::poll::key;
use souschef_recipe::FireOn;

/// What is remembered of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// The scan in which it was first met.
    #[serde(rename = "n")]
    pub first: u64,
    /// By the field that tells a change (empty: the whole item): the scan in which it was last met changed, 0 for none, and
    /// what it held.
    #[serde(rename = "c", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<String, (u64, String)>,
}

impl Sight {
    /// Reads it as the journal keeps it; one that can't be read is as good as none.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As the journal keeps it.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// An item is met in a scan. `fields`: those that somebody watches for changes.
    pub fn met<'a>(
        known: Option<Self>,
        item: &Value,
        fields: impl Iterator<Item = &'a str>,
        scan: u64,
    ) -> Self {
        let is_new = known.is_none();
        let mut sight = known.unwrap_or_else(|| Self {
            first: scan,
            changes: BTreeMap::new(),
        });
        for field in fields {
            let print = print(item, field);
            match sight.changes.get_mut(field) {
                Some((_, before)) if *before == print => {}
                Some(change) => *change = (scan, print),
                // Watched from now on: what was there before is where it starts from.
                None => {
                    let at = if is_new { scan } else { 0 };
                    sight.changes.insert(field.to_owned(), (at, print));
                }
            }
        }
        sight
    }

    /// Whether it is news for one whose place is `since`.
    pub fn is_news(&self, fire_on: FireOn, field: &str, since: u64) -> bool {
        match fire_on {
            FireOn::New => self.first > since,
            FireOn::Changed => {
                self.first > since || self.changes.get(field).is_some_and(|(at, _)| *at > since)
            }
            FireOn::EveryItem | FireOn::EveryPoll => true,
        }
    }
}

/// What a field holds, as something short to compare; the whole item where the field is empty or not there.
pub(super) fn print(item: &Value, field: &str) -> String {
    match (!field.is_empty()).then(|| key(item, field)).flatten() {
        Some(text) if text.len() <= 40 => text,
        Some(text) => hash_text(&text),
        None => hash(item),
    }
}

/// An item's id: its field, or what it holds where it has none.
pub fn id_of(item: &Value, field: Option<&str>) -> String {
    match field.and_then(|field| key(item, field)) {
        Some(id) if id.len() <= 200 => id,
        Some(id) => format!("#{}", hash_text(&id)),
        None => format!("#{}", hash(item)),
    }
}

/// The same for values that differ only in the order of their keys.
pub fn hash(value: &Value) -> String {
    hash_text(&sorted(value).to_string())
}

/// 128 bits of a text's SHA-256, in hex.
pub fn hash_text(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, Value> =
                fields.iter().map(|(name, value)| (name, sorted(value))).collect();
            Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.clone(), value))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
