//! How many writes a second the journal keeps, shared commits against one commit each.
//! `cargo run --release -p souschef-journal --example group_commit [seconds]`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use souschef_journal::{
    AttemptBegin, AttemptEnd, Concurrency, End, EventId, Journal, Key, NewEvent, NewRun, Next, Options,
    Outcome, Progress, RecipeText, RunId, RunState,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[allow(clippy::print_stdout, reason = "it prints its measure")]
#[tokio::main]
async fn main() -> Result<(), Failure> {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(3);
    for writers in [1, 32, 128] {
        let (count, latest) = measure(writers, Duration::from_secs(seconds), Work::Accept).await?;
        println!(
            "{writers:>4} writers, accepted events: {:>7} a second, p99 {latest:?}",
            count / seconds
        );
    }
    for writers in [1, 32, 128] {
        let (count, latest) = measure(writers, Duration::from_secs(seconds), Work::WholeRun).await?;
        println!(
            "{writers:>4} writers, runs of two calls: {:>6} a second, p99 {latest:?}",
            count / seconds
        );
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Work {
    Accept,
    WholeRun,
}

async fn measure(writers: usize, length: Duration, work: Work) -> Result<(u64, Duration), Failure> {
    let folder = tempfile::tempdir()?;
    let journal = Journal::open(
        folder.path(),
        Key::generate(),
        Options::default(),
        Timestamp::now(),
    )?;
    let recipe = RecipeText {
        hash: "h".into(),
        name: "bench".into(),
        text: String::new(),
    };
    journal.keep_recipe(recipe, Timestamp::now()).await?;
    let journal = Arc::new(journal);
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (journal, stop) = (Arc::clone(&journal), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    accept(&journal).await?;
                    if matches!(work, Work::WholeRun) {
                        run_one(&journal).await?;
                    }
                    times.push(began.elapsed());
                }
                Ok::<_, Failure>(times)
            })
        })
        .collect();
    tokio::time::sleep(length).await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    times.sort();
    let latest = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    Ok((times.len() as u64, latest))
}

async fn accept(journal: &Journal) -> Result<(), Failure> {
    let run = NewRun {
        id: RunId::new(),
        recipe: "bench".into(),
        hash: "h".into(),
        trigger: "trigger".into(),
        connection: "main".into(),
        inputs: json!({}),
        concurrency: Concurrency::default(),
        once: None,
    };
    let id = EventId::new();
    let event = NewEvent {
        key: Some(id.to_string()),
        id,
        connection: Some("main".into()),
        source: "ghl.ContactCreate".into(),
        strict: true,
        body: json!({ "type": "ContactCreate", "fill": "about six hundred bytes of a contact ".repeat(16) }),
        runs: vec![run],
        signal: None,
        at: Timestamp::now(),
    };
    journal.accept(event).await?;
    Ok(())
}

/// Takes any run that is ready and brings it to its end: seven writes for two calls.
async fn run_one(journal: &Journal) -> Result<(), Failure> {
    let Some(claim) = journal.claim(1, Timestamp::now()).await?.pop() else {
        return Ok(());
    };
    let mut heard = 0;
    for path in ["actions[0]", "actions[1]"] {
        let begin = AttemptBegin {
            path: path.into(),
            number: 1,
            looking: false,
            request:
                json!({ "method": "POST", "url": "http://localhost/contacts", "body": { "name": "Ana" } })
                    .into(),
        };
        let progress = Progress {
            heard,
            begins: vec![begin],
            ..Progress::default()
        };
        journal
            .progress(&claim.ticket, progress, Timestamp::now())
            .await?;
        let end = AttemptEnd {
            path: path.into(),
            number: 1,
            status: Some(201),
            response: Some(json!({ "contact": { "id": "c1" } })),
            error: None,
            ms: 1,
        };
        let progress = Progress {
            heard,
            ends: vec![end],
            outcomes: vec![(path.into(), Outcome::Done(json!({ "contact": { "id": "c1" } })))],
            ..Progress::default()
        };
        let standing = journal
            .progress(&claim.ticket, progress, Timestamp::now())
            .await?;
        heard = standing.news.last().map_or(heard, |effect| effect.seq);
    }
    let end = End {
        state: RunState::Succeeded,
        reason: None,
        told: Outcome::Cancelled,
    };
    let progress = Progress {
        heard,
        next: Next::End(end),
        ..Progress::default()
    };
    journal
        .progress(&claim.ticket, progress, Timestamp::now())
        .await?;
    Ok(())
}
