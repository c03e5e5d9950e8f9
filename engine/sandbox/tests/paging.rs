//! Walking the pages of every paged operation, as the catalog says, gives each thing exactly once, also where all of them
//! have the same moments.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic, in its helpers too"
)]

mod common;

use std::collections::BTreeSet;

use common::{made, options, send, start};
use serde_json::{Map, Value, json};
use souschef_catalog::{Advance, Catalog, Operation, Paging};
use souschef_expr::jsonpath::Path;
use souschef_sandbox::{Running, SandboxOptions};

/// How many more of each thing there are.
const COPIES: usize = 8;
/// So many pages are more than enough.
const MOST_PAGES: usize = 200;

/// An account in which every sample thing has copies, with other ids and the same fields.
async fn crowded() -> Running {
    let running = start(options()).await;
    let state = send(&running, "GET", "/_state", "", None).await.json();
    let mut given = Map::new();
    for (connector, collections) in state["collections"].as_object().unwrap() {
        for (collection, things) in collections.as_object().unwrap() {
            let copies = things.as_array().unwrap().iter().flat_map(|thing| {
                (0..COPIES).map(move |number| {
                    let mut copy = thing.clone();
                    copy["id"] = json!(format!("{}{number}", thing["id"].as_str().unwrap()));
                    copy
                })
            });
            given.insert(format!("{connector}.{collection}"), copies.collect());
        }
    }
    start(SandboxOptions { given, ..options() }).await
}

/// What one page gives: the whole answer and its items' ids.
async fn page(running: &Running, operation: &Operation, inputs: &Map<String, Value>) -> (Value, Vec<Value>) {
    let poll = operation.poll.as_ref().unwrap();
    let got = made::call(running, operation, operation.call().unwrap(), inputs).await;
    assert_eq!(got.status, 200, "{} {inputs:?}: {}", operation.id, got.body);
    let answer = got.json();
    let items = Path::parse(&poll.items).unwrap().matches(&answer);
    (answer, items)
}

fn id_of(operation: &Operation, item: &Value) -> String {
    let id = operation.poll.as_ref().and_then(|poll| poll.id.as_ref()).unwrap();
    item[id].as_str().unwrap().to_owned()
}

/// The inputs of the next page; none where there is no more.
fn next(
    paging: &Paging,
    size: usize,
    inputs: &Map<String, Value>,
    answer: &Value,
    items: &[Value],
    seen: usize,
) -> Option<Map<String, Value>> {
    match &paging.more {
        Some(more) => {
            let more = Path::parse(more).unwrap().matches(answer);
            more.first().filter(|more| **more == Value::Bool(true))?;
        }
        None if items.len() < size => return None,
        None => {}
    }
    let text = |input: &str, number: u64| match inputs.get(input) {
        Some(Value::String(_)) => json!(number.to_string()),
        _ => json!(number),
    };
    let mut next = inputs.clone();
    match &paging.advance {
        Advance::Page { input, first } => {
            let now = inputs.get(input).and_then(Value::as_u64).unwrap_or(*first);
            next.insert(input.clone(), json!(now + 1));
        }
        Advance::Skip { input } => {
            next.insert(input.clone(), text(input, seen as u64));
        }
        Advance::Answer(map) => {
            for (input, path) in map {
                let value = Path::parse(path).unwrap().matches(answer).first().cloned();
                next.insert(
                    input.clone(),
                    value.unwrap_or_else(|| panic!("no {path} in {answer}")),
                );
            }
        }
        Advance::LastItem(map) => {
            for (input, path) in map {
                next.insert(input.clone(), items.last()?[path].clone());
            }
        }
    }
    Some(next)
}

async fn walk(running: &Running, operation: &Operation, paging: &Paging, size: usize) -> Vec<String> {
    let mut inputs = made::inputs(operation, operation.call().unwrap(), &running.sample(), false);
    if let Some((name, _)) = &paging.size {
        let text = operation.inputs[name].ty.mismatches(&json!(size)).is_empty();
        inputs.insert(
            name.clone(),
            if text {
                json!(size)
            } else {
                json!(size.to_string())
            },
        );
    }
    if let Advance::Skip { input } = &paging.advance {
        let number = operation.inputs[input].ty.mismatches(&json!(0)).is_empty();
        inputs.insert(input.clone(), if number { json!(0) } else { json!("0") });
    }
    let mut seen = Vec::new();
    for _ in 0..MOST_PAGES {
        let (answer, items) = page(running, operation, &inputs).await;
        seen.extend(items.iter().map(|item| id_of(operation, item)));
        match next(paging, size, &inputs, &answer, &items, seen.len()) {
            Some(further) => inputs = further,
            None => return seen,
        }
    }
    panic!("{}: the pages have no end", operation.id);
}

#[tokio::test]
async fn each_thing_comes_exactly_once() {
    let running = crowded().await;
    let mut paged = 0;
    for operation in Catalog::bundled().operations() {
        let Some(paging) = operation.poll.as_ref().and_then(|poll| poll.paging.as_ref()) else {
            continue;
        };
        paged += 1;
        let whole = walk(&running, &operation, paging, 20).await;
        assert!(whole.len() > COPIES, "{}: {whole:?}", operation.id);
        for size in [1, 3, whole.len()] {
            // A page may hold 20 at the most for some.
            let size = size.min(20);
            let seen = walk(&running, &operation, paging, size).await;
            let once: BTreeSet<&String> = seen.iter().collect();
            assert_eq!(
                once.len(),
                seen.len(),
                "{} by {size} gives things twice",
                operation.id
            );
            assert_eq!(once, whole.iter().collect(), "{} by {size}", operation.id);
        }
    }
    assert!(paged >= 18, "{paged}");
}

#[tokio::test]
async fn a_search_goes_on_after_its_last_thing() {
    let running = crowded().await;
    let location = running.sample()["location_id"].clone();
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let mut body = json!({ "locationId": location, "pageLimit": 7 });
        if !after.is_null() {
            body["searchAfter"] = after;
        }
        let answer = send(&running, "POST", "/contacts/search", "2021-07-28", Some(&body))
            .await
            .json();
        let contacts = answer["contacts"].as_array().unwrap();
        let Some(last) = contacts.last() else { break };
        after = last["searchAfter"].clone();
        seen.extend(contacts.iter().map(|contact| contact["id"].to_string()));
        assert!(seen.len() <= 100);
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
    assert_eq!(seen.len(), 8 * (COPIES + 1));
}
