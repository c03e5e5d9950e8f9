use std::time::Duration;

use serde_json::{Value, json};
use souschef_runtime::RunRecord;
use souschef_runtime::journal::{Answer, Page, Reply, RunFilter, RunState};
use souschef_runtime::service::{Filter, WaitedFor};
use souschef_sandbox::SandboxOptions;

use crate::kitchen::{Kitchen, submission};

const TWO_CALLS: &str = "\
name: Two calls
trigger: { manual: true }
mappings:
  email: { from: trigger.email }
actions:
  - id: contact
    action: contacts.upsert
    with: { email: \"{{ fields.email }}\" }
  - id: task
    action: contacts.create_task
    with:
      contactId: \"{{ steps.contact.contact.id }}\"
      title: Call
      dueDate: 2026-02-01T09:00:00Z
      completed: false
";

#[tokio::test]
async fn an_event_runs_to_its_end_once() {
    let kitchen = Kitchen::open(&[("two", TWO_CALLS)], SandboxOptions::default()).await;
    let first = submission("two", json!({ "email": "ana@example.com" }), Some("a"));
    let submitted = kitchen.service.submit(first.clone()).await.unwrap();
    let again = kitchen.service.submit(first).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.event, submitted.event);
    let run = submitted.runs.first().unwrap();
    let record = kitchen.end_of(run).await;
    assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
    assert_eq!(record.event.as_deref(), Some(submitted.event.as_str()));
    assert_eq!(record.steps.len(), 2);
    assert!(record.steps.iter().all(|step| step.attempts.len() == 1));
    assert_eq!(kitchen.asked("contacts.upsert"), 1);
    assert_eq!(kitchen.asked("contacts.create_task"), 1);
}

#[tokio::test]
async fn a_sender_that_goes_away_leaves_no_run_without_a_driver() {
    let kitchen = Kitchen::open(&[("two", TWO_CALLS)], SandboxOptions::default()).await;
    // From here on there are seats for runs that are claimed as they are accepted.
    let first = kitchen.submit("two", json!({ "email": "ana@example.com" })).await;
    kitchen.end_of(&first).await;
    // On a busy machine an event may be kept before its sender looks the first time.
    let mut sent = 0;
    let mut has_gone = false;
    while !has_gone && sent < 50 {
        sent += 1;
        let event = submission("two", json!({ "email": "bo@example.com" }), None);
        let mut submitting = Box::pin(kitchen.service.submit(event));
        has_gone = std::future::poll_fn(|context| {
            std::task::Poll::Ready(submitting.as_mut().poll(context).is_pending())
        })
        .await;
    }
    assert!(has_gone, "none of {sent} was on its way");
    let mut runs = Vec::new();
    while runs.len() < 1 + sent {
        tokio::time::sleep(Duration::from_millis(5)).await;
        runs = kitchen
            .service
            .look()
            .runs(RunFilter::default(), Page::default())
            .await
            .unwrap();
    }
    let record = kitchen.end_of(&runs[0].id).await;
    assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
}

