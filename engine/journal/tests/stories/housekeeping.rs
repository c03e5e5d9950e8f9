//! Copies, retention, export, and the log of who did what.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use souschef_journal::{
    Accepted, Health, Key, Look, NewEvent, Options, Page, Progress, Removed, Retention, RunFilter, RunState,
};

use crate::kit::{at, claim, claim_one, end, event, journal, keep_recipe, key, open_in, run, say, start};
use crate::runs::{answer, begin, done, rest_until};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn a_copy_made_under_load_is_whole_and_opens() {
    let (folder, journal) = journal().await;
    let journal = Arc::new(journal);
    let before = start(&journal, run()).await;
    let writer = {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            for _ in 0..200 {
                start(&journal, run()).await;
            }
        })
    };
    let to = folder.path().join("elsewhere/copy.db");
    let copying = Arc::clone(&journal);
    let copy = tokio::task::spawn_blocking(move || copying.copy(Some(&to), at(9)))
        .await
        .unwrap()
        .unwrap();
    writer.await.unwrap();
    assert!(copy.bytes > 0);
    let other = tempfile::TempDir::new().unwrap();
    fs::copy(&copy.path, other.path().join("journal.db")).unwrap();
    // It can be looked at before a service has opened it.
    let look = Look::open(other.path()).unwrap();
    assert!(look.run(&before).await.unwrap().is_some());
    drop(look);
    let copied = open_in(other.path());
    assert_eq!(
        copied.look().run(&before).await.unwrap().unwrap().state,
        RunState::Queued
    );
    // It is one moment: each event with its run.
    let runs = copied
        .look()
        .runs(
            RunFilter::default(),
            Page {
                limit: 1000,
                below: None,
            },
        )
        .await
        .unwrap();
    for run in runs {
        assert!(copied.look().event(&run.event.unwrap()).await.unwrap().is_some());
    }
    assert!(!folder.path().join("elsewhere/copy.db.partial").exists());
}

#[tokio::test]
async fn what_is_old_goes_in_batches_and_what_goes_on_stays() {
    let (_folder, journal) = journal().await;
    keep_recipe(&journal, "h9", "brief").await;
    for _ in 0..5 {
        start(&journal, run()).await;
    }
    let waiting = start(&journal, run()).await;
    let mut brief = run();
    brief.recipe = "brief".into();
    brief.hash = "h9".into();
    let brief = start(&journal, brief).await;
    for claim in claim(&journal).await {
        if claim.ticket.run == waiting {
            rest_until(&journal, &claim.ticket, 400 * DAY).await;
        } else {
            let mut progress = done("a", json!(1));
            progress.begins = vec![begin("a", 1)];
            progress.ends = vec![answer("a", 1, 200)];
            say(&journal, &claim.ticket, progress).await;
            end(&journal, &claim.ticket).await;
        }
    }
    journal
        .note("ana", "recipe.enable", "welcome", None, at(0))
        .await
        .unwrap();
    let retention = Retention {
        runs_of: vec![("brief".into(), Duration::from_secs(60))],
        batch: 2,
        ..Retention::default()
    };
    // Two minutes later only the brief one is old.
    let removed = journal.retain(retention.clone(), at(120)).await.unwrap();
    assert_eq!(
        removed,
        Removed {
            runs: 1,
            ..Removed::default()
        }
    );
    assert!(journal.look().run(&brief).await.unwrap().is_none());

    let mut sum = Removed::default();
    let mut batches = 0;
    loop {
        let removed = journal.retain(retention.clone(), at(31 * DAY)).await.unwrap();
        assert!(removed.runs <= 2 && removed.events <= 2);
        sum.runs += removed.runs;
        sum.events += removed.events;
        sum.recipes += removed.recipes;
        batches += 1;
        if !removed.more {
            break;
        }
    }
    assert!(batches > 2);
    assert_eq!(
        (sum.runs, sum.events, sum.recipes),
        (5, 6, 1),
        "the waiting run keeps its event and its recipe"
    );
    assert_eq!(
        journal
            .look()
            .runs(RunFilter::default(), Page::default())
            .await
            .unwrap()
            .len(),
        1
    );
    journal.look().replay(&waiting).await.unwrap();

    // The keys outlive the events, and go later.
    let again = event(brief.as_str(), json!({ "for": brief }), vec![]);
    assert!(matches!(
        journal.accept(again.clone()).await.unwrap(),
        Accepted::Duplicate { .. }
    ));
    let removed = journal.retain(retention.clone(), at(89 * DAY)).await.unwrap();
    assert_eq!(removed.keys, 0);
    let short = Retention {
        keys: Duration::ZERO,
        replay_window: Duration::from_secs(100 * 24 * 60 * 60),
        ..retention
    };
    assert_eq!(
        journal.retain(short.clone(), at(99 * DAY)).await.unwrap().keys,
        0,
        "never before the replay window"
    );
    let mut keys = 0;
    loop {
        let removed = journal.retain(short.clone(), at(101 * DAY)).await.unwrap();
        keys += removed.keys;
        if !removed.more {
            break;
        }
    }
    assert_eq!(keys, 7);
    let later = NewEvent {
        id: souschef_journal::EventId::new(),
        ..again
    };
    assert!(matches!(
        journal.accept(later).await.unwrap(),
        Accepted::New { .. }
    ));
}

