//! What several operations take alike stands in the schema once: an editor reads all of it before it says a word.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What is shorter than this is written where it is used.
const WORTH: usize = 160;

/// Gives each schema of an input that occurs several times a definition of its own, the outermost first.
pub(super) fn share(definitions: &mut Map<String, Value>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (name, schema) in definitions.iter() {
        if name.starts_with("with.") {
            count(schema, &mut seen);
        }
    }
    let repeated: BTreeSet<&String> = seen
        .iter()
        .filter(|(_, times)| **times > 1)
        .map(|(text, _)| text)
        .collect();
    let mut shared = Shared {
        repeated,
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
        made: Map::new(),
    };
    for (name, schema) in definitions.iter_mut() {
        if name.starts_with("with.") {
            shared.replace(schema);
        }
    }
    let made = shared.made;
    definitions.extend(made);
}

/// The inputs and fields in a schema, by name.
fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn count(schema: &Value, seen: &mut BTreeMap<String, usize>) {
    for (_, property) in properties(schema) {
        let text = property.to_string();
        if text.len() >= WORTH {
            *seen.entry(text).or_default() += 1;
        }
    }
    match schema {
        Value::Object(map) => map.values().for_each(|inner| count(inner, seen)),
        Value::Array(items) => items.iter().for_each(|inner| count(inner, seen)),
        _ => {}
    }
}

/// The definitions made so far.
struct Shared<'a> {
    repeated: BTreeSet<&'a String>,
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    made: Map<String, Value>,
}

impl Shared<'_> {
    fn replace(&mut self, schema: &mut Value) {
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (name, property) in properties.iter_mut() {
                let text = property.to_string();
                if self.repeated.contains(&text) {
                    let own = self.define(name, text, property.take());
                    *property = json!({ "$ref": format!("#/definitions/{own}") });
                }
            }
        }
        match schema {
            Value::Object(map) => map.values_mut().for_each(|inner| self.replace(inner)),
            Value::Array(items) => items.iter_mut().for_each(|inner| self.replace(inner)),
            _ => {}
        }
    }

    /// The definition of this schema, called after the input; a number is added where another has the name.
    fn define(&mut self, input: &str, text: String, mut schema: Value) -> String {
        if let Some(name) = self.names.get(&text) {
            return name.clone();
        }
        let mut name = format!("input.{input}");
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("input.{input}.{number}");
            number += 1;
        }
        self.names.insert(text, name.clone());
        self.replace(&mut schema);
        self.made.insert(name.clone(), schema);
        name
    }
}
