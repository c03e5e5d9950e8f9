//! For each operation of the catalog: what is offered in a step with it.

use std::time::Instant;

use serde_json::{Value, json};
use souschef_catalog::{Catalog, Operation, OperationKind};

use crate::client::{Client, position};

/// What is offered at the caret of a text.
fn offered(client: &mut Client, uri: &str, written: &str) -> Vec<Value> {
    let at = written.find('▮').unwrap();
    let text = written.replace('▮', "");
    client.open(uri, &text);
    let answer = client.ask(
        "textDocument/completion",
        json!({ "textDocument": { "uri": uri }, "position": position(&text, at) }),
    );
    client.close(uri);
    answer["items"].as_array().unwrap().clone()
}

fn labels(items: &[Value]) -> Vec<String> {
    items
        .iter()
        .map(|item| item["label"].as_str().unwrap().to_owned())
        .collect()
}

/// The inputs in the order in which they are offered: what is needed first. Of numbered ones there is the first.
fn inputs(operation: &Operation) -> Vec<String> {
    let slots = operation.slot_names();
    operation
        .inputs
        .keys()
        .cloned()
        .chain(slots.into_iter().take(1))
        .collect()
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

#[test]
fn inside_with_are_exactly_the_inputs_of_the_operation() {
    let place = tempfile::tempdir().unwrap();
    let mut client = Client::start(place.path());
    let uri = format!("file://{}/recipes/case.yaml", place.path().display());
    let catalog = Catalog::bundled();
    let operations = catalog.operations();
    assert!(
        operations.len() >= 126,
        "there are {} operations",
        operations.len()
    );
    let mut times = Vec::new();
    for operation in &operations {
        let id = &operation.id;
        let step = format!("trigger: {{ manual: true }}\nactions:\n  - action: {id}\n    with:\n      ▮\n");
        let begun = Instant::now();
        let items = offered(&mut client, &uri, &step);
        times.push(begun.elapsed());
        assert_eq!(sorted(labels(&items)), sorted(inputs(operation)), "{id}");
        for item in &items {
            let input = operation.inputs.get(item["label"].as_str().unwrap());
            let help = item["documentation"]["value"].as_str().unwrap_or_default();
            let own = input.and_then(|input| input.help.as_deref()).unwrap_or_default();
            assert!(help.contains(own.trim_end_matches('.')), "{id}: {item}");
        }
        let needed: Vec<bool> = items
            .iter()
            .map(|item| {
                item["detail"]
                    .as_str()
                    .is_some_and(|detail| detail.contains("needed"))
            })
            .collect();
        assert!(
            needed.is_sorted_by(|one, next| one >= next),
            "{id}: what is needed comes first"
        );
        if operation.kind == OperationKind::Trigger {
            let poll = format!("trigger:\n  poll: {id}\n  with:\n    ▮\nactions:\n  - stop: true\n");
            let items = offered(&mut client, &uri, &poll);
            assert_eq!(sorted(labels(&items)), sorted(inputs(operation)), "the poll {id}");
        }
    }
    assert_eq!(client.stop(), Some(0));
    // Told, not held: other work on the machine would fail it. `cargo xtask bench` has the figures of a release.
    let first = times[0];
    times.sort();
    eprintln!(
        "offers in {} steps, opened anew each: the first after {first:.1?}, the median {:.1?}",
        times.len(),
        times[times.len() / 2]
    );
}

#[test]
fn every_operation_is_offered_after_action_and_every_read_after_poll() {
    let place = tempfile::tempdir().unwrap();
    let mut client = Client::start(place.path());
    let uri = format!("file://{}/recipes/case.yaml", place.path().display());
    let catalog = Catalog::bundled();
    let fit = |reads: bool| {
        let operations = catalog.operations();
        let fit = operations
            .iter()
            .filter(|one| one.deprecated.is_none() && (!reads || one.kind == OperationKind::Trigger));
        sorted(fit.map(|operation| operation.id.clone()).collect())
    };
    let items = offered(
        &mut client,
        &uri,
        "trigger: { manual: true }\nactions:\n  - action: ▮\n",
    );
    assert_eq!(sorted(labels(&items)), fit(false));
    let items = offered(
        &mut client,
        &uri,
        "trigger:\n  poll: ▮\nactions:\n  - stop: true\n",
    );
    assert_eq!(sorted(labels(&items)), fit(true));
    for item in &items {
        let id = item["label"].as_str().unwrap();
        let help = item["documentation"]["value"].as_str().unwrap();
        assert!(help.contains(&catalog.operation(id).unwrap().help), "{item}");
    }
    assert_eq!(client.stop(), Some(0));
}
