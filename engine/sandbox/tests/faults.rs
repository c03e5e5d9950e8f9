//! Each fault shows on the connection what it says, and is in the ledger; limits, tokens and hostile requests too.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic, in its helpers too"
)]

mod common;

use common::{options, raw, send, start, text_of, try_send};
use serde_json::{Value, json};
use souschef_sandbox::{Fault, Running, SandboxOptions};

const VERSION: &str = "2021-07-28";

async fn faulty(faults: &[&str]) -> Running {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    start(SandboxOptions { faults, ..options() }).await
}

fn contact(running: &Running) -> Value {
    json!({ "firstName": "Nora", "email": "nora@example.com", "locationId": running.sample()["location_id"] })
}

async fn create(running: &Running) -> Option<common::Got> {
    let headers = [
        ("authorization", "Bearer test"),
        ("version", VERSION),
        ("content-type", "application/json"),
    ];
    let body = contact(running).to_string();
    try_send(running, "POST", "/contacts/", &headers, Some(&body)).await
}

/// Whether the sandbox holds the contact that [`create`] sends.
async fn is_created(running: &Running) -> bool {
    let state = send(running, "GET", "/_state", "", None).await.json();
    let contacts = state["collections"]["ghl"]["contacts"]
        .as_array()
        .unwrap()
        .clone();
    contacts
        .iter()
        .any(|contact| contact["email"] == "nora@example.com")
}

#[test]
fn faults_are_read_and_written() {
    for text in [
        "429",
        "429:5%",
        "500:contacts.create_task:1",
        "reset:2%",
        "lost:contacts.create_note:1",
        "hang",
        "half:contacts.get:12.5%:3",
        "html",
    ] {
        assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
    }
    for (wrong, part) in [
        ("", "there is no fault \"\""),
        ("200", "no error status"),
        ("explode", "there is no fault \"explode\""),
        ("429:120%", "no share"),
        ("429:x%", "no share"),
        ("429::1", "is empty"),
        ("429:a.b:c.d", "the operation twice"),
        ("429:1:2", "how many times twice"),
        ("429:1%:2%", "the share twice"),
    ] {
        let error = wrong.parse::<Fault>().unwrap_err().to_string();
        assert!(error.contains(part), "{wrong}: {error}");
    }
}

#[tokio::test]
async fn a_status_is_answered_and_nothing_done() {
    let running = faulty(&["503:contacts.create:1"]).await;
    let got = create(&running).await.unwrap();
    assert_eq!(got.status, 503);
    assert_eq!(got.json()["statusCode"], 503);
    assert!(!is_created(&running).await);
    assert_eq!(create(&running).await.unwrap().status, 201, "only the first time");
    let ledger = running.ledger();
    assert_eq!(ledger[0].fault.as_deref(), Some("503:contacts.create:1"));
    assert_eq!((ledger[0].status, ledger[1].status), (Some(503), Some(201)));
    assert_eq!(ledger[1].fault, None);
}

#[tokio::test]
async fn a_reset_does_nothing_and_answers_nothing() {
    let running = faulty(&["reset:1"]).await;
    assert_eq!(create(&running).await, None);
    assert!(!is_created(&running).await);
    assert_eq!(running.ledger()[0].status, None);
}

#[tokio::test]
async fn what_is_lost_is_done() {
    let running = faulty(&["lost:1"]).await;
    assert_eq!(create(&running).await, None);
    assert!(is_created(&running).await);
    assert_eq!(running.ledger()[0].status, None);
}

#[tokio::test]
async fn half_an_answer_promises_the_whole() {
    let running = faulty(&["half:1"]).await;
    let got = create(&running).await.unwrap();
    let promised: usize = got.header("content-length").unwrap().parse().unwrap();
    assert_eq!(got.body.len(), promised / 2);
    assert!(is_created(&running).await);
}

#[tokio::test]
async fn html_is_no_json_and_nothing_is_done() {
    let running = faulty(&["html:1"]).await;
    let got = create(&running).await.unwrap();
    assert_eq!(got.status, 200);
    assert!(got.header("content-type").unwrap().starts_with("text/html"));
    assert!(!is_created(&running).await);
}

#[tokio::test]
async fn who_hangs_has_done_it_and_never_answers() {
    let running = faulty(&["hang:1"]).await;
    let mut waiting = std::pin::pin!(create(&running));
    // Others are answered while the first one waits; it is done at some time, and not answered then.
    loop {
        tokio::select! {
            answer = &mut waiting => panic!("it answered: {answer:?}"),
            created = is_created(&running) => if created { break },
        }
    }
}

