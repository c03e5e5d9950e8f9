//! Accepted means kept, and one event is one run.

use std::sync::Arc;

use serde_json::json;
use souschef_journal::{Accepted, EventId, JournalError, NewEvent, NewRun, Once, Refusal, RunState};

use crate::kit::{at, counter, event, journal, keep_recipe, open_in, run};

#[tokio::test]
async fn an_accepted_event_survives_with_its_runs_and_their_recipe() {
    let (folder, journal) = journal().await;
    let (first, second) = (run(), run());
    let ids = [first.id.clone(), second.id.clone()];
    let new = event(
        "wh-1",
        json!({ "contact": "c1", "n": [1, 2.5, null] }),
        vec![first, second],
    );
    let id = new.id.clone();
    let accepted = journal.accept(new).await.unwrap();
    let Accepted::New { event, runs, woken } = accepted else {
        panic!("{accepted:?}")
    };
    assert_eq!(event, id);
    assert_eq!(runs, ids.clone().map(|id| (id, RunState::Queued)).to_vec());
    assert!(woken.is_empty());
    journal.close();

    let journal = open_in(folder.path());
    let kept = journal.look().event(&id).await.unwrap().unwrap();
    assert_eq!(kept.body, json!({ "contact": "c1", "n": [1, 2.5, null] }));
    assert_eq!((kept.key.as_deref(), kept.received_at), (Some("wh-1"), at(1)));
    let runs = journal.look().runs_of(&id).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>(), ids);
    let replay = journal.look().replay(&ids[1]).await.unwrap();
    assert_eq!(replay.recipe.text, "name: welcome h1\n");
    assert_eq!(replay.run.inputs, json!({ "owner": "ana" }));
    assert_eq!(replay.event.unwrap().id, id);
}

