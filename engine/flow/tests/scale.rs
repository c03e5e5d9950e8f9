//! Long runs: what would be slow beyond patience, or overflow the stack, where a step costs more the more there are.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, json};
use souschef_flow::{EffectKind, EffectOutcome, Machine, RunOutcome};
use souschef_plan::{Plan, StepPlan};
use support::{plan, start};

const MANY: usize = 10_000;

/// Answers every call at once, in order; how many there were, and how many at the same time.
fn answer_all(machine: &mut Machine) -> (usize, usize) {
    let mut open = VecDeque::new();
    let (mut count, mut most) = (0, 0);
    loop {
        open.extend(machine.effects());
        most = most.max(open.len());
        let Some(effect) = open.pop_front() else { break };
        assert!(matches!(effect.kind, EffectKind::Call(_)));
        count += 1;
        let at = support::BEGIN.parse().unwrap();
        machine.feed(&effect.path, EffectOutcome::Done(json!({ "number": count })), at);
    }
    (count, most)
}

fn succeeded(machine: &Machine) {
    assert_eq!(machine.end().map(|end| end.outcome), Some(RunOutcome::Succeeded));
}

#[test]
fn ten_thousand_items_share_what_was_fetched_before_them() {
    let text = r#"
trigger: { manual: true }
actions:
  - id: found
    set: { people: "{{ trigger.people }}" }
  - id: all
    for_each: "{{ steps.found.people }}"
    as: person
    at_once: 5
    do:
      - id: note
        action: contacts.create_note
        with: { contactId: "{{ person.id }}", body: "{{ steps.found.people.0.id }}" }
      - id: again
        set: { number: "{{ default steps.note.number 0 }}" }
"#;
    let people: Vec<_> = (0..MANY)
        .map(|number| json!({ "id": format!("c{number}"), "name": "Ana" }))
        .collect();
    let mut machine = Machine::start(start(
        plan(text).unwrap(),
        json!({ "people": people }),
        Map::new(),
    ));
    assert_eq!(answer_all(&mut machine), (MANY, 5));
    succeeded(&machine);
    let reports = machine.reports();
    let result = reports.last().and_then(|report| report.result.clone()).unwrap();
    assert_eq!(result.as_array().map(Vec::len), Some(MANY));
}

/// A plan with one step over and over, each with an id.
fn repeated(text: &str) -> Arc<Plan> {
    let mut plan = plan(text).unwrap().as_ref().clone();
    let one = plan.steps[0].clone();
    plan.steps = (0..MANY)
        .map(|number| StepPlan {
            id: Some(format!("s{number}")),
            path: format!("actions[{number}]"),
            ..one.clone()
        })
        .collect();
    Arc::new(plan)
}

#[test]
fn ten_thousand_steps_that_take_no_time() {
    let plan = repeated("trigger: { manual: true }\nactions:\n  - id: s\n    set: { n: 1 }\n");
    succeeded(&Machine::start(start(plan, json!({}), Map::new())));
}

#[test]
fn ten_thousand_calls_one_after_another() {
    let plan = repeated(
        "trigger: { manual: true }\nactions:\n  - id: s\n    action: contacts.get\n    with: { contactId: c1 }\n",
    );
    let mut machine = Machine::start(start(plan, json!({}), Map::new()));
    assert_eq!(answer_all(&mut machine), (MANY, 1));
    succeeded(&machine);
}

#[test]
fn ten_thousand_items_that_take_no_time() {
    let text = "trigger: { manual: true }\nactions:\n  - for_each: \"{{ range 0 9999 }}\"\n    do:\n      - set: { n: \"{{ item }}\" }\n";
    let mut machine = Machine::start(start(plan(text).unwrap(), json!({}), Map::new()));
    succeeded(&machine);
    assert_eq!(machine.reports().len(), 2 * MANY + 2);
}
