//! Hostile values in every path, query and body input of every operation: the request decodes back to exactly that value in
//! exactly that place and is otherwise the same, or it is refused before anything is sent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use souschef_catalog::{Body, Catalog, HttpCall, InputPlace, Operation, PathPart};
use souschef_connect::{CallOutcome, Connection, Request, build};
use souschef_expr::types::{Format, Type};
use support::Server;

const VALUES: [&str; 59] = [
    "\"",
    "'",
    "\\",
    "\\\"",
    "`",
    "{}",
    "}",
    "]}",
    "\",\"admin\":true,\"x\":\"",
    "{{secret}}",
    "${x}",
    "%",
    "%00",
    "%2e%2e",
    "%2E%2E%2F",
    "%2F",
    "%252e",
    ".",
    "..",
    "...",
    "../..",
    "../../oauth/token",
    "..\\..",
    "./",
    "/",
    "//",
    "//evil.example",
    "\\\\evil.example",
    "http://evil.example/",
    "@evil.example",
    "user:pw@evil.example",
    ":8080",
    "?",
    "?a=b",
    "a=b&c=d",
    "&",
    "=",
    "#",
    "#x",
    ";",
    "a;b=c",
    "+",
    " ",
    "\t",
    "\r\n",
    "a\r\nX-Evil: 1",
    "a\r\n\r\nGET / HTTP/1.1",
    "\n",
    "\0",
    "a\0b",
    "\u{1b}[31mred",
    "\u{202e}evil",
    "\u{ff0e}\u{ff0e}",
    "\u{2024}\u{2024}/",
    "é",
    "e\u{301}",
    "𝕏🎉",
    "=cmd()|' /C calc'!A0",
    "<script>alert(1)</script>",
];

/// An operation, which of its forms, an input, and where that stands.
type Target = (Arc<Operation>, usize, String, InputPlace);
/// A request's head, the parts of its path, its query, its headers and its body.
type Apart = (String, Vec<String>, Pairs, Pairs, Value);
type Pairs = Vec<(String, String)>;

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(support::catalog);

fn connection(operation: &Operation) -> Connection {
    support::connection(&CATALOG, &operation.connector, "https://api.example.com/base")
}

/// The first plain text in a type: how to put a value there.
fn put(ty: &Type, value: &str) -> Option<Value> {
    match ty {
        Type::Text(text) if text.one_of.is_empty() && text.format != Format::Datetime => Some(json!(value)),
        Type::Any => Some(json!(value)),
        Type::Nullable(inner) => put(inner, value),
        Type::List(item) => Some(json!([put(item, value)?, put(item, "second")?])),
        Type::OneOf(kinds) => kinds.iter().find_map(|kind| put(kind, value)),
        Type::Map(map) => {
            let (name, field) = map
                .fields
                .iter()
                .find_map(|(name, field)| Some((name, put(&field.ty, value)?)))?;
            let mut fields: Map<String, Value> = map
                .fields
                .iter()
                .filter(|(_, field)| field.required)
                .map(|(name, field)| (name.clone(), support::value_of(&field.ty)))
                .collect();
            fields.insert(name.clone(), field);
            Some(Value::Object(fields))
        }
        Type::Text(_) | Type::Number { .. } | Type::Boolean | Type::Null => None,
    }
}

fn segments(request: &Request) -> Vec<String> {
    let path = request.url.path().strip_prefix('/').unwrap();
    path.split('/').map(decoded).collect()
}

/// Percent-decoding of a path's part, written without the library that built it.
fn decoded(part: &str) -> String {
    let mut bytes = part.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

/// The places in which an input's value stands in a request: what is compared, apart from everything else.
fn taken_apart(request: &Request) -> Apart {
    let url = &request.url;
    let head = format!(
        "{} {:?} {:?} {:?}",
        request.method.as_str(),
        url.origin(),
        url.username(),
        url.fragment()
    );
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let body = serde_json::to_vec(&request.body).unwrap();
    (
        head,
        segments(request),
        query,
        request.headers.clone(),
        serde_json::from_slice(&body).unwrap(),
    )
}

/// Where the value replaces `before` in a value that is otherwise the same.
fn replaced(value: &Value, before: &str, after: &str) -> Value {
    match value {
        Value::String(text) if text == before => json!(after),
        Value::Array(items) => items.iter().map(|item| replaced(item, before, after)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), replaced(value, before, after)))
            .collect(),
        other => other.clone(),
    }
}

/// Builds the request with a harmless mark and then with each value in one input: whether each was built, or refused. None
/// where the input takes no free text.
fn attack(operation: &Operation, call: &HttpCall, input: &str, values: &[&str]) -> Option<Vec<bool>> {
    const MARK: &str = "a-harmless-mark";
    let ty = &operation.inputs[input].ty;
    let mut with = support::sample(operation);
    // The form that this input belongs to.
    if !call.sends.is_empty() {
        with.retain(|name, _| call.sends.contains(name));
    }
    with.insert(input.to_owned(), put(ty, MARK)?);
    let connection = connection(operation);
    let harmless = build(operation, &with, &connection)
        .unwrap_or_else(|faults| panic!("{} {input}: {faults:?}", operation.id));
    let (head, path, query, headers, body) = taken_apart(&harmless);
    let mut built = Vec::new();
    for value in values {
        with.insert(input.to_owned(), put(ty, value)?);
        let Ok(request) = build(operation, &with, &connection) else {
            built.push(false);
            continue;
        };
        let swap = |text: &String| {
            if text == MARK {
                (*value).to_owned()
            } else {
                text.clone()
            }
        };
        let expected = (
            head.clone(),
            path.iter().map(swap).collect(),
            query
                .iter()
                .map(|(name, text)| (name.clone(), swap(text)))
                .collect(),
            headers.clone(),
            replaced(&body, MARK, value),
        );
        assert_eq!(
            taken_apart(&request),
            expected,
            "{} {input} {value:?}",
            operation.id
        );
        // The mark stood somewhere, so that something was compared.
        assert_ne!(harmless, request, "{} {input} {value:?}", operation.id);
        built.push(true);
    }
    Some(built)
}