#[tokio::test]
async fn shares_are_kept_and_seeded() {
    let mut played = Vec::new();
    for seed in [1, 1, 2] {
        let faults = vec!["500:20%".parse().unwrap()];
        let running = start(SandboxOptions {
            seed,
            faults,
            ..options()
        })
        .await;
        for _ in 0..200 {
            send(&running, "GET", "/contacts/none", VERSION, None).await;
        }
        let ledger = running.ledger();
        played.push(
            ledger
                .iter()
                .map(|entry| entry.fault.is_some())
                .collect::<Vec<_>>(),
        );
    }
    let count = played[0].iter().filter(|played| **played).count();
    assert!((20..=60).contains(&count), "{count} of 200");
    assert_eq!(played[0], played[1]);
    assert_ne!(played[0], played[2]);
}

#[tokio::test]
async fn the_limit_is_told_and_kept() {
    let limited = SandboxOptions {
        rate_limit: Some(3),
        ..options()
    };
    let running = start(limited).await;
    let mut left = Vec::new();
    for _ in 0..4 {
        let got = send(&running, "GET", "/contacts/none", VERSION, None).await;
        assert_eq!(got.header("X-RateLimit-Max"), Some("3"));
        assert_eq!(got.header("X-RateLimit-Interval-Milliseconds"), Some("10000"));
        assert_eq!(got.header("X-RateLimit-Limit-Daily"), Some("200000"));
        left.push((
            got.status,
            got.header("X-RateLimit-Remaining").unwrap().to_owned(),
        ));
    }
    let left: Vec<(u16, &str)> = left
        .iter()
        .map(|(status, left)| (*status, left.as_str()))
        .collect();
    assert_eq!(left, [(404, "2"), (404, "1"), (404, "0"), (429, "0")]);
}

#[tokio::test]
async fn only_known_tokens_come_in() {
    let tokens = vec!["secret".to_owned()];
    let running = start(SandboxOptions { tokens, ..options() }).await;
    assert_eq!(
        send(&running, "GET", "/contacts/none", VERSION, None)
            .await
            .status,
        401
    );
    let headers = [("authorization", "Bearer secret"), ("version", VERSION)];
    let got = try_send(&running, "GET", "/contacts/none", &headers, None)
        .await
        .unwrap();
    assert_eq!(got.status, 404);
    let ledger = running.ledger();
    assert_eq!(ledger[0].problems, ["the token is not valid"]);
    assert!(!ledger[1].headers.contains_key("authorization"));
}

#[tokio::test]
async fn no_request_harms_it() {
    let running = start(options()).await;
    let deep = "[".repeat(100_000);
    let large = format!("{{\"firstName\": \"{}\"}}", "a".repeat(1024 * 1024));
    let json = [
        ("authorization", "Bearer test"),
        ("version", VERSION),
        ("content-type", "application/json"),
    ];
    for (body, status) in [
        (deep.as_str(), 400),
        ("{", 400),
        ("[]", 422),
        ("null", 422),
        (large.as_str(), 413),
    ] {
        let got = try_send(&running, "POST", "/contacts/", &json, Some(body))
            .await
            .unwrap();
        assert_eq!(got.status, status, "{}", got.body);
    }
    for path in [
        "/",
        "//",
        "/%",
        "/%00",
        "/contacts/%2e%2e%2f",
        "/contacts/%ff%fe",
        "/contacts//tasks",
        "/timerex",
        "/timerex/",
        "/_",
        "/contacts/?limit=99999999999999999999&locationId=x",
        "/calendars/x/free-slots?startDate=1e300&endDate=-1e300",
        "/opportunities/search?location_id=x&page=18446744073709551615&limit=18446744073709551615",
        "/contacts/search/duplicate?&&=&%=%&locationId",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let got = try_send(&running, method, path, &json, None).await;
            assert!(got.is_some_and(|got| got.status < 500), "{method} {path}");
        }
    }
    assert!(!raw(&running, "no HTTP at all\r\n\r\n").await.is_empty());
    let form = text_of("POST", "/contacts/", &json[..2], Some("a=b"));
    assert!(String::from_utf8_lossy(&raw(&running, &form).await).starts_with("HTTP/1.1 400"));
    assert_eq!(create(&running).await.unwrap().status, 201);
}
