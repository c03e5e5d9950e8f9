//! The sandbox on a port, and calls of a project whose account it is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Stops the sandbox also where a test fails.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn souschef() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("souschef"));
    command.env_clear();
    command
}

/// A sandbox, and what it says when it begins: its address and the sample's ids.
fn served(arguments: &[&str]) -> (Served, String, Vec<(String, String)>) {
    let mut child = souschef()
        .args(["sandbox", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let served = Served(child);
    let first = lines.next().unwrap().unwrap();
    let url = first.strip_prefix("listening on ").unwrap().to_owned();
    let mut ids = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let (name, id) = line.trim().split_once(char::is_whitespace).unwrap();
        ids.push((name.to_owned(), id.trim().to_owned()));
        if name == "TimeRex" {
            break;
        }
    }
    (served, url, ids)
}

fn project(folder: &Path, url: &str, location: &str) {
    let text = format!(
        "connections:\n  main:\n    connector: ghl\n    location_id: {location}\n    base_url: {url}\n    \
         auth: {{ token: {{ env: GHL_TOKEN }} }}\n"
    );
    std::fs::write(folder.join("souschef.yaml"), text).unwrap();
}

fn called(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = souschef()
        .current_dir(folder)
        .env("GHL_TOKEN", "pit-very-secret")
        .args(arguments)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let all = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!all.contains("pit-very-secret"), "the token was shown: {all}");
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap_or(Value::String(all)),
    )
}

#[test]
fn a_project_can_use_the_sandbox_as_its_account() {
    let (_sandbox, url, ids) = served(&[]);
    let id = |name: &str| ids.iter().find(|(own, _)| own == name).unwrap().1.clone();
    let place = tempfile::tempdir().unwrap();
    project(place.path(), &url, &id("location_id"));
    let contact = format!("contactId={}", id("contact_id"));

    let (code, made) = called(
        place.path(),
        &["call", "contacts.create_note", &contact, "body=Hello"],
    );
    assert_eq!(
        (code, made["outcome"].as_str()),
        (Some(0), Some("done")),
        "{made}"
    );
    let note = made["response"]["note"]["id"].as_str().unwrap().to_owned();

    let (code, read) = called(
        place.path(),
        &["call", "contacts.get_note", &contact, &format!("id={note}")],
    );
    assert_eq!(code, Some(0), "{read}");
    assert_eq!(read["response"]["note"]["body"], "Hello");

    let (code, found) = called(place.path(), &["doctor", "--online"]);
    assert_eq!(code, Some(0), "{found}");
}

#[test]
fn what_the_outside_world_does_is_told_by_the_exit_code() {
    let (_sandbox, url, ids) = served(&[
        "--fail",
        "401:contacts.get",
        "--fail",
        "lost:contacts.add_to_workflow",
    ]);
    let id = |name: &str| ids.iter().find(|(own, _)| own == name).unwrap().1.clone();
    let place = tempfile::tempdir().unwrap();
    project(place.path(), &url, &id("location_id"));
    let contact = format!("contactId={}", id("contact_id"));

    let (code, refused) = called(place.path(), &["call", "contacts.get", &contact]);
    assert_eq!(
        (code, refused["outcome"].as_str()),
        (Some(3), Some("not_done")),
        "{refused}"
    );
    assert_eq!(refused["status"], 401);

    let workflow = format!("workflowId={}", id("workflow_id"));
    let (code, unknown) = called(
        place.path(),
        &["call", "contacts.add_to_workflow", &contact, &workflow],
    );
    assert_eq!(
        (code, unknown["outcome"].as_str()),
        (Some(3), Some("unknown")),
        "{unknown}"
    );
    assert_eq!(unknown["attempts"], 1, "a call that could do harm was made again");
}

#[test]
fn a_fault_may_be_for_a_request_of_connecting_an_account_but_not_for_what_there_is_not() {
    let (_sandbox, _, ids) = served(&[
        "--fail",
        "invalid_grant:oauth.refresh:1",
        "--fail",
        "500:oauth.token",
    ]);
    assert!(!ids.is_empty());
    let output = souschef()
        .args(["sandbox", "--listen", "127.0.0.1:0", "--fail", "500:oauth.refesh"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("did you mean oauth.refresh?"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_said() {
    let (_sandbox, url, _) = served(&[]);
    let address = url.strip_prefix("http://").unwrap();
    let output = souschef()
        .args(["sandbox", "--listen", address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("something listens there already"), "{said}");
}
