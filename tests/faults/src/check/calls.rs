//! What goes out: ended calls once, shown ones all, and unknown ones asked about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use souschef_journal::{Answer, Attempt};

use super::{Broken, Seen};
use crate::kept::Kept;
use crate::sandbox::request;

/// The call whose repetition does harm.
const UNSAFE: &str = "contacts.add_to_workflow";

/// Whether an attempt ended well, as far as its run knew at the time.
fn finished(attempt: &Attempt) -> bool {
    let well = attempt.status.is_some_and(|status| (200..300).contains(&status));
    attempt.ended_at.is_some() && !attempt.late && attempt.error.is_none() && well
}

/// The tries of each step, in their order.
fn tries(kept: &Kept) -> BTreeMap<&str, Vec<&Attempt>> {
    let mut steps: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    for attempt in kept.attempts.iter().filter(|attempt| !attempt.looking) {
        steps.entry(attempt.path.as_str()).or_default().push(attempt);
    }
    for tries in steps.values_mut() {
        tries.sort_by_key(|attempt| attempt.number);
    }
    steps
}

pub(super) fn finished_calls_stay(seen: &Seen<'_>, broken: &mut Broken) {
    for kept in seen.kept {
        for (path, tries) in tries(kept) {
            let after = tries
                .iter()
                .skip_while(|attempt| !finished(attempt))
                .skip(1)
                .count();
            if after > 0 {
                let run = &kept.run.id;
                broken.tell(
                    "I4",
                    format!("{path} of run {run} had ended and was sent {after} times more"),
                );
            }
        }
    }
    // What the other side did: each note, task, appointment and contact once, however often it was asked for.
    for (name, fields) in [
        ("notes", &["contactId", "body"][..]),
        ("tasks", &["contactId", "title"][..]),
        ("events", &["contactId", "title"][..]),
        ("contacts", &["email"][..]),
    ] {
        let mut met = BTreeSet::new();
        for thing in seen.collection(name) {
            let texts: Vec<&str> = fields
                .iter()
                .map(|field| thing.get(*field).and_then(Value::as_str).unwrap_or_default())
                .collect();
            if texts.iter().all(|text| !text.is_empty()) && !met.insert(texts.clone()) {
                broken.tell("I4", format!("there is more than one of {name} with {texts:?}"));
            }
        }
    }
}

fn shown_request(attempt: &Attempt) -> String {
    let text = |name: &str| {
        attempt
            .request
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let url = text("url");
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.find('/').and_then(|at| path.get(at..)).unwrap_or("/");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    request(text("method"), path, query, attempt.request.get("body"))
}

/// What is asked without a run: the poll, and the provider of tokens.
fn of_no_run(operation: &str) -> bool {
    const POLLED: [&str; 4] = [
        "contacts.search",
        "opportunities.search",
        "timerex.list_contacts",
        "timerex.list_tasks",
    ];
    POLLED.contains(&operation) || operation.starts_with("oauth.")
}

pub(super) fn requests_are_shown(seen: &Seen<'_>, broken: &mut Broken) {
    let mut shown: HashMap<String, u64> = HashMap::new();
    for attempt in seen.kept.iter().flat_map(|kept| &kept.attempts) {
        *shown.entry(shown_request(attempt)).or_default() += 1;
    }
    let mut received: HashMap<&str, u64> = HashMap::new();
    for entry in seen.ledger.iter().filter(|entry| !of_no_run(&entry.operation)) {
        *received.entry(&entry.request).or_default() += 1;
    }
    for (request, count) in received {
        let told = shown.get(request).copied().unwrap_or_default();
        if count > told {
            broken.tell(
                "I5",
                format!("{request} was received {count} times, and runs show {told}"),
            );
        }
    }
}

/// Whether nobody can know what became of it.
fn unknown(attempt: &Attempt) -> bool {
    let doubtful = attempt.status.is_none_or(|status| !(300..500).contains(&status));
    attempt.ended_at.is_none() || attempt.late || (attempt.error.is_some() && doubtful)
}

pub(super) fn unknown_calls_are_asked_about(seen: &Seen<'_>, broken: &mut Broken) {
    let mut done: HashMap<&str, usize> = HashMap::new();
    for entry in seen
        .ledger
        .iter()
        .filter(|entry| entry.operation == UNSAFE && entry.is_done())
    {
        *done.entry(&entry.place).or_default() += 1;
    }
    let mut allowed: HashMap<String, usize> = HashMap::new();
    for kept in seen.kept {
        for (path, tries) in tries(kept) {
            let operation = kept
                .steps
                .iter()
                .find(|step| step.path == path)
                .and_then(|step| step.operation.as_deref());
            if operation != Some(UNSAFE) {
                continue;
            }
            let unknown = tries.iter().filter(|attempt| unknown(attempt)).count();
            let asked = kept
                .questions
                .iter()
                .filter(|question| question.path == path)
                .count();
            let again = kept
                .questions
                .iter()
                .filter(|question| question.path == path && question.answer == Some(Answer::Again))
                .count();
            let run = &kept.run.id;
            if unknown > asked {
                broken.tell(
                    "I6",
                    format!("{path} of run {run}: {unknown} tries of unknown outcome, asked {asked} times"),
                );
            }
            for attempt in tries {
                let shown = shown_request(attempt);
                let place = shown.split('?').next().unwrap_or_default();
                allowed.insert(place.to_owned(), 1 + again);
            }
        }
    }
    for (place, count) in done {
        let most = allowed.get(place).copied().unwrap_or_default();
        if count > most {
            broken.tell(
                "I4",
                format!("{place} was done {count} times, {most} at most was right"),
            );
        }
    }
}
