//! A run's course: claimed by one, fed in the journal's order, ended once.

use serde_json::{Value, json};
use souschef_journal::{
    Accepted, AttemptBegin, AttemptEnd, Journal, JournalError, Mode, NewWait, Next, Outcome, Page, Progress,
    Refusal, RunFilter, RunId, RunState, Step, Ticket, WaitKind,
};

use crate::kit::{
    at, claim, claim_one, end, end_as, event, journal, keep_recipe, open_in, run, run_with, say, start, state,
};

pub(crate) fn begin(path: &str, number: u32) -> AttemptBegin {
    AttemptBegin {
        path: path.into(),
        number,
        looking: false,
        request: json!({ "method": "POST", "url": format!("/{path}/{number}") }).into(),
    }
}

pub(crate) fn answer(path: &str, number: u32, status: u16) -> AttemptEnd {
    AttemptEnd {
        path: path.into(),
        number,
        status: Some(status),
        response: Some(json!({ "of": number })),
        error: None,
        ms: 12,
    }
}

pub(crate) fn done(path: &str, value: Value) -> Progress {
    Progress {
        outcomes: vec![(path.into(), Outcome::Done(value))],
        ..Progress::default()
    }
}

fn step(path: &str, outcome: &str) -> Step {
    Step {
        path: path.into(),
        id: Some(path.into()),
        title: format!("Step {path}"),
        word: "action".into(),
        operation: Some("contacts.upsert".into()),
        depth: 0,
        label: None,
        outcome: outcome.into(),
        reason: None,
        result: None,
        failure: None,
        handled: false,
        began_at: at(2),
        ended_at: None,
    }
}

#[tokio::test]
async fn a_run_is_claimed_by_one_driver_and_ends_once() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    assert!(claim(&journal).await.is_empty());
    assert_eq!(state(&journal, &id).await, RunState::Running);
    let standing = end(&journal, &ticket).await;
    assert_eq!(standing.state, RunState::Succeeded);
    let again = journal.progress(&ticket, Progress::default(), at(9)).await;
    let ended = Refusal::Ended {
        run: id.clone(),
        state: RunState::Succeeded,
    };
    assert_eq!(again, Err(JournalError::Refused(ended)));
    let kept = journal.look().run(&id).await.unwrap().unwrap();
    assert_eq!((kept.started_at, kept.ended_at), (Some(at(2)), Some(at(3))));
}

#[tokio::test]
async fn a_driver_that_lost_its_run_is_refused() {
    let (folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let old = claim_one(&journal).await;
    say(&journal, &old, done("a", json!(1))).await;
    journal.close();

    // The process stopped and another one goes on.
    let journal = open_in(folder.path());
    assert_eq!(state(&journal, &id).await, RunState::Queued);
    let ticket = claim_one(&journal).await;
    let refused = journal
        .progress(&old, done("b", json!("from the dead")), at(9))
        .await;
    assert_eq!(refused, Err(JournalError::Refused(Refusal::NotYours(id.clone()))));
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(replay.effects.len(), 1);
    assert_eq!(
        (replay.effects[0].path.as_str(), &replay.effects[0].outcome),
        ("a", &Outcome::Done(json!(1)))
    );
    assert_eq!(replay.effects[0].at, at(3));
    end(&journal, &ticket).await;
}

#[tokio::test]
async fn outcomes_come_back_in_one_order_and_the_first_of_a_path_stands() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let news = say(&journal, &ticket, done("a", json!(1))).await.news;
    let heard = news.last().unwrap().seq;
    let mut more = done("a", json!("second"));
    more.outcomes
        .push(("b".into(), Outcome::Failed(json!({ "message": "no" }))));
    more.heard = heard;
    let news = say(&journal, &ticket, more).await.news;
    assert_eq!(
        news.iter().map(|effect| effect.path.as_str()).collect::<Vec<_>>(),
        ["b"]
    );
    let replay = journal.look().replay(&id).await.unwrap();
    let all: Vec<_> = replay.effects.into_iter().map(|effect| effect.outcome).collect();
    assert_eq!(
        all,
        [
            Outcome::Done(json!(1)),
            Outcome::Failed(json!({ "message": "no" }))
        ]
    );
    assert_eq!(journal.look().effects(&id, heard).await.unwrap(), news);
}

