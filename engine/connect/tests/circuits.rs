//! An operation whose other side fails is left alone for a while, and nothing else is.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use souschef_catalog::Catalog;
use souschef_connect::{CallOptions, CallOutcome, CallReport, Client, ClientOptions, Held, Quiet};
use support::{CANARY, Play, Server, json as play, options};

struct Desk {
    catalog: Arc<Catalog>,
    client: Client,
    server: Server,
}

impl Desk {
    async fn open(script: Vec<Play>) -> Self {
        let catalog = support::catalog();
        let options = ClientOptions {
            connect: Duration::from_millis(250),
            first_byte: Duration::from_millis(300),
            circuits: true,
            seed: Some(7),
            ..ClientOptions::default()
        };
        Self {
            client: Client::new(Arc::clone(&catalog), options).unwrap(),
            catalog,
            server: Server::start(script).await,
        }
    }

    async fn call(&self, by: &str, id: &str, with: Value, options: &CallOptions) -> CallReport {
        let operation = support::operation(&self.catalog, id);
        let mut connection = support::connection(&self.catalog, &operation.connector, &self.server.url);
        by.clone_into(&mut connection.name);
        self.client
            .call(&operation, &support::inputs(with), &connection, options, &Quiet)
            .await
            .unwrap()
    }

    async fn read(&self, by: &str, times: u32) -> CallReport {
        self.call(by, "crm.read", json!({ "id": "a" }), &options(times))
            .await
    }
}

fn held(report: CallReport) -> Held {
    match report.outcome {
        CallOutcome::Held(held) => held,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn five_failures_in_a_row_leave_the_operation_alone_and_no_other() {
    let faults = vec![
        ("503", play(503, r#"{"message":"down"}"#)),
        ("500 without a word", play(500, "")),
        ("no answer", Play::Stall(Vec::new())),
        ("reset", Play::Reset),
        (
            "half an answer",
            Play::Raw(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        ),
    ];
    for (name, fault) in faults {
        let desk = Desk::open(vec![fault]).await;
        for _ in 0..2 {
            assert!(
                matches!(desk.read("main", 1).await.outcome, CallOutcome::NotDone(_)),
                "{name}"
            );
        }
        // Its second try would be the sixth request.
        let report = desk.read("main", 3).await;
        assert_eq!(report.attempts.len(), 1, "{name}");
        let held = held(report);
        assert!(held.outage);
        assert_eq!(held.code, "SC533");
        assert!(
            held.message
                .starts_with("crm.read has failed 5 times in a row for main"),
            "{}",
            held.message
        );
        assert!(!format!("{held:?}").contains(CANARY));
        assert_eq!(desk.server.received().len(), 5, "{name}");
        let standing = desk.client.circuits();
        assert_eq!(standing.len(), 1);
        assert!(standing[0].is_open());
        assert_eq!(
            (standing[0].operation.as_str(), standing[0].failures),
            ("crm.read", 5)
        );
        assert!(
            standing[0]
                .held_until
                .is_some_and(|until| until > standing[0].since),
            "{name}"
        );

        // Another connection, and another operation of the same, are sent.
        desk.read("other", 0).await;
        desk.call("main", "crm.put", json!({"id":"a","title":"t"}), &options(0))
            .await;
        assert_eq!(desk.server.received().len(), 7, "{name}");
    }
}

#[tokio::test]
async fn who_cannot_be_reached_is_left_alone_too() {
    let mut desk = Desk::open(vec![play(200, "{}")]).await;
    desk.server.url = "http://127.0.0.1:9".to_owned();
    assert!(matches!(
        desk.read("main", 3).await.outcome,
        CallOutcome::NotDone(_)
    ));
    held(desk.read("main", 3).await);
    held(desk.read("main", 3).await);
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_a_success_forgets() {
    for status in [200, 301, 400, 401, 404, 422, 429] {
        let mut script = vec![play(503, ""); 4];
        script.push(play(status, r#"{"thing":1}"#));
        script.extend(vec![play(503, ""); 4]);
        let desk = Desk::open(script).await;
        for _ in 0..9 {
            let report = desk.read("main", 0).await;
            assert!(!matches!(report.outcome, CallOutcome::Held(_)), "{status}");
        }
        assert_eq!(desk.server.received().len(), 9, "{status}");
    }
}

#[tokio::test]
async fn a_call_that_has_used_up_its_tries_waits_with_the_rest() {
    let desk = Desk::open(vec![play(503, "")]).await;
    let report = desk.read("main", 4).await;
    assert_eq!(report.attempts.len(), 5);
    assert!(held(report).outage, "its last try opened it");
    // What may not be repeated is asked about all the same.
    let with = json!({ "text": "t" });
    for _ in 0..5 {
        let report = desk.call("main", "crm.send", with.clone(), &options(4)).await;
        assert!(matches!(report.outcome, CallOutcome::Unknown(_)));
    }
    held(desk.call("main", "crm.send", with, &options(4)).await);
    assert_eq!(desk.server.received().len(), 10);
}

#[tokio::test]
async fn one_call_tries_and_the_rest_follow_when_it_works_again() {
    let mut script = vec![play(503, ""); 3];
    script.push(play(200, r#"{"thing":{"id":"x"}}"#));
    let desk = Desk::open(script).await;
    let desk = &desk;
    let read = async |times| {
        desk.call("main", "fast.read", json!({ "id": "a" }), &options(times))
            .await
    };
    held(read(2).await);
    held(read(2).await);
    // Its pause is a second at most; then whoever comes first tries.
    let all = async {
        loop {
            let all = futures_util::future::join_all((0..20).map(|_| read(0))).await;
            let held = all
                .iter()
                .filter(|one| matches!(one.outcome, CallOutcome::Held(_)))
                .count();
            if held < all.len() {
                return held;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(all.await, 19, "one tries, alone");
    assert!(
        desk.client.circuits().is_empty(),
        "and what works is not spoken of"
    );
    for _ in 0..5 {
        assert!(matches!(read(0).await.outcome, CallOutcome::Done(_)));
    }
}

#[tokio::test]
async fn without_circuits_nothing_is_held_back() {
    let server = Server::start(vec![play(503, "")]).await;
    let catalog = support::catalog();
    let client = support::client(&catalog);
    let operation = support::operation(&catalog, "crm.read");
    let connection = support::connection(&catalog, "crm", &server.url);
    for _ in 0..12 {
        let with = support::inputs(json!({ "id": "a" }));
        let report = client
            .call(&operation, &with, &connection, &options(0), &Quiet)
            .await
            .unwrap();
        assert!(matches!(report.outcome, CallOutcome::NotDone(_)));
    }
    assert!(client.circuits().is_empty());
}
