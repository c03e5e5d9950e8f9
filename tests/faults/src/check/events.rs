//! What comes in is kept, and starts one run.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use souschef_journal::{Look, RunState};

use super::{Broken, Seen};
use crate::error::Error;
use crate::kept::{self, Kept};

pub(super) async fn events_are_kept(seen: &Seen<'_>, look: &Look, broken: &mut Broken) -> Result<(), Error> {
    for sent in seen.sent {
        for wrong in &sent.wrong {
            broken.tell("I1", wrong.clone());
        }
        if sent.taken.len() > 1 {
            let number = sent.number;
            broken.tell(
                "I2",
                format!("event {number} was taken as several: {:?}", sent.taken.keys()),
            );
        }
        for id in sent.taken.keys() {
            if !kept::has_event(look, id).await? {
                broken.tell(
                    "I1",
                    format!("event {} was answered 2xx as {id} and is not kept", sent.number),
                );
            }
        }
    }
    Ok(())
}

fn number_of(kept: &Kept) -> Option<&str> {
    kept.event.as_ref()?.body.get("n")?.as_str()
}

pub(super) fn each_event_has_one_run(seen: &Seen<'_>, broken: &mut Broken) {
    let mut runs: HashMap<(&str, &str), u64> = HashMap::new();
    for kept in seen.kept {
        if kept.run.parent.is_none()
            && let Some(number) = number_of(kept)
        {
            *runs.entry((kept.run.recipe.as_str(), number)).or_default() += 1;
        }
    }
    for sent in seen.sent.iter().filter(|sent| !sent.taken.is_empty()) {
        let number = sent.number.to_string();
        match runs.get(&(sent.recipe.as_str(), number.as_str())) {
            Some(1) => {}
            Some(more) => broken.tell(
                "I2",
                format!("event {number} started {more} runs of {}", sent.recipe),
            ),
            None => broken.tell("I1", format!("event {number} started no run of {}", sent.recipe)),
        }
    }
    for later in seen.kept.iter().filter(|kept| kept.kind() == "later") {
        let children = seen
            .kept
            .iter()
            .filter(|kept| {
                kept.run
                    .parent
                    .as_ref()
                    .is_some_and(|(run, _)| *run == later.run.id)
            })
            .count();
        if later.run.state == RunState::Succeeded && children != 1 {
            broken.tell(
                "I2",
                format!("run {} called {children} runs of greet", later.run.id),
            );
        }
    }
    let mut instants = BTreeSet::new();
    for tick in seen.kept.iter().filter(|kept| kept.run.recipe == "tick") {
        let event = tick.event.as_ref();
        let instant = event.map(|event| format!("{:?} {}", event.key, event.body));
        if !instants.insert(instant.clone()) {
            broken.tell("I2", format!("{instant:?} started a run twice"));
        }
    }
}

pub(super) fn each_item_has_one_run(seen: &Seen<'_>, broken: &mut Broken) {
    if !seen.kept.iter().any(|kept| kept.kind() == "found") {
        return broken.tell("I3", "no contact was found by the poll".to_owned());
    }
    for (recipe, all) in
        std::iter::once(("found", true)).chain(seen.newcomers.iter().map(|name| (*name, false)))
    {
        let mut runs: HashMap<&str, u64> = HashMap::new();
        for kept in seen.kept.iter().filter(|kept| kept.kind() == recipe) {
            let id = kept
                .event
                .as_ref()
                .and_then(|event| event.body.get("id"))
                .and_then(Value::as_str);
            *runs.entry(id.unwrap_or_default()).or_default() += 1;
        }
        for contact in seen.collection("contacts") {
            let id = contact.get("id").and_then(Value::as_str).unwrap_or_default();
            match runs.get(id) {
                Some(1) => {}
                Some(more) => broken.tell("I2", format!("{recipe} found contact {id} {more} times")),
                None if all || is_made_by_an_event(contact) => {
                    broken.tell("I3", format!("{recipe} never found contact {id}: {contact}"));
                }
                None => {}
            }
        }
    }
}

/// Whether a contact is none of the sandbox's sample: events carry their number in the address.
pub fn is_made_by_an_event(contact: &Value) -> bool {
    let email = contact.get("email").and_then(Value::as_str).unwrap_or_default();
    let name = email.split('@').next().unwrap_or_default();
    name.rsplit_once('-')
        .is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
}