#[tokio::test]
async fn an_attempt_is_kept_before_it_leaves_and_its_answer_stays_its_own() {
    let (folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let first = Progress {
        begins: vec![begin("a", 1)],
        ..Progress::default()
    };
    say(&journal, &ticket, first).await;
    journal.close();
    let journal = open_in(folder.path());
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(replay.attempts.len(), 1, "nobody knows what became of it");
    assert_eq!(
        (replay.attempts[0].number, replay.attempts[0].ended_at),
        (1, None)
    );

    let ticket = claim_one(&journal).await;
    let second = Progress {
        begins: vec![begin("a", 2)],
        ..Progress::default()
    };
    say(&journal, &ticket, second).await;
    // The answer to the first comes late: it is evidence, no outcome.
    journal
        .late_answer(&id, answer("a", 1, 201), at(5))
        .await
        .unwrap();
    let replay = journal.look().replay(&id).await.unwrap();
    assert!(replay.effects.is_empty());
    let ended: Vec<_> = replay
        .attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.status, attempt.late))
        .collect();
    assert_eq!(ended, [(1, Some(201), true), (2, None, false)]);

    let mut finish = done("a", json!("second's"));
    finish.ends = vec![answer("a", 2, 200)];
    say(&journal, &ticket, finish).await;
    // Once told, an end stands; and an attempt that never was is refused.
    journal
        .late_answer(&id, answer("a", 2, 500), at(6))
        .await
        .unwrap();
    let attempts = journal.look().attempts(&id).await.unwrap();
    assert_eq!((attempts[1].status, attempts[1].late), (Some(200), false));
    assert_eq!(attempts[1].response, Some(json!({ "of": 2 })));
    let none = journal.late_answer(&id, answer("a", 3, 200), at(6)).await;
    assert!(
        matches!(
            none,
            Err(JournalError::Refused(Refusal::NoAttempt { number: 3, .. }))
        ),
        "{none:?}"
    );
}

#[tokio::test]
async fn an_attempts_number_is_never_used_twice() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let first = Progress {
        begins: vec![begin("a", 1)],
        ..Progress::default()
    };
    say(&journal, &ticket, first.clone()).await;
    let mut twice = first;
    twice.outcomes = vec![("z".into(), Outcome::Cancelled)];
    assert!(journal.progress(&ticket, twice, at(4)).await.is_err());
    let replay = journal.look().replay(&id).await.unwrap();
    assert!(replay.effects.is_empty(), "all of it or none");
}

#[tokio::test]
async fn steps_are_shown_in_the_order_in_which_they_began() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let steps = vec![step("b", "running"), step("a", "running")];
    say(
        &journal,
        &ticket,
        Progress {
            steps,
            ..Progress::default()
        },
    )
    .await;
    let mut ended = step("b", "succeeded");
    ended.began_at = at(70);
    ended.result = Some(json!({ "contact": { "id": "c1" } }));
    ended.ended_at = Some(at(4));
    let fields = Some(json!({ "name": "Ana" }));
    say(
        &journal,
        &ticket,
        Progress {
            steps: vec![ended.clone()],
            fields,
            ..Progress::default()
        },
    )
    .await;
    ended.began_at = at(2);
    assert_eq!(
        journal.look().steps(&id).await.unwrap(),
        [ended, step("a", "running")]
    );
    assert_eq!(
        journal.look().run(&id).await.unwrap().unwrap().fields,
        Some(json!({ "name": "Ana" }))
    );
}

