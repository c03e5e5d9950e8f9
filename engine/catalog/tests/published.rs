//! Holds the bundled catalog against what is published of the API, both ways: nothing missing, nothing extra, save what
//! `tests/catalog/differences.yaml` lists with its reason.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use souschef_catalog::{Body, Catalog, InputPlace, Operation, OperationKind};
use souschef_expr::Type;

/// Where catalog and publication differ, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    at: String,
    published: String,
    ours: String,
}

/// Differences on purpose, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    reason: String,
    published: String,
    ours: String,
    at: Vec<String>,
}

fn data(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/catalog")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn published() -> Map<String, Value> {
    let facts: Value = serde_json::from_str(&data("published.json")).unwrap();
    facts["operations"].as_object().unwrap().clone()
}

fn ours() -> BTreeMap<String, Arc<Operation>> {
    let operations = Catalog::bundled().operations().into_iter();
    operations
        .filter(|operation| operation.connector == "ghl")
        .map(|operation| (operation.id.clone(), operation))
        .collect()
}

#[test]
fn every_operation_is_the_published_one() {
    let (facts, operations) = (published(), ours());
    let theirs: BTreeSet<&String> = facts.keys().collect();
    assert_eq!(theirs, operations.keys().collect::<BTreeSet<_>>());
    for (id, operation) in &operations {
        let fact = &facts[id];
        let name = fact["name"].as_str().unwrap();
        assert_eq!(operation.title, name.trim_end_matches(" (Deprecated)"), "{id}");
        assert_eq!(
            operation.deprecated.is_some(),
            name.ends_with("(Deprecated)") || id == "users.list_by_location",
            "{id}"
        );
        assert_eq!(operation.category, fact["category"], "{id}");
        let kind = if operation.kind == OperationKind::Trigger {
            "trigger"
        } else {
            "action"
        };
        assert_eq!(kind, fact["kind"], "{id}");
        let calls = fact["calls"].as_array().unwrap();
        assert_eq!(operation.calls.len(), calls.len(), "{id}");
        for (call, fact) in operation.calls.iter().zip(calls) {
            assert_eq!(call.method.as_str(), fact["method"], "{id}");
            assert_eq!(call.path_text(), fact["path"].as_str().unwrap(), "{id}");
            assert_eq!(call.version.as_deref(), fact["version"].as_str(), "{id}");
            assert_eq!(
                operation.scopes,
                serde_json::from_value::<Vec<String>>(fact["scopes"].clone()).unwrap(),
                "{id}"
            );
            let body = match &call.body {
                Body::None => "none",
                Body::Json => "map",
                Body::Whole(_) => "list",
            };
            let wanted = match fact["body"]["type"].as_str() {
                Some("array") => "list",
                _ if fact["body"].is_null() => "none",
                _ => "map",
            };
            assert_eq!(body, wanted, "{id}");
        }
    }
}

#[test]
fn every_input_is_the_published_one() {
    let (facts, operations) = (published(), ours());
    let mut found = BTreeSet::new();
    for (id, operation) in &operations {
        compare_inputs(id, operation, &facts[id], &mut found);
    }
    let allowed: Vec<Allowed> = serde_yaml::from_str(&data("differences.yaml")).unwrap();
    let mut listed = BTreeSet::new();
    for group in &allowed {
        assert!(
            group.reason.ends_with('.'),
            "a reason is a sentence: {}",
            group.reason
        );
        for at in &group.at {
            let difference = Difference {
                at: at.clone(),
                published: group.published.clone(),
                ours: group.ours.clone(),
            };
            assert!(listed.insert(difference), "{at} is listed twice");
        }
    }
    let lines = |set: Vec<&Difference>| {
        set.iter()
            .map(|d| format!("\n{}: {} -> {}", d.at, d.published, d.ours))
            .collect::<String>()
    };
    let unlisted = lines(found.difference(&listed).collect());
    let gone = lines(listed.difference(&found).collect());
    assert!(
        unlisted.is_empty() && gone.is_empty(),
        "not listed:{unlisted}\nlisted, but not so:{gone}"
    );
}

#[test]
fn the_areas_are_fourteen() {
    let areas: BTreeSet<&str> = ours()
        .keys()
        .map(|id| match id.split_once('.').unwrap() {
            (_, name) if name.contains("custom_field") => "custom fields",
            (_, name) if name.contains("relation") => "relations",
            ("campaigns" | "workflows", _) => "workflows and campaigns",
            (area, _) => {
                let all = [
                    "contacts",
                    "calendars",
                    "opportunities",
                    "users",
                    "conversations",
                    "businesses",
                    "snapshots",
                ];
                let rest = ["locations", "companies", "associations", "blogs"];
                all.into_iter()
                    .chain(rest)
                    .find(|known| *known == area)
                    .unwrap_or_else(|| panic!("{id}: no such area"))
            }
        })
        .collect();
    assert_eq!(areas.len(), 14, "{areas:?}");
}

