//! Waits cost a row, end on time, and lose no event.

use std::sync::Arc;

use serde_json::json;
use souschef_journal::{
    Accepted, Journal, NewEvent, NewWait, Next, Outcome, Progress, RunId, RunState, Signal, Ticket, Verdict,
    WaitKind,
};

use crate::kit::{at, claim, claim_one, end, event, journal, open_in, run, say, start, state};
use crate::runs::rest_until;

async fn wait_for(journal: &Journal, ticket: &Ticket, until: Option<i64>) -> RunState {
    let wait = NewWait {
        path: "wait".into(),
        kind: WaitKind::Event {
            event: "ghl.ContactReply".into(),
            path: None,
            condition: Some(json!({ "contact": "c1" })),
            until: until.map(at),
        },
    };
    let rest = Progress {
        waits: vec![wait],
        next: Next::Rest,
        ..Progress::default()
    };
    say(journal, ticket, rest).await.state
}

fn reply(key: &str, verdict: Verdict) -> NewEvent {
    NewEvent {
        signal: Some(Signal {
            event: "ghl.ContactReply".into(),
            path: None,
            connections: None,
            verdict: Arc::new(move |wait| {
                assert_eq!(wait.condition, Some(json!({ "contact": "c1" })));
                verdict
            }),
        }),
        ..event(key, json!({ "reply": key }), vec![])
    }
}

