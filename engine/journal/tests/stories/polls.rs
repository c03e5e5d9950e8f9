//! Polls and schedules move on only with what they start.

use serde_json::json;
use souschef_journal::{
    Accepted, Fired, JournalError, Page, PollCommit, PollState, Refusal, RunFilter, ScheduleFire, SeenItem,
};

use crate::kit::{at, event, journal, open_in, run};

fn commit(version: u64, items: &[&str]) -> PollCommit {
    PollCommit {
        poll: "main contacts.search".into(),
        version,
        cursor: Some(json!({ "after": items.last() })),
        seen: items
            .iter()
            .map(|item| SeenItem {
                item: (*item).into(),
                fingerprint: format!("print of {item}"),
            })
            .collect(),
        events: items
            .iter()
            .map(|item| event(item, json!({ "id": item }), vec![run()]))
            .collect(),
        at: at(5),
    }
}

#[tokio::test]
async fn a_poll_moves_on_with_the_runs_that_it_starts() {
    let (folder, journal) = journal().await;
    let poll = "main contacts.search";
    assert_eq!(journal.look().poll(poll).await.unwrap(), PollState::default());
    let accepted = journal.poll(commit(0, &["c1", "c2"])).await.unwrap();
    assert!(
        accepted
            .iter()
            .all(|accepted| matches!(accepted, Accepted::New { runs, .. } if runs.len() == 1))
    );
    journal.close();
    let journal = open_in(folder.path());
    let state = journal.look().poll(poll).await.unwrap();
    assert_eq!(
        (state.cursor, state.version, state.at),
        (Some(json!({ "after": "c2" })), 1, Some(at(5)))
    );
    let seen = journal
        .look()
        .seen(poll, vec!["c1".into(), "c9".into()])
        .await
        .unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen["c1"], "print of c1");
    // What a webhook brought before starts nothing again.
    let accepted = journal.poll(commit(1, &["c2", "c3"])).await.unwrap();
    assert!(matches!(accepted[0], Accepted::Duplicate { .. }));
    assert!(matches!(accepted[1], Accepted::New { .. }));
}

#[tokio::test]
async fn two_pollers_of_one_poll_do_not_both_move_it() {
    let (_folder, journal) = journal().await;
    journal.poll(commit(0, &["c1"])).await.unwrap();
    for stale in [0, 7] {
        let refused = journal.poll(commit(stale, &["c2"])).await;
        let moved = Refusal::PollMoved("main contacts.search".into());
        assert_eq!(refused, Err(JournalError::Refused(moved)));
    }
    let runs = journal
        .look()
        .runs(RunFilter::default(), Page::default())
        .await
        .unwrap();
    assert_eq!(runs.len(), 1);
    assert!(
        journal
            .look()
            .seen("main contacts.search", vec!["c2".into()])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_event_that_is_refused_leaves_the_poll_where_it_was() {
    let (_folder, journal) = journal().await;
    let mut commit = commit(0, &["c1", "c2"]);
    commit.events[1].runs[0].hash = "never kept".into();
    assert!(journal.poll(commit).await.is_err());
    assert_eq!(
        journal.look().poll("main contacts.search").await.unwrap().version,
        0
    );
    assert!(
        journal
            .look()
            .runs(RunFilter::default(), Page::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_person_can_have_a_poll_forgotten() {
    let (_folder, journal) = journal().await;
    let poll = "main contacts.search";
    journal.poll(commit(0, &["c1"])).await.unwrap();
    journal.forget_poll(poll, "token:ana", at(6)).await.unwrap();
    assert_eq!(journal.look().poll(poll).await.unwrap(), PollState::default());
    assert!(
        journal
            .look()
            .seen(poll, vec!["c1".into()])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_instant_fires_once_and_never_backwards() {
    let (_folder, journal) = journal().await;
    let fire = |second: i64| ScheduleFire {
        schedule: "report morning".into(),
        instant: at(second),
        event: Some(event(&format!("i{second}"), json!(second), vec![run()])),
        missed: vec![at(second - 20), at(second - 10)],
        at: at(second + 1),
    };
    assert!(matches!(
        journal.fire(fire(100)).await.unwrap(),
        Fired::New(Some(Accepted::New { .. }))
    ));
    assert_eq!(journal.fire(fire(100)).await.unwrap(), Fired::Past);
    assert_eq!(journal.fire(fire(50)).await.unwrap(), Fired::Past);
    let look = journal.look();
    assert_eq!(
        look.schedule("report morning").await.unwrap().unwrap().instant,
        at(100)
    );
    assert_eq!(look.schedule("other").await.unwrap(), None);
    assert_eq!(
        look.missed("report morning", Page::default()).await.unwrap(),
        [at(90), at(80)]
    );
    assert_eq!(
        look.missed("report morning", Page::from(at(90))).await.unwrap(),
        [at(80)]
    );
    assert_eq!(
        look.runs(RunFilter::default(), Page::default())
            .await
            .unwrap()
            .len(),
        1
    );
}
