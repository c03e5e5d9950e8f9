//! The recipe schema is held against what the decoder of recipes takes, and against draft-07 itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use souschef_catalog::{Catalog, file, schema};
use souschef_recipe::{SourceFile, decode};

/// A place of a recipe with a key that it can't have, and the definitions of what stands there: several where the
/// decoder names the keys of all of them. None: the recipe itself.
const PLACES: &[(&str, &[&str])] = &[
    (
        "no_such_key: 1\ntrigger: { manual: true }\nactions: [ { stop: true } ]",
        &[],
    ),
    (
        "TRIGGER\n  - id: a\n    poll: contacts.search\n    no_such_key: 1",
        &["poll.contacts.search"],
    ),
    (
        "TRIGGER\n  - id: a\n    webhook: ghl.ContactCreate\n    no_such_key: 1",
        &["webhook_trigger", "custom_trigger"],
    ),
    (
        "TRIGGER\n  - id: a\n    webhook: custom\n    path: a\n    auth: none\n    no_such_key: 1",
        &["webhook_trigger", "custom_trigger"],
    ),
    (
        "TRIGGER\n  - id: a\n    webhook: custom\n    path: a\n    auth: { token: a, no_such_key: 1 }",
        AUTH,
    ),
    (
        "TRIGGER\n  - id: a\n    webhook: custom\n    path: a\n    auth: { basic: a, no_such_key: 1 }",
        AUTH,
    ),
    (
        "TRIGGER\n  - id: a\n    webhook: custom\n    path: a\n    auth: { hmac: a, header: b, no_such_key: 1 }",
        AUTH,
    ),
    (
        "TRIGGER\n  - id: a\n    schedule: 0 9 * * *\n    no_such_key: 1",
        &["schedule_trigger"],
    ),
    (
        "TRIGGER\n  - id: a\n    manual: true\n    no_such_key: 1",
        &["manual_trigger"],
    ),
    ("HEAD\ninputs:\n  a: { no_such_key: 1 }", &["long_input"]),
    (
        "HEAD\nmappings:\n  a: { from: trigger.a, no_such_key: 1 }",
        &["long_mapping"],
    ),
    (
        "HEAD\nconnections: { tagged: a, no_such_key: 1 }",
        &["connections"],
    ),
    (
        "HEAD\nconcurrency: { mode: queue, no_such_key: 1 }",
        &["long_concurrency"],
    ),
    (
        "STEP { action: contacts.create_note, conection: a }",
        &["contacts.create_note"],
    ),
    (
        "STEP { choose: [ { if: { a: 1 }, do: [ { stop: true } ] } ], no_such_key: 1 }",
        &["choose_step"],
    ),
    (
        "STEP { choose: [ { if: { a: 1 }, do: [ { stop: true } ], no_such_key: 1 } ] }",
        &["branch"],
    ),
    (
        "STEP { for_each: [ a ], do: [ { stop: true } ], no_such_key: 1 }",
        &["for_each_step"],
    ),
    (
        "STEP { parallel: [ { stop: true } ], no_such_key: 1 }",
        &["parallel_step"],
    ),
    ("STEP { wait: 3d, no_such_key: 1 }", &["wait_step"]),
    (
        "STEP { wait_until: 2026-12-01, no_such_key: 1 }",
        &["wait_until_step"],
    ),
    (
        "STEP { wait_for: { webhook: ghl.ContactCreate }, no_such_key: 1 }",
        &["wait_for_step"],
    ),
    (
        "STEP { wait_for: { webhook: ghl.ContactCreate, no_such_key: 1 } }",
        &["wait_for_event", "wait_for_custom"],
    ),
    (
        "STEP { wait_for: { webhook: custom, path: a, auth: none, no_such_key: 1 } }",
        &["wait_for_event", "wait_for_custom"],
    ),
    ("STEP { run_recipe: a, no_such_key: 1 }", &["run_recipe_step"]),
    ("STEP { set: { a: 1 }, no_such_key: 1 }", &["set_step"]),
    ("STEP { stop: true, no_such_key: 1 }", &["stop_step"]),
    ("STEP { fail: why, no_such_key: 1 }", &["fail_step"]),
    (
        "STEP { stop: true, retry: { times: 1, no_such_key: 1 } }",
        &["long_retry"],
    ),
];

const AUTH: &[&str] = &["token_auth", "basic_auth", "hmac_auth"];

fn recipe(place: &str) -> String {
    let manual = "trigger: { manual: true }";
    place
        .replace("TRIGGER", "actions: [ { stop: true } ]\ntrigger:")
        .replace("HEAD", &format!("{manual}\nactions: [ {{ stop: true }} ]"))
        .replace("STEP", &format!("{manual}\nactions:\n  -"))
}