#[tokio::test]
async fn a_run_rests_only_if_something_will_wake_it() {
    let (_folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let rest = Progress {
        next: Next::Rest,
        ..Progress::default()
    };
    let refused = journal.progress(&ticket, rest, at(4)).await;
    assert_eq!(refused, Err(JournalError::Refused(Refusal::NothingToWaitFor(id))));
    end(&journal, &ticket).await;
}

#[tokio::test]
async fn what_a_run_calls_ends_its_step_and_wakes_it() {
    let (_folder, journal) = journal().await;
    let parent = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let called = run();
    let calls = Progress {
        calls: vec![("sub".into(), called.clone())],
        next: Next::Rest,
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, calls).await;
    assert_eq!(standing.state, RunState::Waiting);
    let child = claim_one(&journal).await;
    assert_eq!(child.run, called.id);
    let kept = journal.look().run(&called.id).await.unwrap().unwrap();
    assert_eq!(kept.parent, Some((parent.clone(), "sub".into())));
    let standing = end(&journal, &child).await;
    assert_eq!(standing.woken, std::slice::from_ref(&parent));

    let ticket = claim_one(&journal).await;
    // Asked for again by a replay, it is not called again.
    let again = Progress {
        calls: vec![("sub".into(), run())],
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, again).await;
    assert_eq!(
        standing.news[0].outcome,
        Outcome::Done(json!({ "outcome": "succeeded" }))
    );
    assert!(claim(&journal).await.is_empty());
    end(&journal, &ticket).await;
}

#[tokio::test]
async fn the_end_of_a_run_cancels_what_it_called() {
    let (_folder, journal) = journal().await;
    start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    let (begun, waiting) = (run(), run());
    let calls = vec![("one".into(), begun.clone()), ("two".into(), waiting.clone())];
    say(
        &journal,
        &ticket,
        Progress {
            calls,
            ..Progress::default()
        },
    )
    .await;
    let child = journal.claim(1, at(3)).await.unwrap().remove(0).ticket;
    let standing = end_as(&journal, &ticket, RunState::Failed).await;
    assert_eq!(standing.woken, std::slice::from_ref(&begun.id));
    assert_eq!(state(&journal, &waiting.id).await, RunState::Cancelled);
    let standing = say(&journal, &child, Progress::default()).await;
    assert_eq!(
        standing.cancel.as_deref(),
        Some("the run that called it has ended")
    );
    end_as(&journal, &child, RunState::Cancelled).await;
    assert!(claim(&journal).await.is_empty());
}

#[tokio::test]
async fn a_cancelled_run_ends_at_once_or_through_its_driver() {
    let (_folder, journal) = journal().await;
    let queued = start(&journal, run()).await;
    journal
        .cancel(&queued, "not wanted", "token:ana", at(4))
        .await
        .unwrap();
    let kept = journal.look().run(&queued).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.reason.as_deref()),
        (RunState::Cancelled, Some("not wanted"))
    );
    assert!(
        journal
            .cancel(&queued, "again", "token:ana", at(4))
            .await
            .is_err()
    );

    // One that waits is given to a driver, which ends it: its steps are to be shown rightly.
    let waiting = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    rest_until(&journal, &ticket, 100).await;
    assert!(claim(&journal).await.is_empty());
    assert_eq!(
        journal
            .cancel(&waiting, "enough", "token:ana", at(5))
            .await
            .unwrap(),
        std::slice::from_ref(&waiting)
    );
    let ticket = claim_one(&journal).await;
    // It can't go back to rest.
    let rest = Progress {
        next: Next::Rest,
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, rest).await;
    assert_eq!(
        (standing.state, standing.cancel.as_deref()),
        (RunState::Running, Some("enough"))
    );
    end_as(&journal, &ticket, RunState::Cancelled).await;
    assert!(journal.look().waits(&waiting).await.unwrap().is_empty());
    let log = journal
        .look()
        .audit(Some(waiting.as_str()), Page::default())
        .await
        .unwrap();
    assert_eq!(
        (log[0].who.as_str(), log[0].what.as_str()),
        ("token:ana", "run.cancel")
    );
}

pub(crate) async fn rest_until(
    journal: &Journal,
    ticket: &Ticket,
    second: i64,
) -> souschef_journal::Standing {
    let wait = NewWait {
        path: "wait".into(),
        kind: WaitKind::Sleep { until: at(second) },
    };
    let rest = Progress {
        waits: vec![wait],
        next: Next::Rest,
        ..Progress::default()
    };
    say(journal, ticket, rest).await
}

#[tokio::test]
async fn a_run_given_back_or_stumbling_is_told_to_the_next_driver() {
    let (folder, mut journal) = journal().await;
    start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    journal.release(ticket, false).await.unwrap();
    for stumbles in 0..3 {
        let claims = claim(&journal).await;
        assert_eq!(claims[0].stumbles, stumbles);
        journal.close();
        journal = open_in(folder.path());
    }
    let claims = claim(&journal).await;
    say(&journal, &claims[0].ticket, done("a", json!(1))).await;
    journal.release(claims[0].ticket.clone(), false).await.unwrap();
    assert_eq!(claim(&journal).await[0].stumbles, 0, "something was recorded");
}