#[tokio::test]
async fn the_same_key_again_starts_nothing_and_names_the_first() {
    let (_folder, journal) = journal().await;
    let first = event("wh-1", json!({ "a": 1, "b": 2 }), vec![run()]);
    let id = first.id.clone();
    journal.accept(first).await.unwrap();
    // The same body, its keys in another order.
    let again = event("wh-1", json!({ "b": 2, "a": 1 }), vec![run()]);
    assert_eq!(
        journal.accept(again).await.unwrap(),
        Accepted::Duplicate { event: id }
    );
    assert_eq!(
        journal
            .look()
            .runs(Default::default(), Default::default())
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(counter(&journal, "events.duplicate").await, 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_kept_and_told_but_starts_nothing() {
    let (_folder, journal) = journal().await;
    let first = event("wh-1", json!({ "a": 1 }), vec![run()]);
    let first_id = first.id.clone();
    journal.accept(first).await.unwrap();
    let other = event("wh-1", json!({ "a": 2 }), vec![run()]);
    let other_id = other.id.clone();
    let differs = Accepted::Differs {
        event: other_id.clone(),
        first: first_id.clone(),
    };
    assert_eq!(journal.accept(other).await.unwrap(), differs);
    // Once is enough to keep it.
    assert_eq!(
        journal
            .accept(event("wh-1", json!({ "a": 2 }), vec![run()]))
            .await
            .unwrap(),
        differs
    );
    let kept = journal.look().event(&other_id).await.unwrap().unwrap();
    assert_eq!(
        (kept.body, kept.differs_from),
        (json!({ "a": 2 }), Some(first_id.clone()))
    );
    assert_eq!(
        journal
            .look()
            .runs(Default::default(), Default::default())
            .await
            .unwrap()
            .len(),
        1
    );

    // A reconciling poll shares the keys and has bodies of its own.
    let polled = NewEvent {
        strict: false,
        ..event("wh-1", json!({ "polled": true }), vec![run()])
    };
    assert_eq!(
        journal.accept(polled).await.unwrap(),
        Accepted::Duplicate { event: first_id }
    );
}

#[tokio::test]
async fn keys_of_other_accounts_and_sources_are_other_events() {
    let (_folder, journal) = journal().await;
    let base = event("k", json!(1), vec![]);
    let variants = [
        base.clone(),
        NewEvent {
            id: EventId::new(),
            connection: None,
            ..base.clone()
        },
        NewEvent {
            id: EventId::new(),
            connection: Some("other".into()),
            ..base.clone()
        },
        NewEvent {
            id: EventId::new(),
            source: "ghl.ContactDelete".into(),
            ..base.clone()
        },
        NewEvent {
            id: EventId::new(),
            key: None,
            ..base.clone()
        },
        NewEvent {
            id: EventId::new(),
            key: None,
            ..base
        },
    ];
    for variant in variants {
        let accepted = journal.accept(variant).await.unwrap();
        assert!(matches!(accepted, Accepted::New { .. }), "{accepted:?}");
    }
}

#[tokio::test]
async fn a_refused_write_leaves_nothing_and_harms_no_other() {
    let (_folder, journal) = journal().await;
    let journal = Arc::new(journal);
    let mut tasks = Vec::new();
    for number in 0..40 {
        let journal = Arc::clone(&journal);
        tasks.push(tokio::spawn(async move {
            let mut start = run();
            if number % 2 == 0 {
                start.hash = "never kept".into();
            }
            journal
                .accept(event(&format!("k{number}"), json!(number), vec![run(), start]))
                .await
        }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let accepted = task.await.unwrap();
        if number % 2 == 0 {
            let refusal = Refusal::NoRecipe("never kept".into());
            assert_eq!(accepted, Err(JournalError::Refused(refusal)));
        } else {
            assert!(matches!(accepted, Ok(Accepted::New { .. })), "{accepted:?}");
        }
    }
    assert_eq!(
        journal
            .look()
            .runs(Default::default(), Default::default())
            .await
            .unwrap()
            .len(),
        40
    );
    assert_eq!(counter(&journal, "events.accepted").await, 20);
    // Its key was not used up either.
    keep_recipe(&journal, "h2", "welcome").await;
    let accepted = journal.accept(event("k0", json!(0), vec![run()])).await.unwrap();
    assert!(matches!(accepted, Accepted::New { .. }));
}

#[test]
fn many_at_once_with_one_key_give_one_event() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_folder, journal) = runtime.block_on(journal());
    let journal = Arc::new(journal);
    let gate = Arc::new(std::sync::Barrier::new(64));
    let threads: Vec<_> = (0..64)
        .map(|_| {
            let (journal, gate) = (Arc::clone(&journal), Arc::clone(&gate));
            let handle = runtime.handle().clone();
            std::thread::spawn(move || {
                gate.wait();
                handle
                    .block_on(journal.accept(event("wh", json!({ "x": 1 }), vec![run()])))
                    .unwrap()
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let mut first = Vec::new();
    let mut repeats = Vec::new();
    for answer in answers {
        match answer {
            Accepted::New { event, .. } => first.push(event),
            Accepted::Duplicate { event } => repeats.push(event),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((first.len(), repeats.len()), (1, 63));
    assert!(repeats.iter().all(|event| *event == first[0]));
    let runs = runtime
        .block_on(journal.look().runs(Default::default(), Default::default()))
        .unwrap();
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn more_new_work_than_the_queue_takes_is_refused_at_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let options = souschef_journal::Options { queue: 4, readers: 1 };
    let journal = souschef_journal::Journal::open(folder.path(), crate::kit::key(), options, at(0)).unwrap();
    keep_recipe(&journal, "h1", "welcome").await;
    // Polled once each, in one turn of one thread: nobody's place is given back meanwhile, for nobody looks at the answers.
    let mut waiting: Vec<_> = (0..200)
        .map(|number| Box::pin(journal.accept(event(&format!("k{number}"), json!(1), vec![run()]))))
        .collect();
    let mut busy = 0;
    let mut kept = 0;
    for accept in &mut waiting {
        match accept.as_mut().await {
            Ok(_) => kept += 1,
            Err(JournalError::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((kept, busy), (200, 0), "one after the other there is always room");
    drop(waiting);
    let gate = Arc::new(tokio::sync::Barrier::new(200));
    let journal = Arc::new(journal);
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let (journal, gate) = (Arc::clone(&journal), Arc::clone(&gate));
            tokio::spawn(async move {
                gate.wait().await;
                journal
                    .accept(event(&format!("j{number}"), json!(1), vec![run()]))
                    .await
            })
        })
        .collect();
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => kept += 1,
            Err(JournalError::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(busy > 0, "200 at once did not fill a queue of 4");
    assert_eq!(counter(&journal, "events.accepted").await, kept);
}

/// A run of a recipe for the contact c1: found by a poll, or told of at a second.
fn once(recipe: &str, told_at: Option<i64>) -> NewRun {
    NewRun {
        recipe: recipe.into(),
        once: Some(Once {
            key: "item:c1".into(),
            told_at: told_at.map(at),
        }),
        ..run()
    }
}

#[tokio::test]
async fn a_run_is_started_once_however_its_cause_comes_to_light() {
    let (_folder, journal) = journal().await;
    // A poll finds the contact first; the webhook comes late, and another recipe listens to it too.
    let mut found = event("", json!({ "id": "c1" }), vec![once("welcome", None)]);
    found.key = None;
    let first = found.id.clone();
    journal.accept(found).await.unwrap();
    let runs = vec![once("welcome", Some(0)), once("greet", Some(0))];
    let late = event("wh-1", json!({ "id": "c1", "type": "ContactCreate" }), runs);
    let second = late.id.clone();
    let accepted = journal.accept(late).await.unwrap();
    let Accepted::New { runs, .. } = accepted else {
        panic!("{accepted:?}")
    };
    assert_eq!(runs.len(), 1, "only the recipe that had not heard of it");
    assert_eq!(journal.look().runs_of(&second).await.unwrap()[0].recipe, "greet");

    // Nothing is left to be started: the same as a repeat, and so are its own repeats.
    for _ in 0..2 {
        let later = event("wh-2", json!({ "id": "c1" }), vec![once("welcome", Some(0))]);
        assert_eq!(
            journal.accept(later).await.unwrap(),
            Accepted::Duplicate { event: first.clone() }
        );
    }
    assert_eq!(counter(&journal, "events.duplicate").await, 2);
}

#[tokio::test]
async fn what_is_told_of_a_thing_later_is_news_and_what_is_found_after_it_is_not() {
    let (_folder, journal) = journal().await;
    // Each time the contact is changed, a webhook tells of it.
    for (key, told) in [("wh-1", -5), ("wh-2", 0), ("wh-3", 9)] {
        let told = event(key, json!({ "n": told }), vec![once("welcome", Some(told))]);
        let accepted = journal.accept(told).await.unwrap();
        assert!(
            matches!(&accepted, Accepted::New { runs, .. } if runs.len() == 1),
            "{accepted:?}"
        );
    }
    let mut found = event("", json!({ "id": "c1" }), vec![once("welcome", None)]);
    found.key = None;
    let accepted = journal.accept(found).await.unwrap();
    assert!(matches!(accepted, Accepted::Duplicate { .. }), "{accepted:?}");
}
