//! Text in every input of a call: no text may leave the place where it was put.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use souschef_catalog::{Catalog, InputPlace, Operation, PathPart};
use souschef_connect::connection::Connection;
use souschef_connect::request::{Request, build};
use url::Url;

use super::way;
use crate::{Target, corpus};

pub(super) const REQUEST: Target = Target {
    name: "request",
    words: &[
        "../",
        "..",
        "/",
        "%2e%2e%2f",
        "%00",
        "?a=b",
        "&a=b",
        "#",
        ";",
        "\r\nX: y",
        "\\",
        "//evil.example",
        "@",
        ":8080",
        " ",
        "+",
        "\"}",
        "\u{202e}",
        "{id}",
    ],
    seeds: || {
        let mut seeds: Vec<String> = ["abc", "a b", "../x", "a/b?c=d#e", "\r\nAuthorization: x"]
            .map(str::to_owned)
            .into();
        seeds.extend(corpus::files("tests/fuzz/corpus/request", ""));
        seeds
    },
    run,
};

/// The operations with a known address, and an account for them.
fn known() -> &'static (Vec<Arc<Operation>>, Option<Connection>) {
    static KNOWN: OnceLock<(Vec<Arc<Operation>>, Option<Connection>)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let catalog = Catalog::bundled();
        let account = catalog
            .connector("ghl")
            .zip(Url::parse("http://api.example/base/").ok());
        let account = account.map(|(connector, base_url)| Connection {
            name: "main".to_owned(),
            connector,
            base_url,
            token: None,
            location_id: Some("loc".to_owned()),
            company_id: Some("com".to_owned()),
            paths: BTreeMap::new(),
        });
        let operations = catalog.operations();
        let operations = operations
            .into_iter()
            .filter(|operation| operation.connector == "ghl");
        (operations.collect(), account)
    })
}

fn run(text: &str) -> String {
    let (operations, Some(account)) = known() else {
        return String::new();
    };
    let (mut built, mut refused) = (0, String::new());
    // A few of them, others for each text: all of them take long.
    let first = text.bytes().fold(text.len(), |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(byte))
    });
    let few = operations
        .iter()
        .cycle()
        .skip(first % operations.len().max(1))
        .take(5);
    for operation in few {
        let inputs: Map<String, Value> = operation
            .inputs
            .iter()
            .filter(|(_, input)| input.place != InputPlace::Body)
            .map(|(name, _)| (name.clone(), Value::String(text.to_owned())))
            .collect();
        match build(operation, &inputs, account) {
            Ok(request) => {
                built += 1;
                hold(operation, &request, text);
            }
            Err(faults) => {
                assert!(
                    !faults.is_empty(),
                    "{} is refused, and nothing is said of it",
                    operation.id
                );
                refused = way(&faults.first().map(ToString::to_string).unwrap_or_default());
            }
        }
    }
    format!("{built} {refused}")
}

/// The address, read again as a server reads it, has the parts that the operation describes.
fn hold(operation: &Operation, request: &Request, text: &str) {
    let id = &operation.id;
    let read = Url::parse(request.url.as_str());
    assert!(read.is_ok(), "{id}: {} is no address", request.url);
    let Ok(read) = read else {
        return;
    };
    assert_eq!(read.host_str(), Some("api.example"), "{id}: another host");
    assert_eq!(read.fragment(), None, "{id}: a fragment");
    let Some(call) = operation.calls.first().filter(|_| operation.calls.len() == 1) else {
        return;
    };
    let parts: Vec<&str> = read.path_segments().into_iter().flatten().collect();
    assert_eq!(parts.len(), call.path.len() + 1, "{id}: {}", request.url);
    for (part, wanted) in parts.iter().skip(1).zip(&call.path) {
        match wanted {
            PathPart::Literal(literal) => assert_eq!(part, literal, "{id}: {}", request.url),
            PathPart::Input(_) => assert!(*part != ".." && *part != ".", "{id}: {} walks", request.url),
        }
    }
    for (name, value) in read.query_pairs() {
        let ours = operation.inputs.iter().any(|(own, input)| {
            input.wire.as_ref().unwrap_or(own) == &name || name.starts_with(own.as_str())
        });
        assert!(ours, "{id}: {name} comes from nowhere in {}", request.url);
        let plain = value == text || value == "loc" || value == "com";
        assert!(
            plain || text.trim() == value,
            "{id}: {name} is {value:?}, not {text:?}"
        );
    }
}
