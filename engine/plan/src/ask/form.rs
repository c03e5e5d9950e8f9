//! The JSON Schema that editors are given, walked for a place: one list of keys and words serves both them and us.

use serde_json::{Map, Value};
use souschef_recipe::{Node, NodeKind};

use super::place::{Step, Way};
use crate::check::seen::HERE;

/// How deep references may lead: conditions hold conditions.
const DEPTH: usize = 24;

/// A schema that may hold at a place, and what it is used for there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<'s> {
    pub(super) schema: &'s Map<String, Value>,
    /// The help of the place that uses it, where that has its own.
    pub(super) outer: Option<&'s Map<String, Value>>,
}

impl<'s> Form<'s> {
    /// A word of the schema: that of the place that uses it first.
    pub(super) fn get(&self, key: &str) -> Option<&'s Value> {
        self.outer
            .and_then(|outer| outer.get(key))
            .or_else(|| self.schema.get(key))
    }

    /// The help of a key with this form: that of the place which uses the form first.
    pub(super) fn help(&self) -> Option<&'s str> {
        self.outer.and_then(described).or_else(|| described(self.schema))
    }

    /// The help of a word that is this form.
    pub(super) fn own_help(&self) -> Option<&'s str> {
        described(self.schema).or_else(|| self.outer.and_then(described))
    }
}

/// A key that may be written.
#[derive(Clone, Debug)]
pub(super) struct Key<'s> {
    pub(super) name: &'s str,
    pub(super) required: bool,
    pub(super) forms: Vec<Form<'s>>,
}

/// A schema with its definitions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema<'s> {
    root: &'s Value,
}

