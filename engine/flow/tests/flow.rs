//! Runs the folders of `tests/flow`: a recipe, what it is told in which order, and exactly what it says.
//!
//! `UPDATE=1 cargo test -p souschef-flow --test flow` writes what is said now.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;
#[path = "support/trace.rs"]
mod trace;

use std::fmt::Write;
use std::path::Path;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value};
use souschef_flow::{EffectOutcome, Failure};
use support::{plan, start};
use trace::Traced;

/// `script.yaml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Script {
    event: Value,
    inputs: Map<String, Value>,
    told: Vec<Told>,
}

/// One thing that the machine is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Told {
    /// `done: [PATH, VALUE]`.
    Done(String, #[serde(default)] Value),
    /// `failed: [PATH, MESSAGE]`.
    Failed(String, String),
    /// `refused: [PATH, STATUS, MESSAGE]`.
    Refused(String, u16, String),
    Unknown(String, String),
    Skipped(String, String),
    TimedOut(String),
    Cancelled(String),
    /// The run is cancelled, for this reason.
    Cancel(String),
    /// `matches: [PATH, EVENT]`: is this what the wait waits for?
    Matches(String, Value),
    /// So many seconds pass.
    Later(i64),
}

fn failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        ..Failure::default()
    }
}

fn said(case: &Path) -> Result<String, String> {
    let recipe = std::fs::read_to_string(case.join("recipe.yaml")).unwrap();
    let script: Script = match std::fs::read_to_string(case.join("script.yaml")) {
        Ok(text) => serde_yaml::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", case.display())),
        Err(_) => Script::default(),
    };
    let mut run = Traced::start(start(plan(&recipe)?, script.event, script.inputs));
    let second = SignedDuration::from_secs(1);
    for told in script.told {
        let (path, outcome) = match told {
            Told::Done(path, value) => (path, EffectOutcome::Done(value)),
            Told::Failed(path, message) => (path, EffectOutcome::Failed(failure(&message))),
            Told::Refused(path, status, message) => {
                let failure = Failure {
                    code: Some("SC514".to_owned()),
                    status: Some(status),
                    ..failure(&message)
                };
                (path, EffectOutcome::Failed(failure))
            }
            Told::Unknown(path, message) => (path, EffectOutcome::Unknown(failure(&message))),
            Told::Skipped(path, reason) => (path, EffectOutcome::Skipped(reason)),
            Told::TimedOut(path) => (path, EffectOutcome::TimedOut),
            Told::Cancelled(path) => (path, EffectOutcome::Cancelled),
            Told::Cancel(reason) => {
                run.cancel(&reason);
                continue;
            }
            Told::Matches(path, event) => {
                let matches = run.machine.matches(&path, &event);
                writeln!(run.text, "\n{path} matches {event}: {matches}").unwrap();
                continue;
            }
            Told::Later(seconds) => {
                run.now += SignedDuration::from_secs(seconds);
                continue;
            }
        };
        run.feed(&path, outcome, second);
    }
    let open: Vec<&str> = run.open.iter().map(|effect| effect.path.as_str()).collect();
    if !open.is_empty() {
        writeln!(run.text, "\nstill open: {}", open.join(", ")).unwrap();
    }
    Ok(run.text)
}

#[test]
fn every_case_says_exactly_what_is_expected() {
    souschef_cases::hold("flow", "expected.txt", 40, said);
}
