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

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// A process of ours, ended with the test whatever happens.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn souschef(here: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_souschef"));
    command
        .current_dir(here)
        .env_clear()
        .env("GHL_TOKEN", "sandbox")
        .env("LEAD_HOOK", "open sesame")
        .stdin(Stdio::null());
    command
}

/// What a command prints as JSON.
fn json_of(here: &Path, words: &[&str]) -> Value {
    let output = souschef(here).args(words).output().unwrap();
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Starts a sandbox on a free port; its address and the sample account's ids.
fn sandbox(here: &Path, latency: &str) -> (Process, String, String) {
    let mut child = souschef(here)
        .args(["sandbox", "--listen", "127.0.0.1:0", "--latency", latency])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let process = Process(child);
    let url = lines
        .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
        .unwrap();
    let location = lines
        .find_map(|line| {
            line.trim()
                .strip_prefix("location_id")
                .map(|id| id.trim().to_owned())
        })
        .unwrap();
    // It goes on printing; nobody needs to read it.
    std::thread::spawn(move || lines.for_each(drop));
    (process, url, location)
}

fn project(here: &Path, url: &str, location: &str) {
    std::fs::write(
        here.join("souschef.yaml"),
        format!(
            "connections:\n  main:\n    connector: ghl\n    location_id: {location}\n    base_url: {url}\n    \
             auth: {{ token: {{ env: GHL_TOKEN }} }}\nsecrets:\n  lead_hook: {{ env: LEAD_HOOK }}\n\
             listen: {{ webhooks: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n"
        ),
    )
    .unwrap();
    std::fs::create_dir(here.join("recipes")).unwrap();
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes/onboarding.yaml");
    let text = std::fs::read_to_string(bundled).unwrap();
    // The bundled recipe, started by its poll, at a test's pace, and by a webhook too.
    let begin = text.find("\ntrigger:\n").unwrap();
    let end = begin + text[begin..].find("\n\n").unwrap();
    let triggers = "\ntrigger:\n  - id: poll\n    poll: contacts.search\n    every: 10s\n    fire_on: new\n  - id: hook\n    \
                    webhook: custom\n    path: new-leads\n    auth: { token: lead_hook }";
    let text = format!("{}{triggers}{}", &text[..begin], &text[end..]);
    std::fs::write(here.join("recipes/onboarding.yaml"), text).unwrap();
}

/// Where the service listens, once it takes work.
struct Served {
    process: Process,
    webhooks: SocketAddr,
    admin: SocketAddr,
    token: String,
}

fn serve(here: &Path) -> Served {
    let file = here.join(".souschef/serving.json");
    let _ = std::fs::remove_file(&file);
    let log = std::fs::File::create(here.join("log")).unwrap();
    let process = Process(
        souschef(here)
            .args(["serve", "--log-format", "json"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap(),
    );
    until("the service listens", || file.exists().then_some(()));
    let told: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let served = Served {
        process,
        webhooks: told["webhooks"].as_str().unwrap().parse().unwrap(),
        admin: told["admin"].as_str().unwrap().parse().unwrap(),
        token: told["token"].as_str().unwrap().to_owned(),
    };
    until("the service takes work", || {
        (served.ask("GET", "/readyz").0 == 200).then_some(())
    });
    served
}

impl Served {
    fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        http(self.admin, method, path, &headers, "").unwrap()
    }

    fn post(&self, body: &Value) -> (u16, Value) {
        let headers = "X-Webhook-Token: open sesame\r\nContent-Type: application/json\r\n";
        http(
            self.webhooks,
            "POST",
            "/hooks/custom/new-leads",
            headers,
            &body.to_string(),
        )
        .unwrap()
    }
}

fn http(to: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(to).ok()?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// Waits for something; the test's own patience ends it where it never comes.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("waited in vain: {what}");
}

/// Requests that the sandbox has received: method and path.
fn ledger(url: &str) -> Vec<Value> {
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let (_, ledger) = http(address, "GET", "/_ledger", "", "").unwrap();
    ledger.as_array().cloned().unwrap_or_default()
}

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
}