fn compare_inputs(id: &str, operation: &Operation, fact: &Value, found: &mut BTreeSet<Difference>) {
    let mut tell = |at: String, published: &str, ours: &str| {
        found.insert(Difference {
            at,
            published: published.to_owned(),
            ours: ours.to_owned(),
        });
    };
    // The published inputs by place and name: what each holds, and whether it is required.
    let mut wanted: BTreeMap<(&str, String), (Value, bool)> = BTreeMap::new();
    for call in fact["calls"].as_array().unwrap() {
        // Some paths hold inputs that the published list leaves out: they are text, and required as all of a path is.
        for name in call["path"]
            .as_str()
            .unwrap()
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            let schema = call["path_inputs"]
                .get(name)
                .cloned()
                .unwrap_or_else(|| serde_json::json!({ "type": "string" }));
            wanted.insert(("path", name.to_owned()), (schema, true));
        }
        for (name, schema) in call["query"].as_object().unwrap() {
            wanted.insert(("query", name.clone()), (schema.clone(), schema["must"] == true));
        }
        let required = |name: &str| {
            call["body"]["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|one| one == name))
        };
        for (name, schema) in call["body"]["properties"].as_object().into_iter().flatten() {
            wanted.insert(("body", name.clone()), (schema.clone(), required(name)));
        }
        if call["body"]["type"] == "array" {
            wanted.insert(("body", "notifications".to_owned()), (call["body"].clone(), true));
        }
    }
    let mut seen = BTreeSet::new();
    for (name, input) in &operation.inputs {
        let place = match input.place {
            InputPlace::Path => "path",
            InputPlace::Query => "query",
            InputPlace::Body => "body",
        };
        let name = input.wire.as_ref().unwrap_or(name);
        let at = format!("{id} {place}.{name}");
        match wanted.get(&(place, name.clone())) {
            None => tell(at, "absent", &word_of_type(&input.ty)),
            Some((schema, required)) => {
                if *required != input.required {
                    tell(at.clone(), word_of_need(*required), word_of_need(input.required));
                }
                compare(&at, schema, &input.ty, &mut tell);
            }
        }
        seen.insert((place, name.clone()));
    }
    for ((place, name), (schema, _)) in wanted
        .iter()
        .filter(|((place, name), _)| !seen.contains(&(*place, name.clone())))
    {
        tell(format!("{id} {place}.{name}"), &word_of_schema(schema), "absent");
    }
}

/// Compares what is published of a value with our type of it.
fn compare(at: &str, schema: &Value, ty: &Type, tell: &mut impl FnMut(String, &str, &str)) {
    let (nullable, ty) = match ty {
        Type::Nullable(inner) => (true, inner.as_ref()),
        ty => (false, ty),
    };
    let published_nullable = schema["nullable"] == true;
    if published_nullable != nullable {
        let word = |nullable: bool| if nullable { "may be null" } else { "never null" };
        tell(at.to_owned(), word(published_nullable), word(nullable));
    }
    match (schema["type"].as_str(), ty) {
        (Some("array"), Type::List(item)) => compare(&format!("{at}[]"), &schema["items"], item, tell),
        (Some("object"), Type::Map(map)) => {
            let none = Map::new();
            let properties = schema["properties"].as_object().unwrap_or(&none);
            let required = |name: &str| {
                schema["required"]
                    .as_array()
                    .is_some_and(|names| names.iter().any(|one| one == name))
            };
            for (name, schema) in properties {
                let at = format!("{at}.{name}");
                let Some(field) = map.fields.get(name) else {
                    tell(at, &word_of_schema(schema), "absent");
                    continue;
                };
                if required(name) != field.required {
                    tell(
                        at.clone(),
                        word_of_need(required(name)),
                        word_of_need(field.required),
                    );
                }
                compare(&at, schema, &field.ty, tell);
            }
            for (name, field) in map
                .fields
                .iter()
                .filter(|(name, _)| !properties.contains_key(*name))
            {
                tell(format!("{at}.{name}"), "absent", &word_of_type(&field.ty));
            }
        }
        _ => {
            let (published, ours) = (word_of_schema(schema), word_of_type(ty));
            if published != ours {
                tell(at.to_owned(), &published, &ours);
            }
        }
    }
}

fn word_of_need(required: bool) -> &'static str {
    if required { "required" } else { "optional" }
}

fn word_of_schema(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned))
            .collect();
        return format!("one of {}", words.join(", "));
    }
    if schema["any_of"].is_array() {
        return "several shapes".to_owned();
    }
    let bound = |key: &str| schema[key].as_f64();
    match schema["type"].as_str() {
        Some("string") => "text".to_owned(),
        Some("number") => word_of_number(false, bound("minimum"), bound("maximum")),
        Some("integer") => word_of_number(true, bound("minimum"), bound("maximum")),
        Some("boolean") => "boolean".to_owned(),
        Some("array") => "list".to_owned(),
        Some("object") => "map".to_owned(),
        _ => "any".to_owned(),
    }
}

fn word_of_type(ty: &Type) -> String {
    match ty {
        Type::Any => "any".to_owned(),
        Type::Text(text) if text.one_of.is_empty() => "text".to_owned(),
        Type::Text(text) => format!("one of {}", text.one_of.join(", ")),
        Type::Number { integer, min, max } => word_of_number(*integer, *min, *max),
        Type::Boolean => "boolean".to_owned(),
        Type::List(_) => "list".to_owned(),
        Type::Map(_) => "map".to_owned(),
        Type::OneOf(kinds) => kinds.iter().map(word_of_type).collect::<Vec<_>>().join(" or "),
        Type::Nullable(inner) => word_of_type(inner),
        Type::Null => "null".to_owned(),
    }
}

fn word_of_number(integer: bool, min: Option<f64>, max: Option<f64>) -> String {
    let kind = if integer { "whole number" } else { "number" };
    let from = min.map(|min| format!(" from {min}")).unwrap_or_default();
    let to = max.map(|max| format!(" to {max}")).unwrap_or_default();
    format!("{kind}{from}{to}")
}
