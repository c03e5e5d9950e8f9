//! `souschef connect` and `connections` against a sandbox, as a person meets them: two processes and a browser.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const APP_SECRET: &str = "canary-app-secret-4f7d";

fn souschef(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("souschef"));
    command
        .current_dir(folder)
        .env_clear()
        .env("SOUSCHEF_LOG", "trace")
        .env("APP_SECRET", APP_SECRET);
    command
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _code = self.0.wait();
    }
}

/// A sandbox, its address and its location.
fn sandbox(folder: &Path) -> (Running, String, String) {
    let mut child = souschef(folder)
        .args(["sandbox", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let url = lines
        .next()
        .unwrap()
        .strip_prefix("listening on ")
        .unwrap()
        .to_owned();
    let location = lines.find_map(|line| {
        let id = line.trim().strip_prefix("location_id")?;
        Some(id.trim().to_owned())
    });
    // Whoever stops reading ends who writes.
    std::thread::spawn(move || lines.for_each(drop));
    (Running(child), url, location.unwrap())
}

/// Asks for a page, once.
fn get(url: &str) -> (String, String) {
    let url = url::Url::parse(url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&address).unwrap();
    let target = &url[url::Position::BeforePath..];
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Where the page sends the browser.
fn sent_to(url: &str) -> String {
    let (head, _) = get(url);
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .unwrap()
        .1
        .to_owned()
}

fn project(folder: &Path, url: &str, location: &str) {
    let text = format!(
        "connections:\n  main:\n    connector: ghl\n    base_url: {url}\n    location_id: {location}\n    auth: {{ oauth: {{ client_id: app1-x, client_secret: {{ env: APP_SECRET }} }} }}\nlisten: {{ webhooks: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n"
    );
    std::fs::write(folder.join("souschef.yaml"), text).unwrap();
}

fn ended(output: &Output) -> (Option<i32>, String) {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), format!("{out}\n{err}"))
}

/// A token, a code or the app's secret.
fn shows_a_secret(text: &str) -> bool {
    text.contains("at-") || text.contains("rt-") || text.contains(APP_SECRET)
}

/// Begins to connect; the process, what it reads from, and the page.
fn begin(folder: &Path, more: &[&str]) -> (Child, BufReader<std::process::ChildStderr>, String) {
    let mut child = souschef(folder)
        .args([
            "connect",
            "ghl",
            "--scope",
            "contacts.readonly",
            "--format",
            "json",
        ])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let page = loop {
        let mut line = String::new();
        assert!(err.read_line(&mut line).unwrap() > 0, "it ended without a page");
        if let Some(page) = line.trim().strip_prefix("http") {
            break format!("http{page}");
        }
    };
    (child, err, page)
}

#[test]
fn an_account_is_connected_listed_tried_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, url, location) = sandbox(folder.path());
    project(folder.path(), &url, &location);
    let (mut child, mut err, page) = begin(folder.path(), &["--redirect", "http://127.0.0.1:0/callback"]);
    let back = sent_to(&page);
    // Somebody else's visit changes nothing, and sends nobody anywhere.
    let (head, _) = get(&back.replace("state=", "state=x"));
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    let (head, body) = get(&back);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(!head.to_lowercase().contains("location:"), "{head}");
    assert!(body.contains("Allowed"), "{body}");
    let mut all = String::new();
    child.stdout.take().unwrap().read_to_string(&mut all).unwrap();
    let told: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(told["connection"]["state"], "good");
    err.read_to_string(&mut all).unwrap();
    assert!(child.wait().unwrap().success(), "{all}");
    assert!(!shows_a_secret(&all), "{all}");

    // While the service runs, it has the tokens: it is asked, and nobody else opens them.
    let (service, _) = serve(folder.path());
    let output = souschef(folder.path())
        .args(["connections", "list", "--format", "json"])
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["connections"][0]["state"], "good", "{list}");
    assert_eq!(list["connections"][0]["auth"], "oauth", "{list}");
    drop(service);

    for (line, code) in [
        (["connections", "list", "--format", "json"].as_slice(), 0),
        (&["connections", "list"], 0),
        (&["connections", "test"], 0),
        (&["call", "contacts.search", "pageLimit=1"], 0),
        (&["doctor", "--online"], 0),
        (&["connections", "remove", "main"], 0),
        (&["connections", "remove", "main"], 1),
        (&["connections", "test", "main"], 1),
        (&["connections", "test", "nobody"], 2),
    ] {
        let (ended, text) = ended(&souschef(folder.path()).args(line).output().unwrap());
        assert_eq!(ended, Some(code), "{line:?}: {text}");
        assert!(!shows_a_secret(&text), "{line:?}: {text}");
    }
}

