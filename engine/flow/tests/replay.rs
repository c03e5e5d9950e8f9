//! What must hold of every run: random recipes, random outcomes, in a random order.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod support;
#[path = "support/trace.rs"]
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use souschef_flow::{
    EffectKind, EffectOutcome, Failure, Machine, RunOutcome, Start, StepOutcome, StepReport,
};
use support::{plan, start};
use trace::Traced;

/// A step, and what there is in it.
fn step() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => Just(json!({ "action": "contacts.get", "with": { "contactId": "{{ run.id }}" } })),
        2 => Just(json!({ "set": { "now": "{{ now }}", "steps": "{{ json steps }}" } })),
        1 => Just(json!({ "wait": "1h" })),
        1 => Just(json!({ "wait_for": { "webhook": "ghl.InboundMessage", "timeout": "2h" } })),
        1 => Just(json!({ "run_recipe": "other" })),
        1 => Just(json!({ "set": { "fails": "{{ trigger.nothing }}" } })),
        1 => Just(json!({ "stop": "enough" })),
        1 => Just(json!({ "fail": "no good" })),
    ];
    (leaf, settings())
        .prop_map(with_settings)
        .prop_recursive(4, 40, 4, |inner| {
            let steps = || prop::collection::vec(inner.clone(), 1..4);
            let block = prop_oneof![
                (steps(), steps(), any::<bool>()).prop_map(|(one, two, first)| {
                    let wanted = if first { "recipe" } else { "another" };
                    json!({
                        "choose": [{ "if": { "run.recipe": wanted }, "do": one }],
                        "otherwise": two,
                    })
                }),
                (steps(), 0..5usize, 1..4u8).prop_map(|(body, items, at_once)| {
                    let items: Vec<usize> = (0..items).collect();
                    json!({ "for_each": items, "do": body, "at_once": at_once })
                }),
                prop::collection::vec(steps(), 1..4).prop_map(|branches| json!({ "parallel": branches })),
            ];
            let handler = prop::option::weighted(0.3, steps());
            (block, settings(), handler).prop_map(|(block, settings, handler)| {
                let mut step = with_settings((block, settings));
                if let Some(handler) = handler {
                    step["on_error"] = json!(handler);
                }
                step
            })
        })
}

/// `if`, `on_error` and `timeout`.
fn settings() -> impl Strategy<Value = Value> {
    let condition = prop_oneof![
        6 => Just(json!({})),
        1 => Just(json!({ "if": { "run.recipe": "another" } })),
        1 => Just(json!({ "if": { "trigger.text": { "greater_than": 1 } } })),
    ];
    let on_error = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({ "on_error": "continue" })),
        1 => Just(json!({ "on_error": [{ "set": { "why": "{{ error.message }}" } }] })),
        1 => Just(json!({ "on_error": [{ "action": "contacts.get", "with": { "contactId": "{{ error.step }}" } }] })),
    ];
    let timeout = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({ "timeout": "30m" })),
    ];
    (condition, on_error, timeout).prop_map(|(one, two, three)| {
        let mut all = Map::new();
        for more in [one, two, three] {
            all.extend(more.as_object().cloned().unwrap());
        }
        Value::Object(all)
    })
}

fn with_settings((step, settings): (Value, Value)) -> Value {
    let mut step = step;
    step.as_object_mut()
        .unwrap()
        .extend(settings.as_object().cloned().unwrap());
    step
}

/// Gives every step an id of its own.
fn number(value: &mut Value, next: &mut usize) {
    const KINDS: [&str; 9] = [
        "action",
        "set",
        "wait",
        "wait_for",
        "run_recipe",
        "choose",
        "for_each",
        "parallel",
        "fail",
    ];
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| number(value, next));
            if KINDS.iter().any(|kind| fields.contains_key(*kind)) {
                fields.insert("id".to_owned(), json!(format!("s{next}")));
                *next += 1;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|value| number(value, next)),
        _ => {}
    }
}

fn recipe() -> impl Strategy<Value = String> {
    let steps = prop::collection::vec(step(), 1..5);
    (steps, prop::collection::vec(step(), 0..3)).prop_map(|(actions, on_failure)| {
        let mut recipe = json!({ "trigger": { "manual": true }, "actions": actions });
        if !on_failure.is_empty() {
            recipe["on_failure"] = json!(on_failure);
        }
        number(&mut recipe, &mut 0);
        recipe.to_string()
    })
}

/// Which of the open effects is answered, and how.
type Pick = (usize, u8);

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    prop::collection::vec((0..1000usize, 0..20u8), 0..60)
}

fn outcome(kind: u8) -> EffectOutcome {
    let failure = |message: &str| Failure {
        message: message.to_owned(),
        ..Failure::default()
    };
    match kind {
        0 | 1 => EffectOutcome::Failed(failure("refused")),
        2 | 3 => EffectOutcome::Unknown(failure("the connection broke")),
        4 => EffectOutcome::Skipped("not needed".to_owned()),
        5 => EffectOutcome::TimedOut,
        6 => EffectOutcome::Cancelled,
        _ => EffectOutcome::Done(json!({ "ok": true })),
    }
}