impl<'s> Schema<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        Self { root }
    }

    /// The schemas of the place that a way leads to: for a key's place those of its map.
    pub(super) fn at(&self, way: &Way) -> Vec<Form<'s>> {
        let mut here = self.forms(
            self.root,
            None,
            way.steps.first().map(|(node, _)| node).or(way.map.as_ref()),
        );
        for (index, (node, step)) in way.steps.iter().enumerate() {
            let inner = match way.steps.get(index + 1) {
                Some((inner, _)) => Some(inner),
                None => way.map.as_ref(),
            };
            here = self.inside(&here, node, step, inner);
        }
        here
    }

    /// The schemas of what a step from these leads to.
    pub(super) fn inside(
        &self,
        forms: &[Form<'s>],
        node: &Node,
        step: &Step,
        inner: Option<&Node>,
    ) -> Vec<Form<'s>> {
        let mut found = Vec::new();
        for form in forms {
            match step {
                Step::Item(_) => {
                    if let Some(items) = form.schema.get("items") {
                        found.extend(self.forms(items, None, inner));
                    }
                }
                Step::Key(key) => {
                    for schema in self.values(form.schema, node, key) {
                        found.extend(self.forms(schema, None, inner));
                    }
                }
            }
        }
        found
    }

    /// The schemas of a key's value.
    fn values(&self, schema: &'s Map<String, Value>, node: &Node, key: &str) -> Vec<&'s Value> {
        let mut found: Vec<&'s Value> = Vec::new();
        let fitting = |properties: Option<&'s Value>| properties.and_then(|all| all.get(key));
        for (name, more) in dependencies(schema) {
            if has(node, name) {
                found.extend(fitting(more.get("properties")));
            }
        }
        if found.is_empty() {
            found.extend(fitting(schema.get("properties")));
        }
        if found.is_empty()
            && let Some(Value::Object(patterns)) = schema.get("patternProperties")
        {
            // The numbered inputs: all are alike.
            found.extend(
                patterns
                    .iter()
                    .filter(|(pattern, _)| numbered(pattern, key))
                    .map(|(_, one)| one),
            );
        }
        if found.is_empty()
            && let Some(other @ Value::Object(_)) = schema.get("additionalProperties")
        {
            found.push(other);
        }
        found
    }

    /// The keys that a map of one of these forms may have, needed ones first, without those that it has.
    pub(super) fn keys(&self, forms: &[Form<'s>], node: &Node) -> Vec<Key<'s>> {
        let mut keys: Vec<Key<'s>> = Vec::new();
        for form in forms {
            let required: Vec<&str> = form
                .schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let mut put = |name: &'s str, schema: &'s Value| {
                let silent = schema.get("doNotSuggest").is_some();
                if silent || has(node, name) {
                    return;
                }
                let forms = self.forms(schema, None, None);
                match keys.iter_mut().find(|key| key.name == name) {
                    // The same key of another form adds its words.
                    Some(known) => known.forms.extend(forms),
                    None => keys.push(Key {
                        name,
                        required: required.contains(&name),
                        forms,
                    }),
                }
            };
            for (name, more) in dependencies(form.schema) {
                if has(node, name)
                    && let Some(Value::Object(properties)) = more.get("properties")
                {
                    properties.iter().for_each(|(name, schema)| put(name, schema));
                }
            }
            if let Some(Value::Object(properties)) = form.schema.get("properties") {
                properties.iter().for_each(|(name, schema)| put(name, schema));
            }
        }
        keys.sort_by_key(|key| !key.required);
        keys
    }

    /// The schemas that may hold for a node, without unions and references.
    pub(super) fn forms(
        &self,
        schema: &'s Value,
        outer: Option<&'s Map<String, Value>>,
        node: Option<&Node>,
    ) -> Vec<Form<'s>> {
        let mut found = Vec::new();
        self.gather(schema, outer, node, true, 0, &mut found);
        if found.is_empty() {
            // Nothing fits a word that is wrong; what else stands there is helped with all the same.
            self.gather(schema, outer, node, false, 0, &mut found);
        }
        found
    }

    fn gather(
        &self,
        schema: &'s Value,
        outer: Option<&'s Map<String, Value>>,
        node: Option<&Node>,
        strict: bool,
        depth: usize,
        found: &mut Vec<Form<'s>>,
    ) {
        let Value::Object(map) = schema else { return };
        if depth > DEPTH {
            return;
        }
        if let Some(target) = self.target(map) {
            let described = map.len() > 1;
            let outer = outer.or(described.then_some(map));
            return self.gather(target, outer, node, strict, depth + 1, found);
        }
        let mut union = false;
        let inner =
            outer.or((map.contains_key("description") || map.contains_key("examples")).then_some(map));
        for key in ["anyOf", "oneOf", "allOf"] {
            if let Some(Value::Array(kinds)) = map.get(key) {
                // Of inputs of which one must be given, each form says no more than its name.
                let kinds = kinds.iter().filter(|kind| !says_nothing(kind));
                for kind in kinds {
                    union = true;
                    self.gather(kind, inner, node, strict, depth + 1, found);
                }
            }
        }
        let own = map.contains_key("properties")
            || map.contains_key("additionalProperties")
            || map.contains_key("defaultSnippets")
            || !union;
        if own && self.fits(map, node, strict) {
            found.push(Form { schema: map, outer });
        }
    }

    fn target(&self, map: &Map<String, Value>) -> Option<&'s Value> {
        let name = map.get("$ref")?.as_str()?.strip_prefix("#/definitions/")?;
        self.root.get("definitions")?.get(name)
    }

    /// Whether a node may be of a form, as far as it is written. `strict` looks at the words too.
    fn fits(&self, map: &Map<String, Value>, node: Option<&Node>, strict: bool) -> bool {
        let Some(node) = node else { return true };
        let kind = map.get("type").and_then(Value::as_str);
        match &node.kind {
            NodeKind::Map(entries) => {
                if kind.is_some_and(|kind| kind != "object") || map.contains_key("const") {
                    return false;
                }
                let Some(Value::Object(properties)) = map.get("properties") else {
                    return true;
                };
                let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
                entries
                    .iter()
                    .filter(|entry| entry.key.value != HERE)
                    .all(|entry| match properties.get(&entry.key.value) {
                        Some(schema) => !strict || self.word_fits(schema, &entry.value),
                        None => !closed || map.contains_key("patternProperties"),
                    })
            }
            NodeKind::List(_) => kind.is_none_or(|kind| kind == "array"),
            _ => true,
        }
    }

    /// Whether a word that is written is one of the words that a schema has.
    fn word_fits(&self, schema: &Value, node: &Node) -> bool {
        let Some(text) = node.as_text().filter(|text| !text.contains(HERE)) else {
            return true;
        };
        let mut words = Vec::new();
        words_of(schema, &mut words);
        if !words.is_empty() {
            return words.contains(&text);
        }
        // The form of an unknown word: it fits none that is there.
        schema.get("errorMessage").is_none() || schema.get("pattern").is_none()
    }
}

/// What a schema says of itself, in Markdown where there is such.
fn described(map: &Map<String, Value>) -> Option<&str> {
    map.get("markdownDescription")
        .or_else(|| map.get("description"))
        .and_then(Value::as_str)
}

/// The words of a schema that has any.
fn words_of<'v>(schema: &'v Value, words: &mut Vec<&'v str>) {
    words.extend(schema.get("const").and_then(Value::as_str));
    for kind in schema
        .get("anyOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        words_of(kind, words);
    }
}

fn says_nothing(schema: &Value) -> bool {
    schema
        .as_object()
        .is_some_and(|map| map.len() == 1 && map.contains_key("required"))
}

fn dependencies(schema: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("dependencies")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Whether a map has a key, and something after it.
fn has(node: &Node, key: &str) -> bool {
    node.get(key).is_some()
}

/// Whether a key is one of the numbered names of a pattern: `^custom_field_(2|3)$`.
fn numbered(pattern: &str, key: &str) -> bool {
    let prefix = pattern
        .trim_start_matches('^')
        .split('(')
        .next()
        .unwrap_or_default();
    key.strip_prefix(prefix)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}
