//! What a person reads, and what nobody may read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use souschef_connect::{CallOptions, CallOutcome, CallReport, Refusal, build};
use support::{CANARY, Play, Server, answer, json as play, options};

async fn refusal(play: Play) -> Refusal {
    let server = Server::start(vec![play]).await;
    let report = support::call(&server, "crm.put", json!({"id":"a","title":"t"}), &options(0)).await;
    match report.outcome {
        CallOutcome::Done(answer) => panic!("{answer}"),
        CallOutcome::Held(held) => panic!("{}", held.message),
        CallOutcome::NotDone(refusal) | CallOutcome::Unknown(refusal) => refusal,
    }
}

#[tokio::test]
async fn the_api_s_own_words_are_told() {
    let body = r#"{"statusCode":422,"message":["dueDate must be a date","title is empty"],"error":"Unprocessable","traceId":"t-1"}"#;
    let told = refusal(play(422, body)).await;
    assert_eq!(
        told.message,
        "The CRM refused crm.put (422): dueDate must be a date. title is empty"
    );
    assert_eq!(told.trace.as_deref(), Some("t-1"));
    assert_eq!(told.answer.unwrap()["statusCode"], 422);

    let told = refusal(play(
        400,
        r#"{"message":"Contact not found","error":"Bad Request"}"#,
    ))
    .await;
    assert_eq!(told.message, "The CRM refused crm.put (400): Contact not found");
    assert!(told.help.unwrap().contains("souschef catalog show crm.put"));

    let told = refusal(play(403, "{}")).await;
    assert_eq!(told.message, "The CRM refused crm.put (403): Forbidden");
    assert!(told.help.unwrap().contains("things.write"));

    let told = refusal(play(401, "null")).await;
    assert!(told.help.unwrap().contains("token"));
}

#[tokio::test]
async fn a_web_page_is_told_in_a_line() {
    let page = format!(
        "<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title></head>{}</html>",
        "x".repeat(9000)
    );
    let told = refusal(answer(502, "content-type: text/html", &page)).await;
    assert_eq!(
        told.message,
        "The CRM failed at crm.put (502): 502 Bad Gateway; it may or may not have happened"
    );
    let told = refusal(answer(
        503,
        "",
        "<html><body><h1>No</h1> \u{1b}[31mred</body></html>",
    ))
    .await;
    assert!(told.message.contains("(503): No [31mred"), "{}", told.message);
    let told = refusal(answer(500, "", &"long ".repeat(1000))).await;
    assert!(told.message.chars().count() < 450, "{}", told.message);
}

fn everything(report: &CallReport, notes: &support::Notes) -> String {
    let waits = notes.waits.lock().unwrap().clone();
    let begun = notes.begun.lock().unwrap().clone();
    format!("{report:?} {begun:?} {waits:?}")
}

