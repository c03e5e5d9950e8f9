//! What the stories share: a journal in a folder of its own, and small makers of events and runs.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_journal::{
    Accepted, Claim, Concurrency, End, EventId, Journal, Key, Mode, NewEvent, NewRun, Next, Options, Outcome,
    Progress, RecipeText, RunId, RunState, Standing, Ticket,
};
use tempfile::TempDir;

pub(crate) const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn key() -> Key {
    Key::read(KEY).unwrap()
}

pub(crate) fn open_in(folder: &Path) -> Journal {
    Journal::open(folder, key(), Options::default(), at(0)).unwrap()
}

/// A journal that keeps the recipe `welcome`.
pub(crate) async fn journal() -> (TempDir, Journal) {
    let folder = TempDir::new().unwrap();
    let journal = open_in(folder.path());
    keep_recipe(&journal, "h1", "welcome").await;
    (folder, journal)
}

pub(crate) async fn keep_recipe(journal: &Journal, hash: &str, name: &str) {
    let recipe = RecipeText {
        hash: hash.into(),
        name: name.into(),
        text: format!("name: {name} {hash}\n"),
    };
    journal.keep_recipe(recipe, at(0)).await.unwrap();
}

pub(crate) fn run() -> NewRun {
    NewRun {
        id: RunId::new(),
        recipe: "welcome".into(),
        hash: "h1".into(),
        trigger: "trigger".into(),
        connection: "main".into(),
        inputs: json!({ "owner": "ana" }),
        concurrency: Concurrency::default(),
        once: None,
    }
}

pub(crate) fn run_with(mode: Mode, key: &str, limit: Option<u32>) -> NewRun {
    NewRun {
        concurrency: Concurrency {
            mode,
            key: Some(key.into()),
            limit,
        },
        ..run()
    }
}

pub(crate) fn event(key: &str, body: Value, runs: Vec<NewRun>) -> NewEvent {
    NewEvent {
        id: EventId::new(),
        connection: Some("main".into()),
        source: "ghl.ContactCreate".into(),
        key: Some(key.into()),
        strict: true,
        body,
        runs,
        signal: None,
        at: at(1),
    }
}

/// Accepts an event that starts this run.
pub(crate) async fn start(journal: &Journal, run: NewRun) -> RunId {
    let id = run.id.clone();
    let accepted = journal
        .accept(event(id.as_str(), json!({ "for": id }), vec![run]))
        .await
        .unwrap();
    assert!(matches!(accepted, Accepted::New { .. }), "{accepted:?}");
    id
}

pub(crate) async fn claim(journal: &Journal) -> Vec<Claim> {
    journal.claim(100, at(2)).await.unwrap()
}

/// Claims the one run that is ready.
pub(crate) async fn claim_one(journal: &Journal) -> Ticket {
    let mut claims = claim(journal).await;
    assert_eq!(claims.len(), 1, "{claims:?}");
    claims.remove(0).ticket
}

pub(crate) async fn say(journal: &Journal, ticket: &Ticket, progress: Progress) -> Standing {
    journal.progress(ticket, progress, at(3)).await.unwrap()
}

pub(crate) async fn end(journal: &Journal, ticket: &Ticket) -> Standing {
    end_as(journal, ticket, RunState::Succeeded).await
}

pub(crate) async fn end_as(journal: &Journal, ticket: &Ticket, state: RunState) -> Standing {
    let next = Next::End(End {
        state,
        reason: None,
        told: Outcome::Done(json!({ "outcome": state })),
    });
    say(
        journal,
        ticket,
        Progress {
            next,
            ..Progress::default()
        },
    )
    .await
}

pub(crate) async fn state(journal: &Journal, run: &RunId) -> RunState {
    journal.look().run(run).await.unwrap().unwrap().state
}

pub(crate) async fn counter(journal: &Journal, name: &str) -> i64 {
    let counters = journal.look().counters().await.unwrap();
    counters
        .into_iter()
        .find(|counter| counter.name == name)
        .map_or(0, |counter| counter.value)
}
