//! The outcome table: each fault at each effect class.

mod support;

use serde_json::{Value, json};
use souschef_connect::{CallOutcome, CallReport};
use support::{Play, Server, answer, json as play, options};

const CLASSES: [(&str, &str); 4] = [
    ("crm.read", r#"{"id":"a"}"#),
    ("crm.put", r#"{"id":"a","title":"t"}"#),
    ("crm.create", r#"{"title":"t","owner":"o"}"#),
    ("crm.send", r#"{"text":"t"}"#),
];

/// How a call ends, in a word.
fn word(report: &CallReport) -> &'static str {
    match report.outcome {
        CallOutcome::Done(_) => "done",
        CallOutcome::NotDone(_) => "not done",
        CallOutcome::Unknown(_) => "unknown",
    }
}

#[tokio::test]
async fn a_good_answer_is_done_at_once() {
    for (id, with) in CLASSES {
        let server = Server::start(vec![play(200, r#"{"thing":{"id":"x"}}"#)]).await;
        let with: Value = serde_json::from_str(with).unwrap();
        let report = support::call(&server, id, with, &options(2)).await;
        assert_eq!(
            report.outcome,
            CallOutcome::Done(json!({"thing":{"id":"x"}})),
            "{id}"
        );
        assert_eq!(server.received().len(), 1, "{id}");
    }
}

/// Faults after which nobody knows: what one, followed by good answers, leads to in each class.
#[tokio::test]
async fn after_an_unknown_outcome_the_class_decides() {
    let faults: Vec<(&str, Play)> = vec![
        ("reset", Play::Reset),
        ("no answer", Play::Stall(Vec::new())),
        (
            "half a head",
            Play::Raw(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        ),
        (
            "half a head that stalls",
            Play::Stall(b"HTTP/1.1 200 OK\r\n".to_vec()),
        ),
        (
            "half a body",
            Play::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"thing\":".to_vec()),
        ),
        (
            "half a body that stalls",
            Play::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"thing\":".to_vec()),
        ),
        (
            "a cut chunk",
            Play::Raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{\"thing\"".to_vec()),
        ),
        ("no HTTP", Play::Raw(b"hello\r\n\r\n".to_vec())),
        ("500", play(500, r#"{"message":"oh no"}"#)),
        (
            "502 as HTML",
            answer(
                502,
                "content-type: text/html",
                "<html><title>Bad gateway</title></html>",
            ),
        ),
        ("503", answer(503, "retry-after: 0", "")),
        ("504", answer(504, "", "")),
        ("408", answer(408, "", "")),
        (
            "200 with HTML",
            answer(200, "", "<!doctype html><title>Sign in</title>"),
        ),
        ("200 with broken JSON", answer(200, "", r#"{"thing":"#)),
        (
            "200 in Latin-1",
            Play::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n\"\xe4\xe4\xe4\"".to_vec()),
        ),
        (
            "200 nested 100 deep",
            answer(200, "", &format!("{}{}", "[".repeat(100), "]".repeat(100))),
        ),
    ];
    for (name, fault) in faults {
        for (id, with) in CLASSES {
            // Its head said 200: it was taken, whatever the body.
            let taken = ["200", "half a body", "a cut chunk"]
                .iter()
                .any(|start| name.starts_with(start));
            let good = play(200, r#"{"thing":{"id":"x"},"things":[]}"#);
            let server = Server::start(vec![fault.clone(), good]).await;
            let with: Value = serde_json::from_str(with).unwrap();
            let report = support::call(&server, id, with, &options(2)).await;
            let (outcome, requests) = match id {
                "crm.read" | "crm.put" => ("done", 2),
                // Sent, looked for and not there: sent again, unless the API has said that it took it.
                "crm.create" if taken => ("unknown", 2),
                "crm.create" => ("done", 3),
                _ => ("unknown", 1),
            };
            assert_eq!(word(&report), outcome, "{name}, {id}: {report:#?}");
            assert_eq!(server.received().len(), requests, "{name}, {id}");
            assert_eq!(report.attempts.len(), requests, "{name}, {id}");
        }
    }
}