/// The token is in no request shown, no answer, no message and no error, even where the API repeats it.
#[tokio::test]
async fn the_token_is_never_seen() {
    let echo = format!(r#"{{"message":"bad token {CANARY}","{CANARY}":["Bearer {CANARY}"]}}"#);
    let closed = "http://127.0.0.1:1".to_owned();
    let mut plays = vec![Play::Reset, answer(500, "", &format!("<html>{CANARY}</html>"))];
    for status in [200, 400, 401, 403, 404, 422, 429, 500] {
        plays.push(play(status, &echo));
    }
    plays.push(answer(302, &format!("location: http://x/{CANARY}"), ""));
    plays.push(Play::Raw(
        format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{CANARY}").into_bytes(),
    ));
    plays.push(Play::Raw(format!("{CANARY}\r\n\r\n").into_bytes()));
    let catalog = support::catalog();
    let with = support::inputs(json!({"id":"a"}));
    let operation = support::operation(&catalog, "crm.put");
    for play in plays {
        let server = Server::start(vec![play.clone()]).await;
        for url in [&server.url, &closed] {
            let connection = support::connection(&catalog, "crm", url);
            let notes = support::Notes::default();
            let client = support::client(&catalog);
            let report = client
                .call(&operation, &with, &connection, &options(1), &notes)
                .await
                .unwrap();
            let seen = everything(&report, &notes);
            assert!(!seen.contains(CANARY), "{play:?}: {seen}");
            assert!(seen.contains("Bearer ***"));
            assert!(!format!("{connection:?} {client:?}").contains(CANARY));
        }
        assert!(
            server.received()[0]
                .head
                .contains(&format!("authorization: Bearer {CANARY}"))
        );
    }
}

/// What the recipe and the fixed list hide is hidden in requests, answers and messages; it is sent all the same.
#[tokio::test]
async fn hidden_fields_are_hidden() {
    let said = r#"{"message":"title 078-05-1120 is taken","thing":{"ssn":"123-45-6789","accessToken":"abcdef","name":"Ana","Title":"x"}}"#;
    let server = Server::start(vec![play(400, said)]).await;
    let options = CallOptions {
        redact: vec!["title".to_owned()],
        ..options(0)
    };
    let report = support::call(
        &server,
        "crm.put",
        json!({"id":"a","title":"078-05-1120"}),
        &options,
    )
    .await;
    let seen = format!("{report:?}");
    for secret in ["078-05-1120", "123-45-6789", "abcdef"] {
        assert!(!seen.contains(secret), "{secret}: {seen}");
    }
    assert!(seen.contains("Ana"));
    assert_eq!(report.attempts[0].request["body"]["title"], "***");
    assert!(String::from_utf8_lossy(&server.received()[0].body).contains("078-05-1120"));
}

#[test]
fn hidden_inputs_are_hidden_in_addresses() {
    let catalog = support::catalog();
    let shown = |id: &str, with: Value, redact: &[&str]| {
        let operation = support::operation(&catalog, id);
        let connection = support::connection(&catalog, &operation.connector, "https://api.example.com/base");
        let request = build(&operation, &support::inputs(with), &connection).unwrap();
        let redact: Vec<String> = redact.iter().map(|name| (*name).to_owned()).collect();
        request.shown(&redact)["url"].as_str().unwrap().to_owned()
    };
    let with = json!({"contactId":"c1","taskId":"t/1"});
    assert_eq!(
        shown("contacts.get_task", with, &["taskId"]),
        "https://api.example.com/base/contacts/c1/tasks/***"
    );
    let with = json!({"email":"ana@example.com"});
    let url = shown("contacts.find_duplicate", with, &["email"]);
    assert!(
        url.contains("email=***") && url.contains("locationId=loc1"),
        "{url}"
    );
}

#[test]
fn a_shown_request_has_its_form() {
    let catalog = support::catalog();
    let operation = support::operation(&catalog, "contacts.create_task");
    let with = json!({"contactId":"c1","title":"Call","dueDate":"2026-12-01T09:00:00Z","completed":false});
    let connection = support::connection(&catalog, "ghl", "https://services.leadconnectorhq.com");
    let request = build(&operation, &support::inputs(with), &connection).unwrap();
    assert_eq!(
        request.shown(&[]),
        json!({
            "method": "POST",
            "url": "https://services.leadconnectorhq.com/contacts/c1/tasks",
            "headers": {
                "Authorization": "Bearer ***",
                "Accept": "application/json",
                "Version": "2021-07-28",
                "Content-Type": "application/json",
            },
            "body": {"title": "Call", "dueDate": "2026-12-01T09:00:00Z", "completed": false},
        })
    );
}

/// The waits that an observer is told of: what the server asks, cut where it is absurd, or a random one below the ceiling.
#[tokio::test]
async fn waits_follow_the_server() {
    async fn waits(headers: &str, timeout: Duration) -> Vec<Duration> {
        let server = Server::start(vec![answer(429, headers, "{}")]).await;
        let catalog = support::catalog();
        let options = CallOptions {
            timeout: Some(timeout),
            ..options(1)
        };
        let notes = support::Notes::default();
        let connection = support::connection(&catalog, "crm", &server.url);
        let operation = support::operation(&catalog, "crm.send");
        let with = support::inputs(json!({"text":"t"}));
        let client = support::client(&catalog);
        let report = client
            .call(&operation, &with, &connection, &options, &notes)
            .await
            .unwrap();
        assert!(matches!(report.outcome, CallOutcome::NotDone(_)));
        let waits = notes.waits.lock().unwrap();
        waits.iter().map(|(wait, _)| *wait).collect()
    }
    // Longer than the call may take: not waited for at all.
    assert!(
        waits("retry-after: 100", Duration::from_secs(20))
            .await
            .is_empty()
    );
    assert!(
        waits("retry-after: 99999999999999999999999", Duration::from_secs(20))
            .await
            .is_empty()
    );
    let future = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(600));
    assert!(
        waits(&format!("retry-after: {future}"), Duration::from_secs(20))
            .await
            .is_empty()
    );
    let used_up = "x-ratelimit-remaining: 0\nx-ratelimit-interval-milliseconds: 90000";
    assert!(waits(used_up, Duration::from_secs(20)).await.is_empty());
    assert!(
        waits("x-ratelimit-daily-remaining: 0", Duration::from_secs(20))
            .await
            .is_empty()
    );
    // Nonsense, and the past: the usual wait.
    for header in [
        "retry-after: -1",
        "retry-after: soon",
        "retry-after: Thu, 01 Jan 1970 00:00:00 GMT",
        "retry-after:",
        "x: y",
    ] {
        let waits = waits(header, Duration::from_secs(20)).await;
        assert_eq!(waits.len(), 1, "{header}");
        assert!(waits[0] <= Duration::from_millis(4), "{header}: {waits:?}");
    }
    let asked = waits("retry-after: 1", Duration::from_secs(20)).await;
    assert!(asked[0] >= Duration::from_secs(1), "{asked:?}");
}

/// One call's 429 holds back every call of that account, and of no other.
#[tokio::test]
async fn a_used_up_budget_is_shared() {
    let server = Server::start(vec![answer(429, "retry-after: 60", "{}"), play(200, "{}")]).await;
    let catalog = support::catalog();
    let client = support::client(&catalog);
    let operation = support::operation(&catalog, "crm.send");
    let with = support::inputs(json!({"text":"t"}));
    let mut connection = support::connection(&catalog, "crm", &server.url);
    let short = CallOptions {
        timeout: Some(Duration::from_secs(10)),
        ..options(3)
    };
    client
        .call(&operation, &with, &connection, &short, &souschef_connect::Quiet)
        .await
        .unwrap();
    connection.name = "the same account by another name".to_owned();
    let report = client
        .call(&operation, &with, &connection, &short, &souschef_connect::Quiet)
        .await
        .unwrap();
    assert!(report.attempts.is_empty(), "{report:?}");
    connection.location_id = Some("another".to_owned());
    let report = client
        .call(&operation, &with, &connection, &short, &souschef_connect::Quiet)
        .await
        .unwrap();
    assert_eq!(report.outcome, CallOutcome::Done(json!({})));
    let _: &Value = &report.attempts[0].request;
}