#[tokio::test]
async fn a_repeat_keeps_what_comes_before_a_step_and_can_take_another_text() {
    let (_folder, journal) = journal().await;
    let old = start(&journal, run()).await;
    let ticket = claim_one(&journal).await;
    say(&journal, &ticket, done("a", json!(1))).await;
    say(&journal, &ticket, done("b", json!(2))).await;
    end_as(&journal, &ticket, RunState::Failed).await;
    keep_recipe(&journal, "h2", "welcome").await;
    let mut new = run();
    new.hash = "h2".into();
    let id = new.id.clone();
    journal
        .repeat(&old, new, vec!["a".into()], "token:ana", at(8))
        .await
        .unwrap();
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(replay.run.replay_of, Some(old.clone()));
    assert_eq!(replay.recipe.hash, "h2");
    assert_eq!(replay.effects.len(), 1);
    assert_eq!(
        (replay.effects[0].path.as_str(), replay.effects[0].at),
        ("a", at(3))
    );
    assert_eq!(replay.event, journal.look().replay(&old).await.unwrap().event);
    // The old one keeps its own text.
    assert_eq!(journal.look().replay(&old).await.unwrap().recipe.hash, "h1");
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let (_folder, journal) = journal().await;
    keep_recipe(&journal, "h9", "other").await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let mut new = run();
        if number % 3 == 0 {
            new.recipe = "other".into();
            new.hash = "h9".into();
            new.connection = "second".into();
        }
        ids.push(start(&journal, new).await);
    }
    let mut all = Vec::new();
    let mut page = Page {
        limit: 3,
        below: None,
    };
    loop {
        let found = journal
            .look()
            .runs(RunFilter::default(), page.clone())
            .await
            .unwrap();
        let Some(last) = found.last() else { break };
        page.below = Some(last.seq);
        all.extend(found.into_iter().map(|run| run.id));
    }
    all.reverse();
    assert_eq!(all, ids);
    let filter = RunFilter {
        recipe: Some("other".into()),
        connection: Some("second".into()),
        state: Some(RunState::Queued),
        since: Some(at(0)),
        until: Some(at(2)),
    };
    let found = journal
        .look()
        .runs(filter.clone(), Page::default())
        .await
        .unwrap();
    let found: Vec<_> = found.into_iter().map(|run| run.id).collect();
    assert_eq!(found, [ids[6].clone(), ids[3].clone(), ids[0].clone()]);
    let later = RunFilter {
        since: Some(at(2)),
        ..filter
    };
    assert!(
        journal
            .look()
            .runs(later, Page::default())
            .await
            .unwrap()
            .is_empty()
    );
    let hostile = RunFilter {
        recipe: Some("' OR 1=1 --".into()),
        ..RunFilter::default()
    };
    assert!(
        journal
            .look()
            .runs(hostile, Page::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(journal.look().tally().await.unwrap(), [(RunState::Queued, 7)]);
}

#[tokio::test]
async fn runs_are_counted_and_found_by_how_they_stand() {
    let (_folder, journal) = journal().await;
    assert_eq!(journal.look().tally().await.unwrap(), []);
    let ends = [RunState::Succeeded, RunState::Failed, RunState::Succeeded];
    for _ in 0..4 {
        start(&journal, run()).await;
    }
    for (claim, state) in claim(&journal).await.iter().zip(ends) {
        end_as(&journal, &claim.ticket, state).await;
    }
    let mut tally = journal.look().tally().await.unwrap();
    tally.sort_by_key(|(state, _)| state.word());
    let stand = [
        (RunState::Failed, 1),
        (RunState::Running, 1),
        (RunState::Succeeded, 2),
    ];
    assert_eq!(tally, stand);
    for (state, count) in stand {
        let filter = RunFilter {
            state: Some(state),
            ..RunFilter::default()
        };
        let found = journal.look().runs(filter, Page::default()).await.unwrap();
        assert_eq!(found.len() as u64, count, "{state:?}");
        assert!(found.iter().all(|run| run.state == state));
    }
}

#[tokio::test]
async fn runs_can_be_claimed_as_they_are_accepted() {
    let (folder, journal) = journal().await;
    let new = event(
        "wh-1",
        json!({ "contact": "c1" }),
        vec![run_with(Mode::Queue, "c1", None), run(), run(), run()],
    );
    let ids: Vec<RunId> = new.runs.iter().map(|run| run.id.clone()).collect();
    let (hand_over, handed) = std::sync::mpsc::channel();
    let accepted = journal
        .accept_and_claim(new, 2, move |claims| hand_over.send(claims).unwrap())
        .await
        .unwrap();
    let Accepted::New { runs, .. } = accepted else {
        panic!("{accepted:?}")
    };
    // One that may have to wait for others is claimed in its turn; and no more are than there is room for.
    let states: Vec<RunState> = runs.into_iter().map(|(_, state)| state).collect();
    let (queued, running) = (RunState::Queued, RunState::Running);
    assert_eq!(states, [queued, running, running, queued]);
    let mut claims = handed.recv().unwrap();
    let claimed: Vec<&RunId> = claims.iter().map(|claim| &claim.ticket.run).collect();
    assert_eq!(claimed, [&ids[1], &ids[2]]);
    for claim in &claims {
        let first = claim.first.as_deref().unwrap();
        assert_eq!(*first, journal.look().replay(&claim.ticket.run).await.unwrap());
    }
    // It is a claim like any other.
    let ticket = claims.remove(0).ticket;
    say(
        &journal,
        &ticket,
        Progress {
            begins: vec![begin("a", 1)],
            ..Progress::default()
        },
    )
    .await;
    let others = claim(&journal).await;
    let others: Vec<&RunId> = others.iter().map(|claim| &claim.ticket.run).collect();
    assert_eq!(others, [&ids[0], &ids[3]]);
    journal.close();
    assert_eq!(
        claim(&open_in(folder.path())).await.len(),
        4,
        "their drivers have gone"
    );
}
