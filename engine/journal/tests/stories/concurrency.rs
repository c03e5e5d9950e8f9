//! Runs that may not overlap.

use souschef_journal::{Mode, Progress, RunState};

use crate::kit::{claim, claim_one, end, end_as, journal, run, run_with, say, start, state};
use crate::runs::rest_until;

#[tokio::test]
async fn queued_runs_of_one_key_follow_each_other_and_others_are_free() {
    let (_folder, journal) = journal().await;
    let first = start(&journal, run_with(Mode::Queue, "c1", None)).await;
    let second = start(&journal, run_with(Mode::Queue, "c1", None)).await;
    let third = start(&journal, run_with(Mode::Queue, "c1", None)).await;
    let other = start(&journal, run_with(Mode::Queue, "c2", None)).await;
    let claims = claim(&journal).await;
    let got: Vec<_> = claims.iter().map(|claim| claim.ticket.run.clone()).collect();
    assert_eq!(got, [first.clone(), other]);
    // Waiting is being under way.
    rest_until(&journal, &claims[0].ticket, 100).await;
    assert!(claim(&journal).await.is_empty());
    journal.settle(crate::kit::at(100), 10).await.unwrap();
    let ticket = claim_one(&journal).await;
    let standing = end(&journal, &ticket).await;
    assert_eq!(standing.woken, std::slice::from_ref(&second));
    // One that is cancelled in the queue leaves the order of the others alone.
    journal
        .cancel(&second, "no", "ana", crate::kit::at(5))
        .await
        .unwrap();
    let ticket = claim_one(&journal).await;
    assert_eq!(ticket.run, third);
}

#[tokio::test]
async fn a_limit_lets_so_many_run_at_once() {
    let (_folder, journal) = journal().await;
    for _ in 0..5 {
        start(&journal, run_with(Mode::Parallel, "", Some(2))).await;
    }
    start(&journal, run()).await;
    let claims = claim(&journal).await;
    assert_eq!(claims.len(), 3, "two of the limited ones and the free one");
    end(&journal, &claims[1].ticket).await;
    assert_eq!(claim(&journal).await.len(), 1);
}

#[tokio::test]
async fn skip_does_not_run_the_later_one_and_says_why() {
    let (_folder, journal) = journal().await;
    let first = start(&journal, run_with(Mode::Skip, "c1", None)).await;
    let second = start(&journal, run_with(Mode::Skip, "c1", None)).await;
    let kept = journal.look().run(&second).await.unwrap().unwrap();
    assert_eq!(kept.state, RunState::Stopped);
    assert_eq!(
        kept.reason,
        Some(format!("not run: run {first} was still under way"))
    );
    let ticket = claim_one(&journal).await;
    end(&journal, &ticket).await;
    start(&journal, run_with(Mode::Skip, "c1", None)).await;
    claim_one(&journal).await;
}

#[tokio::test]
async fn restart_cancels_the_earlier_ones_and_begins_after_them() {
    let (_folder, journal) = journal().await;
    let first = start(&journal, run_with(Mode::Restart, "c1", None)).await;
    let ticket = claim_one(&journal).await;
    let second = start(&journal, run_with(Mode::Restart, "c1", None)).await;
    let third = start(&journal, run_with(Mode::Restart, "c1", None)).await;
    // The one that never began is gone at once; the one under way is asked to end, and until it has, nobody begins.
    assert_eq!(state(&journal, &second).await, RunState::Cancelled);
    assert!(claim(&journal).await.is_empty());
    let standing = say(&journal, &ticket, Progress::default()).await;
    assert_eq!(standing.cancel, Some(format!("replaced by run {second}")));
    assert_eq!(state(&journal, &first).await, RunState::Running);
    let standing = end_as(&journal, &ticket, RunState::Cancelled).await;
    assert_eq!(standing.woken, std::slice::from_ref(&third));
    assert_eq!(claim_one(&journal).await.run, third);
}