/// What a machine was told.
#[derive(Clone, Debug)]
enum Said {
    Outcome(String, EffectOutcome, Timestamp),
    Cancel(Timestamp),
}

/// A run to its end: as picked first, then well. Now and then a run is cancelled.
fn run(text: &str, picks: &[Pick]) -> (Traced, Vec<Said>) {
    let mut run = Traced::start(begin(text));
    let mut said = Vec::new();
    let mut picks = picks.iter();
    let mut answered = 0;
    while !run.open.is_empty() {
        let (index, kind) = picks.next().copied().unwrap_or((0, 19));
        if kind == 7 && index < 200 {
            said.push(Said::Cancel(run.now));
            run.cancel("interrupted");
            continue;
        }
        let path = run.open[index % run.open.len()].path.clone();
        let outcome = outcome(kind);
        run.feed(&path, outcome.clone(), SignedDuration::from_secs(1));
        said.push(Said::Outcome(path, outcome, run.now));
        answered += 1;
        assert!(answered < 20_000, "it comes to no end:\n{}", run.text);
    }
    (run, said)
}

fn begin(text: &str) -> Start {
    let plan = plan(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    start(plan, json!({ "text": "many" }), Map::new())
}

fn words(reports: &[StepReport]) -> Vec<String> {
    reports.iter().map(|report| format!("{report:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_same_outcomes_give_the_same_trace(text in recipe(), picks in picks()) {
        let (one, _) = run(&text, &picks);
        let (two, _) = run(&text, &picks);
        prop_assert_eq!(one.text, two.text);
    }

    #[test]
    fn a_replay_reaches_the_same_state(text in recipe(), picks in picks(), cut in 0..100usize) {
        let (_, said) = run(&text, &picks);
        let said = &said[..cut.min(said.len())];
        // The first machine hands out its effects as they come, the second only at the end: as after a crash.
        let mut lived = Machine::start(begin(&text));
        let mut replayed = Machine::start(begin(&text));
        let mut open = BTreeMap::new();
        let mut take = |machine: &mut Machine, said: Option<&Said>| {
            if let Some(Said::Outcome(path, ..)) = said {
                open.remove(path);
            }
            for effect in machine.effects() {
                match effect.kind {
                    EffectKind::Cancel if !matches!(open.get(&effect.path), Some(EffectKind::Call(_))) => {
                        open.remove(&effect.path);
                    }
                    EffectKind::Cancel => {}
                    kind => {
                        open.insert(effect.path, kind);
                    }
                }
            }
        };
        take(&mut lived, None);
        for one in said {
            for machine in [&mut lived, &mut replayed] {
                match one {
                    Said::Outcome(path, outcome, at) => machine.feed(path, outcome.clone(), *at),
                    Said::Cancel(at) => machine.cancel("interrupted", *at),
                }
            }
            take(&mut lived, Some(one));
        }
        prop_assert_eq!(lived.end(), replayed.end());
        prop_assert_eq!(words(&lived.reports()), words(&replayed.reports()));
        let left: BTreeSet<String> = replayed
            .effects()
            .into_iter()
            .filter(|effect| !matches!(effect.kind, EffectKind::Cancel))
            .map(|effect| effect.path)
            .collect();
        prop_assert_eq!(open.into_keys().collect::<BTreeSet<_>>(), left);
    }

    #[test]
    fn every_run_ends_and_asks_for_nothing_twice(text in recipe(), picks in picks()) {
        let (run, said) = run(&text, &picks);
        let mut asked = BTreeSet::new();
        for line in run.text.lines().filter(|line| line.starts_with("> ") && !line.ends_with(" cancel")) {
            let path = line.split(' ').nth(1).unwrap();
            prop_assert!(asked.insert(path.to_owned()), "{} is asked for twice:\n{}", path, run.text);
        }
        let cancelled = said.iter().any(|one| matches!(one, Said::Cancel(_)));
        let end = run.machine.end().unwrap_or_else(|| panic!("no end:\n{}", run.text));
        prop_assert!(
            end.outcome != RunOutcome::NeedsAttention && (cancelled || end.outcome != RunOutcome::Cancelled),
            "{:?}:\n{}",
            end,
            run.text
        );
        // Each step that has begun has ended; only a cancelled run leaves open what nobody knows.
        let mut machine = Machine::start(begin(&text));
        for one in &said {
            match one {
                Said::Outcome(path, outcome, at) => machine.feed(path, outcome.clone(), *at),
                Said::Cancel(at) => machine.cancel("interrupted", *at),
            }
        }
        let last: BTreeMap<String, StepOutcome> = machine
            .reports()
            .into_iter()
            .map(|report| (report.path, report.outcome))
            .collect();
        for (path, outcome) in last {
            let open = match outcome {
                StepOutcome::Running => true,
                StepOutcome::NeedsAttention => !cancelled,
                _ => false,
            };
            prop_assert!(!open, "{} is left {:?}:\n{}", path, outcome, run.text);
        }
    }
}
