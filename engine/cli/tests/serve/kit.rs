//! A project in a folder, a sandbox and a service, each a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A process of ours, ended with the test whatever happens.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn souschef(here: &Path) -> Command {
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
pub(crate) fn json_of(here: &Path, words: &[&str]) -> Value {
    let output = souschef(here).args(words).output().unwrap();
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Starts a sandbox on a free port; its address and the sample account's ids.
pub(crate) fn sandbox(here: &Path, latency: &str) -> (Process, String, String) {
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

pub(crate) fn project(here: &Path, url: &str, location: &str) {
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
pub(crate) struct Served {
    pub(crate) process: Process,
    pub(crate) webhooks: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) token: String,
}

pub(crate) fn serve(here: &Path) -> Served {
    serve_in(here, &[])
}

/// The same, with more in its environment.
pub(crate) fn serve_in(here: &Path, environment: &[(&str, &str)]) -> Served {
    let file = here.join(".souschef/serving.json");
    let _ = std::fs::remove_file(&file);
    let log = std::fs::File::create(here.join("log")).unwrap();
    let process = Process(
        souschef(here)
            .args(["serve", "--log-format", "json"])
            .envs(environment.iter().copied())
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
    pub(crate) fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        http(self.admin, method, path, &headers, "").unwrap()
    }

    pub(crate) fn post(&self, body: &Value) -> (u16, Value) {
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

pub(crate) fn http(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Option<(u16, Value)> {
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
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("waited in vain: {what}");
}

/// Requests that the sandbox has received: method and path.
pub(crate) fn ledger(url: &str) -> Vec<Value> {
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let (_, ledger) = http(address, "GET", "/_ledger", "", "").unwrap();
    ledger.as_array().cloned().unwrap_or_default()
}