/// The inputs that a form of an operation sends, with where they stand.
fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    for operation in CATALOG.operations() {
        for (index, call) in operation.calls.iter().enumerate() {
            for (name, input) in &operation.inputs {
                let in_path = call.path.contains(&PathPart::Input(name.clone()));
                let sent = call.sends.is_empty() || call.sends.contains(name);
                let bodily = input.place == InputPlace::Body && call.body != Body::None;
                if sent && (in_path || input.place == InputPlace::Query || bodily) {
                    targets.push((Arc::clone(&operation), index, name.clone(), input.place));
                }
            }
        }
    }
    targets
}

#[test]
fn hostile_values_stay_where_they_are_put() {
    let (mut built, mut refused) = (0, 0);
    for (operation, call, input, place) in targets() {
        let outcomes = attack(&operation, &operation.calls[call], &input, &VALUES).unwrap_or_default();
        for (value, outcome) in VALUES.iter().zip(outcomes) {
            if outcome {
                built += 1;
                continue;
            }
            refused += 1;
            let control = value.chars().any(char::is_control);
            let expected = place == InputPlace::Path && (control || *value == "." || *value == "..");
            assert!(expected, "{} {input}: {value:?} was refused", operation.id);
        }
    }
    assert!(
        built > 20_000 && refused > 1_000,
        "{built} built, {refused} refused"
    );
}

/// A megabyte of text goes into a body as it is, and nowhere else.
#[test]
fn a_megabyte_goes_into_bodies_only() {
    let long = "ä\"".repeat(350_000);
    let mut places = [0, 0, 0];
    for (operation, call, input, place) in targets() {
        let index = place as usize;
        if places[index] >= 20 {
            continue;
        }
        if let Some(built) = attack(&operation, &operation.calls[call], &input, &[&long]) {
            assert_eq!(built[0], place == InputPlace::Body, "{} {input}", operation.id);
            places[index] += 1;
        }
    }
    assert_eq!(places, [20, 20, 20]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_stays_where_it_is_put(value in any::<String>(), pick in any::<prop::sample::Index>()) {
        let targets = targets_once();
        let (operation, call, input, _) = pick.get(targets);
        attack(operation, &operation.calls[*call], input, &[&value]);
    }

    /// Made of what addresses are made of.
    #[test]
    fn any_bit_of_an_address_stays_where_it_is_put(value in "[./\\\\%2eEfF?#:@;&=+ \t\u{0}-\u{1f}]{0,12}", pick in any::<prop::sample::Index>()) {
        let targets = targets_once();
        let (operation, call, input, _) = pick.get(targets);
        attack(operation, &operation.calls[*call], input, &[&value]);
    }
}

fn targets_once() -> &'static [Target] {
    static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(targets);
    &TARGETS
}

/// Over the wire: what the server reads is what was put in, and it sees one request with the same headers.
#[tokio::test]
async fn hostile_values_arrive_as_they_are() {
    let server = Server::start(vec![support::json(200, r#"{"things":[]}"#)]).await;
    let client = support::client(&CATALOG);
    let connection = support::connection(&CATALOG, "crm", &server.url);
    let mut names: Option<Vec<String>> = None;
    for value in VALUES {
        for (id, with) in [
            ("crm.put", json!({ "id": value, "title": value })),
            ("crm.list", json!({ "owner": value })),
        ] {
            let operation = support::operation(&CATALOG, id);
            let before = server.received().len();
            let sent = client
                .call(
                    &operation,
                    &support::inputs(with),
                    &connection,
                    &support::options(0),
                    &souschef_connect::Quiet,
                )
                .await;
            let received = server.received();
            let Ok(report) = sent else {
                assert_eq!(received.len(), before, "{value:?} was refused and sent");
                continue;
            };
            assert!(
                matches!(report.outcome, CallOutcome::Done(_)),
                "{value:?}: {report:?}"
            );
            assert_eq!(received.len(), before + 1, "{value:?}");
            let got = &received[before];
            let mut lines = got.head.lines();
            let line: Vec<&str> = lines.next().unwrap().split(' ').collect();
            assert_eq!((line.len(), line[2]), (3, "HTTP/1.1"), "{value:?}");
            let headers: Vec<String> = lines
                .map(|line| line.split(':').next().unwrap().to_owned())
                .collect();
            if id == "crm.put" {
                assert_eq!(decoded(line[1].strip_prefix("/things/").unwrap()), value);
                assert_eq!(
                    serde_json::from_slice::<Value>(&got.body).unwrap(),
                    json!({ "title": value })
                );
                assert_eq!(
                    names.get_or_insert_with(|| headers.clone()),
                    &headers,
                    "{value:?}"
                );
            } else {
                let query = line[1].strip_prefix("/things?owner=").unwrap();
                assert_eq!(decoded(&query.replace('+', " ")), value);
            }
        }
    }
    assert!(server.received().len() > 90);
}