/// The keys or words that the decoder names, behind one of these beginnings, where it meets one that it does not know.
fn decoded(text: &str, begins: &[&str]) -> BTreeSet<String> {
    let decoded = decode(&SourceFile::new("recipe.yaml", text));
    let named = decoded
        .diagnostics
        .iter()
        .flat_map(|one| &one.notes)
        .find_map(|note| begins.iter().find_map(|begin| note.strip_prefix(begin)))
        .unwrap_or_else(|| panic!("nothing is named in\n{text}\n{:#?}", decoded.diagnostics));
    named.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_that_the_decoder_knows_is_in_the_schema_and_the_reverse() {
    let schema = schema::recipe(&Catalog::bundled());
    let mut wrong = Vec::new();
    for (place, definitions) in PLACES {
        let mut forms: Vec<&Value> = definitions
            .iter()
            .map(|name| &schema["definitions"][name])
            .collect();
        if forms.is_empty() {
            forms.push(&schema);
        }
        let known: BTreeSet<String> = forms
            .iter()
            .flat_map(|form| form["properties"].as_object().unwrap().keys().cloned())
            .collect();
        let decoded = decoded(&recipe(place), &["keys here: "]);
        if known != decoded {
            wrong.push(format!(
                "{definitions:?}\n  schema:  {known:?}\n  decoder: {decoded:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A place with a word that it can't have, what the decoder's list begins with, and the definition that has the words.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "TRIGGER\n  - id: a\n    poll: contacts.search\n    fire_on: zzz",
        "fire_on is one of: ",
        "fire_on",
    ),
    (
        "TRIGGER\n  - id: a\n    schedule: 0 9 * * *\n    catch_up: zzz",
        "catch_up is one of: ",
        "catch_up",
    ),
    (
        "HEAD\nconcurrency: zzz",
        "concurrency is one of: ",
        "concurrency_mode",
    ),
    (
        "HEAD\nmappings:\n  a: { from: trigger.a, as: zzz }",
        "as is one of: ",
        "kind",
    ),
    (
        "STEP { action: contacts.create_note, if_unknown: zzz }",
        "if_unknown is one of: ",
        "if_unknown",
    ),
    ("HEAD\nif:\n  trigger.a: { zzz: 1 }", "operators: ", "comparison"),
];

/// The words of a definition: its constants, its enum, or the keys of the map that it may be.
fn words(definition: &Value) -> BTreeSet<String> {
    let forms = definition
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_array)
        .flatten();
    let mut words = BTreeSet::new();
    for form in forms.chain([definition]) {
        words.extend(
            form.as_str()
                .or_else(|| form["const"].as_str())
                .map(str::to_owned),
        );
        words.extend(
            form["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, _)| key.clone()),
        );
    }
    words
}

#[test]
fn every_word_that_the_decoder_knows_is_in_the_schema_and_the_reverse() {
    let schema = schema::recipe(&Catalog::bundled());
    let mut wrong = Vec::new();
    for (place, begins, definition) in WORDS {
        let known = words(&schema["definitions"][definition]);
        let decoded = decoded(&recipe(place), &[begins]);
        if known != decoded {
            wrong.push(format!(
                "{definition}\n  schema:  {known:?}\n  decoder: {decoded:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The recipes of `tests/check` with what is said of each, and the bundled ones, of which nothing is said.
fn recipes() -> Vec<(PathBuf, String, String)> {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/check")).unwrap() {
        let case = entry.unwrap().path();
        let path = case.join("recipe.yaml");
        if path.exists() {
            found.push((path.clone(), read(&path), read(&case.join("expected.txt"))));
        }
    }
    for entry in std::fs::read_dir(root().join("recipes")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
            found.push((path.clone(), read(&path), String::new()));
        }
    }
    found.sort();
    found
}

/// Mistakes that a schema can see: unknown and missing keys, operations, inputs, words, numbers out of bounds.
const VISIBLE: &[&str] = &[
    "SC010", "SC011", "SC012", "SC032", "SC035", "SC037", "SC038", "SC046", "SC210", "SC219", "SC030",
    "SC031", "SC033", "SC034", "SC036", "SC041", "SC042", "SC044", "SC110", "SC213",
];

/// Cases with such a mistake of which a schema can't know.
const UNSEEN: &[&str] = &[
    // A length of time out of bounds: a pattern can't count.
    "59-too-often",
    // A step without with: it may just be half-written.
    "25-needs-one-of-several",
    // What the connection does not fill in.
    "88-company-that-is-not-known",
    // The inputs of another recipe.
    "79-inputs-of-another-recipe",
];

#[test]
fn right_recipes_fit_the_schema_and_those_with_mistakes_that_it_can_see_do_not() {
    let schema = jsonschema::draft7::new(&schema::recipe(&Catalog::bundled())).unwrap();
    let (mut wrong, mut right, mut mistaken) = (Vec::new(), 0, 0);
    for (path, text, said) in recipes() {
        let Ok(recipe) = file::read::<Value>(&text) else {
            continue;
        };
        // A number where text belongs is a warning of check's, and the schema underlines it too.
        if !said.contains("error[") && !said.contains("[SC007]") {
            right += 1;
            for fault in schema.iter_errors(&recipe) {
                wrong.push(format!(
                    "{}: {} at {}",
                    path.display(),
                    fault,
                    fault.instance_path()
                ));
            }
        } else if !UNSEEN.iter().any(|case| path.to_string_lossy().contains(case))
            && VISIBLE
                .iter()
                .any(|code| said.contains(&format!("error[{code}]")))
        {
            mistaken += 1;
            if schema.is_valid(&recipe) {
                wrong.push(format!("{} fits, of which check says\n{said}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        right >= 20 && mistaken >= 30,
        "{right} right ones and {mistaken} mistaken ones"
    );
}
