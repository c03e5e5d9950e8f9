//! The other side fails for a while: runs wait it out.

use serde_json::{Value, json};
use souschef_runtime::RunRecord;
use souschef_runtime::journal::RunState;
use souschef_sandbox::SandboxOptions;

use crate::kitchen::Kitchen;

const PROJECT: &str = "\
connectors: [ desk.yaml ]
connections:
  desk: { connector: desk, base_url: \"https://desk.example.com\", auth: { token: { env: NONE } } }
default_connection: desk
";

/// As many failures as a call has tries, and pauses that a test can sit through.
const DESK: &str = "\
connector: desk
title: The desk
help: A help desk.
auth: bearer
circuit: { failures: 5, pause: 1s, longest_pause: 1s }
category: Desk
operations:
  desk.close:
    title: Close
    help: Closes a ticket.
    kind: action
    method: PUT
    path: /tickets/{id}
    effect: settled
    inputs:
      id: { in: path, type: text, required: true, help: The id. }
    output: { fields: { ticket: { fields: { id: text } } } }
sandbox:
  desk.close: { does: nothing }
";

const CLOSE: &str = "\
name: Close
trigger: { manual: true }
actions:
  - id: close
    action: desk.close
    with: { id: \"{{ trigger.id }}\" }
";

async fn open(fault: &str) -> Kitchen {
    let sandbox = SandboxOptions {
        faults: vec![fault.parse().unwrap()],
        ..SandboxOptions::default()
    };
    let files = [("souschef.yaml", PROJECT), ("desk.yaml", DESK)];
    Kitchen::open_project(&files, &[("close", CLOSE)], sandbox).await
}

fn reason(record: &RunRecord) -> String {
    let steps = serde_json::to_value(&record.steps).unwrap();
    let reasons = steps.as_array().into_iter().flatten().map(|step| &step["reason"]);
    reasons.filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn a_run_outlasts_an_outage_that_is_longer_than_its_tries() {
    let kitchen = open("503:desk.close:7").await;
    let run = kitchen.submit("close", json!({ "id": "t1" })).await;
    let waits = |record: &RunRecord| {
        record.outcome == RunState::Waiting && reason(record).contains("has failed 5 times in a row")
    };
    let record = kitchen.until(&run, waits).await;
    assert!(record.steps[0].attempts.len() == 5, "{record:#?}");
    let standing = kitchen.service.client().circuits();
    assert!(standing.iter().all(souschef_connect::CircuitStanding::is_open));
    assert_eq!(standing.len(), 1);

    // Whoever comes meanwhile sends nothing, and waits too.
    let late = kitchen.submit("close", json!({ "id": "t2" })).await;
    let held = |record: &RunRecord| record.outcome == RunState::Waiting;
    kitchen.until(&late, held).await;
    for run in [&run, &late] {
        let record = kitchen.end_of(run).await;
        assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
    }
    assert_eq!(
        kitchen.asked("desk.close"),
        9,
        "five, two that tried, and two that worked"
    );
    assert!(kitchen.service.client().circuits().is_empty());
}

#[tokio::test]
async fn an_outage_is_outlasted_across_a_kill_too() {
    let kitchen = open("503:desk.close:5").await;
    let run = kitchen.submit("close", json!({ "id": "t1" })).await;
    kitchen
        .until(&run, |record| record.outcome == RunState::Waiting)
        .await;
    let kitchen = kitchen.kill().await;
    let record = kitchen.end_of(&run).await;
    assert_eq!(record.outcome, RunState::Succeeded, "{record:#?}");
    assert_eq!(kitchen.asked("desk.close"), 6);
}
