//! Calls of which nobody knows whether they happened wait for a person, and for nobody else.

use serde_json::json;
use souschef_journal::{
    Answer, Journal, JournalError, Next, Outcome, Page, Progress, Refusal, Reply, RunId, RunState,
};

use crate::kit::{at, claim, claim_one, end, journal, open_in, run, say, start, state};
use crate::runs::begin;

async fn asks(journal: &Journal) -> RunId {
    let id = start(journal, run()).await;
    let ticket = claim_one(journal).await;
    say(
        journal,
        &ticket,
        Progress {
            begins: vec![begin("sms", 1)],
            ..Progress::default()
        },
    )
    .await;
    let ask = Progress {
        asks: vec![("sms".into(), json!({ "message": "the connection broke" }))],
        next: Next::Rest,
        ..Progress::default()
    };
    assert_eq!(say(journal, &ticket, ask).await.state, RunState::NeedsAttention);
    id
}

fn reply(answer: Answer) -> Reply {
    Reply {
        answer,
        value: json!({ "id": "m1" }),
        who: "token:ana".into(),
    }
}

#[tokio::test]
async fn it_rests_until_somebody_answers_and_the_answer_is_fed() {
    let (folder, journal) = journal().await;
    let id = asks(&journal).await;
    journal.close();
    let journal = open_in(folder.path());
    assert_eq!(state(&journal, &id).await, RunState::NeedsAttention);
    assert!(claim(&journal).await.is_empty());
    let open = journal.look().questions(Page::default()).await.unwrap();
    assert_eq!((&open[0].run, open[0].path.as_str()), (&id, "sms"));
    assert_eq!(open[0].failure, json!({ "message": "the connection broke" }));

    journal
        .answer(vec![(id.clone(), None)], reply(Answer::Done), at(9))
        .await
        .unwrap();
    assert_eq!(
        state(&journal, &id).await,
        RunState::Queued,
        "nobody is needed any more"
    );
    let ticket = claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(
        (&replay.effects[0].outcome, replay.effects[0].at),
        (&Outcome::Done(json!({ "id": "m1" })), at(9))
    );
    assert!(replay.asked.is_empty());
    let told = journal.look().questions_of(&id).await.unwrap();
    assert_eq!(
        (told[0].answer, told[0].by.as_deref()),
        (Some(Answer::Done), Some("token:ana"))
    );
    assert_eq!(told[0].answered_at, Some(at(9)));
    let twice = journal
        .answer(vec![(id.clone(), None)], reply(Answer::Skip), at(10))
        .await;
    assert_eq!(twice, Err(JournalError::Refused(Refusal::NoQuestion(id))));
    end(&journal, &ticket).await;
}

#[tokio::test]
async fn done_again_lets_the_step_be_sent_anew_and_asks_anew() {
    let (_folder, journal) = journal().await;
    let id = asks(&journal).await;
    journal
        .answer(
            vec![(id.clone(), Some("sms".into()))],
            reply(Answer::Again),
            at(9),
        )
        .await
        .unwrap();
    let ticket = claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    assert!(replay.effects.is_empty());
    assert_eq!(
        replay.again,
        [("sms".to_owned(), 1)],
        "attempt 1 need not be wondered about"
    );
    // It can't rest before it has done so.
    let rest = Progress {
        next: Next::Rest,
        ..Progress::default()
    };
    let standing = say(&journal, &ticket, rest).await;
    assert_eq!(
        (standing.state, standing.again),
        (RunState::Running, vec![("sms".to_owned(), 1)])
    );
    say(
        &journal,
        &ticket,
        Progress {
            begins: vec![begin("sms", 2)],
            ..Progress::default()
        },
    )
    .await;
    let ask = Progress {
        asks: vec![("sms".into(), json!("again nobody knows"))],
        next: Next::Rest,
        ..Progress::default()
    };
    assert_eq!(say(&journal, &ticket, ask).await.state, RunState::NeedsAttention);
    assert_eq!(journal.look().questions_of(&id).await.unwrap().len(), 2);
    journal
        .answer(vec![(id.clone(), None)], reply(Answer::Skip), at(11))
        .await
        .unwrap();
    claim_one(&journal).await;
    let replay = journal.look().replay(&id).await.unwrap();
    assert_eq!(
        replay.effects[0].outcome,
        Outcome::Skipped("skipped by token:ana".into())
    );
    assert!(replay.again.is_empty());
}

#[tokio::test]
async fn many_are_answered_at_once_or_none() {
    let (_folder, journal) = journal().await;
    let (one, two) = (asks(&journal).await, asks(&journal).await);
    let nobody = RunId::new();
    let with_stranger = vec![(one.clone(), None), (nobody.clone(), None)];
    let refused = journal.answer(with_stranger, reply(Answer::Skip), at(9)).await;
    assert_eq!(refused, Err(JournalError::Refused(Refusal::NoRun(nobody))));
    assert_eq!(journal.look().questions(Page::default()).await.unwrap().len(), 2);
    let woken = journal
        .answer(
            vec![(one.clone(), None), (two.clone(), None)],
            reply(Answer::Skip),
            at(9),
        )
        .await
        .unwrap();
    assert_eq!(woken, [one, two]);
    assert_eq!(claim(&journal).await.len(), 2);
    assert!(
        journal
            .look()
            .questions(Page::default())
            .await
            .unwrap()
            .is_empty()
    );
}