const WAITS: &str = "\
name: Waits
trigger: { manual: true }
actions:
  - id: contact
    action: contacts.upsert
    with: { email: \"{{ trigger.email }}\" }
  - wait: 1s
  - id: note
    action: contacts.create_note
    with: { contactId: \"{{ steps.contact.contact.id }}\", body: Hello }
";

const UNSAFE: &str = "\
name: Unsafe
trigger: { manual: true }
actions:
  - id: contact
    action: contacts.upsert
    with: { email: \"{{ trigger.email }}\" }
  - id: sent
    action: contacts.add_to_campaign
    with: { contactId: \"{{ steps.contact.contact.id }}\", campaignId: c1 }
  - id: after
    set: { told: \"{{ steps.sent }}\" }
";

const REPLY: &str = "\
name: Reply
trigger: { manual: true }
actions:
  - id: reply
    wait_for:
      webhook: ghl.InboundMessage
      if: { event.contactId: \"{{ trigger.contact }}\" }
      timeout: 1h
  - id: said
    set: { text: \"{{ steps.reply.body }}\" }
";

fn lost(operation: &str) -> SandboxOptions {
    SandboxOptions {
        faults: vec![format!("lost:{operation}:1").parse().unwrap()],
        ..SandboxOptions::default()
    }
}

fn reply(answer: Answer) -> Reply {
    Reply {
        answer,
        value: json!({ "by": "hand" }),
        who: "ana".to_owned(),
    }
}

fn result(record: &RunRecord, step: &str) -> Value {
    let found = record.steps.iter().find(|one| one.id.as_deref() == Some(step));
    found.and_then(|step| step.result.clone()).unwrap_or_default()
}

#[tokio::test]
async fn a_killed_service_goes_on_where_it_was() {
    let mut kitchen = Kitchen::open(&[("waits", WAITS)], SandboxOptions::default()).await;
    let run = kitchen
        .submit("waits", json!({ "email": "ana@example.com" }))
        .await;
    let waiting = kitchen
        .until(&run, |record| record.outcome == RunState::Waiting)
        .await;
    assert_eq!(waiting.steps.len(), 2);
    for _ in 0..3 {
        kitchen = kitchen.kill().await;
    }
    let record = kitchen.end_of(&run).await;
    assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
    assert_eq!(kitchen.asked("contacts.upsert"), 1);
    assert_eq!(kitchen.asked("contacts.create_note"), 1);
}

#[tokio::test]
async fn a_service_that_is_told_to_stop_lets_requests_finish() {
    let slow = SandboxOptions {
        latency: Duration::from_millis(300),
        ..SandboxOptions::default()
    };
    let kitchen = Kitchen::open(&[("two", TWO_CALLS)], slow).await;
    let run = kitchen.submit("two", json!({ "email": "ana@example.com" })).await;
    kitchen
        .until(&run, |record| {
            record.steps.iter().any(|step| !step.attempts.is_empty())
        })
        .await;
    let kitchen = kitchen.reopen().await;
    let record = kitchen.end_of(&run).await;
    assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
    assert!(
        record.steps.iter().all(|step| step.attempts.len() == 1),
        "{record:#?}"
    );
    assert_eq!(kitchen.asked("contacts.upsert"), 1);
}

#[tokio::test]
async fn an_event_ends_the_wait_that_it_fits() {
    let kitchen = Kitchen::open(&[("reply", REPLY)], SandboxOptions::default()).await;
    let run = kitchen.submit("reply", json!({ "contact": "ana" })).await;
    kitchen
        .until(&run, |record| record.outcome == RunState::Waiting)
        .await;
    for contact in ["somebody", "ana"] {
        let mut event = submission("reply", json!({ "contactId": contact, "body": contact }), None);
        event.begins.clear();
        event.signal = Some(WaitedFor {
            event: "ghl.InboundMessage".to_owned(),
            path: None,
        });
        kitchen.service.submit(event).await.unwrap();
    }
    let record = kitchen.end_of(&run).await;
    assert_eq!(record.outcome, RunState::Succeeded);
    assert_eq!(result(&record, "said"), json!({ "text": "ana" }));
}

#[tokio::test]
async fn a_person_says_what_became_of_a_call() {
    for (answer, calls, told) in [
        (Answer::Done, 1, json!({ "by": "hand" })),
        (Answer::Skip, 1, Value::Null),
        (Answer::Again, 2, json!({})),
    ] {
        let kitchen = Kitchen::open(&[("unsafe", UNSAFE)], lost("contacts.add_to_campaign")).await;
        let run = kitchen
            .submit("unsafe", json!({ "email": "ana@example.com" }))
            .await;
        let record = kitchen
            .until(&run, |record| record.outcome == RunState::NeedsAttention)
            .await;
        assert!(
            record
                .reason
                .as_deref()
                .unwrap()
                .starts_with("nobody knows whether sent happened")
        );
        let questions = kitchen.service.questions(Page::default()).await.unwrap();
        assert_eq!(questions.len(), 1);
        // Whoever opens the service again finds it as it was.
        let kitchen = kitchen.kill().await;
        let wrong = kitchen.service.resume(&run, Some("contact"), reply(answer)).await;
        assert_eq!(
            wrong.unwrap_err().to_string(),
            format!("run {run} asks nothing about contact; it asks about sent")
        );
        let wrong = kitchen.service.resume(&run, Some("send"), reply(answer)).await;
        let wrong = wrong.unwrap_err().to_string();
        assert!(
            wrong.starts_with(&format!("run {run} has no step send; it has done contact, sent")),
            "{wrong}"
        );
        kitchen
            .service
            .resume(&run, Some("sent"), reply(answer))
            .await
            .unwrap();
        let record = kitchen.end_of(&run).await;
        assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
        assert_eq!(kitchen.asked("contacts.add_to_campaign"), calls);
        if answer != Answer::Again {
            assert_eq!(result(&record, "after"), json!({ "told": told }));
        }
        assert!(kitchen.service.resume(&run, None, reply(answer)).await.is_err());
    }
}

#[tokio::test]
async fn many_are_answered_at_once() {
    let options = SandboxOptions {
        faults: vec!["lost:contacts.add_to_campaign".parse().unwrap()],
        ..SandboxOptions::default()
    };
    let kitchen = Kitchen::open(&[("unsafe", UNSAFE), ("other", UNSAFE)], options).await;
    let mut runs = Vec::new();
    for recipe in ["unsafe", "unsafe", "other"] {
        runs.push(
            kitchen
                .submit(recipe, json!({ "email": "ana@example.com" }))
                .await,
        );
    }
    for run in &runs {
        kitchen
            .until(run, |record| record.outcome == RunState::NeedsAttention)
            .await;
    }
    let filter = Filter {
        recipe: Some("unsafe".to_owned()),
        ..Filter::default()
    };
    let resumed = kitchen
        .service
        .resume_all(filter, reply(Answer::Skip))
        .await
        .unwrap();
    assert_eq!(resumed.runs.len(), 2);
    for run in runs.iter().take(2) {
        assert_eq!(kitchen.end_of(run).await.outcome, RunState::Succeeded);
    }
    let other = kitchen.service.show(runs.last().unwrap()).await.unwrap();
    assert_eq!(other.outcome, RunState::NeedsAttention);
}

#[tokio::test]
async fn a_waiting_run_is_cancelled() {
    let kitchen = Kitchen::open(&[("reply", REPLY)], SandboxOptions::default()).await;
    let run = kitchen.submit("reply", json!({ "contact": "ana" })).await;
    kitchen
        .until(&run, |record| record.outcome == RunState::Waiting)
        .await;
    kitchen
        .service
        .cancel(&run, "no longer needed", "ana")
        .await
        .unwrap();
    let record = kitchen.end_of(&run).await;
    assert_eq!(record.outcome, RunState::Cancelled);
    assert_eq!(record.reason.as_deref(), Some("no longer needed"));
    assert!(kitchen.service.cancel(&run, "again", "ana").await.is_err());
}

#[tokio::test]
async fn a_run_is_repeated_whole_or_from_a_step_with_the_old_recipe_or_the_new() {
    let kitchen = Kitchen::open(&[("two", TWO_CALLS)], SandboxOptions::default()).await;
    let run = kitchen.submit("two", json!({ "email": "ana@example.com" })).await;
    let first = kitchen.end_of(&run).await;

    let whole = kitchen.service.replay(&run, None, false, "ana").await.unwrap();
    assert_eq!(whole.kept, 0);
    kitchen.end_of(&whole.run).await;
    assert_eq!(kitchen.asked("contacts.upsert"), 2);

    let part = kitchen
        .service
        .replay(&run, Some("task"), false, "ana")
        .await
        .unwrap();
    assert_eq!(part.kept, 1);
    let again = kitchen.end_of(&part.run).await;
    assert_eq!(again.outcome, RunState::Succeeded, "{again:#?}");
    assert_eq!(result(&again, "contact"), result(&first, "contact"));
    assert_eq!(kitchen.asked("contacts.upsert"), 2);
    assert_eq!(kitchen.asked("contacts.create_task"), 3);

    kitchen.write("two", &TWO_CALLS.replace("title: Call", "title: Call back"));
    kitchen.service.reload().await.unwrap();
    let titles = |record: &RunRecord| {
        let task = record
            .steps
            .iter()
            .find(|step| step.id.as_deref() == Some("task"));
        task.unwrap().attempts.first().unwrap().request["body"]["title"].clone()
    };
    let old = kitchen
        .service
        .replay(&run, Some("task"), false, "ana")
        .await
        .unwrap();
    assert_eq!(titles(&kitchen.end_of(&old.run).await), json!("Call"));
    let new = kitchen
        .service
        .replay(&run, Some("task"), true, "ana")
        .await
        .unwrap();
    assert_eq!(titles(&kitchen.end_of(&new.run).await), json!("Call back"));

    // Its first step is another one now: what it gave can't be taken over.
    kitchen.write("two", &TWO_CALLS.replace("contacts.upsert", "contacts.create"));
    kitchen.service.reload().await.unwrap();
    assert!(
        kitchen
            .service
            .replay(&run, Some("task"), true, "ana")
            .await
            .is_err()
    );
    let summaries = kitchen
        .service
        .list(RunFilter::default(), Page::default())
        .await
        .unwrap();
    assert_eq!(summaries.len(), 5);
    assert_eq!(summaries[0].replay_of.as_deref(), Some(run.as_str()));
}

#[tokio::test]
async fn a_recipe_for_each_account_with_a_tag_runs_for_each() {
    let recipe = TWO_CALLS.replace("trigger:", "connections: { tagged: vip }\ntrigger:");
    let kitchen = Kitchen::open(&[("two", &recipe)], SandboxOptions::default()).await;
    let event = submission("two", json!({ "email": "ana@example.com" }), None);
    let submitted = kitchen.service.submit(event.clone()).await.unwrap();
    assert_eq!(submitted.runs.len(), 2);
    for run in &submitted.runs {
        assert_eq!(kitchen.end_of(run).await.outcome, RunState::Succeeded);
    }
    let south = kitchen
        .service
        .submit(souschef_runtime::service::Submission {
            connection: Some("south".to_owned()),
            ..event
        })
        .await
        .unwrap();
    assert_eq!(south.runs.len(), 1);
    let summary = kitchen
        .service
        .list(RunFilter::default(), Page::default())
        .await
        .unwrap();
    assert_eq!(summary[0].connection, "south");
}

#[tokio::test]
async fn a_broken_save_leaves_the_last_right_recipe_in_use() {
    let kitchen = Kitchen::open(&[("two", TWO_CALLS)], SandboxOptions::default()).await;
    kitchen.write(
        "two",
        "name: Two calls\ntrigger: { manual: true }\nactions:\n  - action: contacts.nothing\n",
    );
    kitchen.write("reply", REPLY);
    let snapshot = kitchen.service.reload().await.unwrap();
    assert_eq!(snapshot.problems.len(), 1);
    assert_eq!(snapshot.plans.keys().collect::<Vec<_>>(), ["reply", "two"]);
    let run = kitchen.submit("two", json!({ "email": "ana@example.com" })).await;
    assert_eq!(kitchen.end_of(&run).await.outcome, RunState::Succeeded);

    // Nor does a start change that; what was never right does not run, and what is gone is gone.
    kitchen.write("never", "name: Never\ntrigger: { manual: true }\nactions: none\n");
    let kitchen = kitchen.kill().await;
    let snapshot = kitchen.service.snapshot();
    assert_eq!(snapshot.problems.len(), 2);
    assert_eq!(snapshot.plans.keys().collect::<Vec<_>>(), ["reply", "two"]);
    let run = kitchen.submit("two", json!({ "email": "bo@example.com" })).await;
    assert_eq!(kitchen.end_of(&run).await.outcome, RunState::Succeeded);
    kitchen.remove("reply");
    let kitchen = kitchen.kill().await;
    assert_eq!(
        kitchen.service.snapshot().plans.keys().collect::<Vec<_>>(),
        ["two"]
    );
    kitchen.write("two", TWO_CALLS);
    let snapshot = kitchen.service.reload().await.unwrap();
    assert_eq!(snapshot.problems.len(), 1);
}

#[tokio::test]
async fn runs_of_one_key_wait_for_each_other() {
    let recipe = WAITS.replace(
        "trigger: {",
        "concurrency: { mode: queue, key: \"{{ trigger.email }}\" }\ntrigger: {",
    );
    let kitchen = Kitchen::open(&[("waits", &recipe)], SandboxOptions::default()).await;
    let first = kitchen
        .submit("waits", json!({ "email": "ana@example.com" }))
        .await;
    let second = kitchen
        .submit("waits", json!({ "email": "ana@example.com" }))
        .await;
    let other = kitchen
        .submit("waits", json!({ "email": "bo@example.com" }))
        .await;
    kitchen
        .until(&other, |record| record.outcome == RunState::Waiting)
        .await;
    assert_eq!(
        kitchen.service.show(&second).await.unwrap().outcome,
        RunState::Queued
    );
    let first = kitchen.end_of(&first).await;
    let second = kitchen.end_of(&second).await;
    assert!(second.started_at.unwrap() >= first.ended_at.unwrap());
}

#[tokio::test]
async fn accounts_share_no_key() {
    for mode in ["skip", "restart", "queue", "parallel, limit: 1"] {
        let recipe = TWO_CALLS.replace(
            "trigger:",
            &format!("connections: {{ tagged: vip }}\nconcurrency: {{ mode: {mode}, key: one }}\ntrigger:"),
        );
        let kitchen = Kitchen::open(&[("two", &recipe)], SandboxOptions::default()).await;
        let event = submission("two", json!({ "email": "ana@example.com" }), None);
        let submitted = kitchen.service.submit(event).await.unwrap();
        assert_eq!(submitted.runs.len(), 2);
        for run in &submitted.runs {
            assert_eq!(kitchen.end_of(run).await.outcome, RunState::Succeeded, "{mode}");
        }
    }
    // One account that waits holds the other up in no way.
    let recipe = WAITS.replace(
        "trigger: {",
        "connections: { tagged: vip }\nconcurrency: { mode: queue }\ntrigger: {",
    );
    let kitchen = Kitchen::open(&[("waits", &recipe)], SandboxOptions::default()).await;
    let event = submission("waits", json!({ "email": "ana@example.com" }), None);
    for run in &kitchen.service.submit(event).await.unwrap().runs {
        kitchen
            .until(run, |record| record.outcome == RunState::Waiting)
            .await;
    }
}

#[tokio::test]
async fn a_recipe_calls_another() {
    let outer = "\
name: Outer
trigger: { manual: true }
actions:
  - id: inner
    run_recipe: inner
    with: { email: \"{{ trigger.email }}\" }
  - id: said
    set: { id: \"{{ steps.inner.steps.contact.contact.email }}\" }
";
    let inner = "\
name: Inner
inputs:
  email: { type: text }
trigger: { manual: true }
actions:
  - id: contact
    action: contacts.upsert
    with: { email: \"{{ inputs.email }}\" }
";
    let kitchen = Kitchen::open(&[("outer", outer), ("inner", inner)], SandboxOptions::default()).await;
    let run = kitchen
        .submit("outer", json!({ "email": "ana@example.com" }))
        .await;
    let record = kitchen.end_of(&run).await;
    assert_eq!(
        result(&record, "said"),
        json!({ "id": "ana@example.com" }),
        "{record:#?}"
    );
    let list = kitchen
        .service
        .list(RunFilter::default(), Page::default())
        .await
        .unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].parent, Some((run.to_string(), "actions[0]".to_owned())));
    let exported = kitchen.service.export(&run).await.unwrap();
    assert_eq!(exported["format"], "souschef.run/1");
}
