use serde_json::json;
use souschef_runtime::journal::RunState;
use souschef_sandbox::SandboxOptions;

use crate::kitchen::{Kitchen, submission};

const TWO_CALLS: &str = "\
name: Two calls
trigger: { manual: true }
mappings:
  email: trigger.email
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
