//! Requests, built: the cases under `requests/`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use souschef_connect::build;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    operation: String,
    with: Map<String, Value>,
    #[serde(default)]
    connection: Map<String, Value>,
    request: Option<Expected>,
    #[serde(default)]
    errors: Vec<Fault>,
}

/// What is left out is not looked at, but for the query: none where it is left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    method: String,
    path: String,
    url: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    query: Vec<(String, String)>,
    #[serde(default = "unset")]
    body: Value,
}

fn unset() -> Value {
    json!("(not looked at)")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    code: String,
    input: Option<String>,
    #[serde(default)]
    says: String,
    #[serde(default)]
    help: String,
}

fn connection(
    catalog: &souschef_catalog::Catalog,
    connector: &str,
    case: &Case,
) -> souschef_connect::Connection {
    let url = case.connection.get("base_url").and_then(Value::as_str);
    let url = url.unwrap_or("https://services.leadconnectorhq.com");
    let mut connection = support::connection(catalog, connector, url);
    if case.connection.get("location_id").is_some_and(Value::is_null) {
        connection.location_id = None;
    }
    if let Some(paths) = case.connection.get("paths") {
        connection.paths = serde_json::from_value(paths.clone()).unwrap();
    }
    connection
}

fn compare(case: &Case) {
    let catalog = support::catalog();
    let operation = support::operation(&catalog, &case.operation);
    let built = build(
        &operation,
        &case.with,
        &connection(&catalog, &operation.connector, case),
    );
    let name = &case.name;
    match (built, &case.request) {
        (Ok(request), Some(expected)) => {
            assert_eq!(request.method.as_str(), expected.method, "{name}");
            assert_eq!(request.url.path(), expected.path, "{name}");
            let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
            assert_eq!(query, expected.query, "{name}");
            if let Some(url) = &expected.url {
                assert_eq!(request.url.as_str(), url, "{name}");
            }
            if let Some(headers) = &expected.headers {
                let built: BTreeMap<String, String> = request.headers.iter().cloned().collect();
                assert_eq!(&built, headers, "{name}");
            }
            if expected.body != unset() {
                assert_eq!(request.body.unwrap_or_default(), expected.body, "{name}");
            }
        }
        (Err(faults), None) => {
            assert_eq!(faults.len(), case.errors.len(), "{name}: {faults:#?}");
            for (fault, expected) in faults.iter().zip(&case.errors) {
                let good = fault.code == expected.code
                    && (expected.input.is_none() || fault.input == expected.input)
                    && fault.message.contains(&expected.says)
                    && fault.help.clone().unwrap_or_default().contains(&expected.help);
                assert!(good, "{name}: {fault:#?}");
            }
        }
        (built, _) => panic!("{name}: {built:#?}"),
    }
}

#[test]
fn requests_are_as_published() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/requests");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let cases: Vec<Case> = serde_yaml::from_str(&text).unwrap();
        count += cases.len();
        cases.iter().for_each(compare);
    }
    assert!(count > 50, "{count} cases");
}

/// Every operation's own examples make a request.
#[test]
fn every_operation_can_be_built_from_its_examples() {
    let catalog = support::catalog();
    let mut wrong = Vec::new();
    for operation in catalog.operations() {
        let with = support::sample(&operation);
        let connection = support::connection(&catalog, &operation.connector, "https://api.example.com");
        if let Err(faults) = build(&operation, &with, &connection) {
            wrong.push(format!("{}: {faults:?}", operation.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
