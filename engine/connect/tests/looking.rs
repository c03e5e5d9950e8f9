//! Checkable calls: an unknown outcome is looked up before anything is sent again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use serde_json::{Value, json};
use souschef_connect::CallOutcome;
use support::{Play, Server, answer, json as play, options};

/// What the look gives, and what the call then comes to: the outcome, and how many requests were sent.
async fn after(looks: Vec<Play>, with: Value) -> (CallOutcome, Vec<String>) {
    let mut script = vec![Play::Reset];
    script.extend(looks);
    script.push(play(200, r#"{"thing":{"id":"second"}}"#));
    let server = Server::start(script).await;
    let report = support::call(&server, "crm.create", with, &options(2)).await;
    let lines = server
        .received()
        .iter()
        .map(|one| one.head.lines().next().unwrap().to_owned())
        .collect();
    (report.outcome, lines)
}

fn list(things: Value) -> Play {
    play(200, &json!({ "things": things }).to_string())
}

fn task() -> Value {
    json!({ "title": "Call", "owner": "o", "due": "2026-12-01T09:00:00Z" })
}

#[tokio::test]
async fn one_that_is_there_is_adopted() {
    let there = json!({ "id": "first", "title": "Call", "due": "2026-12-01T10:00:00.000+01:00" });
    let other = json!({ "id": "other", "title": "Call", "due": "2026-12-02T09:00:00Z" });
    let (outcome, lines) = after(vec![list(json!([other, there]))], task()).await;
    assert_eq!(outcome, CallOutcome::Done(json!({ "thing": there })));
    assert_eq!(lines.len(), 2);
    assert!(lines[1].starts_with("GET /things?owner=o "), "{lines:?}");
}

#[tokio::test]
async fn one_that_is_not_there_is_sent_again() {
    for look in [
        list(json!([])),
        list(json!([{ "title": "Another" }])),
        play(404, "{}"),
    ] {
        let (outcome, lines) = after(vec![look], task()).await;
        assert_eq!(outcome, CallOutcome::Done(json!({ "thing": { "id": "second" } })));
        assert_eq!(lines.len(), 3);
    }
}

#[tokio::test]
async fn what_is_not_clear_is_left_to_a_person() {
    let twin = json!({ "title": "Call", "due": "2026-12-01T09:00:00Z" });
    let unclear = [
        ("two of them", vec![list(json!([twin, twin]))]),
        ("nothing", vec![answer(204, "", "")]),
        ("another shape", vec![play(200, r#"{"message":"later"}"#)]),
        ("a list that is none", vec![play(200, r#"{"items":null}"#)]),
        ("refused", vec![play(403, "{}")]),
        ("failing", vec![play(500, "{}"), play(500, "{}"), play(500, "{}")]),
        (
            "a page",
            vec![
                answer(200, "", "<html>"),
                answer(200, "", "<html>"),
                answer(200, "", "<html>"),
            ],
        ),
    ];
    for (name, looks) in unclear {
        let sent = 1 + looks.len();
        let (outcome, lines) = after(looks, task()).await;
        assert!(matches!(outcome, CallOutcome::Unknown(_)), "{name}: {outcome:?}");
        assert_eq!(lines.len(), sent, "{name}");
    }
}

/// The same made yesterday is another; how far the clocks differ is seen from the answers.
#[tokio::test]
async fn an_older_twin_is_another() {
    let now = jiff::Timestamp::now();
    let at = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    let twin =
        |made: String| list(json!([{ "title": "Call", "due": "2026-12-01T09:00:00Z", "dateAdded": made }]));
    let (_, lines) = after(vec![twin(at(-5))], task()).await;
    assert_eq!(lines.len(), 3, "an older one was adopted");
    let (_, lines) = after(vec![twin(at(0))], task()).await;
    assert_eq!(lines.len(), 2, "its own was not adopted");

    // A server whose clock is five hours behind ours.
    let date =
        httpdate::fmt_http_date(std::time::SystemTime::now() - std::time::Duration::from_secs(5 * 3600));
    let body = json!({ "things": [{ "title": "Call", "due": "2026-12-01T09:00:00Z", "dateAdded": at(-5) }] });
    let (_, lines) = after(
        vec![answer(200, &format!("date: {date}"), &body.to_string())],
        task(),
    )
    .await;
    assert_eq!(lines.len(), 2, "its own was not adopted, since the clocks differ");
}

/// A look is an attempt like any other, and says that it looks.
#[tokio::test]
async fn looks_are_told() {
    let server = Server::start(vec![Play::Reset, list(json!([])), play(200, "{}")]).await;
    let report = support::call(&server, "crm.create", task(), &options(2)).await;
    let told: Vec<(u32, bool)> = report
        .attempts
        .iter()
        .map(|one| (one.number, one.looking))
        .collect();
    assert_eq!(told, [(1, false), (2, true), (3, false)]);
}

/// With no further try, a call that is clearly not there has failed, and one that is there is done.
#[tokio::test]
async fn without_tries_left_it_still_looks() {
    let server = Server::start(vec![Play::Reset, list(json!([]))]).await;
    let report = support::call(&server, "crm.create", task(), &options(0)).await;
    assert!(matches!(report.outcome, CallOutcome::NotDone(_)));
    assert_eq!(server.received().len(), 2);
}
