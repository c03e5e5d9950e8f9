//! What options do, and the sandbox's own pages.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic, in its helpers too"
)]

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use common::{made, options, send, start};
use serde_json::{Map, Value, json};
use souschef_catalog::{Catalog, InputPlace, PathPart};
use souschef_sandbox::{Answer, Sandbox, SandboxOptions};

const VERSION: &str = "2021-07-28";

fn given(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

async fn refused(catalog: Catalog, options: SandboxOptions) -> String {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let error = Sandbox::new(Arc::new(catalog), options)
        .listen(address)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    error.to_string()
}

#[tokio::test]
async fn given_answers_come_in_turn_and_the_last_again() {
    let answer = |status, word: &str| Answer {
        status,
        body: json!({ "said": word }),
    };
    let answers = [(
        "contacts.find".to_owned(),
        vec![answer(500, "first"), answer(200, "then")],
    )];
    let running = start(SandboxOptions {
        answers: answers.into_iter().collect(),
        ..options()
    })
    .await;
    let mut said = Vec::new();
    for _ in 0..3 {
        let got = send(&running, "GET", "/contacts/nobody", VERSION, None).await;
        said.push((got.status, got.json()["said"].as_str().unwrap().to_owned()));
    }
    let then = (200, "then".to_owned());
    assert_eq!(said, [(500, "first".to_owned()), then.clone(), then]);
    // The route is also that of contacts.get; what the answer was given for is what is meant.
    assert!(
        running
            .ledger()
            .iter()
            .all(|entry| entry.operation.as_deref() == Some("contacts.find"))
    );
}

#[tokio::test]
async fn the_ledger_is_a_page_and_can_be_cleared() {
    let running = start(options()).await;
    let body = json!({ "tags": ["a"] });
    send(&running, "POST", "/contacts/no%2Fbody/tags", VERSION, Some(&body)).await;
    let page = send(&running, "GET", "/_ledger", "", None).await.json();
    assert_eq!(page, serde_json::to_value(running.ledger()).unwrap());
    let entry = &page[0];
    assert_eq!(entry["number"], 1);
    assert_eq!(entry["path"], "/contacts/no/body/tags");
    assert_eq!(entry["operation"], "contacts.add_tags");
    assert_eq!(entry["body"], body);
    assert_eq!(entry["headers"]["version"], VERSION);
    assert_eq!(entry["headers"]["authorization"], Value::Null);
    // That the contact is not there is no mistake of the request.
    assert_eq!((&entry["status"], &entry["problems"]), (&json!(404), &json!([])));
    send(&running, "DELETE", "/_ledger", "", None).await;
    assert!(running.ledger().is_empty());
}

#[tokio::test]
async fn a_reset_begins_anew() {
    let running = start(options()).await;
    let before = send(&running, "GET", "/_state", "", None).await;
    let contact = running.sample()["contact_id"].as_str().unwrap().to_owned();
    assert_eq!(
        send(&running, "DELETE", &format!("/contacts/{contact}"), VERSION, None)
            .await
            .status,
        200
    );
    assert_ne!(send(&running, "GET", "/_state", "", None).await, before);
    send(&running, "POST", "/_reset", "", None).await;
    assert_eq!(send(&running, "GET", "/_state", "", None).await, before);
    assert!(running.ledger().is_empty());
}

#[tokio::test]
async fn another_seed_gives_other_ids() {
    let one = start(options()).await.sample();
    let other = start(SandboxOptions { seed: 8, ..options() }).await.sample();
    for (name, id) in &one {
        let id = id.as_str().unwrap();
        assert!(
            id.len() == 20 && id.chars().all(|c| c.is_ascii_alphanumeric()),
            "{name}: {id}"
        );
        assert_ne!(other[name], *id, "{name}");
    }
}

#[tokio::test]
async fn what_can_not_be_given_is_said() {
    for (text, part) in [
        (
            r#"{ "contact": [] }"#,
            "there is no collection contact; there are appointmentNotes, associations, authors",
        ),
        (
            r#"{ "contacts": {} }"#,
            "given: contacts should be a list of things",
        ),
        (
            r#"{ "contacts": [1] }"#,
            "given: contacts should be a list of maps",
        ),
        (r#"{ "other.contacts": [] }"#, "there is no such connector"),
    ] {
        let options = SandboxOptions {
            given: given(text),
            ..options()
        };
        let said = refused(Catalog::bundled(), options).await;
        assert!(said.contains(part), "{said}");
    }
}

/// A connector of the user's own is played like the bundled ones, with no sample of its own.
#[tokio::test]
async fn a_connector_of_ones_own_is_played() {
    let text = r"
connector: desk
title: Desk
help: A help desk.
auth: { header: X-Api-Key }
errors: { message: [error.text], trace: [error.id] }
category: Desk
operations:
  desk.open_ticket:
    title: Open Ticket
    help: Opens a ticket.
    kind: action
    method: POST
    path: /tickets
    effect: unsafe
    inputs: { subject: { in: body, type: text, required: true } }
    output: { fields: { ticket: { fields: { id: text, subject: text, state: text, created_at: datetime } } } }
  desk.get_ticket:
    title: Get Ticket
    help: Reads a ticket.
    kind: action
    method: GET
    path: /tickets/{ticket_id}
    effect: read
    inputs: { ticket_id: { in: path, type: text, required: true } }
    output: { fields: { ticket: { fields: { id: text, subject: text, state: text, created_at: datetime } } } }
sandbox:
  desk.open_ticket: { settings: { sets: { state: open } } }
";
    let file = ("desk.yaml".to_owned(), text.to_owned());
    let catalog = Catalog::with_files(std::slice::from_ref(&file)).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = Sandbox::new(Arc::new(catalog.clone()), options())
        .listen(address)
        .await
        .unwrap();
    assert!(running.base_url("desk").ends_with("/desk"));
    let json = ("content-type", "application/json");
    let key = ("x-api-key", "key");
    let body = Some(r#"{"subject":"Help"}"#);
    let got = common::try_send(&running, "POST", "/desk/tickets", &[json], body)
        .await
        .unwrap();
    assert_eq!(got.status, 401);
    assert!(got.json()["error"]["text"].as_str().unwrap().contains("missing"));
    let got = common::try_send(&running, "POST", "/desk/tickets", &[json, key], body)
        .await
        .unwrap();
    assert_eq!(got.status, 201);
    let ticket = got.json()["ticket"].clone();
    assert_eq!(ticket["state"], "open");
    let path = format!("/desk/tickets/{}", ticket["id"].as_str().unwrap());
    let got = common::try_send(&running, "GET", &path, &[key], None)
        .await
        .unwrap();
    assert_eq!(got.json()["ticket"], ticket);
    assert!(
        running
            .ledger()
            .iter()
            .all(|entry| !entry.headers.contains_key("x-api-key"))
    );

    let wrong = text.replace("sets:", "makes:");
    let catalog = Catalog::with_files(&[("desk.yaml".to_owned(), wrong)]).unwrap();
    let said = refused(catalog, options()).await;
    assert!(
        said.contains("desk.open_ticket") && said.contains("makes"),
        "{said}"
    );
}

#[test]
fn hints_are_of_operations_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/connectors");
    let catalog = Catalog::bundled();
    let mut hints = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let written: souschef_catalog::file::ConnectorFile = souschef_catalog::file::read(&text).unwrap();
            for id in written.sandbox.keys() {
                assert!(catalog.operation(id).is_some(), "{id}");
                hints += 1;
            }
        }
    }
    assert!(hints > 40, "{hints}");
}

