//! The outcome table: each fault at each effect class.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use souschef_connect::{CallOutcome, CallReport};
use support::{Play, Server, answer, json as play, options};

const CLASSES: [(&str, &str); 4] = [
    ("crm.read", r#"{"id":"a"}"#),
    ("crm.put", r#"{"id":"a","title":"t"}"#),
    ("crm.create", r#"{"title":"t","owner":"o"}"#),
    ("crm.send", r#"{"text":"t"}"#),
];

/// Which try of a call meets the fault: the first, the one after a 429, and the last that it has.
const PLACES: [usize; 3] = [0, 1, 2];

/// What the server plays: so many times that there are too many requests, and then this.
fn after_too_many(place: usize, then: &[Play]) -> Vec<Play> {
    let mut plays = vec![play(429, "{}"); place];
    plays.extend_from_slice(then);
    plays
}

/// Every class at every place.
fn everywhere() -> impl Iterator<Item = (&'static str, Value, usize)> {
    CLASSES
        .into_iter()
        .flat_map(|(id, with)| PLACES.map(|place| (id, serde_json::from_str(with).unwrap(), place)))
}

/// How a call ends, in a word.
fn word(report: &CallReport) -> &'static str {
    match report.outcome {
        CallOutcome::Done(_) => "done",
        CallOutcome::NotDone(_) => "not done",
        CallOutcome::Unknown(_) => "unknown",
        CallOutcome::Held(_) => "held",
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
    // Some of them take as long as is waited for.
    let mut tasks = tokio::task::JoinSet::new();
    for (name, fault) in faults {
        tasks.spawn(async move {
            for (id, with, place) in everywhere() {
                // Its head said 200: it was taken, whatever the body.
                let taken = ["200", "half a body", "a cut chunk"]
                    .iter()
                    .any(|start| name.starts_with(start));
                let good = play(200, r#"{"thing":{"id":"x"},"things":[]}"#);
                let server = Server::start(after_too_many(place, &[fault.clone(), good])).await;
                let report = support::call(&server, id, with, &options(2)).await;
                let last = place == 2;
                let (outcome, requests) = match id {
                    // No try is left: what a read did is nothing, and what a write did nobody knows.
                    "crm.read" if last => ("not done", 1),
                    "crm.put" if last => ("unknown", 1),
                    "crm.read" | "crm.put" => ("done", 2),
                    // Sent, looked for and not there: sent again, unless the API has said that it took it.
                    "crm.create" if taken => ("unknown", 2),
                    "crm.create" if last => ("not done", 2),
                    "crm.create" => ("done", 3),
                    _ => ("unknown", 1),
                };
                let requests = place + requests;
                assert_eq!(word(&report), outcome, "{name}, {id} at {place}: {report:#?}");
                assert_eq!(server.received().len(), requests, "{name}, {id} at {place}");
                assert_eq!(report.attempts.len(), requests, "{name}, {id} at {place}");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// Answers that say no: never repeated but for 429, whatever the class.
#[tokio::test]
async fn a_refusal_is_not_done_in_every_class() {
    let codes = [
        (400, "SC514", 1),
        (401, "SC511", 1),
        (402, "SC510", 1),
        (403, "SC512", 1),
        (404, "SC513", 1),
        (405, "SC510", 1),
        (409, "SC510", 1),
        (410, "SC510", 1),
        (413, "SC510", 1),
        (422, "SC514", 1),
        (429, "SC515", 3),
        (302, "SC523", 1),
        (307, "SC523", 1),
    ];
    for (status, code, requests) in codes {
        for (id, with, place) in everywhere() {
            let refusal = answer(status, "location: http://127.0.0.1:9/x", "");
            let server = Server::start(after_too_many(place, &[refusal])).await;
            let requests = if status == 429 { requests } else { place + requests };
            let report = support::call(&server, id, with, &options(2)).await;
            let CallOutcome::NotDone(refusal) = &report.outcome else {
                panic!("{status} {id}: {report:#?}")
            };
            assert_eq!(
                (refusal.code, refusal.status),
                (code, Some(status)),
                "{id} at {place}"
            );
            assert_eq!(server.received().len(), requests, "{status} {id} at {place}");
        }
    }
}

#[tokio::test]
async fn a_429_is_repeated_even_for_an_unsafe_call() {
    let server = Server::start(vec![play(429, "{}"), play(200, r#"{"id":"m"}"#)]).await;
    let report = support::call(&server, "crm.send", json!({"text":"t"}), &options(2)).await;
    assert_eq!(report.outcome, CallOutcome::Done(json!({"id":"m"})));
}

/// A service's calls outlast an account whose limit others use too; what fails in other ways fails as soon as ever.
#[tokio::test]
async fn too_many_requests_use_up_no_try_of_a_service() {
    let patient = |limited| souschef_connect::CallOptions {
        times_limited: 6,
        tried: 1,
        limited,
        ..options(1)
    };
    let with = || json!({"text":"t"});
    let answers = |statuses: &[u16]| statuses.iter().map(|status| play(*status, "{}")).collect();
    let server = Server::start(answers(&[429, 429, 429, 429, 429, 200])).await;
    let report = support::call(&server, "crm.send", with(), &patient(0)).await;
    assert_eq!(report.outcome, CallOutcome::Done(json!({})));
    // Not for ever; and what an earlier process met counts.
    for (limited, requests) in [(0, 7), (4, 3), (9, 1)] {
        let server = Server::start(answers(&[429])).await;
        let report = support::call(&server, "crm.send", with(), &patient(limited)).await;
        assert_eq!(word(&report), "not done", "{limited}");
        assert_eq!(server.received().len(), requests, "{limited}");
    }
    // Other answers have their own count.
    let server = Server::start(answers(&[429, 500, 429, 500, 429])).await;
    let report = support::call(&server, "crm.read", json!({"id":"a"}), &patient(0)).await;
    assert_eq!(word(&report), "not done");
    assert_eq!(server.received().len(), 4);
}

#[tokio::test]
async fn what_never_left_is_not_done_and_tried_again() {
    // A port on which nobody listens, a name that nobody has, and a server that speaks no TLS.
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let plain = Server::start(vec![Play::Raw(b"HTTP/1.1 400 no\r\n\r\n".to_vec())]).await;
    let catalog = support::catalog();
    for url in [
        closed,
        "https://nobody.invalid".to_owned(),
        plain.url.replace("http:", "https:"),
    ] {
        for (id, with) in CLASSES {
            let operation = support::operation(&catalog, id);
            let notes = support::Notes::default();
            let report = support::client(&catalog)
                .call(
                    &operation,
                    &support::inputs(serde_json::from_str(with).unwrap()),
                    &support::connection(&catalog, "crm", &url),
                    &options(2),
                    &notes,
                )
                .await
                .unwrap();
            let CallOutcome::NotDone(refusal) = &report.outcome else {
                panic!("{url}, {id}: {report:#?}")
            };
            assert_eq!(refusal.code, "SC520", "{url}, {id}: {refusal:?}");
            assert_eq!(report.attempts.len(), 3, "{url}, {id}");
            assert_eq!(notes.begun.lock().unwrap().len(), 3, "{url}, {id}");
        }
    }
    assert!(plain.received().is_empty());
}

/// What an empty answer, or an odd but whole one, leads to.
#[tokio::test]
async fn empty_and_odd_answers_are_done() {
    let odd = [
        ("204", answer(204, "", ""), Value::Null),
        ("empty 200", answer(200, "", ""), Value::Null),
        ("201", play(201, r#"{"id":"x"}"#), json!({"id":"x"})),
        (
            "duplicated keys",
            play(200, r#"{"id":"a","id":"b"}"#),
            json!({"id":"b"}),
        ),
        ("another shape", play(200, "[1]"), json!([1])),
        (
            "a byte order mark",
            answer(200, "", "\u{feff}{\"id\":1}"),
            json!({"id":1}),
        ),
        (
            "no length, closed at the end",
            Play::Raw(b"HTTP/1.1 200 OK\r\n\r\n{\"id\":1}".to_vec()),
            json!({"id":1}),
        ),
        (
            "the wrong content type",
            answer(200, "content-type: text/html", r#"{"id":1}"#),
            json!({"id":1}),
        ),
        (
            "a wrong charset's name",
            answer(
                200,
                "content-type: application/json; charset=utf-7",
                r#"{"id":1}"#,
            ),
            json!({"id":1}),
        ),
    ];
    for (name, fault, value) in odd {
        for (id, with, place) in everywhere() {
            let server = Server::start(after_too_many(place, std::slice::from_ref(&fault))).await;
            let report = support::call(&server, id, with, &options(2)).await;
            assert_eq!(
                report.outcome,
                CallOutcome::Done(value.clone()),
                "{name}, {id} at {place}"
            );
        }
    }
}

/// Answers without an end, or that unpack to far more than they are: given up at the limit of 1 MB, and unknown for a write.
#[tokio::test]
async fn endless_answers_end() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let huge = [
        head.clone(),
        b"[".to_vec(),
        b"1,".repeat(2_000_000),
        b"1]".to_vec(),
    ]
    .concat();
    let packed = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec();
    let bomb = [
        packed,
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/bomb.gz")).unwrap(),
    ]
    .concat();
    let endless_head = b"HTTP/1.1 200 OK\r\nx: y\r\n".to_vec();
    for (name, fault) in [
        ("huge", Play::Raw(huge)),
        ("bomb", Play::Raw(bomb)),
        ("endless", Play::Endless([head, vec![b' '; 100_000]].concat())),
        ("endless head", Play::Endless(endless_head)),
    ] {
        for (id, with, place) in everywhere() {
            let nothing = play(200, r#"{"things":[]}"#);
            let server = Server::start(after_too_many(place, &[fault.clone(), nothing])).await;
            // The last try that it has.
            let tries = options(u32::try_from(place).unwrap());
            let report = support::call(&server, id, with, &tries).await;
            let expected = match id {
                "crm.read" => "not done",
                // Looked for and not there; only the endless head has not said that it was taken.
                "crm.create" if name == "endless head" => "not done",
                _ => "unknown",
            };
            assert_eq!(word(&report), expected, "{name}, {id} at {place}: {report:#?}");
        }
    }
}

/// The author's own choice goes before the class.
#[tokio::test]
async fn if_unknown_is_heeded() {
    use souschef_recipe::IfUnknown::{Attention, Fail, Repeat};
    for (id, with) in CLASSES {
        for (choice, outcome, requests) in [
            (Repeat, "done", 2),
            (Attention, "unknown", 1),
            (Fail, "not done", 1),
        ] {
            let server = Server::start(vec![Play::Reset, play(200, "{}")]).await;
            let with: Value = serde_json::from_str(with).unwrap();
            let options = souschef_connect::CallOptions {
                if_unknown: Some(choice),
                ..options(2)
            };
            let report = support::call(&server, id, with, &options).await;
            // A read has no unknown outcome.
            let (outcome, requests) = if id == "crm.read" {
                ("done", 2)
            } else {
                (outcome, requests)
            };
            assert_eq!(word(&report), outcome, "{choice:?}, {id}");
            assert_eq!(server.received().len(), requests, "{choice:?}, {id}");
        }
    }
}

#[tokio::test]
async fn a_delete_that_finds_nothing_is_done_only_when_repeated() {
    let server = Server::start(vec![play(404, "{}")]).await;
    let report = support::call(&server, "crm.delete", json!({"id":"a"}), &options(2)).await;
    assert_eq!(word(&report), "not done");

    let server = Server::start(vec![Play::Reset, play(404, "{}")]).await;
    let report = support::call(&server, "crm.delete", json!({"id":"a"}), &options(2)).await;
    assert_eq!(word(&report), "done");

    // A 429 says that nothing was done: the 404 after it is a plain one.
    let server = Server::start(vec![play(429, "{}"), play(404, "{}")]).await;
    let report = support::call(&server, "crm.delete", json!({"id":"a"}), &options(2)).await;
    assert_eq!(word(&report), "not done");
}

/// Tries that run out leave a write unknown where one of them may have happened, even if the last one was refused.
#[tokio::test]
async fn a_doubt_stays_when_tries_run_out() {
    for last in [play(500, "{}"), play(429, "{}"), play(422, "{}")] {
        let server = Server::start(vec![Play::Reset, last]).await;
        let report = support::call(&server, "crm.put", json!({"id":"a"}), &options(1)).await;
        assert_eq!(word(&report), "unknown");
    }
    let server = Server::start(vec![play(500, "{}")]).await;
    let report = support::call(&server, "crm.read", json!({"id":"a"}), &options(1)).await;
    assert_eq!(word(&report), "not done");
}

/// A read follows the API to another of its own addresses, and no further; each request is an attempt.
#[tokio::test]
async fn reads_follow_within_the_host() {
    let there = answer(301, "location: /elsewhere/a", "");
    let server = Server::start(vec![there.clone(), play(200, r#"{"thing":{}}"#)]).await;
    let report = support::call(&server, "crm.read", json!({"id":"a"}), &options(0)).await;
    assert_eq!(word(&report), "done");
    assert_eq!(report.attempts.len(), 2);
    assert!(server.received()[1].head.starts_with("GET /elsewhere/a "));

    let server = Server::start(vec![there]).await;
    let report = support::call(&server, "crm.read", json!({"id":"a"}), &options(5)).await;
    assert_eq!(word(&report), "not done");
    assert_eq!(server.received().len(), 4);

    let other = Server::start(vec![play(200, "{}")]).await;
    for to in [
        other.url.clone(),
        other.url.replace("http:", ""),
        format!("{}@x", other.url),
    ] {
        let server = Server::start(vec![answer(302, &format!("location: {to}"), "")]).await;
        let report = support::call(&server, "crm.read", json!({"id":"a"}), &options(5)).await;
        assert_eq!(word(&report), "not done", "{to}");
    }
    assert!(other.received().is_empty());
}

/// "See other" follows upon a thing done.
#[tokio::test]
async fn see_other_leaves_a_write_unknown() {
    let server = Server::start(vec![answer(303, "location: /x", "")]).await;
    let report = support::call(&server, "crm.send", json!({"text":"t"}), &options(5)).await;
    assert_eq!(word(&report), "unknown");
    assert_eq!(server.received().len(), 1);
}

/// The observer hears of each attempt before its first byte leaves, and can stop it.
#[tokio::test]
async fn nothing_leaves_before_it_is_noted() {
    struct Refuses;
    impl souschef_connect::Observer for Refuses {
        fn begins<'a>(&'a self, _: u32, _: &'a Arc<Value>, _: bool) -> souschef_connect::Noting<'a> {
            Box::pin(async { Err("the disk is full".to_owned()) })
        }
    }
    let server = Server::start(vec![play(200, "{}")]).await;
    let catalog = support::catalog();
    let operation = support::operation(&catalog, "crm.send");
    let connection = support::connection(&catalog, "crm", &server.url);
    let client = support::client(&catalog);
    let with = support::inputs(json!({"text":"t"}));
    let report = client
        .call(&operation, &with, &connection, &options(3), &Refuses)
        .await
        .unwrap();
    let CallOutcome::NotDone(refusal) = &report.outcome else {
        panic!("{report:#?}")
    };
    assert!(
        refusal.message.contains("the disk is full"),
        "{}",
        refusal.message
    );
    assert!(server.received().is_empty());

    let notes = support::Notes::default();
    let earlier = souschef_connect::CallOptions {
        made_before: 3,
        ..options(3)
    };
    client
        .call(&operation, &with, &connection, &earlier, &notes)
        .await
        .unwrap();
    assert_eq!(notes.begun.lock().unwrap()[0].0, 4);
    assert_eq!(*notes.ended.lock().unwrap(), 1);
}

/// An attempt whose process died is settled by the class before anything else is sent.
#[tokio::test]
async fn an_attempt_of_an_earlier_process_is_settled_first() {
    let began = jiff::Timestamp::now();
    for (id, with, outcome, first) in [
        ("crm.send", json!({"text":"t"}), "unknown", None),
        ("crm.put", json!({"id":"a"}), "done", Some("PUT ")),
        ("crm.create", json!({"title":"t"}), "done", Some("GET /things ")),
    ] {
        let server = Server::start(vec![play(200, r#"{"things":[{"id":"x","title":"t"}]}"#)]).await;
        let options = souschef_connect::CallOptions {
            unsettled: Some(began),
            made_before: 1,
            ..options(2)
        };
        let report = support::call(&server, id, with, &options).await;
        assert_eq!(word(&report), outcome, "{id}");
        let received = server.received();
        assert_eq!(
            received.first().map(|one| one.head.clone()).is_some(),
            first.is_some(),
            "{id}"
        );
        if let Some(first) = first {
            assert!(received[0].head.starts_with(first), "{id}: {}", received[0].head);
        }
    }
}