/// A service at work, and what tells where it listens.
fn serve(folder: &Path) -> (Running, Value) {
    let service = souschef(folder)
        .arg("serve")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut service = Running(service.unwrap());
    loop {
        let text = std::fs::read_to_string(folder.join(".souschef/serving.json")).unwrap_or_default();
        if let Ok(told) = serde_json::from_str(&text) {
            return (service, told);
        }
        assert!(service.0.try_wait().unwrap().is_none(), "the service has ended");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Asks the admin API.
fn ask(told: &Value, method: &str, path: &str) -> Value {
    let (address, token) = (told["admin"].as_str().unwrap(), told["token"].as_str().unwrap());
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} /api/v1/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {text}"))
}

#[test]
fn while_the_service_runs_accounts_are_connected_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, url, location) = sandbox(folder.path());
    project(folder.path(), &url, &location);
    std::fs::create_dir(folder.path().join("recipes")).unwrap();
    let recipe = "name: Look\ntrigger: { manual: true }\nactions:\n  - id: found\n    action: contacts.search\n    with: { pageLimit: 1 }\n";
    std::fs::write(folder.path().join("recipes/look.yaml"), recipe).unwrap();
    let (_service, told) = serve(folder.path());
    let started = ask(&told, "POST", "recipes/look/start");
    let run = started["runs"][0]
        .as_str()
        .unwrap_or_else(|| panic!("{started}"))
        .to_owned();
    let until = |outcome: &str| {
        for _ in 0..600 {
            let shown = ask(&told, "GET", &format!("runs/{run}"));
            if shown["run"]["outcome"] == outcome {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!(
            "it was never {outcome}: {:#}",
            ask(&told, "GET", &format!("runs/{run}"))
        );
    };
    until("waiting");

    // What waits for the account goes on as soon as it is connected.
    let (mut child, _err, page) = begin(folder.path(), &["--redirect", "http://127.0.0.1:0/callback"]);
    let (head, _) = get(&sent_to(&page));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(child.wait().unwrap().success());
    until("succeeded");

    // A connection that is new to the project too.
    std::fs::write(folder.path().join("token"), "pit-canary-5d2e9c10\n").unwrap();
    let new = [
        "connect",
        "ghl",
        "--connection",
        "bakery",
        "--location",
        &location,
        "--token-file",
        "token",
        "--write",
    ];
    for (line, code) in [
        (new.as_slice(), 0),
        (&["connections", "test", "main"], 0),
        (&["connections", "list"], 0),
        (&["connections", "remove", "bakery"], 0),
        (&["connections", "remove", "bakery"], 1),
        (&["connections", "remove", "main"], 0),
        (&["connections", "test", "main"], 1),
    ] {
        let (ended, text) = ended(&souschef(folder.path()).args(line).output().unwrap());
        assert_eq!(ended, Some(code), "{line:?}: {text}");
        assert!(
            !shows_a_secret(&text) && !text.contains("canary"),
            "{line:?}: {text}"
        );
    }
    let audit = ask(&told, "GET", "audit");
    let entries = audit
        .as_object()
        .unwrap()
        .values()
        .next()
        .unwrap()
        .as_array()
        .unwrap();
    let noted: Vec<(&str, &str, &str)> = entries
        .iter()
        .map(|one| {
            (
                one["who"].as_str().unwrap(),
                one["what"].as_str().unwrap(),
                one["target"].as_str().unwrap_or_default(),
            )
        })
        .filter(|(_, what, _)| what.starts_with("connection."))
        .collect();
    assert_eq!(
        noted,
        [
            ("local", "connection.remove", "main"),
            ("local", "connection.remove", "bakery"),
            ("local", "connection.secret", "bakery"),
            ("local", "connection.secret", "main"),
        ]
    );
}

#[test]
fn a_browser_elsewhere_s_address_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, url, location) = sandbox(folder.path());
    project(folder.path(), &url, &location);
    for (spoil, code) in [("state=x", 1), ("state=", 0)] {
        let (mut child, _err, page) = begin(
            folder.path(),
            &["--paste", "--redirect", "https://app.example.com/back"],
        );
        let back = sent_to(&page).replace("state=", spoil);
        assert!(back.starts_with("https://app.example.com/back?"), "{back}");
        writeln!(child.stdin.take().unwrap(), "{back}").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{spoil}");
    }
}

#[test]
fn a_token_is_kept_and_the_connection_written() {
    let folder = tempfile::tempdir().unwrap();
    let token = "pit-canary-5d2e9c10";
    std::fs::write(folder.path().join("token"), format!("{token}\n")).unwrap();
    let line = [
        "connect",
        "ghl",
        "--connection",
        "bakery",
        "--location",
        "ve9EPM428h8vShlRW1KT",
        "--token-file",
        "token",
    ];
    let (code, text) = ended(&souschef(folder.path()).args(line).output().unwrap());
    assert_eq!(code, Some(1));
    assert!(
        text.contains(
            "connections:\n  bakery:\n    connector: ghl\n    location_id: \"ve9EPM428h8vShlRW1KT\"\n"
        ),
        "{text}"
    );
    assert!(
        !folder.path().join("souschef.yaml").exists(),
        "nothing is changed that was not asked for"
    );

    let (code, text) = ended(
        &souschef(folder.path())
            .args(line)
            .arg("--write")
            .output()
            .unwrap(),
    );
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains(token), "{text}");
    let (_, text) = ended(
        &souschef(folder.path())
            .args(["connections", "list"])
            .output()
            .unwrap(),
    );
    assert!(text.contains("bakery") && text.contains("kept sealed"), "{text}");
    assert!(!text.contains(token), "{text}");
}