/// Values that no input expects, in the place of each input of each operation: an answer comes, and it is no 500.
#[tokio::test]
async fn no_value_of_any_input_harms_it() {
    let hostile = [
        json!("\"{{}}'\r\n\u{0}\u{202e}😀/../%2F"),
        json!(""),
        json!("-9223372036854775808"),
        json!("9e999"),
        json!(i64::MAX),
        json!(-1e300),
        json!("+99999-12-31T23:59:59Z"),
        Value::Null,
        json!([[{}], null]),
        json!({ "field": { "group": "OR" } }),
    ];
    let running = start(options()).await;
    let names = running.sample();
    for operation in Catalog::bundled().operations() {
        let call = operation.call().unwrap();
        let right = made::inputs(&operation, call, &names, true);
        for (name, input) in operation
            .inputs
            .iter()
            .filter(|(name, _)| right.contains_key(*name))
        {
            for value in &hostile {
                // What stands in a path or query is text, and a path's segment is not empty.
                let in_body = input.place == InputPlace::Body;
                let in_path = call.path.contains(&PathPart::Input(name.clone()));
                if (!in_body && (value.is_array() || value.is_object())) || (in_path && *value == "") {
                    continue;
                }
                let mut inputs = right.clone();
                inputs.insert(name.clone(), value.clone());
                let got = made::call(&running, &operation, call, &inputs).await;
                assert!(got.status < 500, "{} {name} {value}: {}", operation.id, got.body);
            }
        }
    }
}