#[tokio::test]
async fn what_came_while_the_clock_was_wrong_keeps_nothing_else() {
    let (_folder, journal) = journal().await;
    let early = NewEvent {
        at: at(4000 * DAY),
        ..event("ahead", json!({}), vec![run()])
    };
    journal.accept(early).await.unwrap();
    for _ in 0..2 {
        start(&journal, run()).await;
    }
    for claim in claim(&journal).await {
        end(&journal, &claim.ticket).await;
    }
    let removed = journal.retain(Retention::default(), at(31 * DAY)).await.unwrap();
    assert_eq!((removed.runs, removed.events), (3, 2));
}

#[tokio::test]
async fn a_run_is_exported_whole() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    say(
        &journal,
        &ticket,
        Progress {
            begins: vec![begin("a", 1)],
            ..Progress::default()
        },
    )
    .await;
    let mut finish = done("a", json!({ "id": "c1" }));
    finish.ends = vec![answer("a", 1, 201)];
    say(&journal, &ticket, finish).await;
    end(&journal, &ticket).await;
    let export = journal.look().export(&id).await.unwrap();
    assert_eq!(export["run"]["id"], json!(id));
    assert_eq!(export["run"]["state"], json!("succeeded"));
    assert_eq!(export["recipe"]["text"], json!("name: welcome h1\n"));
    assert_eq!(export["event"]["body"], json!({ "for": id }));
    assert_eq!(export["attempts"][0]["status"], json!(201));
    assert_eq!(
        export["effects"][0]["outcome"],
        json!({ "outcome": "done", "value": { "id": "c1" } })
    );
}

#[tokio::test]
async fn who_did_what_is_kept_and_paged() {
    let (_folder, journal) = journal().await;
    for number in 0..5 {
        let what = format!("recipe.edit {number}");
        journal
            .note(
                "token:ana",
                &what,
                "welcome",
                Some("through the console"),
                at(number),
            )
            .await
            .unwrap();
    }
    let first = journal
        .look()
        .audit(
            None,
            Page {
                limit: 2,
                below: None,
            },
        )
        .await
        .unwrap();
    let rest = journal
        .look()
        .audit(
            Some("welcome"),
            Page {
                limit: 9,
                below: Some(first[1].seq),
            },
        )
        .await
        .unwrap();
    let all: Vec<_> = first.iter().chain(&rest).map(|entry| entry.at).collect();
    assert_eq!(all, [4, 3, 2, 1, 0].map(at));
    assert!(
        journal
            .look()
            .audit(Some("other"), Page::default())
            .await
            .unwrap()
            .is_empty()
    );
    journal.count("webhooks.refused", 2).await.unwrap();
    journal.count("webhooks.refused", 3).await.unwrap();
    assert_eq!(crate::kit::counter(&journal, "webhooks.refused").await, 5);
}

#[tokio::test]
async fn a_closed_journal_says_so_and_carries_its_log_over() {
    let folder = tempfile::TempDir::new().unwrap();
    let journal = souschef_journal::Journal::open(folder.path(), key(), Options::default(), at(0)).unwrap();
    keep_recipe(&journal, "h1", "welcome").await;
    start(&journal, run()).await;
    let health = journal.health();
    assert_eq!(*health.borrow(), Health::Well);
    journal.close();
    assert_eq!(*health.borrow(), Health::Closed);
    let log = fs::metadata(folder.path().join("journal.db-wal")).map_or(0, |found| found.len());
    assert_eq!(log, 0);
    assert!(Key::read("no").is_none());
}
