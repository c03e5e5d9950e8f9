//! Stories: requests in a row, and what is answered. Each is a file of `tests/sandbox/stories`.
//!
//! `@name` in a path or value is an id of the sample account, or what an earlier step kept. An answer holds at least what
//! is expected: maps may have more fields, lists may not have more items; an expected null is absent or null.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic, in its helpers too"
)]

mod common;

use std::path::Path;

use common::{Got, options, start, try_send};
use serde::Deserialize;
use serde_json::{Map, Value};
use souschef_sandbox::{Running, SandboxOptions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    #[serde(default)]
    given: Map<String, Value>,
    #[serde(default)]
    empty: bool,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `POST /contacts/`.
    send: String,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default = "usual_version")]
    version: String,
    /// Without the token.
    #[serde(default)]
    stranger: bool,
    status: u16,
    #[serde(default)]
    answer: Value,
    /// Names for values of the answer, by JSON pointer.
    #[serde(default)]
    keep: Map<String, Value>,
    /// What the ledger says was wrong.
    #[serde(default)]
    problems: Vec<String>,
}

fn usual_version() -> String {
    "2021-07-28".to_owned()
}

fn resolve(value: &mut Value, names: &Map<String, Value>) {
    match value {
        Value::String(text) => {
            if let Some(known) = text.strip_prefix('@').and_then(|name| names.get(name)) {
                *value = known.clone();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| resolve(item, names)),
        Value::Object(map) => map.values_mut().for_each(|item| resolve(item, names)),
        _ => {}
    }
}

fn resolve_path(path: &str, names: &Map<String, Value>) -> String {
    let mut path = path.to_owned();
    let mut known: Vec<(&String, &Value)> = names.iter().collect();
    known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, value) in known {
        path = path.replace(&format!("@{name}"), value.as_str().unwrap_or_default());
    }
    path
}

/// Where an answer differs from what is expected.
fn differences(place: &str, expected: &Value, found: &Value, out: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, expected) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                differences(&format!("{place}.{name}"), expected, found, out);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(&format!("{place}.{index}"), expected, found, out);
            }
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
        (expected, found) if expected == found => {}
        (expected, found) => out.push(format!("{place}: expected {expected}, found {found}")),
    }
}

async fn play(step: &Step, running: &Running, names: &Map<String, Value>) -> Got {
    let (method, path) = step.send.split_once(' ').unwrap();
    let mut headers = vec![("version", step.version.as_str())];
    if !step.stranger {
        headers.push(("authorization", "Bearer test"));
    }
    let mut body = step.body.clone();
    if let Some(body) = &mut body {
        headers.push(("content-type", "application/json"));
        resolve(body, names);
    }
    let body = body.map(|body| body.to_string());
    let path = resolve_path(path, names);
    try_send(running, method, &path, &headers, body.as_deref())
        .await
        .unwrap()
}

/// Plays a story; what was answered, and what is wrong.
async fn tell(path: &Path) -> (Vec<Got>, Vec<String>) {
    let story: Story = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap())
        .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let options = SandboxOptions {
        given: story.given,
        empty: story.empty,
        ..options()
    };
    let running = start(options).await;
    let mut names = running.sample();
    let (mut answers, mut wrong) = (Vec::new(), Vec::new());
    for (index, step) in story.steps.iter().enumerate() {
        let got = play(step, &running, &names).await;
        let place = format!("{} step {} {}", path.display(), index + 1, step.send);
        if got.status != step.status {
            wrong.push(format!("{place}: {} {}", got.status, got.body));
        }
        if !step.answer.is_null() {
            let mut expected = step.answer.clone();
            resolve(&mut expected, &names);
            let mut found = Vec::new();
            differences("", &expected, &got.json(), &mut found);
            if !found.is_empty() {
                found.push(got.body.clone());
            }
            wrong.extend(found.into_iter().map(|line| format!("{place}: {line}")));
        }
        let ledger = running.ledger();
        let problems = &ledger.last().unwrap().problems;
        let expected: Vec<String> = step
            .problems
            .iter()
            .map(|line| resolve_path(line, &names))
            .collect();
        if *problems != expected {
            wrong.push(format!("{place}: problems {problems:?}"));
        }
        for (name, pointer) in &step.keep {
            let answer = got.json();
            let found = answer.pointer(pointer.as_str().unwrap());
            names.insert(name.clone(), found.cloned().unwrap_or(Value::Null));
        }
        answers.push(got);
    }
    (answers, wrong)
}

fn stories() -> Vec<std::path::PathBuf> {
    let files = souschef_cases::entries(&souschef_cases::folder("sandbox/stories"));
    assert!(!files.is_empty());
    files
}

#[tokio::test]
async fn each_story_goes_as_written() {
    let mut wrong = Vec::new();
    for story in stories() {
        wrong.extend(tell(&story).await.1);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_bytes() {
    for story in stories() {
        assert_eq!(tell(&story).await.0, tell(&story).await.0, "{}", story.display());
    }
}
