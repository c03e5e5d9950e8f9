//! The service as a process: started, fed, killed, started again.
//!
//! A sandbox plays the account, with an answer that takes its time, so that the kill comes while a run is under way.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod kit;
mod traces;

use std::net::SocketAddr;
use std::process::Command;

use kit::{http, json_of, ledger, project, sandbox, serve, until};
use serde_json::json;

#[test]
fn a_run_that_a_webhook_started_survives_kill_9() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let (_sandbox, url, location) = sandbox(here, "150ms");
    project(here, &url, &location);
    let served = serve(here);
    let (status, answer) =
        served.post(&json!({ "email": "ana@example.com", "firstName": "Ana", "tags": [] }));
    assert_eq!(status, 202, "{answer}");
    let run = answer["runs"][0].as_str().unwrap().to_owned();
    // Killed once the first call has ended and before the last one has.
    until("the run's second call", || {
        let sent = ledger(&url);
        sent.iter()
            .any(|entry| {
                entry["path"]
                    .as_str()
                    .is_some_and(|path| path.ends_with("/notes"))
            })
            .then_some(())
    });
    drop(served);
    let before = json_of(here, &["runs", "show", &run, "--format", "json"]);
    assert!(
        !matches!(before["run"]["outcome"].as_str(), Some("succeeded" | "failed")),
        "the kill came too late to show anything: {before}"
    );

    let served = serve(here);
    let after = until("the run's end", || {
        let (_, shown) = served.ask("GET", &format!("/api/v1/runs/{run}"));
        let outcome = shown["run"]["outcome"].as_str().unwrap_or_default().to_owned();
        matches!(
            outcome.as_str(),
            "succeeded" | "failed" | "stopped" | "needs_attention"
        )
        .then_some(shown)
    });
    assert_eq!(after["run"]["outcome"], "succeeded", "{after}");
    assert_eq!(after["run"]["event"], answer["event"]);
    // No finished call was made again, and the account holds each thing once: six calls made six things.
    let steps = after["run"]["steps"].as_array().unwrap();
    let attempts: usize = steps
        .iter()
        .map(|step| step["attempts"].as_array().unwrap().len())
        .sum();
    let received = ledger(&url)
        .iter()
        .filter(|entry| entry["path"] != "/contacts/search" && entry["path"] != "/_ledger")
        .count();
    assert!(
        received <= attempts,
        "{received} requests were received, {attempts} are shown"
    );
    let tasks = ledger(&url)
        .iter()
        .filter(|entry| {
            entry["method"] == "POST"
                && entry["path"]
                    .as_str()
                    .is_some_and(|path| path.ends_with("/tasks"))
                && entry["status"].as_u64().is_some_and(|status| status < 300)
        })
        .count();
    assert_eq!(tasks, 3, "three starter tasks, each once");
}

#[test]
fn a_poll_starts_a_run_for_what_is_new_and_once() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let (_sandbox, url, location) = sandbox(here, "0ms");
    project(here, &url, &location);
    let served = serve(here);
    // The first look only remembers who is there.
    until("the first poll", || {
        let (_, recipes) = served.ask("GET", "/api/v1/recipes");
        recipes["polls"][0]["last_at"].is_string().then_some(())
    });
    assert_eq!(json_of(here, &["runs", "list", "--format", "json"]), json!([]));
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let contact = json!({ "locationId": location, "email": "new@example.com", "firstName": "New" });
    let headers =
        "Authorization: Bearer sandbox\r\nVersion: 2021-07-28\r\nContent-Type: application/json\r\n";
    let (status, made) = http(address, "POST", "/contacts/", headers, &contact.to_string()).unwrap();
    assert!(status < 300, "{made}");
    // Killed before the next poll: what it knows is on the disk.
    drop(served);
    let _served = serve(here);
    let runs = until("the run of the new contact", || {
        let runs = json_of(here, &["runs", "list", "--format", "json"]);
        let ended = runs[0]["ended_at"].is_string();
        ended.then_some(runs)
    });
    assert_eq!(runs.as_array().unwrap().len(), 1, "{runs}");
    assert_eq!(runs[0]["outcome"], "succeeded", "{runs}");
    assert_eq!(runs[0]["trigger"], "poll");
}

#[test]
fn a_signal_ends_it_once_what_is_under_way_has_ended() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let (_sandbox, url, location) = sandbox(here, "100ms");
    project(here, &url, &location);
    let mut served = serve(here);
    let (status, answer) = served.post(&json!({ "email": "bo@example.com", "firstName": "Bo", "tags": [] }));
    assert_eq!(status, 202, "{answer}");
    // What the service knows of its accounts, doctor is told by it.
    let found = json_of(here, &["doctor", "--format", "json"]);
    let account = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["what"] == "connection main");
    assert_eq!(account.unwrap()["state"], "good", "{found}");
    let ended = Command::new("kill")
        .args(["-TERM", &served.process.0.id().to_string()])
        .status()
        .unwrap();
    assert!(ended.success());
    let status = served.process.0.wait().unwrap();
    assert_eq!(
        status.code(),
        Some(0),
        "{}",
        std::fs::read_to_string(here.join("log")).unwrap()
    );
    // Given back with what it had done; nobody has it.
    let run = answer["runs"][0].as_str().unwrap();
    let shown = json_of(here, &["runs", "show", run, "--format", "json"]);
    assert_ne!(shown["run"]["outcome"], "failed", "{shown}");
    assert!(!here.join(".souschef/serving.json").exists());
    // A log in JSON is nothing else, and no token stands in it.
    for line in std::fs::read_to_string(here.join("log")).unwrap().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}
