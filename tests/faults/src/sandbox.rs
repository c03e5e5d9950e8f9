//! The stand-in of the APIs, in a process of its own that no fault stops, and its ledger of all that it received.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::error::Error;
use crate::wire;

/// A sandbox at work; it ends with its value.
#[derive(Debug)]
pub struct Sandbox {
    child: Child,
    /// `http://127.0.0.1:40123`.
    pub url: String,
    /// Ids of the sample account, by name.
    pub names: BTreeMap<String, String>,
    // While it is there, the sandbox has somewhere to print to.
    _lines: BufReader<std::process::ChildStdout>,
}

/// A request as the sandbox received it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What tells requests apart: method, path, query, body.
    pub request: String,
    /// Method and path.
    pub place: String,
    /// The operation that it was taken for.
    pub operation: String,
    /// The status answered; none where no answer was given.
    pub status: Option<u16>,
    /// The fault played.
    pub fault: Option<String>,
}

impl Entry {
    /// Whether it was refused as more than the account allows.
    pub fn is_over_the_limit(&self) -> bool {
        self.status == Some(429) && self.fault.is_none()
    }

    /// Whether the other side has done what was asked.
    pub fn is_done(&self) -> bool {
        match self.fault.as_deref().and_then(|fault| fault.split(':').next()) {
            Some("lost" | "hang" | "half") => true,
            Some(_) => false,
            None => self.status.is_some_and(|status| status < 300),
        }
    }
}

impl Sandbox {
    /// Starts one.
    ///
    /// # Errors
    /// It can't be started, or says something unexpected.
    pub fn start(binary: &Path, folder: &Path, seed: u64, options: &[&str]) -> Result<Self, Error> {
        let log = folder.join("sandbox.log");
        let stderr = File::create(&log).map_err(Error::file("can't write", &log))?;
        let mut child = Command::new(binary)
            .args([
                "--color",
                "never",
                "sandbox",
                "--listen",
                "127.0.0.1:0",
                "--seed",
                &seed.to_string(),
            ])
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(Error::file("can't start", binary))?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Error::Other("the sandbox has no stdout".to_owned()))?;
        let mut lines = BufReader::new(stdout);
        let (mut url, mut names) = (None, BTreeMap::new());
        let mut line = String::new();
        while !names.contains_key("timerex_task_id") {
            line.clear();
            let read = lines.read_line(&mut line).map_err(Error::world("the sandbox"))?;
            if read == 0 {
                return Err(Error::Other(format!(
                    "the sandbox ended before it listened: {}",
                    std::fs::read_to_string(&log).unwrap_or_default()
                )));
            }
            if let Some(found) = line.trim().strip_prefix("listening on ") {
                url = Some(found.to_owned());
            } else if let Some((name, id)) = line.trim().split_once("  ") {
                names.insert(name.trim().to_owned(), id.trim().to_owned());
            }
        }
        let url = url.ok_or_else(|| Error::Other("the sandbox does not say where it listens".to_owned()))?;
        Ok(Self {
            child,
            url,
            names,
            _lines: lines,
        })
    }

    /// Where it listens, without the scheme.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Everything that it received.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn ledger(&self) -> Result<Vec<Entry>, Error> {
        let answer = wire::ask(self.address(), "GET", "/_ledger", &[], None)
            .await
            .map_err(Error::world("the sandbox's ledger"))?;
        let entries = answer.body.as_array().cloned().unwrap_or_default();
        Ok(entries.iter().map(entry).collect())
    }

    /// What it holds, by collection.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn state(&self) -> Result<Value, Error> {
        let answer = wire::ask(self.address(), "GET", "/_state", &[], None)
            .await
            .map_err(Error::world("the sandbox's state"))?;
        Ok(answer.body)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn entry(entry: &Value) -> Entry {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = format!("/{}", text("path").trim_start_matches('/'));
    let place = format!("{} {path}", text("method"));
    let body = entry.get("body").filter(|body| !body.is_null());
    Entry {
        request: request(text("method"), &path, text("query"), body),
        place,
        operation: text("operation").to_owned(),
        status: entry
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok()),
        fault: entry.get("fault").and_then(Value::as_str).map(str::to_owned),
    }
}

/// What tells requests apart.
pub fn request(method: &str, path: &str, query: &str, body: Option<&Value>) -> String {
    let body = body.map(Value::to_string).unwrap_or_default();
    format!("{method} {path}?{query} {body}")
}