async fn waiting() -> (tempfile::TempDir, Journal, RunId) {
    let (folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    assert_eq!(wait_for(&journal, &ticket, Some(100)).await, RunState::Waiting);
    (folder, journal, id)
}

#[tokio::test]
async fn a_wait_ends_at_its_moment_and_not_before_and_survives() {
    let (folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    assert_eq!(rest_until(&journal, &ticket, 100).await.state, RunState::Waiting);
    journal.close();
    let journal = open_in(folder.path());
    assert_eq!(state(&journal, &id).await, RunState::Waiting);
    assert_eq!(journal.look().next_due().await.unwrap(), Some(at(100)));
    let just_before = at(100).checked_sub(std::time::Duration::from_nanos(1)).unwrap();
    assert!(journal.settle(just_before, 10).await.unwrap().is_empty());
    let woken = journal.settle(at(100), 10).await.unwrap();
    assert_eq!((&woken[0].run, woken[0].path.as_str()), (&id, "wait"));
    assert!(journal.settle(at(200), 10).await.unwrap().is_empty(), "once");
    let ticket = claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(
        (&replay.effects[0].outcome, replay.effects[0].at),
        (&Outcome::Done(json!(null)), at(100))
    );
    end(&journal, &ticket).await;
}

#[tokio::test]
async fn an_event_ends_the_wait_that_takes_it() {
    let (_folder, journal, id) = waiting().await;
    let accepted = journal.accept(reply("r0", Verdict::Leaves)).await.unwrap();
    assert!(matches!(accepted, Accepted::New { woken, .. } if woken.is_empty()));
    let accepted = journal.accept(reply("r1", Verdict::Takes)).await.unwrap();
    assert!(matches!(accepted, Accepted::New { woken, .. } if woken == [id.clone()]));
    // The moment that it would have given up at is past without effect.
    assert!(journal.settle(at(500), 10).await.unwrap().is_empty());
    claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(replay.effects.len(), 1);
    assert_eq!(replay.effects[0].outcome, Outcome::Done(json!({ "reply": "r1" })));
}

#[tokio::test]
async fn an_event_that_only_the_run_can_judge_is_put_before_it() {
    let (folder, journal, id) = waiting().await;
    journal.accept(reply("r1", Verdict::AsksTheRun)).await.unwrap();
    journal.accept(reply("r2", Verdict::AsksTheRun)).await.unwrap();
    journal.close();
    let journal = open_in(folder.path());
    let ticket = claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    let offers: Vec<_> = replay
        .offers
        .iter()
        .map(|offer| offer.event.body.clone())
        .collect();
    assert_eq!(offers, [json!({ "reply": "r1" }), json!({ "reply": "r2" })]);
    // It leaves the first and can't rest before it has looked at the second.
    let leave = Progress {
        leaves: vec![replay.offers[0].offer],
        next: Next::Rest,
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, leave).await;
    assert_eq!((standing.state, standing.offers.len()), (RunState::Running, 1));
    let take = Progress {
        takes: vec![replay.offers[1].offer],
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, take).await;
    assert_eq!(standing.news[0].outcome, Outcome::Done(json!({ "reply": "r2" })));
    assert!(journal.look().waits(&id).await.unwrap().is_empty());
    end(&journal, &ticket).await;
}

#[tokio::test]
async fn an_event_between_going_to_rest_and_resting_is_not_lost() {
    let (_folder, journal) = journal().await;
    start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    // The wait stands while another branch of the run is still at work.
    let wait = NewWait {
        path: "wait".into(),
        kind: WaitKind::Event {
            event: "ghl.ContactReply".into(),
            path: None,
            condition: Some(json!({ "contact": "c1" })),
            until: None,
        },
    };
    say(
        &journal,
        &ticket,
        Progress {
            waits: vec![wait],
            ..Progress::default()
        },
    )
    .await;
    journal.accept(reply("r1", Verdict::AsksTheRun)).await.unwrap();
    assert!(claim(&journal).await.is_empty(), "its driver has it");
    let rest = Progress {
        next: Next::Rest,
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, rest).await;
    assert_eq!((standing.state, standing.offers.len()), (RunState::Running, 1));
}

#[tokio::test]
async fn an_event_that_does_not_come_times_the_wait_out() {
    let (_folder, journal, id) = waiting().await;
    journal.settle(at(100), 10).await.unwrap();
    claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(replay.effects[0].outcome, Outcome::TimedOut);
}

#[tokio::test]
async fn events_of_another_account_name_or_path_end_nothing() {
    let (_folder, journal, _id) = waiting().await;
    let mut other = reply("r1", Verdict::Takes);
    other.signal.as_mut().unwrap().connections = Some(vec!["second".into()]);
    journal.accept(other).await.unwrap();
    let mut other = reply("r2", Verdict::Takes);
    other.signal.as_mut().unwrap().path = Some("hook".into());
    journal.accept(other).await.unwrap();
    let mut other = reply("r3", Verdict::Takes);
    other.signal.as_mut().unwrap().event = "ghl.ContactCreate".into();
    journal.accept(other).await.unwrap();
    assert!(claim(&journal).await.is_empty());
    assert!(
        journal
            .look()
            .is_waited_for("ghl.ContactReply", None)
            .await
            .unwrap()
    );
    assert!(
        !journal
            .look()
            .is_waited_for("ghl.ContactReply", Some("hook"))
            .await
            .unwrap()
    );
    let mut both = reply("r4", Verdict::Takes);
    both.signal.as_mut().unwrap().connections = Some(vec!["second".into(), "main".into()]);
    journal.accept(both).await.unwrap();
    assert_eq!(claim(&journal).await.len(), 1, "it is of one of these accounts");
}

#[tokio::test]
async fn a_repeated_event_signals_once() {
    let (_folder, journal, id) = waiting().await;
    journal.accept(reply("r1", Verdict::AsksTheRun)).await.unwrap();
    journal.accept(reply("r1", Verdict::AsksTheRun)).await.unwrap();
    assert_eq!(journal.look().replay(&id).await.unwrap().offers.len(), 1);
}

#[tokio::test]
async fn a_wait_that_is_no_longer_wanted_is_let_go() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let wait = NewWait {
        path: "wait!timeout".into(),
        kind: WaitKind::Sleep { until: at(50) },
    };
    say(
        &journal,
        &ticket,
        Progress {
            waits: vec![wait],
            ..Progress::default()
        },
    )
    .await;
    say(
        &journal,
        &ticket,
        Progress {
            drops: vec!["wait!timeout".into()],
            ..Progress::default()
        },
    )
    .await;
    assert!(journal.settle(at(60), 10).await.unwrap().is_empty());
    assert!(journal.look().waits(&id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wait_past_all_calendars_waits_as_long_as_it_can() {
    let (_folder, journal) = journal().await;
    start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let wait = NewWait {
        path: "wait".into(),
        kind: WaitKind::Sleep {
            until: jiff::Timestamp::MAX,
        },
    };
    let rest = Progress {
        waits: vec![wait],
        next: Next::Rest,
        ..Progress::default()
    };
    assert_eq!(say(&journal, &ticket, rest).await.state, RunState::Waiting);
    assert!(
        journal
            .settle("2261-01-01T00:00:00Z".parse().unwrap(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(journal.look().next_due().await.unwrap().is_some());
}
